"""Keeping an outside audience in step with our readers, and heeding what it hears from them.

Ours is the truth about a "yes"; a "no" counts wherever it was said.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from newsletter.channels.port import Channel, ChannelRefused, Member, Standing
from newsletter.domain import subscribers, weeks
from newsletter.models import Subscriber

logger = logging.getLogger(__name__)

Status = Subscriber.Status


def sync(*, channel: Channel, now: datetime, most: int | None = None) -> int:
    """Tell the channel of every reader that changed since it was last told; says how many.

    Raises:
        ChannelDown: if it cannot be reached; those told so far are recorded.
    """
    told = 0
    for reader in stale(now=now).prefetch_related("areas", "topics")[:most]:
        try:
            standing = channel.tell(_member(reader, now=now))
        except ChannelRefused as error:
            # One address that it does not take must not keep an issue from all the others.
            logger.warning("%s refused %s: %s", channel.name, reader, error)
            standing = Standing.UNKNOWN
        _told(reader, standing, now=now)
        told += 1
    return told


def stale(*, now: datetime) -> "QuerySet[Subscriber]":
    """Readers whom the channel does not know as they are now."""
    today = weeks.local_day(now)
    ended_pause = Q(paused_until__lte=today, synced_at__date__lt=F("paused_until"))
    changed = Q(synced_at__isnull=True) | Q(changed_at__gt=F("synced_at"))
    return Subscriber.objects.filter(changed | ended_pause, confirmed_at__isnull=False)


@transaction.atomic
def heed(*, email: str, standing: Standing, said_at: datetime, now: datetime) -> None:
    """The channel says that somebody unsubscribed there, or that an address is dead.

    A word older than the reader's own confirmation here may be overtaken: then the channel is
    asked again at the next `sync` instead of being believed.
    """
    reader = Subscriber.objects.addressed(email).first()
    if reader is None:
        return
    if reader.confirmed_at is not None and said_at < reader.confirmed_at:
        Subscriber.objects.filter(pk=reader.pk).update(synced_at=None)
        return
    _apply(reader, standing, now=now)


def look_again(*, email: str) -> None:
    """Something changed at the channel: tell it what we know and read what it says."""
    Subscriber.objects.addressed(email).update(synced_at=None)


def _told(reader: Subscriber, standing: Standing, *, now: datetime) -> None:
    # Only if nothing changed while the channel was being told.
    Subscriber.objects.filter(pk=reader.pk, changed_at=reader.changed_at).update(synced_at=now)
    if reader.status == Status.SUBSCRIBED:
        _apply(reader, standing, now=now)


def _apply(reader: Subscriber, standing: Standing, *, now: datetime) -> None:
    if standing == Standing.UNSUBSCRIBED:
        subscribers.unsubscribe(reader=reader, now=now, why="channel")
    elif standing == Standing.CLEANED:
        subscribers.clean(reader=reader, now=now, why="channel")


def _member(reader: Subscriber, *, now: datetime) -> Member:
    paused = reader.paused_until is not None and reader.paused_until > weeks.local_day(now)
    return Member(
        uuid=reader.uuid,
        email=reader.email,
        name=reader.name,
        role=reader.role,
        wants_mail=reader.status == Status.SUBSCRIBED,
        edition="" if paused else reader.cadence,
        areas=frozenset(area.slug for area in reader.areas.all()),
        topics=frozenset(topic.slug for topic in reader.topics.all()),
        confirmed_at=reader.confirmed_at,
    )
