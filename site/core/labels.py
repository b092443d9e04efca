"""What areas, topics and skills are called: three short tables, read in one query."""

from dataclasses import dataclass

from django.db.models import CharField, QuerySet, Value
from django.http import HttpRequest

from core.models import Area, FocusArea, Skill
from core.shared_pages import kept

type Names = dict[str, str]


@dataclass(frozen=True)
class Labels:
    """Names by slug, in the order in which people should see them."""

    areas: Names
    focus_areas: Names
    skills: Names


def of(request: HttpRequest | None) -> Labels:
    """All of them, kept with the frame of the site; read anew where nobody asks for a page."""
    return kept(request, "labels", read, "site") if request is not None else read()


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
