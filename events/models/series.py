"""What happens again and again, or once, at one place and by one clock."""

import uuid
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    Revision,
    RevisionMixin,
    WorkflowMixin,
)

from companies.models import Company
from core.fields import LocalDateTimeField
from core.models import Area, FocusArea
from events.models.questions import Question
from events.models.slots import Slot
from organizations.models import Need, Organization

#: Who invites; none is the site itself.
type Host = Organization | Company | None

MINUTES_A_DAY = 24 * 60
MOST_DAYS = 14
#: How many minutes an all-day event may last.
WHOLE_DAYS = tuple(MINUTES_A_DAY * days for days in range(1, MOST_DAYS + 1))


def hosted_by(host: Host, path: str = "") -> Q:
    """What that host invites to, whichever kind of host it is.

    Args:
        host: who invites.
        path: the way to the series from what is asked for, as `series__`.
    """
    return Q(
        **{
            f"{path}organization": host if isinstance(host, Organization) else None,
            f"{path}company": host if isinstance(host, Company) else None,
        }
    )


class SeriesQuerySet(models.QuerySet["Series"]):
    """Series, in the domain's words."""

    def in_feeds(self, *, now: datetime) -> Self:
        """What calendars are told of: what is on, and for 30 days what ended or was cancelled."""
        since = now - timedelta(days=30)
        return self.public().filter(
            Q(status=Series.Status.PUBLISHED)
            | Q(status=Series.Status.ENDED, ended_at__gte=since)
            | Q(status=Series.Status.CANCELLED, cancelled_at__gte=since)
        )

    def with_hosts(self) -> Self:
        """With host and area, in one query."""
        return self.select_related("organization", "company", "area", "need")

    def saying_what_goes_on(self) -> Self:
        """With the slug of the series that goes on with other times, where the public sees it."""
        goes_on = Series.objects.public().filter(continues=OuterRef("pk")).order_by("pk")
        return self.annotate(goes_on_as=Subquery(goes_on.values("slug")[:1]))

    def public(self) -> Self:
        """What any visitor may see: published once, by a host that is itself public."""
        return self.filter(
            Q(organization__isnull=True)
            | Q(organization__status=Organization.Status.APPROVED, organization__live=True),
            Q(company__isnull=True) | Q(company__live=True),
            live=True,
            status__in=Series.PUBLIC_STATUSES,
        )


