"""Organizations, what was checked about them, and who speaks for them."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.fields import RichTextField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from accounts.models import Membership, MembershipState, User
from core.models import Area, FocusArea
from core.vocabulary import Kind
from organizations.models.kept import KeptColumns


class OrganizationQuerySet(models.QuerySet["Organization"]):
    """Organizations, in the domain's words."""

    def public(self) -> Self:
        """What any visitor may see: approved, and published in the CMS."""
        return self.filter(status=Organization.Status.APPROVED, live=True)

    def with_desk_of(self, user: User | AnonymousUser) -> Self:
        """Those whose desk this person may open: through an active membership, or as staff."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.all()
        active = OrganizationMembership.objects.filter(user=user, state=MembershipState.ACTIVE)
        return self.filter(pk__in=active.values("organization"))

    def for_cards(self) -> Self:
        """With what `components/organization_card.html` shows beside areas and needs.

        Those two `cards.fill_organizations` reads for all rows of a page.
        """
        return self.only("slug", "name", "mission", "kind", "is_demonstration", "areas_as_written")


class Organization(
    KeptColumns,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """A nonprofit, school, college or agency that needs people, things or money for STEM."""

    class OrganizationKind(models.TextChoices):
        NONPROFIT = "nonprofit", _("Nonprofit")
        SCHOOL = "school", _("School")
        DISTRICT = "district", _("School district")
        COLLEGE = "college", _("College or university")
        AGENCY = "agency", _("Public agency")
        COALITION = "coalition", _("Coalition")
        BUSINESS = "business", _("Business")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        NEEDS_INFO = "needs_info", _("Needs more information")
        APPROVED = "approved", _("Approved")
        SUSPENDED = "suspended", _("Suspended")
        ARCHIVED = "archived", _("Archived")

    #: The life of an organization: which status may follow which.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.SUBMITTED, Status.ARCHIVED}),
        Status.SUBMITTED: frozenset({Status.NEEDS_INFO, Status.APPROVED, Status.ARCHIVED}),
        Status.NEEDS_INFO: frozenset({Status.SUBMITTED, Status.ARCHIVED}),
        Status.APPROVED: frozenset({Status.SUSPENDED, Status.ARCHIVED}),
        Status.SUSPENDED: frozenset({Status.APPROVED, Status.ARCHIVED}),
        Status.ARCHIVED: frozenset(),
    }

    KEPT: ClassVar[tuple[str, ...]] = (
        "uuid",
        "slug",
        "status",
        "is_demonstration",
        "site_host",
        "latitude",
        "longitude",
        "response_minutes",
        "created_at",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: Given once (`domain.slugs`): an address that was shared must not break.
    slug = models.SlugField(_("slug"), max_length=120, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(
        _("kind"), max_length=10, choices=OrganizationKind, default=OrganizationKind.NONPROFIT
    )
    #: Nine digits. Not unique: the archive has shared ones, reported and never merged silently.
    ein = models.CharField(_("EIN"), max_length=9, blank=True, db_index=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    #: The website's host without "www.", to find duplicates by.
    site_host = models.CharField(max_length=200, blank=True, db_index=True, editable=False)
    mission = models.TextField(_("mission"), blank=True, max_length=2000)
    story = RichTextField(_("story"), blank=True)
    focus_areas = ParentalManyToManyField(FocusArea, verbose_name=_("focus areas"), blank=True)
    populations_served = models.CharField(_("people served"), max_length=300, blank=True)
    areas = ParentalManyToManyField(Area, verbose_name=_("areas"), blank=True)
    #: Areas as an import spelled them where none of ours fits; kept as text, never guessed.
    areas_as_written = models.CharField(_("areas in their own words"), max_length=500, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    zip_code = models.CharField(_("ZIP code"), max_length=5, blank=True)
    #: Centroid of the ZIP, not of the building.
    latitude = models.FloatField(null=True, blank=True, editable=False)
    longitude = models.FloatField(null=True, blank=True, editable=False)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("logo"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    #: The organization's public desk, never a person's own address.
    contact_email = models.EmailField(_("public contact e-mail"), blank=True)

    accepts_cash = models.BooleanField(_("accepts money"), null=True, blank=True)
    accepts_in_kind = models.BooleanField(_("accepts things in kind"), null=True, blank=True)
    accepts_volunteers = models.BooleanField(_("accepts volunteers"), null=True, blank=True)
    has_coordinator = models.BooleanField(_("has a volunteer coordinator"), null=True, blank=True)
    screening_required = models.CharField(_("screening required"), max_length=300, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time in days"), null=True, blank=True)
    #: Measured from introductions answered; never typed.
    response_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False)

    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    #: Invented for demonstration, and marked so wherever it shows.
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    source_url = models.URLField(_("source"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    _revisions: GenericRelation = GenericRelation(
        "wagtailcore.Revision", related_query_name="organization"
    )
    workflow_states: GenericRelation = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="organization",
        for_concrete_model=False,
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("organization")
        indexes = (
            models.Index(fields=("status", "live", "name", "id"), name="org_public_by_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public profile."""
        return reverse("organizations:detail", args=[self.slug])

    @cached_property
    def card_areas(self) -> list[str]:
        """The names of its areas; `cards.fill_organizations` sets it for many at once."""
        return [area.name for area in self.areas.all()] or self.areas_in_own_words

    @cached_property
    def card_kinds(self) -> list[str]:
        """The kinds of help it asks for now; `cards.fill_organizations` sets it for many."""
        kinds = {need.kind for need in self.needs.all() if need.is_asking}
        return [str(label) for kind, label in Kind.choices if kind in kinds]

    @cached_property
    def focus_names(self) -> list[str]:
        """What it works on; `cards.fill_profile` sets it in one query with the rest."""
        return [topic.name for topic in self.focus_areas.all()]

    @cached_property
    def badge_names(self) -> list[str]:
        """What was checked about it; `cards.fill_profile` sets it in one query with the rest."""
        return [str(badge) for badge in self.badges.all()]

    @property
    def drawn_by(self) -> tuple[object, ...]:
        """All that its card shows."""
        return (
            self.slug,
            self.name,
            self.mission,
            self.kind,
            self.is_demonstration,
            tuple(self.card_areas),
            tuple(self.card_kinds),
        )

    @property
    def areas_in_own_words(self) -> list[str]:
        """What an import wrote where none of our areas fits, as a list of one or none."""
        return [self.areas_as_written] if self.areas_as_written else []

    @property
    def ein_words(self) -> str:
        """As the tax office writes it: "12-3456789"; empty for none."""
        return f"{self.ein[:2]}-{self.ein[2:]}" if self.ein else ""

    @property
    def accepts(self) -> list[str]:
        """What it says it can take, in words."""
        answers = (
            (self.accepts_volunteers, gettext("volunteers")),
            (self.accepts_in_kind, gettext("things in kind")),
            (self.accepts_cash, gettext("money")),
        )
        return [words for yes, words in answers if yes]

    @property
    def is_public(self) -> bool:
        """Whether any visitor may see it."""
        return self.live and self.status == self.Status.APPROVED

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:  # noqa: ARG002
        """The public page, for the CMS."""
        return "organizations/detail.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """What the public page shows, with the words that are being typed."""
        from organizations.models import shown  # noqa: PLC0415  (it knows this table)

        self.slug = self.slug or "preview"
        return {**super().get_preview_context(request, mode_name), **shown.on_profile(self)}

    @property
    def revisions(self) -> Any:
        """Every saved version, newest last; the CMS's history."""
        return self._revisions


