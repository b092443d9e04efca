"""Effects promised in the transaction of the fact, done by a worker, once.

    outbox.promise("events.tasks.send_confirmation", now=now, signup_id=str(signup.pk))

The queue (`django.tasks`) only wakes a worker; the truth is the `Effect` row. A worker leases
it, does it, records it. A killed worker's lease lapses and `sweep` finds what was forgotten; an
effect that fails five times is parked and shown to staff.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from core.models import Effect

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MOST_TRIES = 5
#: The pause before the next try doubles from here.
FIRST_PAUSE = timedelta(seconds=30)

_REGISTERED: set[str] = set()
_hushed: ContextVar[bool] = ContextVar("hushed", default=False)
_gathering: ContextVar[list[Effect] | None] = ContextVar("gathering", default=None)


@contextmanager
def hush() -> Iterator[None]:
    """Keep no promise that is made inside: for things of which nobody outside is to hear.

    The rows are written as taken back, so that what would have happened can be looked up.
    """
    token = _hushed.set(True)
    try:
        yield
    finally:
        _hushed.reset(token)


@contextmanager
def gathered() -> Iterator[list[Effect]]:
    """The promises that are made inside and wait to be kept, in a list that fills up."""
    made: list[Effect] = []
    token = _gathering.set(made)
    try:
        yield made
    finally:
        _gathering.reset(token)


def effect[**P](function: Callable[P, None]) -> Callable[P, None]:
    """Allow a function of some `tasks.py` to be promised by its dotted path.

    It takes JSON-ready keyword arguments (ids in), loads what it needs, and must be safe to
    run twice.
    """
    _REGISTERED.add(f"{function.__module__}.{function.__qualname__}")
    return function


def promise(
    does: str,
    *,
    now: datetime,
    key: str | None = None,
    not_before: datetime | None = None,
    rank: int = 5,
    **arguments: Any,
) -> Effect:
    """Promise an effect, inside the transaction of the fact that asks for it.

    Args:
        does: dotted path of a function marked `@outbox.effect`.
        now: the present, from whoever acts.
        key: two promises with the same key are one; the first stands.
        not_before: when it may happen; a minute ahead leaves time to undo.
        rank: 1 (safety) to 9 (digests); smaller goes first.
        arguments: ids and other JSON-ready values.

    Raises:
        LookupError: if `does` is not a registered effect.
    """
    _function(does)
    due = not_before or now
    state = Effect.State.UNDONE if _hushed.get() else Effect.State.WAITING
    fields = {
        "does": does,
        "arguments": arguments,
        "not_before": due,
        "rank": rank,
        "state": state,
    }
    created = True
    try:
        # Nearly every key is a new one: to look for it first would be the dearer half.
        with transaction.atomic():
            row = Effect.objects.create(key=key, **fields)
    except IntegrityError:
        row, created = Effect.objects.get(key=key), False
    gathering = _gathering.get()
    if created and gathering is not None and state == Effect.State.WAITING:
        gathering.append(row)
    if created and due <= now and state == Effect.State.WAITING:
        transaction.on_commit(partial(_wake, str(row.pk)))
    return row


def promised(keys: Iterable[str]) -> set[str]:
    """Which of these keys stand for a promise already, whatever became of it."""
    found = Effect.objects.filter(key__in=list(keys)).values_list("key", flat=True)
    return {key for key in found if key is not None}


def take_back(key: str) -> bool:
    """Withdraw a promise that has not been kept yet; says whether there was one to withdraw."""
    changed = Effect.objects.filter(
        key=key, state=Effect.State.WAITING, leased_until__isnull=True
    ).update(state=Effect.State.UNDONE)
    return bool(changed)


def take_all_back(effect_ids: Sequence[str]) -> bool:
    """Withdraw promises of which none has been kept yet; says whether all of them could be.

    Where one could not, the caller rolls its transaction back.
    """
    waiting = Effect.objects.filter(
        pk__in=effect_ids, state=Effect.State.WAITING, leased_until__isnull=True
    )
    return waiting.update(state=Effect.State.UNDONE) == len(effect_ids)


def retry(effect_id: str, *, now: datetime) -> bool:
    """Let a parked effect be tried again from the start; says whether it was parked."""
    with transaction.atomic():
        changed = Effect.objects.filter(pk=effect_id, state=Effect.State.PARKED).update(
            state=Effect.State.WAITING, tries=0, not_before=now
        )
        if changed:
            transaction.on_commit(partial(_wake, effect_id))
    return bool(changed)


def perform(effect_id: str, *, now: datetime) -> bool:
    """Do one effect if it is due and nobody else is doing it; says whether it was done here.

    The work runs outside the leasing transaction: a slow mail server holds no lock.
    """
    row = _lease(effect_id, now=now)
    if row is None:
        return False
    try:
        _function(row.does)(**row.arguments)
    except Exception as error:  # any failure of the outside world is kept, retried and shown
        logger.exception("Effect %s (%s) failed at try %s", row.pk, row.does, row.tries)
        parked = row.tries >= MOST_TRIES
        Effect.objects.filter(pk=row.pk).update(
            state=Effect.State.PARKED if parked else Effect.State.WAITING,
            leased_until=None,
            not_before=now + FIRST_PAUSE * 2 ** (row.tries - 1),
            last_error=f"{type(error).__name__}: {error}"[:2000],
        )
        return False
    Effect.objects.filter(pk=row.pk).update(
        state=Effect.State.DONE, leased_until=None, done_at=now, last_error=""
    )
    return True


def sweep(*, now: datetime, most: int = 500) -> int:
    """Do what is due and was forgotten; says how many were done. `run_timers` calls this."""
    due = Effect.objects.filter(state=Effect.State.WAITING, not_before__lte=now).exclude(
        leased_until__gt=now
    )
    ids = list(due.order_by("rank", "not_before").values_list("pk", flat=True)[:most])
    return sum(perform(str(pk), now=now) for pk in ids)


def _lease(effect_id: str, *, now: datetime) -> Effect | None:
    with transaction.atomic():
        rows = Effect.objects.filter(pk=effect_id, state=Effect.State.WAITING, not_before__lte=now)
        row = rows.exclude(leased_until__gt=now).select_for_update(skip_locked=_skips()).first()
        if row is None:
            return None
        row.leased_until = now + LEASE
        row.tries += 1
        row.save(update_fields=["leased_until", "tries"])
        return row


def _skips() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _wake(effect_id: str) -> None:
    from core.tasks import deliver  # noqa: PLC0415  (the task calls `perform`, above)

    deliver.enqueue(effect_id)


def _function(does: str) -> Callable[..., None]:
    function = import_string(does)
    if does not in _REGISTERED:
        message = f"{does} is not marked @outbox.effect"
        raise LookupError(message)
    found: Callable[..., None] = function
    return found
