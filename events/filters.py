"""What the lists, the month and the feeds of events can be filtered by."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import DateFilter, Filter

from companies.models import Company
from core import listing, places, times
from core.filters import AnyOf, ListFilters, Words
from core.listing import BadQuery
from core.shared_pages import CLOCK
from events.models import Occurrence, OccurrenceQuerySet, Series
from organizations.models import Organization

type Rows = QuerySet[Any]

WITHIN_MILES = 10
MOST_MILES = 100


class HostedBy(Filter):
    """Dates of one host, by its slug."""

    field_class = forms.SlugField

    def __init__(self, hosts: Callable[[], Rows], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hosts = hosts

    def filter(self, qs: Rows, value: str) -> Rows:
        """The dates of that host; all of them for no value."""
        if not value:
            return qs
        if not self.hosts().filter(slug=value).exists():
            raise BadQuery(
                gettext("There is no %(what)s “%(slug)s”.")
                % {"what": str(self.label).lower(), "slug": value}
            )
        return qs.filter(**{f"series__{self.field_name}__slug": value})


class DayField(forms.DateField):
    """A day that calendars hold: sums with days beyond them fail."""

    def clean(self, value: Any) -> Any:
        """The day, if its year is one that we know."""
        day = super().clean(value)
        if day and day.year not in times.YEARS:
            raise forms.ValidationError(gettext("Days lie between 2000 and 2100."))
        return day


class Day(DateFilter):
    """A day as in 2026-12-08; a function says what it bounds."""

    field_class = DayField

    def __init__(self, bound: Callable[[Rows, date], Rows], **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)
        self.bound = bound

    def filter(self, qs: Rows, value: date | None) -> Rows:
        """The dates on this side of the day; all of them for no value."""
        return self.bound(qs, value) if value else qs


class AtLeast(Filter):
    """A whole number from 0; a function says what it asks for."""

    field_class = forms.IntegerField

    def __init__(self, asking: Callable[[Rows, int], Rows], most: int, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=most, **kwargs)
        self.asking = asking

    def filter(self, qs: Rows, value: int | None) -> Rows:
        """The dates that fit; all of them for no value."""
        return qs if value is None else self.asking(qs, value)


class ZipField(forms.RegexField):
    """Five digits of a place that we know."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^\d{5}$", **kwargs)

    def clean(self, value: Any) -> Any:
        """The ZIP code, if it is one of the county's."""
        value = super().clean(value)
        if value and places.centroid(value) is None:
            raise forms.ValidationError(
                gettext("We know no ZIP code %(zip)s in Los Angeles County.") % {"zip": value}
            )
        return value


class Near(Filter):
    """Dates within some miles of a ZIP code's middle; how many, another filter says."""

    field_class = ZipField

    def filter(self, qs: Rows, value: str) -> Rows:
        """The dates around; all of them for no value. A box first, which an index serves."""
        here = places.centroid(value) if value else None
        if here is None:
            return qs
        miles = self.parent.form.cleaned_data.get("within") or WITHIN_MILES
        south, west, north, east = places.box_around(here.latitude, here.longitude, miles)
        boxed = Series.objects.filter(latitude__range=(south, north), longitude__range=(west, east))
        points = boxed.order_by().values_list("latitude", "longitude").distinct()
        outside = [
            (latitude, longitude)
            for latitude, longitude in points
            if places.miles_between(here.latitude, here.longitude, latitude, longitude) > miles
        ]
        inside = boxed
        for latitude, longitude in outside:  # the few places in the corners of the box
            inside = inside.exclude(latitude=latitude, longitude=longitude)
        return qs.filter(series__in=inside.values("pk"))


def _in_areas(rows: Rows, areas: list[str]) -> Rows:
    return rows.filter(series__area__in=areas)


def _on_topics(rows: Rows, topics: list[str]) -> Rows:
    through = Series.focus_areas.through.objects.filter(focusarea_id__in=topics)
    return rows.filter(series__in=through.values("series_id"))


def _online(rows: Rows, _values: list[str]) -> Rows:
    return rows.filter(series__mode__in=(Series.Mode.ONLINE, Series.Mode.BOTH))


def _from_day(rows: Rows, day: date) -> Rows:
    return cast("OccurrenceQuerySet", rows).from_day(day)


def _to_day(rows: Rows, day: date) -> Rows:
    return cast("OccurrenceQuerySet", rows).to_day(day)


def _with_places(rows: Rows, at_least: int) -> Rows:
    return cast("OccurrenceQuerySet", rows).with_places(at_least)


def _for_age(rows: Rows, age: int) -> Rows:
    return rows.exclude(series__minimum_age__gt=age)


class EventFilters(ListFilters):
    """Text, area, kind, topic, host, online, days, places left, age, distance."""

    FACETS = ("kind", "area", "remote", "focus")
    VOCABULARY: ClassVar = {"area": "areas", "focus": "focus_areas"}

    q = Words("event", slug="series__slug")
    area = AnyOf(_in_areas, label=_("Area"), choices=())
    kind = AnyOf(
        lambda rows, kinds: rows.filter(series__kind__in=kinds),
        label=_("Kind of event"),
        choices=Series.SeriesKind.choices,
    )
    focus = AnyOf(_on_topics, label=_("Focus"), choices=())
    remote = AnyOf(_online, label=_("Where"), choices=[("1", _("Online"))])
    organization = HostedBy(
        Organization.objects.public, field_name="organization", label=_("Organization")
    )
    company = HostedBy(Company.objects.public, field_name="company", label=_("Company"))
    to = Day(_to_day, label=_("Until"))
    free = AtLeast(_with_places, 10_000, label=_("Places left"))
    age = AtLeast(_for_age, 120, label=_("Age"))
    near = Near(label=_("Near ZIP code"))
    within = AtLeast(lambda rows, _miles: rows, MOST_MILES, label=_("Miles"))

    class Meta:
        model = Occurrence
        fields = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave: one statement."""
        online = self.without("remote").filter(
            series__mode__in=(Series.Mode.ONLINE, Series.Mode.BOTH)
        )
        found = listing.counts_of(
            {
                "area": (self.without("area"), "series__area"),
                "kind": (self.without("kind"), "series__kind"),
                "focus": (self.without("focus"), "series__focus_areas"),
                "remote": (online, ""),
            }
        )
        found["remote"] = {"1": found["remote"].get("", 0)}
        return found


# "from" is the visitor's word and Python's.
EventFilters.base_filters["from"] = Day(_from_day, field_name="from", label=_("From"))


def listed(query: QueryDict, *, now: datetime) -> OccurrenceQuerySet:
    """The rows that a list begins with: what is to come, or all where a first day is named."""
    if query.get("from"):
        return Occurrence.objects.open_to_public().order_by("starts_at", "pk")
    return Occurrence.objects.upcoming(now=now)


def found_by(query: QueryDict) -> tuple[str, ...]:
    """The versions that the list's findings stand for."""
    return (*chosen_by(query), CLOCK)


def chosen_by(query: QueryDict) -> tuple[str, ...]:
    """The versions that decide which dates the filters leave, whatever the clock says."""
    # Places come and go with every sign-up; everything else stands until a host acts.
    dates = "events" if query.get("free") else "event-dates"
    return (dates, "organizations", "companies")