class Series(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    """Something that happens once or again and again, at one place and by one clock."""

    class SeriesKind(models.TextChoices):
        VOLUNTEERING = "volunteering", _("Volunteering")
        WORKSHOP = "workshop", _("Workshop")
        ROUNDTABLE = "roundtable", _("Roundtable")
        BREAKOUT = "breakout", _("Breakout")
        SUMMIT = "summit", _("Summit")
        INFO_SESSION = "info_session", _("Info session")
        MENTORING = "mentoring", _("Mentoring")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")
        BOTH = "both", _("In person and online")

    class Flow(models.TextChoices):
        INSTANT = "instant", _("At once")
        BY_APPROVAL = "by_approval", _("After approval")
        INTEREST = "interest", _("Interest only")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    #: The life of a series. An ended one that gets a later date is published again.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.DRAFT: frozenset({Status.IN_REVIEW, Status.PUBLISHED, Status.CANCELLED}),
        Status.IN_REVIEW: frozenset({Status.DRAFT, Status.PUBLISHED, Status.CANCELLED}),
        Status.PUBLISHED: frozenset({Status.ENDED, Status.CANCELLED}),
        Status.ENDED: frozenset({Status.PUBLISHED}),
        Status.CANCELLED: frozenset(),
    }
    #: What belongs to the row and not to a version of its words: publishing an old version in
    #: the CMS must not carry these back in time.
    KEPT: ClassVar[tuple[str, ...]] = (
        "uuid",
        "slug",
        "status",
        "excluded_dates",
        "extra_dates",
        "more_times",
        "cancel_reason",
        "cancelled_at",
        "ended_at",
        "published_at",
        "is_demonstration",
        "sequence",
        "changed_at",
        "materialized_until",
        "vevents",
        "continues_id",
        "questions",
        "slots",
        "created_by_id",
        "created_at",
    )
    #: What people have in their calendars once it is public: from then on it changes at the desk,
    #: by a plan, and no version that is published carries it back either.
    TIMES: ClassVar[tuple[str, ...]] = (
        *("local_start", "duration_minutes", "is_all_day", "time_zone", "rrule"),
    )
    PUBLIC_STATUSES: ClassVar[tuple[str, ...]] = (
        Status.PUBLISHED,
        Status.ENDED,
        Status.CANCELLED,
    )

    #: What makes up where it takes place: who comes is told when one of them changes.
    WHEREABOUTS: ClassVar[tuple[str, ...]] = (
        *("mode", "place_name", "address", "zip_code", "online_url"),
    )

    #: Of a version: how many places the row itself has, which is what dates to come were given.
    capacity_before: int | None = None
    #: Of a version: where the row itself takes place, which is what people were told.
    whereabouts_before: dict[str, str] | None = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("slug"), max_length=140, unique=True)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=8000)
    kind = models.CharField(
        _("kind"), max_length=12, choices=SeriesKind, default=SeriesKind.VOLUNTEERING
    )
    #: The host. Neither one: the site itself invites.
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="series",
    )
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="series",
    )
    need = models.ForeignKey(
        Need,
        verbose_name=_("need that it helps with"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="series",
    )
    focus_areas = ParentalManyToManyField(FocusArea, verbose_name=_("focus areas"), blank=True)

    mode = models.CharField(_("where"), max_length=9, choices=Mode, default=Mode.IN_PERSON)
    place_name = models.CharField(_("place"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    zip_code = models.CharField(_("ZIP code"), max_length=5, blank=True)
    area = models.ForeignKey(
        Area,
        verbose_name=_("area"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    #: Centroid of the ZIP, not of the building.
    latitude = models.FloatField(null=True, blank=True, editable=False)
    longitude = models.FloatField(null=True, blank=True, editable=False)
    #: The join link; shown to those who signed up and to nobody else.
    online_url = models.URLField(_("link to join"), max_length=500, blank=True)

    time_zone = models.CharField(_("time zone"), max_length=64, default="America/Los_Angeles")
    local_start = LocalDateTimeField(_("first start"))
    duration_minutes = models.PositiveIntegerField(_("length in minutes"), default=60)
    #: Whole days and no times: starts at midnight, and ends at midnight after its last day.
    is_all_day = models.BooleanField(_("all day"), default=False)
    #: RFC 5545, without "RRULE:". Read and expanded by `events.recurrence` and nothing else.
    rrule = models.CharField(_("repeats"), max_length=300, blank=True)
    #: Later starts on each of its days, as `14:00`: a date of its own each. The first is above.
    more_times = models.JSONField(_("more start times"), default=list, blank=True, editable=False)
    #: Local starts, as `2026-12-08T16:30`.
    extra_dates = models.JSONField(_("extra dates"), default=list, blank=True)
    excluded_dates = models.JSONField(_("excluded dates"), default=list, blank=True)

    flow = models.CharField(_("sign-up"), max_length=11, choices=Flow, default=Flow.INSTANT)
    #: Places at each date; none means no limit.
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    waiting_list = models.BooleanField(_("waiting list when full"), default=True)
    opens_days_before = models.PositiveSmallIntegerField(
        _("sign-up opens, days before"), null=True, blank=True
    )
    closes_minutes_before = models.PositiveIntegerField(
        _("sign-up closes, minutes before"), default=0
    )
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"), null=True, blank=True)
    requirements = models.TextField(_("requirements"), blank=True, max_length=2000)
    #: What is asked of who signs up. Read by `asked`, written by `domain.questions`.
    questions = models.JSONField(_("questions"), default=list, blank=True, editable=False)
    #: What one can come as. Read by `named_slots`, written by `domain.slots`.
    slots = models.JSONField(_("places by role"), default=list, blank=True, editable=False)

    status = models.CharField(
        _("status"), max_length=9, choices=Status, default=Status.DRAFT, editable=False
    )
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    #: RFC 5545 SEQUENCE of the series itself; each date has its own.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    #: When what the calendar says last changed: DTSTAMP and LAST-MODIFIED.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Until which day dates have been made into rows.
    materialized_until = models.DateField(null=True, blank=True, editable=False)
    #: What it was until its times changed.
    continues = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="continued_by",
    )
    #: The series and its exceptions as VEVENTs, ready to be joined into any feed.
    vevents = models.TextField(blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    _revisions: GenericRelation = GenericRelation(
        "wagtailcore.Revision", related_query_name="series"
    )
    workflow_states: GenericRelation = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="series",
        for_concrete_model=False,
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")
        verbose_name = _("event series")
        verbose_name_plural = _("event series")
        indexes = (
            models.Index(fields=("status", "live", "kind"), name="series_public_by_kind"),
            models.Index(fields=("organization", "status"), name="series_of_organization"),
            models.Index(fields=("latitude", "longitude"), name="series_by_place"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(organization__isnull=True) | Q(company__isnull=True),
                name="series_has_one_host",
                violation_error_message=_("Choose an organization or a company, not both."),
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=1) & Q(duration_minutes__lte=WHOLE_DAYS[-1]),
                name="series_lasts_a_while",
                violation_error_message=_("An event lasts from 1 minute to 14 days."),
            ),
            models.CheckConstraint(
                condition=Q(is_all_day=False) | Q(duration_minutes__in=WHOLE_DAYS),
                name="series_all_day_lasts_days",
                violation_error_message=_("An all-day event lasts whole days: 1440 minutes each."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1),
                name="series_has_places",
                violation_error_message=_("Places: at least 1, or empty for no limit."),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("events:series", args=[self.slug])

    @property
    def revisions(self) -> Any:
        """Every saved version, newest last; the CMS's history."""
        return self._revisions

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """This row with the words of a version, and its own kept columns."""
        version: Self = super().with_content_json(content)
        rows = Series.objects.filter(pk=self.pk)
        row = rows.values(*self.KEPT, *self.TIMES, *self.WHEREABOUTS, "capacity").first()
        if row is not None:
            is_known = row["status"] in self.PUBLIC_STATUSES
            for name in (*self.KEPT, *(self.TIMES if is_known else ())):
                setattr(version, name, row[name])
            version.capacity_before = row["capacity"]
            version.whereabouts_before = {name: row[name] for name in self.WHEREABOUTS}
            if version.slots:
                version.capacity = version.places_of_slots
        return version

    def publish(self, revision: Revision, *args: Any, **kwargs: Any) -> None:
        """Publish a version with all that follows from it, or nothing of it.

        The row is held before the version is read: what the version learns of the row still holds
        when it is written.
        """
        with transaction.atomic():
            Series.objects.select_for_update(no_key=True).get(pk=self.pk)
            super().publish(revision, *args, **kwargs)

    def get_preview_template(self, _request: Any, _mode_name: str) -> str:
        """The public page's own template."""
        return "events/series.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        """What it shows of a version that has no dates yet."""
        shared: dict[str, Any] = super().get_preview_context(request, mode_name)
        return {**shared, "series": self, "occurrences": [], "is_preview": True}

    @property
    def is_public(self) -> bool:
        """Whether any visitor may see it now."""
        host_is_public = (
            self.organization.status == Organization.Status.APPROVED and self.organization.live
            if self.organization
            else self.company.live
            if self.company
            else True
        )
        return bool(self.live and self.status in Series.PUBLIC_STATUSES and host_is_public)

    @property
    def asked(self) -> list[Question]:
        """What is asked of who signs up, in order."""
        return [Question.of(kept) for kept in self.questions]

    @property
    def named_slots(self) -> list[Slot]:
        """What one can come as, in order; empty where all places are alike."""
        return [Slot.of(kept) for kept in self.slots]

    @property
    def places_of_slots(self) -> int:
        """The places of all slots together: as many as a date has."""
        return sum(slot.capacity for slot in self.named_slots)

    def slot_name(self, number: str) -> str:
        """What the slot with this id is called; empty for none, and for one that is gone."""
        return next((slot.name for slot in self.named_slots if slot.id == number), "")

    @property
    def host(self) -> Host:
        """Who invites; none where it is the site itself."""
        return self.organization or self.company

    @property
    def host_name(self) -> str:
        """Who invites, in words."""
        return self.host.name if self.host else settings.SITE_NAME

    @property
    def duration(self) -> timedelta:
        """How long each date lasts on the clock on the wall."""
        return timedelta(minutes=self.duration_minutes)

    @property
    def start_times(self) -> list[time]:
        """At what times of the day it starts, the first one first."""
        return [self.local_start.time(), *map(time.fromisoformat, self.more_times)]

    def session_of(self, start: datetime) -> int:
        """Which of the day's starts that is; 0 is the first, and any that is none of them."""
        clocks = self.start_times
        return clocks.index(start.time()) if start.time() in clocks else 0

    def uid_of(self, session: int) -> UUID:
        """The UID of one of the day's starts: an event of its own for calendars."""
        return uuid5(self.uuid, f"session {session}") if session else self.uuid

    @property
    def repeats(self) -> bool:
        """Whether it may have more than one date."""
        return bool(self.rrule or self.extra_dates)

    @property
    def is_online(self) -> bool:
        """Whether one can take part from anywhere."""
        return self.mode != Series.Mode.IN_PERSON

    @property
    def whereabouts(self) -> dict[str, str]:
        """All that says where it takes place, the private link to join included."""
        return {name: getattr(self, name) for name in self.WHEREABOUTS}

    @property
    def where_in_full(self) -> str:
        """The place with its address, in one line."""
        return ", ".join(part for part in (self.where, self.address) if part)

    @property
    def where(self) -> str:
        """The place in one line: "Central Library, Central LA", "Online"."""
        if self.mode == Series.Mode.ONLINE:
            return gettext("Online")
        place = ", ".join(
            part for part in (self.place_name, self.area.name if self.area else "") if part
        )
        if self.mode == Series.Mode.BOTH:
            return gettext("%(place)s and online") % {"place": place or gettext("In person")}
        return place or gettext("Place to be announced")
