"""An issue on its way: one sender at a time, each reader once, whatever breaks meanwhile.

A sender leases the issue, and within it leases letters; both leases lapse if it is killed, and
the next run goes on where it stopped. Two runs at once, in two threads or on two machines, send
each letter once.
"""

import logging
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, CharField, Q, Value

from core import versions
from newsletter.channels.port import Channel, ChannelDown, ChannelRefused, Letter
from newsletter.domain import audience, candidates, digests, matching, weeks
from newsletter.domain.matching import Wanted
from newsletter.mail.issues import Block, Issue, issue_of
from newsletter.models import Digest, DigestDelivery, DigestItem, Subscriber

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
#: Readers looked up at a time, and letters recorded at a time: what a power failure can repeat.
_CLAIM = 1000
_RECORD = 340

Status = Digest.Status
State = DigestDelivery.State


def send(*, digest: Digest, channel: Channel, now: datetime) -> Digest:
    """Bring a scheduled issue to its readers; safe to run twice, and in two places at once.

    Whoever finds it being sent by somebody else, or gone, leaves it alone. A channel that is
    down leaves it `sending`, for the next run to go on; one that refuses leaves it `failed`,
    with the reason.
    """
    taken = take(digest, now=now)
    if taken is None:
        return Digest.objects.get(pk=digest.pk)
    issue = issue_of(taken)
    run = Delivery(taken, issue, _Clock(now))
    try:
        if channel.keeps_audience:
            audience.sync(channel=channel, now=now)
        channel.send(issue, run)
    except ChannelDown as error:
        logger.warning("%s broke off while sending %s: %s", channel.name, issue.key, error)
        return _release(taken, failure=str(error))
    except ChannelRefused as error:
        return _finish(taken, Status.FAILED, now=now, failure=str(error))
    if run.has_more():
        return _release(taken, failure="")
    return _finish(taken, Status.SENT, now=now)


@transaction.atomic
def take(digest: Digest, *, now: datetime) -> Digest | None:
    """Lease an issue for sending, or nothing if it is not ours to send.

    Lines whose thing is no longer open or public are left out at this last moment, and an
    issue with no line left is skipped.
    """
    digest = digests.locked(digest)
    if digest.status == Status.SCHEDULED:
        if not _keep_what_stands(digest, now=now):
            digests.move(digest, Status.SKIPPED_EMPTY, by=None)
            return None
        digest.leased_until = now + LEASE
        digests.move(digest, Status.SENDING, by=None)
        return digest
    is_free = digest.leased_until is None or digest.leased_until <= now
    if digest.status == Status.SENDING and is_free:
        digest.leased_until = now + LEASE
        digest.save(update_fields=["leased_until"])
        return digest
    return None


def _keep_what_stands(digest: Digest, *, now: datetime) -> bool:
    items = list(digest.items.exclude(choice=DigestItem.Choice.LEFT_OUT))
    kept = candidates.standing(items, at=now)
    gone = [item.pk for item in items if item.pk not in kept]
    digest.items.filter(pk__in=gone).update(choice=DigestItem.Choice.LEFT_OUT)
    return bool(kept)


@transaction.atomic
def _release(digest: Digest, *, failure: str) -> Digest:
    digest = digests.locked(digest)
    digest.leased_until = None
    digest.failure = failure
    digest.save(update_fields=["leased_until", "failure"])
    return digest


@transaction.atomic
def _finish(digest: Digest, status: str, *, now: datetime, failure: str = "") -> Digest:
    digest = digests.locked(digest)
    if digest.status != Status.SENDING:
        return digest
    digest.leased_until = None
    digest.failure = failure
    if status == Status.SENT:
        digest.sent_at = now
    digests.move(digest, status, by=None)
    versions.bump("newsletter")
    return digest


