"""Readers, the weekly digest with its lines, and who was sent which issue."""

import uuid
from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import times
from core.models import Area, FocusArea
from organizations.models import Organization


class Cadence(models.TextChoices):
    """How often a reader wants mail. Each cadence has an edition of the digest of that name."""

    WEEKLY = "weekly", _("Every Monday")
    MONTHLY = "monthly", _("The first Monday of the month")


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    """Readers, in the domain's words."""

    def addressed(self, email: str) -> Self:
        """The reader with that address, in whatever case it was typed."""
        return self.filter(email__iexact=email.strip())

    def readers_of(self, edition: str, *, today: date) -> Self:
        """Who is to get an edition that goes out today: said yes, and not on a pause."""
        return self.filter(status=Subscriber.Status.SUBSCRIBED, cadence=edition).exclude(
            paused_until__gt=today
        )


class Subscriber(models.Model):
    """Somebody who asked for the digest, and what they asked for.

    A "no" said here always wins over what any service outside says.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("not confirmed yet")
        SUBSCRIBED = "subscribed", _("subscribed")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        CLEANED = "cleaned", _("address does not work")

    class Role(models.TextChoices):
        READER = "reader", _("A reader")
        VOLUNTEER = "volunteer", _("A volunteer")
        ORGANIZATION = "organization", _("With an organization")
        COMPANY = "company", _("With a company")

    #: Back from a "no" leads only the person's own button, pressed after it (`OptIn`).
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.PENDING: frozenset({Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.CLEANED}),
        Status.SUBSCRIBED: frozenset({Status.UNSUBSCRIBED, Status.CLEANED}),
        Status.UNSUBSCRIBED: frozenset({Status.SUBSCRIBED}),
        Status.CLEANED: frozenset({Status.SUBSCRIBED, Status.UNSUBSCRIBED}),
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    #: None chosen means all of them.
    areas = models.ManyToManyField(Area, verbose_name=_("areas"), blank=True)
    topics = models.ManyToManyField(FocusArea, verbose_name=_("topics"), blank=True)
    organizations = models.ManyToManyField(
        Organization, verbose_name=_("organizations followed"), blank=True
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.READER)
    cadence = models.CharField(
        _("how often"), max_length=8, choices=Cadence, default=Cadence.WEEKLY
    )
    #: The first day on which mail may come again.
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.PENDING, editable=False
    )
    #: What the person agreed to: which words, when, and on which page.
    consent_version = models.CharField(max_length=20, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_from = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    #: When the channel was last told; earlier than `changed_at` means that it must be told.
    synced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("reader")
        indexes = (models.Index(fields=("status", "cadence", "id"), name="reader_of_edition"),)
        constraints = (models.UniqueConstraint(Lower("email"), name="subscriber_address_once"),)

    def __str__(self) -> str:
        # Never the address: this is what the audit log keeps.
        return f"reader {self.uuid.hex[:8]}"


class OptIn(models.Model):
    """Somebody typed an address into our form; only the address's owner can confirm it.

    What they chose waits here and changes nothing until then. One row is one mail, and the
    rows are what the limits count, so that nobody is bombed through our form.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="opt_ins")
    choices = models.JSONField(default=dict)
    consent_version = models.CharField(max_length=20)
    consent_from = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("asked_at",)
        verbose_name = _("sign-up")
        indexes = (models.Index(fields=("subscriber", "asked_at"), name="opt_in_by_reader"),)

    def __str__(self) -> str:
        return str(self.uuid)


class DigestQuerySet(models.QuerySet["Digest"]):
    """Digests, in the domain's words."""

    def published(self) -> Self:
        """What any visitor may read: issues that went out, newest first."""
        return self.filter(status=Digest.Status.SENT)

    def of_week(self, year: int, week: int, edition: str) -> Self:
        """The one issue of an ISO week and edition."""
        return self.filter(year=year, week=week, edition=edition)


