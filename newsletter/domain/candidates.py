"""What could stand in an issue: public things of now that no issue has shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from core import quantities
from core.models import Area, FocusArea
from events.models import Occurrence
from newsletter.models import Digest, DigestItem
from organizations.models import Need, Organization
from pledges.models import Pledge

#: The most lines of a section, pinned ones included.
CAPS: dict[str, int] = {
    DigestItem.Section.NEEDS: 8,
    DigestItem.Section.EVENTS: 8,
    DigestItem.Section.THANKS: 5,
    DigestItem.Section.ORGANIZATIONS: 5,
}
#: How many are read of each, so that left-out lines can be replaced.
_READ = 40
#: From this share on, one more gift may complete a need.
_NEARLY_PERCENT = 75
EVENTS_AHEAD = {"weekly": timedelta(days=10), "monthly": timedelta(days=35)}

Section = DigestItem.Section


@dataclass(frozen=True)
class Candidate:
    """A line that an issue could have; the fields are those of `DigestItem`."""

    section: str
    kind: str
    slug: str
    title: str
    facts: str
    url: str
    areas: list[str]
    topics: list[str]
    organization: str
    is_demonstration: bool

    @property
    def key(self) -> tuple[str, str]:
        """What names its thing."""
        return self.kind, self.slug


def unseen(digest: Digest, *, since: datetime, at: datetime) -> list[Candidate]:
    """Everything for an issue, best first in each section.

    Args:
        digest: the issue; what earlier issues of its edition showed is left away.
        since: when the issue before went out; what is older is no news.
        at: when this one goes out.
    """
    needs = list(_needs(digest, since=since, at=at))
    shown = {need.slug for need in needs}
    return [
        *needs,
        *(need for need in _nearly_met(digest, at=at) if need.slug not in shown),
        *_events(digest, at=at),
        *_thanks(digest, since=since),
        *_organizations(digest, since=since),
    ]


def standing(items: Iterable[DigestItem], *, at: datetime) -> set[int]:
    """Which lines' things are still as public and open as when the issue was built."""
    by_kind: dict[str, dict[str, list[int]]] = {}
    for item in items:
        by_kind.setdefault(item.kind, {}).setdefault(item.slug, []).append(item.pk)
    kept: set[int] = set()
    for kind, ids in by_kind.items():
        for slug in _standing_slugs(kind, list(ids), at=at):
            kept.update(ids[slug])
    return kept


def _standing_slugs(kind: str, slugs: list[str], *, at: datetime) -> Iterable[str]:
    match kind:
        case "need" | "need_nearly_met":
            rows = Need.objects.open().filter(slug__in=slugs)
            return rows.values_list("slug", flat=True)
        case "event":
            dates = Occurrence.objects.upcoming(now=at).with_places(1).select_related("series")
            chosen = dates.filter(uuid__in=slugs)
            return [str(row.uuid) for row in chosen]
        case "pledge":
            pledges = Pledge.objects.public().filter(uuid__in=slugs)
            return [str(row) for row in pledges.values_list("uuid", flat=True)]
        case _:
            organizations = Organization.objects.public().filter(slug__in=slugs)
            return organizations.values_list("slug", flat=True)


def _seen(digest: Digest, kind: str) -> "QuerySet[DigestItem, str]":
    shown = DigestItem.objects.filter(
        kind=kind, digest__edition=digest.edition, digest__status=Digest.Status.SENT
    )
    return shown.values_list("slug", flat=True)


def _open_needs(at: datetime) -> "QuerySet[Need]":
    rows = Need.objects.open().filter(Q(deadline_on__isnull=True) | Q(deadline_on__gte=at.date()))
    return rows.select_related("organization").prefetch_related(
        "areas", "organization__areas", "organization__focus_areas"
    )


def _needs(digest: Digest, *, since: datetime, at: datetime) -> Iterable[Candidate]:
    news = Q(opened_at__gt=since) | Q(urgency=Need.Urgency.URGENT)
    rows = _open_needs(at).filter(news).exclude(slug__in=_seen(digest, "need"))
    for need in rows.order_by("-urgency", F("deadline_on").asc(nulls_last=True), "-pk")[:_READ]:
        yield _need(need, "need")


def _nearly_met(digest: Digest, *, at: datetime) -> Iterable[Candidate]:
    rows = _open_needs(at).filter(
        quantity_pledged__gte=F("quantity_wanted") * _NEARLY_PERCENT / 100,
        quantity_pledged__lt=F("quantity_wanted"),
    )
    rows = rows.exclude(slug__in=_seen(digest, "need_nearly_met"))
    for need in rows.order_by("-urgency", "-pk")[:_READ]:
        yield _need(need, "need_nearly_met")


