"""Who comes."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import Company
from core import times
from events.models.blocks import SeatBlock
from events.models.bookings import Booking
from events.models.occurrences import Occurrence

# Named here because the constraints below cannot reach into the class that they belong to.
_HOLDING = ("pending_email", "requested", "confirmed", "checked_in", "attended", "no_show")


class SignUpQuerySet(models.QuerySet["SignUp"]):
    """Sign-ups, in the domain's words."""

    def holding(self) -> Self:
        """Those that take places."""
        return self.filter(status__in=SignUp.HOLDING)

    def coming(self) -> Self:
        """Those that were confirmed and have not fallen away: who is told of changes."""
        return self.filter(status__in=SignUp.COMING)

    def came(self) -> Self:
        """Those who were seen at the door."""
        return self.filter(status__in=(SignUp.Status.CHECKED_IN, SignUp.Status.ATTENDED))

    def of_people(self, names: Iterable[str], *, email: str, user: User | None) -> Self:
        """Those of people by these names at that address, and of the account."""
        called = Q(called__in=[Lower(Value(name)) for name in names])
        same = called & Q(address=Lower(Value(email)))
        if user is not None:
            same |= Q(user=user)
        return self.alias(address=Lower("email"), called=Lower("name")).filter(same)

    def overlapping(self, date: Occurrence) -> Self:
        """Those for other dates that are on while this one is; back to back is no clash."""
        return self.filter(
            occurrence__starts_at__lt=date.ends_at,
            occurrence__ends_at__gt=date.starts_at,
            occurrence__status__in=Occurrence.TAKING_PLACE,
        ).exclude(occurrence=date.pk)

    def party_of(self, signup: "SignUp") -> Self:
        """Who was signed up for the date in one go with this one, and itself."""
        if signup.booking_id is None:
            return self.filter(pk=signup.pk)
        return self.filter(booking=signup.booking_id, occurrence=signup.occurrence_id)

    def one_a_party(self) -> Self:
        """The first of each party that stands as it does: one letter speaks of all of them."""
        rows = SignUp.objects.filter(
            booking=OuterRef("booking"),
            occurrence=OuterRef("occurrence"),
            status=OuterRef("status"),
            pk__lt=OuterRef("pk"),
        )
        return self.filter(~Exists(rows))

    def of_company(self, company: Company, *, now: datetime) -> Self:
        """Who comes in a company's name to dates that have not ended, soonest first."""
        return (
            self.holding()
            .filter(company=company, occurrence__ends_at__gt=now)
            .select_related("occurrence__series")
            .order_by("occurrence__starts_at", Lower("name"), "pk")
        )

    def for_roster(self) -> Self:
        """With who they are and what for, for tables."""
        return self.select_related("occurrence__series", "user", "company").order_by(
            Lower("name"), "pk"
        )


