"""What areas, topics and skills are called: three short tables, read in one query."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import CharField, QuerySet, Value

from core.models import Area, FocusArea, Skill

type Names = dict[str, str]

#: A newer version has another key; this only lets old ones go.
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Labels:
    """Names by slug, in the order in which people should see them."""

    areas: Names
    focus_areas: Names
    skills: Names


def kept(*, version: int) -> Labels:
    """All of them, kept for that version of the site."""
    key = f"labels:{version}"
    labels: Labels | None = cache.get(key)
    if labels is None:
        labels = read()
        cache.set(key, labels, KEPT_SECONDS)
    return labels


def read() -> Labels:
    """All of them as they stand now, in one query."""
    rows = _rows(Area, "area").union(_rows(FocusArea, "focus"), _rows(Skill, "skill"), all=True)
    found: dict[str, Names] = {"area": {}, "focus": {}, "skill": {}}
    for table, _position, name, slug in sorted(rows):
        found[table][slug] = name
    return Labels(found["area"], found["focus"], found["skill"])


def _rows(model: type[Area | FocusArea | Skill], table: str) -> QuerySet:  # type: ignore[type-arg]
    position = Value(0) if model is Skill else "position"
    rows: QuerySet = model._default_manager.order_by()  # type: ignore[type-arg]  # noqa: SLF001
    return rows.values_list(Value(table, CharField()), position, "name", "slug")
