"""The append-only double-entry ledger behind every progress figure.

Rows are written by `pledges.domain.ledger` and by nothing else; the database refuses to change
or delete them (migration 0002). A correction is a transaction that reverses another.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.vocabulary import Unit
from organizations.models import Need
from pledges.models.hours import HoursEntry
from pledges.models.pledges import Delivery, PledgeLine


class Account(models.TextChoices):
    """Where a quantity stands on its way from a giver to confirmed help.

    `GIVER` is the other side of every promise, so that what was ever promised is its negative.
    """

    GIVER = "giver", _("giver")
    PLEDGED = "pledged", _("pledged")
    ALLOCATED = "allocated", _("allocated")
    DELIVERED = "delivered", _("delivered")
    CONFIRMED = "confirmed", _("confirmed")
    EXPIRED = "expired", _("expired")


#: What is promised and neither lost nor withdrawn: the sum of these is "pledged" on a page.
STANDING_ACCOUNTS = (Account.PLEDGED, Account.ALLOCATED, Account.DELIVERED, Account.CONFIRMED)


class LedgerTransaction(models.Model):
    """One movement of quantities, for one reason; its postings sum to zero in each unit."""

    class Reason(models.TextChoices):
        ANNOUNCED = "announced", _("pledge announced")
        ACCEPTED = "accepted", _("pledge accepted")
        DELIVERED = "delivered", _("delivered")
        CONFIRMED = "confirmed", _("confirmed by the organization")
        RETURNED = "returned", _("not received, still owed")
        EXPIRED = "expired", _("will not come")
        HOURS = "hours", _("hours approved")
        REVERSED = "reversed", _("reversed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: Posting the same key again is the same transaction.
    key = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=10, choices=Reason)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="transactions", null=True, blank=True
    )
    hours = models.ForeignKey(
        HoursEntry, on_delete=models.PROTECT, related_name="transactions", null=True, blank=True
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="reversed_by", null=True, blank=True
    )
    #: Who caused it; none for the clock.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("ledger transaction")

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.key}"


class Posting(models.Model):
    """One side of a movement: an account rises or falls by a quantity of a unit."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="postings"
    )
    account = models.CharField(max_length=10, choices=Account)
    unit = models.CharField(max_length=8, choices=Unit)
    #: Signed, in the unit's smallest part.
    quantity = models.BigIntegerField()
    line = models.ForeignKey(
        PledgeLine, on_delete=models.PROTECT, related_name="postings", null=True, blank=True
    )
    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="postings", null=True, blank=True
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = _("posting")
        indexes = (
            models.Index(fields=("need", "account", "unit"), name="posting_of_need"),
            models.Index(fields=("line", "account"), name="posting_of_line"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(quantity=0), name="posting_moves_something"),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.quantity:+d} {self.unit}"
