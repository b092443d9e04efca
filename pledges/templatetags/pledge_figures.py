"""Figures from pledges and hours for pages of lower floors, which may not ask for them.

    {% load pledge_figures %}{% hours_of_company company as hours %}

A page that uses them must name the version `pledges`.
"""

from dataclasses import dataclass

from django import template
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from companies.models import Company
from core import quantities
from organizations.models import Need, Organization
from pledges.models import Commitment, Delivery, HoursEntry, HoursEntryQuerySet, Pledge

register = template.Library()

#: Pledges shown on a page that is about something else.
SHOWN = 12


@dataclass(frozen=True)
class Hours:
    """Confirmed hours of some rows."""

    #: This calendar year, in words.
    this_year: str
    #: All of them, in words.
    ever: str
    #: Year by year in whole hours, oldest first, the present year last.
    by_year: list[int]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody at a desk."""

    words: str
    url: str


@register.simple_tag
def pledges_of_company(company: Company) -> list[Pledge]:
    """What a company promised in public, newest first."""
    return list(Pledge.objects.public().filter(company=company).with_lines()[:SHOWN])


@register.simple_tag
def pledges_of_need(need: Need) -> list[Pledge]:
    """Who promised something toward a need in public, newest first."""
    rows = Pledge.objects.public().filter(lines__need=need).distinct()
    return list(rows.with_lines()[:SHOWN])


@register.simple_tag
def hours_of_company(company: Company) -> Hours:
    """Confirmed hours of a company's people."""
    return _hours(HoursEntry.objects.filter(company=company))


@register.simple_tag
def hours_of_organization(organization: Organization) -> Hours:
    """Confirmed hours that people gave to an organization."""
    return _hours(HoursEntry.objects.filter(organization=organization))


@register.simple_tag
def people_pledged(company: Company) -> int:
    """How many employees put their names under the company's pledges."""
    rows = Commitment.objects.filter(pledge__company=company)
    return rows.values("user").distinct().count()


@register.simple_tag
def waiting_for_company(company: Company) -> list[Waiting]:
    """What needs the company's people today."""
    pledges = Pledge.objects.filter(company=company)
    today = timezone.localdate()
    deliveries = Delivery.objects.filter(line__pledge__company=company)
    room = reverse("pledges:company_pledges", args=[company.slug])
    drafts = pledges.filter(status=Pledge.Status.DRAFT).count()
    due = deliveries.filter(status=Delivery.Status.SCHEDULED, due_on__lte=today).count()
    disputed = deliveries.filter(status=Delivery.Status.DISPUTED).count()
    return _waiting(
        (drafts, ngettext("pledge to announce", "pledges to announce", drafts), room),
        (due, ngettext("delivery due", "deliveries due", due), room),
        (disputed, ngettext("delivery disputed", "deliveries disputed", disputed), room),
    )


@register.simple_tag
def waiting_for_organization(organization: Organization) -> list[Waiting]:
    """What of pledges and hours needs the organization's people today."""
    pledges = Pledge.objects.filter(organization=organization, status=Pledge.Status.ANNOUNCED)
    deliveries = Delivery.objects.filter(
        line__pledge__organization=organization, status=Delivery.Status.DELIVERED
    )
    hours = HoursEntry.objects.filter(organization=organization).waiting().count()
    new, came = pledges.count(), deliveries.count()
    room = reverse("pledges:organization_pledges", args=[organization.slug])
    return _waiting(
        (new, ngettext("pledge to answer", "pledges to answer", new), room),
        (came, ngettext("delivery to confirm", "deliveries to confirm", came), room),
        (
            hours,
            ngettext("entry of hours to decide on", "entries of hours to decide on", hours),
            reverse("pledges:organization_hours", args=[organization.slug]),
        ),
    )


def _waiting(*rows: tuple[int, str, str]) -> list[Waiting]:
    return [Waiting(f"{number} {words}", url) for number, words, url in rows if number]


def _hours(rows: HoursEntryQuerySet) -> Hours:
    year = timezone.localdate().year
    by_year = dict(
        rows.counted()
        .order_by()
        .values_list("served_on__year")
        .annotate(total=Sum("counted_minutes"))
    )
    first = min(by_year, default=year)
    return Hours(
        this_year=quantities.hours(by_year.get(year, 0)),
        ever=quantities.hours(sum(by_year.values())),
        by_year=[by_year.get(each, 0) // 60 for each in range(first, year + 1)],
    )
