"""Tables that belong to no single noun: places and topics, versions, promised effects, search."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.Model):
    """A part of the region that people filter by. An installation elsewhere defines its own."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    #: The Service Planning Area (1 to 8) whose outline stands for it on the drawn map.
    planning_area = models.PositiveSmallIntegerField(_("planning area"), null=True, blank=True)

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("area")

    def __str__(self) -> str:
        return self.name


class FocusArea(models.Model):
    """A topic that organizations work on and readers follow, such as robotics."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("focus area")

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something that a person can do and a need can ask for."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ("name",)
        verbose_name = _("skill")

    def __str__(self) -> str:
        return self.name


class ListVersion(models.Model):
    """A number that rises in the transaction that changes what a public page shows.

    It is the page's ETag and its cache key (`core.shared_pages`). Reading the latest
    `updated_at` of a table instead costs seven times as many requests a second.
    """

    name = models.CharField(max_length=40, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("list version")

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Effect(models.Model):
    """Something promised to the outside world: a mail, a call, a file.

    The row is written in the transaction of the fact that asks for it (`core.outbox`), leased
    by one worker at a time, and kept as the record of what was done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")
        UNDONE = "undone", _("taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The dotted path of the function that does it, registered with `@outbox.effect`.
    does = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    #: Two promises with the same key are one promise.
    key = models.CharField(max_length=200, unique=True, null=True)  # noqa: DJ001
    not_before = models.DateTimeField()
    #: Smaller goes first: safety mail never waits behind a digest.
    rank = models.PositiveSmallIntegerField(default=5)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("rank", "not_before")
        verbose_name = _("effect")
        indexes = (
            models.Index(
                fields=("rank", "not_before"),
                name="core_effect_waiting",
                condition=models.Q(state="waiting"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.does} ({self.state})"


class Allowance(models.Model):
    """How often something was done lately for one key (`core.limits`); no personal data."""

    name = models.CharField(max_length=40)
    key_hash = models.CharField(max_length=64)
    #: POSIX times of the uses that still count, oldest first; never longer than the limit.
    moments = models.JSONField(default=list)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("allowance")
        constraints = (
            models.UniqueConstraint(fields=("name", "key_hash"), name="core_allowance_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}: {len(self.moments)}"


class SearchDocument(models.Model):
    """One public thing as the search sees it. Written by `core.search` and by nothing else."""

    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("search document")
        constraints = (
            models.UniqueConstraint(fields=("kind", "slug"), name="core_search_one_per_thing"),
        )

    def __str__(self) -> str:
        return self.title
