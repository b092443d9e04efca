"""What a host writes to the people of one date."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import times
from events.models.occurrences import Occurrence
from events.models.signups import SignUp, SignUpQuerySet
from events.models.waiting import WaitingEntry, WaitingEntryQuerySet

LONGEST_SUBJECT, LONGEST_TEXT = 120, 4000


class RosterMessage(models.Model):
    """One plain mail to everybody on a roster, each address once."""

    class Audience(models.TextChoices):
        CONFIRMED = "confirmed", _("Everybody with a confirmed place")
        WAITING = "waiting", _("Everybody on the waiting list")
        CHECKED_IN = "checked_in", _("Everybody who was checked in")

    #: Made with the form, so that the same form sent twice is one message.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="messages")
    audience = models.CharField(_("to whom"), max_length=10, choices=Audience)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT)
    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    #: To how many addresses it was promised, and which promises these are.
    mails = models.PositiveIntegerField(default=0)
    effects = models.JSONField(default=list)
    made_at = models.DateTimeField()
    #: Until when it waits, so that it can be taken back.
    goes_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("message to a roster")
        verbose_name_plural = _("messages to rosters")
        constraints = (
            models.CheckConstraint(
                condition=Q(goes_at__gte=F("made_at")), name="roster_message_goes_after_made"
            ),
        )

    def __str__(self) -> str:
        # The audit log keeps this text for good, so it tells nothing of what was written.
        return f"{self.uuid.hex[:8]} ({self.get_audience_display()})"

    def recipients(self) -> SignUpQuerySet | WaitingEntryQuerySet:
        """Those of the date whom it is for, as far as they left an address, first come first."""
        if self.audience == RosterMessage.Audience.WAITING:
            entries = WaitingEntry.objects.in_line().filter(occurrence=self.occurrence_id)
            return entries.select_related("occurrence__series")
        statuses = {SignUp.Status.CHECKED_IN, SignUp.Status.ATTENDED}
        if self.audience == RosterMessage.Audience.CONFIRMED:
            statuses.add(SignUp.Status.CONFIRMED)
        rows = SignUp.objects.filter(occurrence=self.occurrence_id, status__in=statuses)
        return rows.exclude(email="").select_related("occurrence__series").order_by("pk")

    @property
    def made(self) -> str:
        """When it was written, by the clock where the event is: "Tue, Dec 8, 4:30 PM"."""
        local = times.local_of(self.made_at, self.occurrence.series.time_zone)
        return f"{times.day(local)}, {times.clock(local)}"

    def waits(self, *, now: datetime) -> bool:
        """Whether it can still be taken back."""
        return self.undone_at is None and now < self.goes_at

    def state(self, *, now: datetime) -> str:
        """What became of it, in a word."""
        if self.undone_at is not None:
            return gettext("Taken back")
        return gettext("Waits a minute") if now < self.goes_at else gettext("Sent")