def _need(need: Need, kind: str) -> Candidate:
    organization = need.organization
    areas = [] if need.is_remote else list(need.areas.all()) or list(organization.areas.all())
    facts = [organization.name]
    if need.wanted:
        facts.append(
            gettext("%(pledged)s of %(wanted)s pledged")
            % {
                "pledged": quantities.number(need.quantity_pledged, need.unit),
                "wanted": need.wanted,
            }
        )
    if need.urgency == Need.Urgency.URGENT:
        facts.append(gettext("urgent"))
    return Candidate(
        section=Section.NEEDS,
        kind=kind,
        slug=need.slug,
        title=need.title,
        facts=_joined(facts),
        url=need.get_absolute_url(),
        areas=_slugs(areas),
        topics=_slugs(organization.focus_areas.all()),
        organization=organization.slug,
        is_demonstration=need.is_demonstration,
    )


def _events(digest: Digest, *, at: datetime) -> Iterable[Candidate]:
    """The next date of each series, if it takes sign-ups and has a place left."""
    until = at + EVENTS_AHEAD[digest.edition]
    dates = Occurrence.objects.upcoming(now=at).filter(starts_at__gte=at, starts_at__lte=until)
    dates = dates.with_places(1)
    next_of_series = dates.filter(series=OuterRef("series")).order_by("starts_at", "pk")
    rows = dates.filter(pk=Subquery(next_of_series.values("pk")[:1]))
    shown = {str(slug) for slug in _seen(digest, "event")[:2000]}
    rows = rows.select_related("series__area", "series__organization", "series__company")
    for row in rows.prefetch_related("series__focus_areas")[: _READ * 2]:
        if str(row.uuid) in shown:
            continue
        series = row.series
        yield Candidate(
            section=Section.EVENTS,
            kind="event",
            slug=str(row.uuid),
            title=series.title,
            facts=_joined([row.when, series.where, row.places]),
            url=row.get_absolute_url(),
            areas=[series.area_id] if series.area_id and not series.is_online else [],
            topics=_slugs(series.focus_areas.all()),
            organization=series.organization.slug if series.organization else "",
            is_demonstration=series.is_demonstration,
        )


def _thanks(digest: Digest, *, since: datetime) -> Iterable[Candidate]:
    rows = Pledge.objects.public().filter(accepted_at__gt=since, organization__isnull=False)
    shown = {str(slug) for slug in _seen(digest, "pledge")[:2000]}
    rows = rows.with_lines().prefetch_related("organization__areas", "organization__focus_areas")
    for pledge in rows.order_by("-accepted_at", "-pk")[:_READ]:
        organization = pledge.organization
        if organization is None or str(pledge.uuid) in shown:
            continue
        yield Candidate(
            section=Section.THANKS,
            kind="pledge",
            slug=str(pledge.uuid),
            title=gettext("Thank you, %(company)s") % {"company": pledge.company.name},
            facts=gettext("%(what)s for %(organization)s")
            % {"what": pledge.in_words, "organization": organization.name},
            url=pledge.company.get_absolute_url(),
            areas=_slugs(organization.areas.all()),
            topics=_slugs(organization.focus_areas.all()),
            organization=organization.slug,
            is_demonstration=pledge.company.is_demonstration,
        )


def _organizations(digest: Digest, *, since: datetime) -> Iterable[Candidate]:
    rows = Organization.objects.public().filter(created_at__gt=since)
    rows = rows.exclude(slug__in=_seen(digest, "organization"))
    for row in rows.prefetch_related("areas", "focus_areas").order_by("-pk")[:_READ]:
        areas = list(row.areas.all())
        yield Candidate(
            section=Section.ORGANIZATIONS,
            kind="organization",
            slug=row.slug,
            title=row.name,
            facts=_joined([row.get_kind_display(), *(str(area) for area in areas[:3])]),
            url=row.get_absolute_url(),
            areas=_slugs(areas),
            topics=_slugs(row.focus_areas.all()),
            organization=row.slug,
            is_demonstration=row.is_demonstration,
        )


def _slugs(rows: "Iterable[Area] | Iterable[FocusArea]") -> list[str]:
    return sorted(row.slug for row in rows)


def _joined(facts: list[str]) -> str:
    return " · ".join(fact for fact in facts if fact)[:300]
