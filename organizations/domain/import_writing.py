"""Drafts into rows: what is new is added, what differs is brought into step, the rest is left."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext

from accounts.models import User
from core import audit, places
from core.vocabulary import USUAL_UNIT, Kind
from organizations.archive import identifiers
from organizations.domain import catalogue
from organizations.domain.import_drafts import Gathered, NeedDraft, OrganizationDraft, Progress
from organizations.models import Need, Organization

BATCH = 200
LONGEST_NAME = 200
LONGEST_SLUG = 100


@dataclass(frozen=True, slots=True)
class Tie:
    """A table of links: which one it is, and its two columns."""

    through: type[Model]
    one: str
    other: str

    @property
    def rows(self) -> Any:
        """All of its links."""
        return self.through._default_manager  # noqa: SLF001  (what every model has)

    def held(self, keys: Sequence[int]) -> defaultdict[int, set[str]]:
        """What each of the keys is linked to."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        for key, slug in _in_batches(self.rows.values_list(self.one, self.other), self.one, keys):
            found[key].add(slug)
        return found


AREAS = Tie(Organization.areas.through, "organization_id", "area_id")
FOCUS = Tie(Organization.focus_areas.through, "organization_id", "focusarea_id")
NEED_AREAS = Tie(Need.areas.through, "need_id", "area_id")


