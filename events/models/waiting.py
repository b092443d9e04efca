"""Who waits for a place, and who was offered one when."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core import times
from events.models.bookings import Booking
from events.models.occurrences import Occurrence
from events.models.signups import SignUp

# Named here because the constraints below cannot reach into the class that they belong to.
_IN_LINE = ("waiting", "offered")


class WaitingEntryQuerySet(models.QuerySet["WaitingEntry"]):
    """Places in line, in the domain's words."""

    def in_line(self) -> Self:
        """Those that still want a place, first come first."""
        return self.filter(status__in=WaitingEntry.IN_LINE).order_by("pk")

    def of_person(self, name: str, *, email: str) -> Self:
        """Those of somebody by this name at that address, as the database tells two apart."""
        rows = self.alias(called=Lower("name"), address=Lower("email"))
        return rows.filter(called=Lower(Value(name)), address=Lower(Value(email)))

    def waiting(self) -> Self:
        """Those that have no offer to answer, first come first."""
        return self.filter(status=WaitingEntry.Status.WAITING).order_by("pk")

    def with_offers(self) -> Self:
        """All that ever waited, with what was offered to them and when, for tables."""
        rows = self.select_related("occurrence__series").prefetch_related("offers")
        return rows.order_by("pk")

    def for_page(self) -> Self:
        """With the date and its host, in one query."""
        return self.select_related(
            "occurrence__series__organization",
            "occurrence__series__company",
            "occurrence__series__area",
            "user",
            "signup",
        )


class WaitingEntry(models.Model):
    """One party's place in line for one date. Who came first has the lower number."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Offered a place")
        ACCEPTED = "accepted", _("Took the place")
        DECLINED = "declined", _("Said no")
        LAPSED = "lapsed", _("Did not answer in time")
        WITHDRAWN = "withdrawn", _("Left the list")
        CLOSED = "closed", _("The date was called off")

    #: The life of a place in line.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.WAITING: frozenset(
            {Status.OFFERED, Status.ACCEPTED, Status.WITHDRAWN, Status.CLOSED}
        ),
        Status.OFFERED: frozenset({Status.ACCEPTED, Status.DECLINED, Status.LAPSED, Status.CLOSED}),
        # Who was let in by mistake waits again.
        Status.ACCEPTED: frozenset({Status.WAITING}),
        Status.DECLINED: frozenset(),
        Status.LAPSED: frozenset(),
        Status.WITHDRAWN: frozenset(),
        Status.CLOSED: frozenset(),
    }
    IN_LINE: ClassVar[tuple[str, ...]] = _IN_LINE

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="line")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="waiting_entries",
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"))
    #: The names of who comes along: a party waits as one, and gets places for all or none.
    others = models.JSONField(_("who else comes"), default=list, blank=True)
    booking = models.ForeignKey(
        Booking, on_delete=models.SET_NULL, null=True, blank=True, related_name="waiting_entries"
    )
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="waiting_entries"
    )
    #: The id of the series' slot that it waits for; empty for any place.
    slot = models.CharField(_("role"), max_length=12, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.WAITING)
    #: The sign-up that came of it.
    signup = models.OneToOneField(
        SignUp, on_delete=models.SET_NULL, null=True, blank=True, related_name="waited_as"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("place in line")
        verbose_name_plural = _("places in line")
        indexes = (models.Index(fields=("occurrence", "status"), name="waiting_line"),)
        constraints = (
            models.UniqueConstraint(
                fields=("occurrence", "user"),
                condition=Q(status__in=_IN_LINE),
                name="waiting_once_per_account",
            ),
            models.UniqueConstraint(
                F("occurrence"),
                Lower("email"),
                Lower("name"),
                condition=Q(status__in=_IN_LINE),
                name="waiting_once_per_person",
            ),
        )

    def __str__(self) -> str:
        # The audit log keeps this text for good, so it names nobody.
        return f"{self.uuid.hex[:8]} ({self.get_status_display()})"

    @property
    def people(self) -> list[str]:
        """Everybody for whom it waits, by name."""
        return [self.name, *self.others]

    @property
    def party_size(self) -> int:
        """How many places it waits for."""
        return 1 + len(self.others)

    @property
    def slot_name(self) -> str:
        """What they want to come as; empty where that is nothing in particular."""
        return self.occurrence.series.slot_name(self.slot)

    @property
    def holds_offer(self) -> bool:
        """Whether places are kept for it until it answers."""
        return self.status == WaitingEntry.Status.OFFERED

    @property
    def position(self) -> int:
        """Its place in line among those who wait for the same, from 1; 0 where it is in none."""
        if self.status not in WaitingEntry.IN_LINE:
            return 0
        line = WaitingEntry.objects.in_line().filter(occurrence=self.occurrence_id, slot=self.slot)
        return line.filter(pk__lt=self.pk).count() + 1


class Offer(models.Model):
    """Places that were kept for one party in line: from when, until when, and what it said."""

    entry = models.ForeignKey(WaitingEntry, on_delete=models.CASCADE, related_name="offers")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    #: None while it waits for an answer.
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("made_at", "pk")
        verbose_name = _("offer")
        indexes = (
            models.Index(
                fields=("until",), name="offer_to_lapse", condition=Q(answered_at__isnull=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("entry",), condition=Q(answered_at__isnull=True), name="offer_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("made_at")), name="offer_lasts"),
        )

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def made(self) -> str:
        """When it was made, by the same clock as its deadline."""
        return self._on_the_wall(self.made_at)

    @property
    def deadline(self) -> str:
        """Until when it can be answered, by the clock where the event is: "Tue, Dec 8, 4:30 PM"."""
        return self._on_the_wall(self.until)

    def _on_the_wall(self, moment: datetime) -> str:
        local = times.local_of(moment, self.entry.occurrence.series.time_zone)
        return f"{times.day(local)}, {times.clock(local)}"
