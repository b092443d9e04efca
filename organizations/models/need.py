"""What organizations ask for, how much of it, and how much has come."""

import uuid
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from core import quantities, times
from core.models import Area, Skill
from core.vocabulary import Kind, Unit
from organizations.models.kept import KeptColumns
from organizations.models.organization import Organization


class NeedQuerySet(models.QuerySet["Need"]):
    """Needs, in the domain's words."""

    def public(self) -> Self:
        """What any visitor may see: needs that were opened, of public organizations."""
        return self.filter(
            live=True,
            status__in=Need.PUBLIC_STATUSES,
            organization__status=Organization.Status.APPROVED,
            organization__live=True,
        )

    def open(self) -> Self:
        """Public needs that can still be helped with."""
        return self.public().filter(status__in=Need.OPEN_STATUSES)

    def overdue(self, today: date) -> Self:
        """Needs still waiting for help whose deadline, or last day, lies before `today`."""
        waiting = (*Need.OPEN_STATUSES, Need.Status.PAUSED)
        return self.filter(
            Q(deadline_on__lt=today) | Q(ends_on__lt=today, deadline_on__isnull=True),
            status__in=waiting,
        )

    def for_cards(self) -> Self:
        """With what `components/need_card.html` shows, in a fixed number of queries."""
        return self.select_related("organization").prefetch_related("areas", "organization__areas")