class Badge(models.Model):
    """Something that somebody checked about an organization, until it expires."""

    class BadgeKind(models.TextChoices):
        EIN_CHECKED = "ein_checked", _("EIN checked")
        VISITED = "visited", _("Visited")
        SCREENING_ON_FILE = "screening_on_file", _("Screening policy on file")
        TLC_CERTIFIED = "tlc_certified", _("TLC-certified")

    organization = ParentalKey(Organization, on_delete=models.CASCADE, related_name="badges")
    kind = models.CharField(_("badge"), max_length=20, choices=BadgeKind)
    awarded_on = models.DateField(_("awarded on"))
    awarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    class Meta:
        ordering = ("kind",)
        verbose_name = _("badge")
        constraints = (
            models.UniqueConstraint(fields=("organization", "kind"), name="org_badge_once"),
        )

    def __str__(self) -> str:
        return self.get_kind_display()


class OrganizationMembership(Membership):
    """A person's part in an organization."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        ORGANIZER = "organizer", _("Organizer")
        VIEWER = "viewer", _("Viewer")

    WHOLE = "organization"
    ADMIN = Role.ADMIN

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEWER)

    class Meta(Membership.Meta):
        verbose_name = _("membership")
        constraints = (
            *Membership.Meta.constraints,
            models.UniqueConstraint(
                fields=("user", "organization"),
                condition=~Q(state="ended"),
                name="org_membership_once",
            ),
            models.UniqueConstraint(
                fields=("invited_email", "organization"),
                condition=Q(state="invited") & ~Q(invited_email=""),
                name="org_invitation_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.who} – {self.organization} ({self.get_role_display()})"