class _Clock:
    """The present, for work that takes longer than a moment: what we were told, and what passed."""

    def __init__(self, now: datetime) -> None:
        self._told = now
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The present."""
        return self._told + timedelta(seconds=time.monotonic() - self._started)


class Delivery:
    """The record of sending one issue (`channels.port.Run`)."""

    def __init__(self, digest: Digest, issue: Issue, clock: _Clock) -> None:
        self.digest = digest
        self.issue = issue
        self.clock = clock
        self.campaign_id = digest.campaign_id
        self._chosen: dict[Wanted, tuple[Block, ...]] = {}
        self._out: list[int] = []

    def remember(self, campaign_id: str) -> None:
        """Keep what the channel calls the campaign."""
        self.campaign_id = campaign_id
        Digest.objects.filter(pk=self.digest.pk).update(campaign_id=campaign_id)

    def batches(self) -> Iterator[list[Letter]]:
        """Letters to send, some at a time, each leased to us."""
        self._address()
        while letters := self._claim():
            for start in range(0, len(letters), _RECORD):
                batch = letters[start : start + _RECORD]
                self._out = [letter.delivery_id for letter in batch]
                yield batch

    def record(self, *, sent: Collection[int], refused: Collection[int]) -> None:
        """Write down what became of the batch; the rest of it waits again."""
        now = self.clock.now()
        rows = DigestDelivery.objects.filter(digest=self.digest)
        if sent:
            rows.filter(pk__in=sent).update(state=State.SENT, sent_at=now, leased_until=None)
        if refused:
            rows.filter(pk__in=refused).update(state=State.REFUSED, leased_until=None)
        if left := set(self._out) - set(sent) - set(refused):
            rows.filter(pk__in=left).update(state=State.WAITING, leased_until=None)

    def has_more(self) -> bool:
        """Whether letters still wait, or are in the hands of somebody else."""
        return self.digest.deliveries.filter(
            state__in=(State.WAITING, State.SENDING),
            subscriber__status=Subscriber.Status.SUBSCRIBED,
        ).exists()

    def _address(self) -> None:
        """One row for each reader of the edition, in one statement; those there already stay."""
        readers = Subscriber.objects.readers_of(
            self.digest.edition, today=weeks.local_day(self.clock.now())
        )
        rows = readers.order_by().values_list(
            Value(self.digest.pk, BigIntegerField()), "pk", Value(State.WAITING, CharField())
        )
        sql, params = rows.query.sql_with_params()
        table = DigestDelivery._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (digest_id, subscriber_id, state) {sql} "
                "ON CONFLICT (digest_id, subscriber_id) DO NOTHING",
                params,
            )

    def _claim(self) -> list[Letter]:
        rows = self._lease()
        wanted = matching.wanted_by(row["subscriber_id"] for row in rows)
        letters, nothing = [], []
        for row in rows:
            blocks = self._blocks_for(wanted.get(row["subscriber_id"], Wanted()))
            if blocks:
                letters.append(
                    Letter(row["id"], row["subscriber__uuid"], row["subscriber__email"], blocks)
                )
            else:
                nothing.append(row["id"])
        if nothing:
            DigestDelivery.objects.filter(pk__in=nothing).update(
                state=State.NOTHING, leased_until=None
            )
            if not letters:
                return self._claim()
        return letters

    def _lease(self) -> list[dict[str, Any]]:
        now = self.clock.now()
        with transaction.atomic():
            free = Q(state=State.WAITING) | Q(state=State.SENDING, leased_until__lte=now)
            rows = self.digest.deliveries.filter(
                free, subscriber__status=Subscriber.Status.SUBSCRIBED
            )
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True, of=("self",))
            taken: list[Any] = list(
                rows.order_by("pk").values(
                    "id", "subscriber_id", "subscriber__uuid", "subscriber__email"
                )[:_CLAIM]
            )
            ids = [row["id"] for row in taken]
            if ids:
                self.digest.deliveries.filter(pk__in=ids).update(
                    state=State.SENDING, leased_until=now + LEASE
                )
                Digest.objects.filter(pk=self.digest.pk).update(leased_until=now + LEASE)
        return taken

    def _blocks_for(self, wanted: Wanted) -> tuple[Block, ...]:
        blocks = self._chosen.get(wanted)
        if blocks is None:
            blocks = tuple(block for block in self.issue.blocks if wanted.takes(block))
            self._chosen[wanted] = blocks
        return blocks
