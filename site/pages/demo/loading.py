"""The whole demonstration, in the order in which its parts stand on each other."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from core import outbox
from organizations.models import Organization
from pages.demo import cast, firms, gatherings, issues, nonprofits, promises, readings

#: Told of each part before it is loaded: what, which one, of how many.
type Progress = Callable[[str, int, int], None]


def is_wanted() -> bool:
    """Whether the database is empty, so that there is nothing to see without it."""
    return not Organization.objects.exists()


def load(*, now: datetime, progress: Progress) -> None:
    """Load what is missing of the demonstration; what is there is left as it is.

    All or nothing, and in silence: no mail goes out for a story.
    """
    with transaction.atomic(), outbox.hush():
        people = cast.enter()
        staff = people[cast.STAFF.key]
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("real organizations", lambda: nonprofits.load_real(now=now)),
            ("fictional organizations", lambda: nonprofits.load_fictional(by=staff, now=now)),
            ("fictional companies", firms.load),
            ("pledges and hours", lambda: promises.load(people=people, now=now)),
            ("events", lambda: gatherings.load(people=people, now=now)),
            ("stories and guides", lambda: readings.load(now=now)),
            ("a digest", lambda: issues.load(now=now)),
        )
        for number, (name, part) in enumerate(parts):
            progress(name, number, len(parts))
            part()
        cast.leave(people)
        progress("done", len(parts), len(parts))
