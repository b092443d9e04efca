"""Companies, what they can offer, and who speaks for them."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin

from accounts.models import Membership, MembershipState, User
from core import quantities
from core.models import Area, Skill
from core.vocabulary import Kind, Unit


class CompanyQuerySet(models.QuerySet["Company"]):
    """Companies, in the domain's words."""

    def public(self) -> Self:
        """What any visitor may see."""
        return self.filter(live=True)

    def for_cards(self) -> Self:
        """What a card shows, in three queries however many cards."""
        return self.select_related("logo").prefetch_related(
            "areas",
            models.Prefetch(
                "capabilities",
                queryset=Capability.objects.filter(status=Capability.Status.ACTIVE),
                to_attr="offers",
            ),
        )

    def for_profile(self) -> Self:
        """What a profile shows."""
        return self.for_cards().prefetch_related("offices")

    def with_desk_of(self, user: User | AnonymousUser) -> Self:
        """Those whose desk this person may open: through an active membership, or as staff."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.all()
        active = CompanyMembership.objects.filter(user=user, state=MembershipState.ACTIVE)
        return self.filter(pk__in=active.values("company"))


class Company(DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """A firm that gives people, hours, hardware, software or money."""

    class Size(models.TextChoices):
        MICRO = "micro", _("1 to 9 people")
        SMALL = "small", _("10 to 49 people")
        MEDIUM = "medium", _("50 to 249 people")
        LARGE = "large", _("250 to 4,999 people")
        GIANT = "giant", _("5,000 people or more")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    sector = models.CharField(_("sector"), max_length=100, blank=True)
    size = models.CharField(_("size"), max_length=6, choices=Size, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    about = models.TextField(_("about"), blank=True, max_length=2000)
    areas = ParentalManyToManyField(Area, verbose_name=_("areas"), blank=True)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("logo"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    #: The company's desk for this, never a person's own address.
    contact_email = models.EmailField(_("CSR contact e-mail"), blank=True)
    has_csr_team = models.BooleanField(_("has a dedicated CSR team"), null=True, blank=True)
    has_volunteering_framework = models.BooleanField(
        _("has a framework for individuals and teams"), null=True, blank=True
    )
    paid_minutes_per_year = models.PositiveIntegerField(
        _("paid volunteer minutes per person and year"), null=True, blank=True
    )
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    _revisions: GenericRelation = GenericRelation(
        "wagtailcore.Revision", related_query_name="company"
    )

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("companies:detail", args=[self.slug])

    def get_preview_template(self, request: Any, mode_name: str) -> str:  # noqa: ARG002
        """The page that the public would see."""
        return "companies/detail.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:  # noqa: ARG002
        """What that page shows."""
        return {"company": self}

    @property
    def on_offer(self) -> "list[Capability]":
        """What it can give now; free where a QuerySet read it along."""
        if "offers" in vars(self):
            return list(vars(self)["offers"])
        return list(self.capabilities.filter(status=Capability.Status.ACTIVE)) if self.pk else []

    @property
    def kinds_on_offer(self) -> list[str]:
        """The kinds of what it can give now, each once."""
        return list(dict.fromkeys(offer.get_kind_display() for offer in self.on_offer))

    @property
    def paid_time(self) -> str:
        """Paid volunteer time per person and year in words, empty where there is none."""
        if not self.paid_minutes_per_year:
            return ""
        return quantities.quantity(self.paid_minutes_per_year, Unit.MINUTE)

    @property
    def revisions(self) -> Any:
        """Every saved version, newest last; the CMS's history."""
        return self._revisions


class Office(models.Model):
    """A place where a company works, with the zone its people live by."""

    company = ParentalKey(Company, on_delete=models.CASCADE, related_name="offices")
    name = models.CharField(_("name"), max_length=100)
    city = models.CharField(_("city"), max_length=100, blank=True)
    zip_code = models.CharField(_("ZIP code"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="America/Los_Angeles")

    class Meta:
        ordering = ("name",)
        verbose_name = _("office")

    def __str__(self) -> str:
        return self.name


class EmailDomain(models.Model):
    """A domain whose addresses show that somebody works there, once it was verified."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="email_domains")
    domain = models.CharField(_("domain"), max_length=200)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    class Meta:
        ordering = ("domain",)
        verbose_name = _("e-mail domain")
        constraints = (
            models.UniqueConstraint(
                fields=("domain",),
                condition=Q(verified_at__isnull=False),
                name="company_domain_verified_once",
            ),
        )

    def __str__(self) -> str:
        return self.domain


class CompanyMembership(Membership):
    """A person's part in a company."""

    class Role(models.TextChoices):
        CSR_LEAD = "csr_lead", _("CSR lead")
        CAPTAIN = "captain", _("Captain")
        EMPLOYEE = "employee", _("Employee")

    WHOLE = "company"
    ADMIN = Role.CSR_LEAD

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.EMPLOYEE)

    class Meta(Membership.Meta):
        verbose_name = _("membership")
        constraints = (
            *Membership.Meta.constraints,
            models.UniqueConstraint(
                fields=("user", "company"),
                condition=~Q(state="ended"),
                name="company_membership_once",
            ),
            models.UniqueConstraint(
                fields=("invited_email", "company"),
                condition=Q(state="invited") & ~Q(invited_email=""),
                name="company_invitation_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.who} – {self.company} ({self.get_role_display()})"


class CapabilityQuerySet(models.QuerySet["Capability"]):
    """Capabilities, in the domain's words."""

    def on_offer(self) -> Self:
        """What public companies can give now."""
        return self.filter(status=Capability.Status.ACTIVE, company__live=True)


class Capability(models.Model):
    """The mirror of a need: something that a company can give."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        EXHAUSTED = "exhausted", _("Exhausted")
        RETIRED = "retired", _("Retired")

    #: The life of a capability. An exhausted one may be filled again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.ACTIVE, Status.RETIRED}),
        Status.ACTIVE: frozenset({Status.EXHAUSTED, Status.RETIRED}),
        Status.EXHAUSTED: frozenset({Status.ACTIVE, Status.RETIRED}),
        Status.RETIRED: frozenset(),
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="capabilities")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    constraints_text = models.TextField(_("constraints"), blank=True, max_length=2000)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit, default=Unit.ITEM)
    quantity = models.PositiveBigIntegerField(_("how much"), null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    skills = models.ManyToManyField(Skill, verbose_name=_("skills"), blank=True)
    areas = models.ManyToManyField(Area, verbose_name=_("areas"), blank=True)
    is_remote = models.BooleanField(_("can be given from anywhere"), default=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "title")
        verbose_name = _("capability")
        verbose_name_plural = _("capabilities")
        indexes = (models.Index(fields=("status", "kind"), name="capability_on_offer"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="capability_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def offered(self) -> str:
        """The quantity on offer in words, empty where it has no number."""
        return "" if self.quantity is None else quantities.quantity(self.quantity, self.unit)