class Digest(models.Model):
    """One issue: an ISO week and an edition."""

    class Status(models.TextChoices):
        BUILDING = "building", _("being built")
        REVIEW = "review", _("in review")
        SCHEDULED = "scheduled", _("scheduled")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        SKIPPED_EMPTY = "skipped_empty", _("skipped: nothing to say")
        FAILED = "failed", _("failed")

    #: The life of an issue. A scheduled one can be taken back; a failed one tried again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.BUILDING: frozenset({Status.REVIEW}),
        Status.REVIEW: frozenset(
            {Status.BUILDING, Status.SCHEDULED, Status.SKIPPED_EMPTY, Status.FAILED}
        ),
        Status.SCHEDULED: frozenset(
            {Status.REVIEW, Status.SENDING, Status.SKIPPED_EMPTY, Status.FAILED}
        ),
        Status.SENDING: frozenset({Status.SENT, Status.FAILED}),
        Status.FAILED: frozenset({Status.SCHEDULED}),
        Status.SENT: frozenset(),
        Status.SKIPPED_EMPTY: frozenset(),
    }
    #: While an editor may still change what is in it.
    EDITABLE: ClassVar[frozenset[str]] = frozenset({Status.BUILDING, Status.REVIEW})

    year = models.PositiveSmallIntegerField(_("ISO year"))
    week = models.PositiveSmallIntegerField(_("ISO week"))
    edition = models.CharField(_("edition"), max_length=8, choices=Cadence, default=Cadence.WEEKLY)
    status = models.CharField(
        _("status"), max_length=13, choices=Status, default=Status.BUILDING, editable=False
    )
    subject = models.CharField(_("subject"), max_length=150)
    intro = models.TextField(_("introduction"), max_length=2000, blank=True)
    #: What the channel calls it, once it has been told.
    campaign_id = models.CharField(max_length=40, blank=True, editable=False)
    #: Whoever sends it holds it until then; renewed while sending.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.TextField(blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    built_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ("-year", "-week", "edition")
        verbose_name = _("digest")
        indexes = (models.Index(fields=("status", "-year", "-week"), name="digest_by_status"),)
        constraints = (
            models.UniqueConstraint(fields=("year", "week", "edition"), name="digest_once_a_week"),
            models.CheckConstraint(
                condition=Q(week__gte=1) & Q(week__lte=53), name="digest_week_is_iso"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public page of the issue."""
        if self.edition == Cadence.WEEKLY:
            return reverse("newsletter:digest", args=[self.year, self.week])
        return reverse("newsletter:edition", args=[self.year, self.week, self.edition])

    @property
    def monday(self) -> date:
        """The first day of its ISO week."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def week_words(self) -> str:
        """The week as people say it: "Dec 7 – Dec 13, 2026"."""
        last = self.monday + timedelta(days=6)
        first = times.day_with_year(self.monday)
        if self.monday.year == last.year:
            first = first.removesuffix(f", {last.year}")
        return f"{first} – {times.day_with_year(last)}"

    @property
    def name(self) -> str:
        """What it is called in lists."""
        if self.edition == Cadence.MONTHLY:
            return gettext("The month from %(day)s") % {"day": times.day_with_year(self.monday)}
        return gettext("Week of %(day)s") % {"day": times.day_with_year(self.monday)}

    @property
    def is_editable(self) -> bool:
        """Whether its lines and words may still change."""
        return self.status in self.EDITABLE


class DigestItem(models.Model):
    """One line of an issue, as it was when the issue was built.

    It names its thing by kind and slug and keeps the words, so that a past issue reads as it
    was sent, whatever became of the thing.
    """

    class Section(models.TextChoices):
        NEEDS = "needs", _("Needed now")
        EVENTS = "events", _("Coming up")
        THANKS = "thanks", _("Pledges and thanks")
        ORGANIZATIONS = "organizations", _("New here")

    class Choice(models.TextChoices):
        AUTO = "auto", _("by the clock")
        PINNED = "pinned", _("pinned")
        LEFT_OUT = "left_out", _("left out")

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="items")
    section = models.CharField(_("section"), max_length=13, choices=Section)
    #: Kind and slug together name the thing; once in a sent issue, it is seen.
    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=200)
    title = models.CharField(_("title"), max_length=300)
    facts = models.CharField(_("facts"), max_length=300, blank=True)
    url = models.CharField(max_length=300)
    #: For whom: slugs. No areas or no topics means for everybody.
    areas = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    organization = models.CharField(max_length=120, blank=True)
    is_demonstration = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    choice = models.CharField(_("choice"), max_length=8, choices=Choice, default=Choice.AUTO)

    class Meta:
        ordering = ("section", "position", "pk")
        verbose_name = _("line of a digest")
        indexes = (models.Index(fields=("kind", "slug"), name="digest_item_seen"),)
        constraints = (
            models.UniqueConstraint(fields=("digest", "kind", "slug"), name="digest_item_once"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_pinned(self) -> bool:
        """Whether an editor put it first."""
        return self.choice == self.Choice.PINNED

    @property
    def is_left_out(self) -> bool:
        """Whether an editor took it out of this issue."""
        return self.choice == self.Choice.LEFT_OUT


class DigestDelivery(models.Model):
    """One issue for one reader, who gets it once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        NOTHING = "nothing", _("nothing for this reader")
        REFUSED = "refused", _("refused by the mail server")

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = (models.Index(fields=("digest", "state", "id"), name="delivery_by_state"),)
        constraints = (
            models.UniqueConstraint(fields=("digest", "subscriber"), name="delivery_once"),
        )

    def __str__(self) -> str:
        return f"{self.digest_id} {self.subscriber_id} {self.state}"
