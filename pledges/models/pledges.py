"""A pledge, what it consists of, who stands behind it, and how it arrives."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core import quantities, times
from core.vocabulary import Kind, Unit
from organizations.models import Need, Organization


class PledgeQuerySet(models.QuerySet["Pledge"]):
    """Pledges, in the domain's words."""

    def public(self) -> Self:
        """What any visitor may see: announced and not taken back, of public companies."""
        return self.filter(status__in=Pledge.PUBLIC_STATUSES, company__live=True)

    def running(self) -> Self:
        """Announced and not yet over."""
        return self.filter(status__in=Pledge.RUNNING_STATUSES)

    def with_lines(self) -> Self:
        """Everything that a row of a list shows, in two queries however long the list is."""
        lines = PledgeLine.objects.with_confirmed().select_related("need")
        return self.select_related("company", "organization").prefetch_related(
            models.Prefetch("lines", queryset=lines)
        )


class Pledge(models.Model):
    """A company's promise to one organization, or to the site where it names none."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ANNOUNCED = "announced", _("Announced")
        ACCEPTED = "accepted", _("Accepted")
        IN_PROGRESS = "in_progress", _("In progress")
        FULFILLED = "fulfilled", _("Fulfilled")
        PART_FULFILLED = "part_fulfilled", _("Fulfilled in part")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    #: The life of a pledge. Reversed hours can open a fulfilled one again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.ANNOUNCED, Status.WITHDRAWN}),
        Status.ANNOUNCED: frozenset({Status.ACCEPTED, Status.WITHDRAWN, Status.LAPSED}),
        Status.ACCEPTED: frozenset({Status.IN_PROGRESS, Status.LAPSED}),
        Status.IN_PROGRESS: frozenset({Status.FULFILLED, Status.PART_FULFILLED, Status.LAPSED}),
        Status.FULFILLED: frozenset({Status.IN_PROGRESS}),
        Status.PART_FULFILLED: frozenset(),
        Status.LAPSED: frozenset(),
        Status.WITHDRAWN: frozenset(),
    }
    RUNNING_STATUSES: ClassVar[tuple[str, ...]] = (
        Status.ANNOUNCED,
        Status.ACCEPTED,
        Status.IN_PROGRESS,
    )
    #: In which the company still owes what the organization said yes to.
    ACCEPTED_STATUSES: ClassVar[tuple[str, ...]] = (Status.ACCEPTED, Status.IN_PROGRESS)
    PUBLIC_STATUSES: ClassVar[tuple[str, ...]] = (
        *RUNNING_STATUSES,
        Status.FULFILLED,
        Status.PART_FULFILLED,
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.PROTECT, related_name="pledges"
    )
    #: Who receives it; none for a general pledge, which staff place.
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="pledges",
        null=True,
        blank=True,
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    message = models.TextField(_("message"), blank=True, max_length=2000)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    #: After this day what has not been delivered lapses.
    ends_on = models.DateField(_("until"))
    status = models.CharField(
        _("status"), max_length=14, choices=Status, default=Status.DRAFT, editable=False
    )
    #: Why it was withdrawn or declined, in the words of whoever did.
    closed_reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("pledge")
        indexes = (
            models.Index(fields=("company", "status"), name="pledge_of_company"),
            models.Index(fields=("organization", "status"), name="pledge_for_org"),
            models.Index(fields=("status", "ends_on"), name="pledge_by_end"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="pledge_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return self.title or f"{self.company} – {self.organization or _('any organization')}"

    def get_absolute_url(self) -> str:
        """The pledge's own page."""
        return reverse("pledges:detail", args=[self.uuid])

    @property
    def until(self) -> str:
        """The last day, as people read it."""
        return times.day_with_year(self.ends_on)

    @property
    def in_words(self) -> str:
        """What is promised: "20 items, 40 hours"."""
        return ", ".join(line.in_words for line in self.lines.all())

    @property
    def is_running(self) -> bool:
        """Whether it is announced and not yet over."""
        return self.status in self.RUNNING_STATUSES


class PledgeLineQuerySet(models.QuerySet["PledgeLine"]):
    """Lines, in the domain's words."""

    def with_confirmed(self) -> Self:
        """Adds `confirmed`: how much of each line the ledger says has come."""
        came = Sum("postings__quantity", filter=Q(postings__account="confirmed"))
        return self.annotate(confirmed=Coalesce(came, 0))


