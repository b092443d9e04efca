"""The live numbers: what each counts, and how much of it came this year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext

from companies.models import Company
from core import quantities
from core.vocabulary import Unit
from events.models import Occurrence
from organizations.models import Need, Organization
from pages.blocks import Figure
from pledges.models import Delivery, HoursEntry, PledgeLine

#: What the home page shows.
FRONT = (Figure.OPEN_NEEDS, Figure.ORGANIZATIONS, Figure.COMPANIES, Figure.HOURS_SERVED)


@dataclass(frozen=True)
class Number:
    """One live number, in its smallest unit, and the part of it that came this year."""

    figure: Figure
    value: int
    this_year: int

    @property
    def label(self) -> str:
        """What is counted."""
        return str(self.figure.label)

    @property
    def url(self) -> str:
        """Where the things that are counted are listed."""
        return _ADDRESSES[self.figure]

    @property
    def words(self) -> str:
        """The number as people read it: minutes as whole hours."""
        return self._spoken(self.value)

    @property
    def change(self) -> str:
        """The year's part as people read it, empty where nothing came."""
        spoken = self._spoken(max(0, self.this_year))
        return "" if spoken == "0" else gettext("+%(number)s this year") % {"number": spoken}

    def _spoken(self, value: int) -> str:
        if self.figure == Figure.HOURS_SERVED:
            # Up to a minute below the hour is not an hour.
            return quantities.hours(value // 60 * 60)
        return number_format(value, force_grouping=True)


_ADDRESSES = {
    Figure.OPEN_NEEDS: "/needs/",
    Figure.ORGANIZATIONS: "/organizations/",
    Figure.COMPANIES: "/companies/",
    Figure.HOURS_SERVED: "/organizations/",
    Figure.DEVICES_CONFIRMED: "/needs/?kind=hardware",
    Figure.UPCOMING_DATES: "/events/",
}


def numbers(figures: Sequence[Figure], *, now: datetime) -> list[Number]:
    """The asked-for numbers, in that order, read in one statement.

    "This year" is the calendar year of the site's own time zone.

    Formulas:
        open_needs: public needs in status open or partly met; of these, opened this year.
        organizations: approved and live organizations; of these, first published this year.
        companies: live companies; of these, first published this year.
        hours_served: sum of counted minutes of approved entries and their reversals, by the
            date of service; of these, served this year.
        devices_confirmed: sum of what organizations confirmed as received (or what staff
            settled) in deliveries of hardware counted in items; of these, closed this year.
        upcoming_dates: dates open to the public that have not ended; no yearly part.
    """
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    new_year = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = [_row(figure, now=now, new_year=new_year) for figure in dict.fromkeys(figures)]
    if not rows:
        return []
    first, *others = rows
    found = {
        name: (int(value), int(part))
        for name, value, part in (
            # The combined statement would take a model's ordering, whose columns it lacks.
            first.union(*others, all=True).order_by() if others else first
        )
    }
    return [Number(figure, *found.get(figure.value, (0, 0))) for figure in figures]


def _row(figure: Figure, *, now: datetime, new_year: datetime) -> QuerySet[Any, Any]:
    match figure:
        case Figure.OPEN_NEEDS:
            needs = Need.objects.open()
            return _line(figure, needs, Count, "pk", Q(opened_at__gte=new_year))
        case Figure.ORGANIZATIONS:
            organizations = Organization.objects.public()
            return _line(figure, organizations, Count, "pk", Q(first_published_at__gte=new_year))
        case Figure.COMPANIES:
            companies = Company.objects.public()
            return _line(figure, companies, Count, "pk", Q(first_published_at__gte=new_year))
        case Figure.HOURS_SERVED:
            entries = HoursEntry.objects.counted()
            in_year = Q(served_on__gte=new_year.date())
            return _line(figure, entries, Sum, "counted_minutes", in_year)
        case Figure.DEVICES_CONFIRMED:
            arrived = Delivery.objects.filter(
                status__in=(Delivery.Status.CONFIRMED, Delivery.Status.SETTLED),
                line__kind=PledgeLine.LineKind.HARDWARE,
                line__unit=Unit.ITEM,
            )
            received = Coalesce("received_quantity", "quantity")
            return _line(figure, arrived, Sum, received, Q(closed_at__gte=new_year))
        case Figure.UPCOMING_DATES:
            dates = Occurrence.objects.upcoming(now=now)
            return _line(figure, dates, Count, "pk", Q(pk__in=()))


def _line(
    figure: Figure,
    rows: QuerySet[Any],
    adds_up: type[Count | Sum],
    what: str | Coalesce,
    this_year: Q,
) -> QuerySet[Any, Any]:
    """One row of the statement: the figure's name, all of it, and this year's part."""
    row: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(figure=Value(figure.value, CharField()))
        .values("figure")
        .annotate(
            whole=_number(adds_up(what)),
            part=_number(adds_up(what, filter=this_year)),
        )
        .values_list("figure", "whole", "part")
    )
    return row


def _number(expression: Count | Sum) -> Coalesce:
    return Coalesce(Cast(expression, BigIntegerField()), Value(0, BigIntegerField()))