@dataclass(slots=True)
class Tally:
    """How many rows of one sort came out how."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.updated)


@dataclass(slots=True)
class Written:
    """What became of the drafts."""

    organizations: Tally = field(default_factory=Tally)
    needs: Tally = field(default_factory=Tally)
    touched: list[Organization] = field(default_factory=list)


def write(
    gathered: Gathered,
    *,
    by: User | None,
    now: datetime,
    progress: Progress,
    only_new: bool = False,
) -> Written:
    """Bring the catalogue into step with the drafts, inside the caller's transaction.

    An organization that people look after here (it has members, or was edited in the CMS)
    speaks for itself: its source no longer changes it. With `only_new`, each one that is
    there already does.
    """
    rows = _Rows(gathered, now=now, only_new=only_new)
    for number, draft in enumerate(gathered.drafts, 1):
        progress("Comparing", number, len(gathered.drafts))
        rows.take(draft)
    rows.save(by=by, progress=progress)
    return rows.written


class _Rows:
    """The rows that the drafts are about, as they are and as they are to be."""

    def __init__(self, gathered: Gathered, *, now: datetime, only_new: bool) -> None:
        self.only_new = only_new
        self.gathered = gathered
        self.now = now
        self.written = Written()
        self.slugs = set(Organization.objects.values_list("slug", flat=True))
        self.need_slugs = set(Need.objects.values_list("slug", flat=True))
        known = self._known()
        self.by_url = {row.source_url: row for row in known if row.source_url}
        self.by_slug = {row.slug: row for row in known}
        keys = [row.pk for row in known]
        self.areas = AREAS.held(keys)
        self.focus = FOCUS.held(keys)
        self.needs = {
            (need.organization_id, need.kind, need.source_year): need
            for need in _in_batches(Need.objects.all(), "organization_id", keys)
        }
        self.need_areas = NEED_AREAS.held([need.pk for need in self.needs.values()])
        self.cared_for = set(
            Organization.objects.filter(memberships__isnull=False).values_list("pk", flat=True)
        )
        self.new: list[tuple[Organization, OrganizationDraft]] = []
        self.changed: list[Organization] = []
        self.columns = {"updated_at"}
        self.new_needs: list[tuple[Need, NeedDraft]] = []
        self.changed_needs: list[Need] = []
        self.relinked: list[tuple[Tie, int, set[str]]] = []

    def _known(self) -> list[Organization]:
        drafts = self.gathered.drafts
        urls = [draft.source_url for draft in drafts if draft.source_url]
        stems = [_stem(draft) for draft in drafts if not draft.source_url]
        rows = Organization.objects.all()
        return [*_in_batches(rows, "source_url", urls), *_in_batches(rows, "slug", stems)]

    def take(self, draft: OrganizationDraft) -> None:
        """Put one draft beside the row that it is about, if there is one."""
        row = self.by_url.get(draft.source_url) if draft.source_url else None
        if row is None and not draft.source_url:
            row = self.by_slug.get(_stem(draft))
        if row is None:
            self._add(draft)
        elif self.only_new:
            self.written.organizations.unchanged += 1
            self.written.needs.unchanged += len(draft.needs)
        elif self._speaks_for_itself(row):
            self.written.organizations.unchanged += 1
            self.written.needs.unchanged += len(draft.needs)
            self.gathered.note("looked after here, left as it is", row.name, file=draft.file)
        else:
            self._compare(row, draft)

    def _speaks_for_itself(self, row: Organization) -> bool:
        return row.pk in self.cared_for or row.latest_revision_id is not None

    def _add(self, draft: OrganizationDraft) -> None:
        shown = draft.published
        row = Organization(
            slug=self._free(_stem(draft), self.slugs, LONGEST_SLUG),
            status=Organization.Status.APPROVED if shown else Organization.Status.ARCHIVED,
            live=shown,
            first_published_at=self.now if shown else None,
            last_published_at=self.now if shown else None,
            source_url=draft.source_url,
            **self._facts(draft),
        )
        self.new.append((row, draft))
        self.written.organizations.created += 1
        for asked in draft.needs.values():
            self._add_need(row, asked)

    def _compare(self, row: Organization, draft: OrganizationDraft) -> None:
        facts = self._facts(draft)
        differing = [name for name, value in facts.items() if getattr(row, name) != value]
        for name in differing:
            setattr(row, name, facts[name])
        self.columns.update(differing)
        relinked = [
            self._relink(AREAS, row.pk, self.areas[row.pk], draft.areas),
            self._relink(FOCUS, row.pk, self.focus[row.pk], draft.focus),
        ]
        if differing or any(relinked):
            row.updated_at = self.now
            self.changed.append(row)
            self.written.organizations.updated += 1
        else:
            self.written.organizations.unchanged += 1
        for asked in draft.needs.values():
            need = self.needs.get((row.pk, asked.kind, asked.year))
            if need is None:
                self._add_need(row, asked)
            else:
                self._compare_need(need, asked)

    def _compare_need(self, need: Need, asked: NeedDraft) -> None:
        moved = need.source_url != asked.source_url
        need.source_url = asked.source_url
        relinked = self._relink(NEED_AREAS, need.pk, self.need_areas[need.pk], asked.areas)
        if moved or relinked:
            need.updated_at = self.now
            self.changed_needs.append(need)
            self.written.needs.updated += 1
        else:
            self.written.needs.unchanged += 1

    def _add_need(self, row: Organization, asked: NeedDraft) -> None:
        year = f"-{asked.year}" if asked.year else ""
        need = Need(
            slug=self._free(f"{row.slug}-{asked.kind}{year}", self.need_slugs, LONGEST_SLUG + 30),
            organization=row,
            kind=asked.kind,
            title=_title(asked.kind, asked.year),
            unit=USUAL_UNIT[asked.kind],
            status=Need.Status.OPEN,
            live=True,
            first_published_at=self.now,
            last_published_at=self.now,
            source_year=asked.year,
            source_url=asked.source_url,
            # An old ask is not this week's news: it opened in the year that it was asked in.
            opened_at=datetime(asked.year, 1, 1, tzinfo=UTC) if asked.year else self.now,
        )
        self.new_needs.append((need, asked))
        self.written.needs.created += 1

    def _relink(self, tie: Tie, key: int, was: set[str], now: set[str]) -> bool:
        # A source that names none says nothing: what is known already stays.
        if not now or was == now:
            return False
        self.relinked.append((tie, key, now))
        return True

    def _facts(self, draft: OrganizationDraft) -> dict[str, Any]:
        """The columns that the source gives, and those that follow from them."""
        name = draft.name
        if len(name) > LONGEST_NAME:
            name = name[: LONGEST_NAME - 1].rsplit(None, 1)[0] + "…"
            self.gathered.note("name cut", f"“{name}”", file=draft.file, line=draft.line)
        facts: dict[str, Any] = {**draft.facts, "name": name}
        if "website" in facts:
            facts["site_host"] = identifiers.site_host(facts["website"])
        if "zip_code" in facts:
            place = places.centroid(facts["zip_code"])
            facts["latitude"] = place.latitude if place else None
            facts["longitude"] = place.longitude if place else None
        return facts

    @staticmethod
    def _free(wanted: str, taken: set[str], longest: int) -> str:
        first = wanted[:longest].strip("-")
        slug, number = first, 1
        while slug in taken:
            number += 1
            slug = f"{first}-{number}"
        taken.add(slug)
        return slug

    def save(self, *, by: User | None, progress: Progress) -> None:
        """Write what differs, in statements of two hundred rows."""
        created = [row for row, _draft in self.new]
        Organization.objects.bulk_create(created, batch_size=BATCH)
        if self.changed:
            Organization.objects.bulk_update(self.changed, sorted(self.columns), batch_size=BATCH)
        Need.objects.bulk_create([need for need, _asked in self.new_needs], batch_size=BATCH)
        Need.objects.bulk_update(self.changed_needs, ["source_url", "updated_at"], batch_size=BATCH)
        self._link()
        self.written.touched = [*created, *self.changed]
        audit.record_many(self.written.touched, "organizations.imported", by=by, now=self.now)
        beside = {need.organization_id for need, _ in self.new_needs}
        beside |= {need.organization_id for need in self.changed_needs}
        beside -= {row.pk for row in self.written.touched}
        rows = [
            *self.written.touched,
            *_in_batches(Organization.objects.all(), "pk", sorted(beside)),
        ]
        for number, some in enumerate(batched(rows, BATCH, strict=False)):
            catalogue.refresh_many(some)
            progress("Writing", min(len(rows), (number + 1) * BATCH), len(rows))

    def _link(self) -> None:
        for tie, key, _slugs in self.relinked:
            tie.rows.filter(**{tie.one: key}).delete()
        links = [
            *self.relinked,
            *((AREAS, row.pk, draft.areas) for row, draft in self.new),
            *((FOCUS, row.pk, draft.focus) for row, draft in self.new),
            *((NEED_AREAS, need.pk, asked.areas) for need, asked in self.new_needs),
        ]
        rows: dict[Tie, list[Model]] = defaultdict(list)
        for tie, key, slugs in links:
            rows[tie] += [tie.through(**{tie.one: key, tie.other: slug}) for slug in sorted(slugs)]
        for tie, linking in rows.items():
            tie.rows.bulk_create(linking, batch_size=BATCH)


def _title(kind: Kind, year: int | None) -> str:
    if year is None:
        return str(kind.label)
    return gettext("%(what)s, asked for in %(year)d") % {"what": kind.label, "year": year}


def _stem(draft: OrganizationDraft) -> str:
    return slugify(draft.stem)[:LONGEST_SLUG].strip("-") or "organization"


def _in_batches(rows: QuerySet[Any, Any], column: str, values: Iterable[Any]) -> list[Any]:
    """The rows whose column has one of many values, a bounded number of parameters at a time."""
    return [
        row
        for some in batched(values, BATCH, strict=False)
        for row in rows.filter(**{f"{column}__in": some})
    ]
