"""Calendars that organizations keep elsewhere, and what of ours was made from them."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.series import Series
from organizations.models import Organization


class IncomingCalendarQuerySet(models.QuerySet["IncomingCalendar"]):
    """Calendars from elsewhere, in the domain's words."""

    def due(self, *, now: datetime) -> Self:
        """Those at an address whose time to be read again has come."""
        return self.exclude(url="").filter(is_paused=False, next_try_at__lte=now)


class IncomingCalendar(models.Model):
    """A calendar at an address, which is read again and again, or a file that was handed in."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="incoming_calendars"
    )
    #: What the calendar calls itself.
    name = models.CharField(_("name"), max_length=200, blank=True)
    url = models.CharField(_("address"), max_length=2000, blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    kind = models.CharField(
        _("kind of its events"),
        max_length=12,
        choices=Series.SeriesKind,
        default=Series.SeriesKind.VOLUNTEERING,
    )
    publishes = models.BooleanField(_("publish its events at once"), default=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    #: When it was last asked for, and when it was last read to its end.
    asked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    #: Why it was not read the last time; empty where it was.
    problem = models.CharField(max_length=500, blank=True)
    #: Of its events that vanished, where a person is to say whether that is meant; else empty.
    vanished = models.CharField(max_length=32, blank=True)
    #: What the last reading refused: title, line and reason, the first of them.
    refusals = models.JSONField(default=list, blank=True)
    refused = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IncomingCalendarQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "pk")
        verbose_name = _("calendar from elsewhere")
        verbose_name_plural = _("calendars from elsewhere")
        indexes = (models.Index(fields=("next_try_at",), name="incoming_by_next_try"),)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "url", "file_name"), name="incoming_once_per_organization"
            ),
            models.CheckConstraint(
                condition=(Q(url="") & ~Q(file_name="")) | (~Q(url="") & Q(file_name="")),
                name="incoming_from_address_or_file",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.file_name or self.url


class IncomingEvent(models.Model):
    """An event of a calendar from elsewhere, and the series that was made of it."""

    calendar = models.ForeignKey(IncomingCalendar, on_delete=models.CASCADE, related_name="events")
    uid = models.CharField(max_length=200)
    #: The original start of a changed date whose event is not in the calendar; else empty.
    recurrence_id = models.CharField(max_length=16, blank=True)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="incoming")
    #: Of all that the calendar said of it; the same again changes nothing.
    fingerprint = models.CharField(max_length=32)
    #: Its times, as the calendar said them last (`events.domain.incoming_schedules`).
    said = models.JSONField(default=dict)
    #: Whether we called it off because the calendar did, or no longer had it.
    is_gone = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("calendar", "uid", "recurrence_id"), name="incoming_event_once"
            ),
        )

    def __str__(self) -> str:
        return self.uid
