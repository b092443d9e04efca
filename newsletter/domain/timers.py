"""What the clock does for the digest: build ahead, send on Monday, go on after a failure."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from newsletter.channels.port import Channel, ChannelDown
from newsletter.domain import audience, digests, sending, subscribers, weeks
from newsletter.models import Digest

logger = logging.getLogger(__name__)

#: Readers that a channel is told of in one round, so that no round takes long.
MOST_TOLD = 500

Status = Digest.Status


@dataclass(frozen=True)
class Step:
    """Something that is to be done with one issue."""

    year: int
    week: int
    edition: str
    #: `build` for an editor to look at, `send`, or `give_up` on a stale one.
    does: str


def due(*, now: datetime) -> list[Step]:
    """What is to be done now, in order; writes nothing."""
    steps = []
    for year, week in weeks.weeks_in_sight(now):
        at = weeks.due_at(year, week)
        for edition in weeks.editions_of(year, week):
            digest = Digest.objects.of_week(year, week, edition).first()
            if at <= now < at + weeks.GRACE:
                if digest is None or digest.status in _UNSENT:
                    steps.append(Step(year, week, edition, "send"))
            elif at - weeks.LEAD <= now < at and digest is None:
                steps.append(Step(year, week, edition, "build"))
    waiting = Digest.objects.filter(status__in=_UNSENT).order_by("year", "week", "edition")
    known = {(step.year, step.week, step.edition) for step in steps}
    for digest in waiting:
        at = weeks.due_at(digest.year, digest.week)
        if at + weeks.GRACE <= now and (digest.year, digest.week, digest.edition) not in known:
            does = "send" if digest.status == Status.SENDING else "give_up"
            steps.append(Step(digest.year, digest.week, digest.edition, does))
    return steps


_UNSENT = frozenset({Status.BUILDING, Status.REVIEW, Status.SCHEDULED, Status.SENDING})


def tick(*, now: datetime, channel: Channel) -> list[Digest]:
    """Do what is due; safe to run as often as wanted, and in two places at once."""
    subscribers.purge(now=now)
    if channel.keeps_audience:
        try:
            audience.sync(channel=channel, now=now, most=MOST_TOLD)
        except ChannelDown as error:
            logger.warning("%s could not be told of our readers: %s", channel.name, error)
    return [_do(step, now=now, channel=channel) for step in due(now=now)]


def _do(step: Step, *, now: datetime, channel: Channel) -> Digest:
    if step.does == "build":
        return digests.build(year=step.year, week=step.week, edition=step.edition, now=now)
    if step.does == "give_up":
        return _give_up(step)
    return sending.send(digest=_ready(step, now=now), channel=channel, now=now)


@transaction.atomic
def _ready(step: Step, *, now: datetime) -> Digest:
    """The issue, scheduled by the clock where no editor did; fresh, unless one approved it."""
    digest = digests.begin(year=step.year, week=step.week, edition=step.edition)
    if digest.is_editable:
        digest = digests.build(year=step.year, week=step.week, edition=step.edition, now=now)
        digest = digests.schedule(digest=digest, by=None, now=now)
    return digest


@transaction.atomic
def _give_up(step: Step) -> Digest:
    digest = digests.locked(Digest.objects.get(**_week(step)))
    if digest.status in {Status.REVIEW, Status.SCHEDULED}:
        digest.failure = gettext("Its week went by before it could be sent.")
        digests.move(digest, Status.FAILED, by=None)
    return digest


def _week(step: Step) -> dict[str, int | str]:
    return {"year": step.year, "week": step.week, "edition": step.edition}