class Need(
    KeptColumns,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """One thing that an organization asks for, with how much of it and how much has come."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        OPEN = "open", _("Open")
        PARTLY_MET = "partly_met", _("Partly met")
        MET = "met", _("Met")
        PAUSED = "paused", _("Paused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    class Urgency(models.IntegerChoices):
        WHENEVER = 1, _("Whenever it suits")
        SOON = 2, _("Soon")
        URGENT = 3, _("Urgent")

    #: The life of a need. A met one may be reopened: it is open again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.IN_REVIEW, Status.WITHDRAWN}),
        Status.IN_REVIEW: frozenset({Status.DRAFT, Status.OPEN, Status.WITHDRAWN}),
        Status.OPEN: frozenset(
            {
                Status.PARTLY_MET,
                Status.MET,
                Status.PAUSED,
                Status.WITHDRAWN,
                Status.EXPIRED,
            }
        ),
        Status.PARTLY_MET: frozenset(
            {Status.OPEN, Status.MET, Status.PAUSED, Status.WITHDRAWN, Status.EXPIRED}
        ),
        Status.MET: frozenset({Status.OPEN, Status.PARTLY_MET}),
        Status.PAUSED: frozenset({Status.OPEN, Status.WITHDRAWN, Status.EXPIRED}),
        Status.WITHDRAWN: frozenset(),
        Status.EXPIRED: frozenset({Status.OPEN}),
    }
    OPEN_STATUSES: ClassVar[tuple[str, ...]] = (Status.OPEN, Status.PARTLY_MET)
    PUBLIC_STATUSES: ClassVar[tuple[str, ...]] = (*OPEN_STATUSES, Status.MET, Status.PAUSED)

    KEPT: ClassVar[tuple[str, ...]] = (
        "uuid",
        "slug",
        "status",
        "organization_id",
        "quantity_pledged",
        "quantity_met",
        "is_demonstration",
        "opened_at",
        "created_at",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: Given once (`domain.slugs`): an address that was shared must not break.
    slug = models.SlugField(_("slug"), max_length=140, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="needs")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    why = models.TextField(_("why it matters"), blank=True, max_length=4000)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.ITEM)
    #: In the unit's smallest part (minutes, cents); none where the ask has no number.
    quantity_wanted = models.PositiveBigIntegerField(_("how much"), null=True, blank=True)
    #: Sums of the ledger's postings, kept by the ledger in the same transaction; never typed.
    quantity_pledged = models.PositiveBigIntegerField(default=0, editable=False)
    quantity_met = models.PositiveBigIntegerField(default=0, editable=False)
    skills = ParentalManyToManyField(Skill, verbose_name=_("skills"), blank=True)
    areas = ParentalManyToManyField(Area, verbose_name=_("areas"), blank=True)
    is_remote = models.BooleanField(_("can be done from anywhere"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    #: When help is wanted again and again (RFC 5545); empty for once.
    rrule = models.CharField(_("repeats"), max_length=300, blank=True)
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"), null=True, blank=True)
    requirements = models.TextField(_("requirements"), blank=True, max_length=2000)
    deadline_on = models.DateField(_("needed by"), null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(
        _("urgency"), choices=Urgency, default=Urgency.WHENEVER
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    #: The year in which an archived proposal asked for it, and where it says so.
    source_year = models.PositiveSmallIntegerField(_("asked in"), null=True, blank=True)
    source_url = models.URLField(_("source"), max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    _revisions: GenericRelation = GenericRelation("wagtailcore.Revision", related_query_name="need")
    workflow_states: GenericRelation = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="need",
        for_concrete_model=False,
    )

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ("-urgency", "-opened_at", "pk")
        verbose_name = _("need")
        indexes = (
            models.Index(fields=("status", "live", "kind"), name="need_open_by_kind"),
            models.Index(fields=("-urgency", "-opened_at", "id"), name="need_in_list_order"),
            models.Index(
                fields=("organization", "status", "live", "kind"), name="need_of_org_by_kind"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity_wanted__isnull=True) | Q(quantity_wanted__gt=0),
                name="need_wants_something",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="need_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("organizations:need", args=[self.slug])

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:  # noqa: ARG002
        """The public page, for the CMS."""
        return "organizations/need.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """What the public page shows, with the words that are being typed."""
        from organizations.models import shown  # noqa: PLC0415  (it knows this table)

        self.slug = self.slug or "preview"
        return {**super().get_preview_context(request, mode_name), **shown.on_need(self)}

    @property
    def revisions(self) -> Any:
        """Every saved version, newest last; the CMS's history."""
        return self._revisions

    @property
    def is_public(self) -> bool:
        """Whether any visitor may see it."""
        return self.live and self.status in self.PUBLIC_STATUSES and self.organization.is_public

    @property
    def is_asking(self) -> bool:
        """Whether it is published and can still be helped with."""
        return self.live and self.status in self.OPEN_STATUSES

    @cached_property
    def card_areas(self) -> list[str]:
        """The names of its areas, or of its organization's where it has none of its own."""
        return [area.name for area in self.areas.all()] or self.organization.card_areas

    @property
    def drawn_by(self) -> tuple[object, ...]:
        """All that its card shows."""
        return (
            self.slug,
            self.title,
            self.why,
            self.kind,
            self.organization.name,
            self.unit,
            self.quantity_wanted,
            self.quantity_pledged,
            self.quantity_met,
            self.deadline_on,
            self.urgency,
            self.is_remote,
            self.is_demonstration,
            self.source_year,
            tuple(self.card_areas),
        )

    @cached_property
    def skill_names(self) -> list[str]:
        """What it asks people to know; `cards.fill_need` sets it with the areas."""
        return [skill.name for skill in self.skills.all()]

    @property
    def progress_words(self) -> str:
        """As in "12 of 20 items confirmed, 5 more pledged"; empty where there is no number."""
        if self.quantity_wanted is None:
            return ""
        words = gettext("%(met)s of %(wanted)s confirmed") % {
            "met": quantities.number(self.quantity_met, self.unit),
            "wanted": self.wanted,
        }
        more = self.quantity_pledged - self.quantity_met
        if more > 0:
            words += gettext(", %(more)s more pledged") % {
                "more": quantities.number(more, self.unit)
            }
        return words

    @property
    def still_wanted(self) -> str:
        """What nobody has pledged yet, in words; empty where there is no number or nothing."""
        left = (self.quantity_wanted or 0) - max(self.quantity_pledged, self.quantity_met)
        return quantities.quantity(left, self.unit) if left > 0 else ""

    @property
    def deadline(self) -> str:
        """As in "Dec 8, 2026"; empty for none."""
        return times.day_with_year(self.deadline_on) if self.deadline_on else ""

    @property
    def percent_met(self) -> int:
        """How much of what is wanted was confirmed as received, 0 to 100, rounded down."""
        if not self.quantity_wanted:
            return 0
        return min(100, self.quantity_met * 100 // self.quantity_wanted)

    @property
    def percent_pledged(self) -> int:
        """How much of what is wanted was promised, received or not, 0 to 100, rounded down."""
        if not self.quantity_wanted:
            return 0
        return min(100, self.quantity_pledged * 100 // self.quantity_wanted)

    @property
    def wanted(self) -> str:
        """The quantity asked for in words, empty where the ask has no number."""
        if self.quantity_wanted is None:
            return ""
        return quantities.quantity(self.quantity_wanted, self.unit)

    @property
    def period(self) -> str:
        """As in "Dec 8, 2026 – Jan 9, 2027", open at either end; empty for no dates."""
        start = times.day_with_year(self.starts_on) if self.starts_on else ""
        end = times.day_with_year(self.ends_on) if self.ends_on else ""
        if start and end:
            return f"{start} – {end}"
        if start:
            return gettext("from %(date)s") % {"date": start}
        return gettext("until %(date)s") % {"date": end} if end else ""
