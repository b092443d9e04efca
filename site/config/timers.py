"""Everything that depends on the clock, in the order in which it runs.

An app adds what it needs here: a name, and a function that takes the present and says how many
things it did. Each must be safe to run as often as wanted, and in two places at once.
"""

from collections.abc import Callable
from datetime import datetime

from core import limits, outbox
from events.domain import incoming
from events.domain import timers as events
from newsletter import channels
from newsletter.domain import timers as digests
from organizations.domain import needs
from pledges.domain import lifecycle as pledges


def send_digests(*, now: datetime) -> int:
    """Build and send the digests that are due."""
    return len(digests.tick(now=now, channel=channels.current()))


TIMERS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("needs expired", needs.expire_due),
    ("pledges lapsed", pledges.lapse_due),
    *events.TIMERS,
    ("digests moved on", send_digests),
    # It does what the others have promised.
    ("effects done", outbox.sweep),
    # Late: other people's hosts may be slow, and nobody's mail is to wait for them.
    ("calendars read", incoming.refresh_due),
    ("allowances forgotten", limits.forget),
)