class SignUp(models.Model):
    """One person's word that they come to one date."""

    class Status(models.TextChoices):
        PENDING_EMAIL = "pending_email", _("Waiting for e-mail confirmation")
        REQUESTED = "requested", _("Waiting for approval")
        CONFIRMED = "confirmed", _("Confirmed")
        CHECKED_IN = "checked_in", _("Checked in")
        ATTENDED = "attended", _("Attended")
        NO_SHOW = "no_show", _("Did not come")
        EXCUSED = "excused", _("Excused")
        CANCELLED = "cancelled", _("Cancelled")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Lapsed")

    #: The life of a sign-up. A lapsed one comes back if its owner confirms and a place is left;
    #: a wrong mark at the door can be set right, and who left may come back.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.PENDING_EMAIL: frozenset(
            {Status.REQUESTED, Status.CONFIRMED, Status.LAPSED, Status.CANCELLED, Status.DECLINED}
        ),
        Status.REQUESTED: frozenset({Status.CONFIRMED, Status.DECLINED, Status.CANCELLED}),
        Status.CONFIRMED: frozenset(
            {
                Status.CHECKED_IN,
                Status.ATTENDED,
                Status.NO_SHOW,
                Status.EXCUSED,
                Status.CANCELLED,
                Status.DECLINED,
            }
        ),
        Status.CHECKED_IN: frozenset(
            {Status.CONFIRMED, Status.ATTENDED, Status.NO_SHOW, Status.EXCUSED}
        ),
        Status.ATTENDED: frozenset({Status.CHECKED_IN}),
        Status.NO_SHOW: frozenset({Status.CHECKED_IN, Status.ATTENDED, Status.EXCUSED}),
        Status.EXCUSED: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.DECLINED: frozenset(),
        Status.LAPSED: frozenset({Status.REQUESTED, Status.CONFIRMED}),
    }
    #: Those that take a place. An unconfirmed one holds it for half an hour.
    HOLDING: ClassVar[tuple[str, ...]] = _HOLDING
    #: Those that were confirmed and have not fallen away: who is told of changes.
    COMING: ClassVar[tuple[str, ...]] = (Status.REQUESTED, Status.CONFIRMED, Status.CHECKED_IN)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="signups")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="signups",
    )
    name = models.CharField(_("name"), max_length=150)
    #: Several people may share one address: names tell them apart. Empty for walk-ins without one.
    email = models.EmailField(_("e-mail address"), blank=True)
    #: What else was signed up for in the same go; none for one person at one date.
    booking = models.ForeignKey(
        Booking, on_delete=models.SET_NULL, null=True, blank=True, related_name="signups"
    )
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="signups"
    )
    #: The places kept for the company, one of which it claimed.
    seat_block = models.ForeignKey(
        SeatBlock, on_delete=models.SET_NULL, null=True, blank=True, related_name="signups"
    )
    #: The id of the series' slot that it has a place in; empty for none.
    slot = models.CharField(_("role"), max_length=12, blank=True)
    status = models.CharField(
        _("status"), max_length=13, choices=Status, default=Status.PENDING_EMAIL
    )
    #: Until when an unconfirmed sign-up keeps its place.
    hold_until = models.DateTimeField(null=True, blank=True)
    #: When it was first checked in at the door, and when it last left.
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    #: Whether they came without having signed up; their address is not proved.
    walked_in = models.BooleanField(default=False)
    #: How often calendars were told that the place was given back, or taken again by the same
    #: person: their SEQUENCE is this on top of the date's own.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    #: When it came to its present status, or to its role: calendars are told both.
    changed_at = models.DateTimeField()
    #: When they last said that they still come, though the date was moved.
    kept_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = SignUpQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "pk")
        verbose_name = _("sign-up")
        indexes = (
            models.Index(fields=("occurrence", "status"), name="signup_roster"),
            models.Index(Lower("email"), name="signup_by_address"),
            models.Index(
                fields=("hold_until",),
                name="signup_holds",
                condition=Q(status="pending_email"),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("occurrence", "user"),
                condition=Q(status__in=_HOLDING),
                name="signup_once_per_account",
            ),
            models.UniqueConstraint(
                F("occurrence"),
                Lower("email"),
                Lower("name"),
                condition=Q(status__in=_HOLDING),
                name="signup_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(checked_out_at__gte=F("checked_in_at")),
                name="signup_left_after_it_came",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending_email") | Q(hold_until__isnull=False),
                name="signup_hold_has_an_end",
            ),
        )

    def __str__(self) -> str:
        # The audit log keeps this text for good, so it names nobody.
        return f"{self.uuid.hex[:8]} ({self.get_status_display()})"

    @property
    def slot_name(self) -> str:
        """What they come as; empty where that is nothing in particular."""
        return self.occurrence.series.slot_name(self.slot)

    @property
    def may_keep(self) -> bool:
        """Whether the date was moved and nothing was heard since."""
        moved = self.occurrence.status == Occurrence.Status.MOVED
        silent = self.kept_at is None or self.kept_at < self.occurrence.changed_at
        return moved and silent and self.holds_place

    @property
    def is_here(self) -> bool:
        """Whether it was checked in and has not left."""
        return self.status == SignUp.Status.CHECKED_IN

    @property
    def presence(self) -> tuple[datetime, datetime] | None:
        """From when to when they were there, to the minute; none for who was not checked in.

        The door is open before and after the date; only what lies in it counts. Who was not checked
        out stayed to the end.
        """
        if self.checked_in_at is None:
            return None
        begins, ends = self.occurrence.starts_at, self.occurrence.ends_at
        came_at = max(self.checked_in_at, begins).replace(second=0, microsecond=0)
        left_at = min(self.checked_out_at or ends, ends).replace(second=0, microsecond=0)
        return came_at, max(came_at, left_at)

    @property
    def minutes_present(self) -> int | None:
        """How long that is; none for who was not checked in."""
        if self.presence is None:
            return None
        came_at, left_at = self.presence
        return (left_at - came_at) // timedelta(minutes=1)

    @property
    def came_at(self) -> str:
        """When it was checked in, by the clock where the event is: "4:30 PM"."""
        return self._on_the_wall(self.checked_in_at)

    @property
    def left_at(self) -> str:
        """When it was checked out, by the same clock."""
        return self._on_the_wall(self.checked_out_at)

    def _on_the_wall(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        return times.clock(times.local_of(moment, self.occurrence.series.time_zone))

    @property
    def holds_place(self) -> bool:
        """Whether it takes places at its date."""
        return self.status in SignUp.HOLDING

    @property
    def comes(self) -> bool:
        """Whether it is expected, and told of changes."""
        return self.status in SignUp.COMING
