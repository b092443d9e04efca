"""Hours that a person gave to an organization, and who confirmed them."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core import quantities, times
from organizations.models import Need, Organization

MINUTES_A_DAY = 24 * 60


class HoursEntryQuerySet(models.QuerySet["HoursEntry"]):
    """Hours, in the domain's words."""

    def waiting(self) -> Self:
        """Submitted, and nobody has decided yet."""
        return self.filter(status=HoursEntry.Status.SUBMITTED)

    def counted(self) -> Self:
        """What totals are made of: approved rows, and the rows that reverse some of them."""
        return self.filter(status__in=HoursEntry.COUNTED_STATUSES)

    def total_minutes(self) -> int:
        """Confirmed minutes of these rows: each minute of a person once, reversals taken off."""
        total: int | None = self.counted().aggregate(total=Sum("counted_minutes"))["total"]
        return total or 0

    def in_year(self, year: int) -> Self:
        """Served in that calendar year."""
        return self.filter(served_on__year=year)

    def with_names(self) -> Self:
        """What a row of a list shows, in one query."""
        return self.select_related("user", "organization", "company", "need", "decided_by")


class HoursEntry(models.Model):
    """One person's time on one day. Its facts never change and it is never deleted.

    The database refuses both (migration 0002): only the decision is written later, once. An
    approved entry that was wrong is answered by a new row that reverses it.
    """

    class Source(models.TextChoices):
        CHECK_IN = "check_in", _("check-in")
        SELF = "self", _("the volunteer")
        SUPERVISOR = "supervisor", _("the organization")

    class Leave(models.TextChoices):
        OWN_TIME = "own_time", _("Own time")
        PAID_LEAVE = "paid_leave", _("Paid leave")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        REVERSED = "reversed", _("Reversal")

    #: The life of an entry. A reversal is a row of its own, born reversed.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.SUBMITTED}),
        Status.SUBMITTED: frozenset({Status.APPROVED, Status.DECLINED}),
        Status.APPROVED: frozenset(),
        Status.DECLINED: frozenset(),
        Status.REVERSED: frozenset(),
    }
    COUNTED_STATUSES: ClassVar[tuple[str, ...]] = (Status.APPROVED, Status.REVERSED)
    DECIDED_STATUSES: ClassVar[tuple[str, ...]] = (*COUNTED_STATUSES, Status.DECLINED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hours"
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="hours")
    #: Whom the person worked for on that day, as they said; none for somebody on their own.
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="hours", null=True, blank=True
    )
    #: A need counted in hours, which these help to meet.
    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="hours", null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.SELF)
    leave = models.CharField(_("time"), max_length=10, choices=Leave, default=Leave.OWN_TIME)
    served_on = models.DateField(_("date"))
    #: Minutes after local midnight; both or neither. Without them overlaps cannot be seen.
    starts_minute = models.PositiveSmallIntegerField(_("from"), null=True, blank=True)
    ends_minute = models.PositiveSmallIntegerField(_("to"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    what = models.CharField(_("what you did"), max_length=300, blank=True)
    #: The sign-up that it came from, if any; no foreign key, for it outlives the event.
    signup_uuid = models.UUIDField(null=True, blank=True, editable=False)

    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    #: Minutes that count toward totals, set by the approval: less than `minutes` where they
    #: overlap approved ones, negative for a reversal.
    counted_minutes = models.SmallIntegerField(default=0, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="reversal", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HoursEntryQuerySet.as_manager()

    class Meta:
        ordering = ("-served_on", "-pk")
        verbose_name = _("hours entry")
        verbose_name_plural = _("hours")
        indexes = (
            models.Index(fields=("organization", "status", "served_on"), name="hours_of_org"),
            models.Index(
                fields=("company", "status", "served_on", "counted_minutes"),
                name="hours_of_company",
            ),
            models.Index(fields=("user", "served_on"), name="hours_of_user"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(minutes__gt=0, minutes__lte=MINUTES_A_DAY), name="hours_fit_a_day"
            ),
            models.CheckConstraint(
                condition=Q(starts_minute__isnull=True, ends_minute__isnull=True)
                | Q(
                    starts_minute__isnull=False,
                    ends_minute__isnull=False,
                    ends_minute__gt=F("starts_minute"),
                    ends_minute__lte=MINUTES_A_DAY,
                    minutes__lte=F("ends_minute") - F("starts_minute"),
                ),
                name="hours_lie_between_start_and_end",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("user")),
                name="hours_not_decided_by_oneself",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "submitted"), decided_by__isnull=True)
                | Q(status="approved", decided_by__isnull=False)
                | Q(status__in=("declined", "reversed"), decided_by__isnull=False) & ~Q(reason=""),
                name="hours_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status="reversed", reverses__isnull=False, counted_minutes__lte=0)
                | Q(reverses__isnull=True, counted_minutes__gte=0) & ~Q(status="reversed"),
                name="hours_reversal_reverses",
            ),
            models.UniqueConstraint(
                fields=("signup_uuid",),
                condition=Q(status__in=("draft", "submitted")),
                name="hours_of_signup_once",
            ),
            models.CheckConstraint(
                condition=Q(counted_minutes__lte=F("minutes")),
                name="hours_count_no_more_than_given",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.in_words}, {self.served_on}"

    def get_absolute_url(self) -> str:
        """Where its owner sees it."""
        return reverse("pledges:me")

    @property
    def in_words(self) -> str:
        """How long: "1.5 hours"."""
        return quantities.quantity(self.minutes, "minute")

    @property
    def counted_in_words(self) -> str:
        """How much of it counts."""
        return quantities.hours(self.counted_minutes)

    @property
    def day(self) -> str:
        """The date, as people read it."""
        return times.day_with_year(self.served_on)

    @property
    def between(self) -> str:
        """From when to when on that day, empty where that was not said."""
        if self.starts_minute is None or self.ends_minute is None:
            return ""
        return f"{times.clock_of_minute(self.starts_minute)} – " + times.clock_of_minute(
            self.ends_minute
        )