class PledgeLine(models.Model):
    """One thing within a pledge, with its quantity and the need that it answers, if any."""

    class LineKind(models.TextChoices):
        PEOPLE = "people", _("People")
        HOURS = "hours", _("Hours")
        HARDWARE = "hardware", _("Hardware")
        SOFTWARE = "software", _("Software")
        MONEY = "money", _("Money")
        INTERNSHIPS = "internships", _("Internships")
        SCHOLARSHIPS = "scholarships", _("Scholarships")
        SPACE = "space", _("Space")
        OTHER = "other", _("Other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pledge = models.ForeignKey(Pledge, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind)
    #: In the unit's smallest part: minutes, cents.
    quantity = models.PositiveBigIntegerField(_("how much"))
    unit = models.CharField(_("unit"), max_length=8, choices=Unit)
    need = models.ForeignKey(
        Need,
        verbose_name=_("need"),
        on_delete=models.PROTECT,
        related_name="pledge_lines",
        null=True,
        blank=True,
    )

    objects = PledgeLineQuerySet.as_manager()

    #: Added by `with_confirmed`.
    confirmed: int

    class Meta:
        ordering = ("pk",)
        verbose_name = _("pledge line")
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="pledge_line_promises_something"
            ),
        )

    def __str__(self) -> str:
        return self.in_words

    @property
    def in_words(self) -> str:
        """The quantity with its unit: "20 items"."""
        return quantities.quantity(self.quantity, self.unit)

    @property
    def percent_confirmed(self) -> int:
        """How much of it was confirmed, 0 to 100, rounded down; for lines `with_confirmed`."""
        return min(100, self.confirmed * 100 // self.quantity)

    @property
    def progress_in_words(self) -> str:
        """The bar in words: "4 of 10 items confirmed"; for lines `with_confirmed`."""
        came = quantities.quantity(self.confirmed, self.unit)
        return gettext("%(came)s of %(all)s confirmed") % {"came": came, "all": self.in_words}

    @classmethod
    def kind_for(cls, *, need_kind: str, unit: str) -> str:
        """What kind of line answers a need of that kind counted in that unit."""
        by_unit = {Unit.MINUTE: cls.LineKind.HOURS, Unit.CENT: cls.LineKind.MONEY}
        by_need = {
            Kind.HARDWARE: cls.LineKind.HARDWARE,
            Kind.SOFTWARE: cls.LineKind.SOFTWARE,
            Kind.INTERNSHIPS: cls.LineKind.INTERNSHIPS,
            Kind.SPACE: cls.LineKind.SPACE,
        }
        otherwise = cls.LineKind.PEOPLE if unit == Unit.PERSON else cls.LineKind.OTHER
        return by_unit.get(Unit(unit)) or by_need.get(Kind(need_kind)) or otherwise


class Commitment(models.Model):
    """An employee's name under their company's pledge; counted as "employees pledged"."""

    pledge = models.ForeignKey(Pledge, on_delete=models.CASCADE, related_name="commitments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="commitments"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at",)
        verbose_name = _("commitment")
        constraints = (models.UniqueConstraint(fields=("pledge", "user"), name="commitment_once"),)

    def __str__(self) -> str:
        return f"{self.user} – {self.pledge}"


class Delivery(models.Model):
    """Part of a pledge line on its way, and whether it arrived."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        DELIVERED = "delivered", _("Delivered")
        CONFIRMED = "confirmed_by_org", _("Confirmed")
        DISPUTED = "disputed", _("Disputed")
        SETTLED = "settled", _("Settled")
        CANCELLED = "cancelled", _("Cancelled")

    #: The life of a delivery. Only what has not left yet can be cancelled.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.SCHEDULED: frozenset({Status.DELIVERED, Status.CANCELLED}),
        Status.DELIVERED: frozenset({Status.CONFIRMED, Status.DISPUTED}),
        Status.DISPUTED: frozenset({Status.SETTLED}),
        Status.CONFIRMED: frozenset(),
        Status.SETTLED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
    #: In which the ledger waits for somebody's word.
    OPEN_STATUSES: ClassVar[tuple[str, ...]] = (Status.DELIVERED, Status.DISPUTED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(PledgeLine, on_delete=models.PROTECT, related_name="deliveries")
    quantity = models.PositiveBigIntegerField(_("how much"))
    #: What the organization says arrived, where that differs.
    received_quantity = models.PositiveBigIntegerField(_("received"), null=True, blank=True)
    due_on = models.DateField(_("due on"))
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    receipt = models.CharField(_("receipt"), max_length=200, blank=True)
    dispute = models.CharField(_("what is wrong"), max_length=500, blank=True)
    status = models.CharField(
        _("status"), max_length=16, choices=Status, default=Status.SCHEDULED, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("due_on", "pk")
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = (models.Index(fields=("status", "due_on"), name="delivery_by_status"),)
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gt=0), name="delivery_brings_something"),
            models.CheckConstraint(
                condition=Q(received_quantity__isnull=True)
                | Q(received_quantity__lte=F("quantity")),
                name="delivery_receives_no_more_than_sent",
            ),
        )

    def __str__(self) -> str:
        return self.in_words

    @property
    def in_words(self) -> str:
        """The quantity with its unit."""
        return quantities.quantity(self.quantity, self.line.unit)

    @property
    def received_in_words(self) -> str:
        """What the organization says arrived, empty where it has not said."""
        if self.received_quantity is None:
            return ""
        return quantities.quantity(self.received_quantity, self.line.unit)

    @property
    def due(self) -> str:
        """The day it is due, as people read it."""
        return times.day_with_year(self.due_on)
