"""The dates of a series, as rows, so that lists, counts and feeds are plain queries."""

import uuid
from datetime import date, datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Count, ExpressionWrapper, F, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core import times
from core.fields import LOCAL_FORMAT, LocalDateTimeField
from events.models.series import MOST_DAYS, Series
from organizations.models import Organization

#: How a date's original local start stands in its address: `2026-12-08T1630`.
ADDRESS_FORMAT = "%Y-%m-%dT%H%M"

#: What a row of a list shows; the long texts stay in the database.
_CARD_FIELDS = (
    "uuid",
    "original_start",
    "local_start",
    "local_end",
    "starts_at",
    "ends_at",
    "status",
    "capacity",
    "seats_taken",
    "series__slug",
    "series__title",
    "series__summary",
    "series__kind",
    "series__mode",
    "series__place_name",
    "series__time_zone",
    "series__is_all_day",
    "series__flow",
    "series__status",
    "series__minimum_age",
    "series__opens_days_before",
    "series__closes_minutes_before",
    "series__is_demonstration",
    "series__area__name",
    "series__organization__name",
    "series__organization__slug",
    "series__company__name",
    "series__company__slug",
)

#: What the form to sign up for a date shows and asks by.
_FORM_FIELDS = (
    "original_start",
    "local_start",
    "local_end",
    "starts_at",
    "ends_at",
    "status",
    "capacity",
    "seats_taken",
    "series__slug",
    "series__title",
    "series__mode",
    "series__place_name",
    "series__online_url",
    "series__time_zone",
    "series__is_all_day",
    "series__flow",
    "series__status",
    "series__waiting_list",
    "series__opens_days_before",
    "series__closes_minutes_before",
    "series__minimum_age",
    "series__requirements",
    "series__questions",
    "series__slots",
    "series__area__name",
)


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    """Dates, in the domain's words."""

    def public(self) -> Self:
        """Every date that any visitor may look at, past and cancelled ones included."""
        return self.filter(
            Q(series__organization__isnull=True)
            | Q(
                series__organization__status=Organization.Status.APPROVED,
                series__organization__live=True,
            ),
            Q(series__company__isnull=True) | Q(series__company__live=True),
            series__live=True,
            series__status__in=Series.PUBLIC_STATUSES,
        )

    def open_to_public(self) -> Self:
        """Dates of published series that take place."""
        return self.public().filter(
            series__status__in=(Series.Status.PUBLISHED, Series.Status.ENDED),
            status__in=Occurrence.TAKING_PLACE,
        )

    def upcoming(self, *, now: datetime) -> Self:
        """Dates open to the public that have not ended, soonest first."""
        return self.open_to_public().filter(ends_at__gt=now).order_by("starts_at", "pk")

    def between(self, first: date, last: date) -> Self:
        """Dates that are on at some time from `first` to `last`, by their own clock on the wall."""
        return self.from_day(first).to_day(last)

    def from_day(self, day: date) -> Self:
        """Dates that are not over when the day begins where they are."""
        begins = datetime.combine(day, datetime.min.time())
        # No date lasts longer; where the starts of days are in an index, their ends are not.
        earliest = begins - timedelta(days=MOST_DAYS + 1)
        return self.filter(local_end__gt=begins, local_start__gt=earliest)

    def to_day(self, day: date) -> Self:
        """Dates that have begun when the day ends where they are."""
        ends = datetime.combine(day, datetime.min.time()) + timedelta(days=1)
        return self.filter(local_start__lt=ends)

    def past(self, *, now: datetime) -> Self:
        """Dates open to the public that are over, latest first."""
        return self.open_to_public().filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def saying_who_came(self) -> Self:
        """With `people_came`: how many were seen at the door."""
        seen = Q(signups__status__in=("checked_in", "attended"))
        return self.annotate(people_came=Count("signups", filter=seen))

    def with_places(self, at_least: int) -> Self:
        """Dates with so many places left, or no limit."""
        return self.filter(Q(capacity__isnull=True) | Q(capacity__gte=F("seats_taken") + at_least))

    def saying_what_is_on(self, *, now: datetime) -> Self:
        """With `is_on`: whether they have begun and are not over."""
        return self.annotate(
            is_on=ExpressionWrapper(
                Q(starts_at__lte=now, ends_at__gt=now), output_field=models.BooleanField()
            )
        )

    def for_its_form(self) -> Self:
        """With all that the form to sign up shows, in one query, and nothing else."""
        return self.select_related("series__area").only(*_FORM_FIELDS)

    def for_cards(self) -> Self:
        """With all that a card shows, in one query, and nothing else."""
        return self.select_related(
            "series", "series__area", "series__organization", "series__company"
        ).only(*_CARD_FIELDS)


