"""How often something may happen: counted in the database, so that every worker counts together.

    if not limits.take("mail", address, *MAIL_TO_ONE_ADDRESS, now=now):
        return  # the same answer as ever; only the mail stays out

A process's own memory would let each worker grant the whole allowance again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from core.errors import DomainError
from core.models import Allowance


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times in any span of that length."""

    most: int
    span: timedelta


#: What one address may be sent because of strangers' requests: sign-up, reset, invitation.
MAIL_TO_ONE_ADDRESS = (Limit(3, timedelta(hours=1)), Limit(6, timedelta(days=1)))


class TooOften(DomainError):
    """The allowance is used up for now."""

    status = 429


def take(name: str, key: str, *limits: Limit, now: datetime) -> bool:
    """Use up one of the allowance; says whether there was one to use. Refusals are not counted.

    Args:
        name: what is counted, such as "mail".
        key: for whom: an address, an account, an IP address. Only its hash is stored.
        limits: all of them must have room.
        now: the present, from whoever acts.
    """
    with transaction.atomic():
        row, _created = Allowance.objects.select_for_update(no_key=True).get_or_create(
            name=name, key_hash=_hash(key), defaults={"used_at": now}
        )
        longest = max(limit.span for limit in limits)
        moments = [moment for moment in row.moments if moment > (now - longest).timestamp()]
        for limit in limits:
            since = (now - limit.span).timestamp()
            if sum(moment > since for moment in moments) >= limit.most:
                return False
        row.moments = [*moments, now.timestamp()]
        row.used_at = now
        row.save(update_fields=["moments", "used_at"])
        return True


def take_or_refuse(name: str, key: str, *limits: Limit, now: datetime, sentence: str) -> None:
    """The same, for where the visitor may know.

    Raises:
        TooOften: with the sentence, when nothing is left.
    """
    if not take(name, key, *limits, now=now):
        raise TooOften(sentence)


def forget(*, now: datetime, after: timedelta = timedelta(days=2)) -> int:
    """Delete what was last used so long ago that no limit asks for it; says how many."""
    deleted, _by_model = Allowance.objects.filter(used_at__lt=now - after).delete()
    return deleted


def _hash(key: str) -> str:
    return hashlib.sha256(key.casefold().encode()).hexdigest()
