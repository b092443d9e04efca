"""Which lines of an issue are for which readers, decided once for each set of wishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from newsletter.mail.issues import Block
from newsletter.models import Subscriber

_AREA: Final = "area"
_TOPIC: Final = "topic"
_ORGANIZATION: Final = "organization"


@dataclass(frozen=True)
class Wanted:
    """What a reader chose. Nothing chosen in areas or topics means all of them."""

    areas: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()

    def takes(self, block: Block) -> bool:
        """Whether a line is for them: of an organization they follow, or of area and topic."""
        if block.organization in self.organizations:
            return True
        here = not self.areas or not block.areas or bool(self.areas & block.areas)
        on_topic = not self.topics or not block.topics or bool(self.topics & block.topics)
        return here and on_topic


def wanted_by(readers: Iterable[int]) -> dict[int, Wanted]:
    """What each of these readers chose, in one statement; those who chose nothing are left out."""
    ids = list(readers)
    rows = _choices(ids, _AREA, "areas__slug").union(
        _choices(ids, _TOPIC, "topics__slug"),
        _choices(ids, _ORGANIZATION, "organizations__slug"),
        all=True,
    )
    chosen: dict[int, dict[str, set[str]]] = {}
    for reader, kind, slug in rows.order_by():
        chosen.setdefault(reader, {}).setdefault(kind, set()).add(slug)
    return {
        reader: Wanted(
            frozenset(kinds.get(_AREA, ())),
            frozenset(kinds.get(_TOPIC, ())),
            frozenset(kinds.get(_ORGANIZATION, ())),
        )
        for reader, kinds in chosen.items()
    }


def _choices(ids: list[int], kind: str, path: str) -> "QuerySet[Subscriber, tuple[int, str, str]]":
    rows = Subscriber.objects.filter(pk__in=ids, **{f"{path}__isnull": False}).order_by()
    return rows.values_list("pk", Value(kind, CharField()), Cast(path, CharField()))