class Occurrence(models.Model):
    """One date of a series, kept as a row for a rolling window.

    What it is called is its original local start (RECURRENCE-ID), so a moved one stays itself.
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        MOVED = "moved", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")
        HAPPENED = "happened", _("Happened")

    #: The life of a date. A moved one may move again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.SCHEDULED: frozenset({Status.MOVED, Status.CANCELLED, Status.HAPPENED}),
        Status.MOVED: frozenset({Status.MOVED, Status.CANCELLED, Status.HAPPENED}),
        Status.CANCELLED: frozenset(),
        Status.HAPPENED: frozenset(),
    }
    TAKING_PLACE: ClassVar[tuple[str, ...]] = (
        Status.SCHEDULED,
        Status.MOVED,
        Status.HAPPENED,
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="occurrences")
    original_start = LocalDateTimeField(_("original start"))
    local_start = LocalDateTimeField(_("start"))
    local_end = LocalDateTimeField(_("end"))
    #: Derived from the local time and the series' zone.
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.SCHEDULED)
    #: Places; none means no limit. Copied from the series, then the date's own.
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    #: The places that nobody else can have; kept under the row's lock by `domain.seats`.
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    #: By which UID and RECURRENCE-ID the calendars of those who come know it, once its series or
    #: its original start is another: what mails have named, they go on naming. The start is
    #: written as `2026-12-08T16:30`; without one it is known as an event that happens once.
    known_uid = models.UUIDField(null=True, blank=True, editable=False)
    known_start = models.CharField(max_length=16, blank=True, editable=False)
    changed_at = models.DateTimeField()
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)
    #: How it was, in the host's words, once it is over.
    recap = models.TextField(_("recap"), max_length=4000, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    #: Whether it is on right now, where the rows were asked for with `saying_what_is_on`.
    is_on = False
    #: The year in which it is read, and which needs no saying; none where no year is said.
    year_read: int | None = None

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        verbose_name = _("date of an event")
        verbose_name_plural = _("dates of events")
        indexes = (
            models.Index(fields=("starts_at", "id"), name="occurrence_by_start"),
            models.Index(fields=("ends_at",), name="occurrence_by_end"),
            models.Index(fields=("local_start",), name="occurrence_by_wall_clock"),
            models.Index(fields=("series", "starts_at"), name="occurrence_of_series"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("series", "original_start"), name="occurrence_once_per_start"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="occurrence_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="occurrence_cancelled_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.series.title}, {self.when}"

    def get_absolute_url(self) -> str:
        """The public page of this one date."""
        return reverse("events:occurrence", args=[self.series.slug, self.address_start])

    @property
    def address_start(self) -> str:
        """The original start as it stands in addresses."""
        return self.original_start.strftime(ADDRESS_FORMAT)

    @property
    def identity(self) -> tuple[UUID, datetime | None]:
        """The UID and RECURRENCE-ID in mails and personal feeds; none where it happens once."""
        if self.known_uid is not None:
            start = datetime.fromisoformat(self.known_start) if self.known_start else None
            return self.known_uid, start
        series = self.series
        uid = series.uid_of(series.session_of(self.original_start))
        return uid, self.original_start if series.repeats else None

    def keep_identity(self, *, repeats: bool) -> None:
        """Stay what calendars know, before series, original start or rule change; unsaved.

        Args:
            repeats: whether its series had more dates than this one when mails last named it.
        """
        if self.known_uid is None:
            self.known_uid = self.series.uid_of(self.series.session_of(self.original_start))
            self.known_start = self.original_start.strftime(LOCAL_FORMAT) if repeats else ""

    @property
    def drawn_by(self) -> tuple[object, ...]:
        """All that its card shows."""
        series = self.series
        return (
            series.slug,
            series.title,
            series.kind,
            series.mode,
            series.place_name,
            series.area and series.area.name,
            series.host_name,
            series.time_zone,
            series.is_all_day,
            series.is_demonstration,
            self.original_start,
            self.local_start,
            self.local_end,
            self.status,
            self.capacity,
            self.seats_taken,
            self.is_on,
        )

    @property
    def when(self) -> str:
        """As in "Tue, Dec 8, 4:30 – 6:00 PM PST", "All day, Tue, Dec 8" or "Dec 8 – 10".

        With another year than the one in which it is read.
        """
        year = self.year_read
        if self.series.is_all_day:
            return times.days(self.local_start.date(), self.last_day, year=year)
        return times.span(*self.shown, self.series.time_zone, year=year)

    @property
    def shown(self) -> tuple[datetime, datetime]:
        """Start and end as the clocks there show them, also on the night when they skip an hour."""
        return times.shown(self.local_start, self.local_end, self.series.time_zone)

    def read_at(self, now: datetime) -> None:
        """Name it from here on with its year, where that is not the year of this moment there."""
        self.year_read = times.local_of(now, self.series.time_zone).year

    @property
    def clock(self) -> str:
        """As in "4:30 PM" or "All day"."""
        return gettext("All day") if self.series.is_all_day else times.clock(self.local_start)

    @property
    def last_day(self) -> date:
        """The day on which it ends; midnight belongs to the day before."""
        return (self.local_end - timedelta(minutes=1)).date()

    @property
    def day(self) -> str:
        """As in "Tue, Dec 8"."""
        return times.day(self.local_start)

    @property
    def month_letters(self) -> str:
        """As in "Dec", for the date block."""
        return times.day(self.local_start).partition(", ")[2].partition(" ")[0]

    @property
    def weekday_letters(self) -> str:
        """As in "Tue", for the date block."""
        return times.day(self.local_start).partition(",")[0]

    @property
    def iso_start(self) -> str:
        """The start with its offset, for `<time datetime>`; of whole days the first."""
        if self.series.is_all_day:
            return self.local_start.date().isoformat()
        return self._iso(self.shown[0])

    @property
    def iso_end(self) -> str:
        """The end with its offset; of whole days the last."""
        return self.last_day.isoformat() if self.series.is_all_day else self._iso(self.shown[1])

    def _iso(self, local: datetime) -> str:
        return local.replace(tzinfo=times.zone(self.series.time_zone)).isoformat(timespec="minutes")

    @property
    def places_left(self) -> int | None:
        """How many places are free; none where there is no limit."""
        if self.capacity is None:
            return None
        return max(0, self.capacity - self.seats_taken)

    @property
    def is_full(self) -> bool:
        """Whether no place is left."""
        return self.places_left == 0

    @property
    def places(self) -> str:
        """The places left, in words."""
        left = self.places_left
        if left is None:
            return gettext("Open to all")
        if left == 0:
            return gettext("Full")
        return ngettext("%(n)d place left", "%(n)d places left", left) % {"n": left}

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place: called off alone, or with all of the series to come.

        What had begun by then took place; to call off a series takes nothing of that back.
        """
        series = self.series
        if self.status in {Occurrence.Status.CANCELLED, Occurrence.Status.HAPPENED}:
            return self.status == Occurrence.Status.CANCELLED
        if series.status != Series.Status.CANCELLED:
            return False
        return series.cancelled_at is None or self.starts_at > series.cancelled_at

    @property
    def signup_opens_at(self) -> datetime | None:
        """From when on one may sign up; none where it is from the first."""
        days = self.series.opens_days_before
        return None if days is None else self.starts_at - timedelta(days=days)

    @property
    def last_call_at(self) -> datetime:
        """Until when one may come, stay away, or call it off: it begins.

        Nobody begins at midnight: an all-day date is open until its first day is over.
        """
        if not self.series.is_all_day:
            return self.starts_at
        first_day_ends = self.local_start + timedelta(days=1)
        return min(times.utc_of(first_day_ends, self.series.time_zone), self.ends_at)

    @property
    def signup_closes_at(self) -> datetime:
        """Until when one may sign up."""
        return self.last_call_at - timedelta(minutes=self.series.closes_minutes_before)

    def takes_signups(self, *, now: datetime) -> bool:
        """Whether one may sign up at that moment, places left or not."""
        opens = self.signup_opens_at
        return (
            self.status in {Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED}
            and self.series.status == Series.Status.PUBLISHED
            and now < self.signup_closes_at
            and (opens is None or now >= opens)
        )
