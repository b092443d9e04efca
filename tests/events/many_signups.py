"""One of several processes that press the button at once: a sign-up, or a place in line.

python -m tests.events.many_signups OCCURRENCE FIRST LAST NOW -> JSON [[outcome, seconds], …]
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import django

THREADS = 8


def main(occurrence_pk: int, first: int, last: int, now: datetime) -> None:
    """Let the accounts with these keys come, several at a time, and print what each was told."""
    django.setup()
    # Only now that the apps are there.
    from django.db import connections  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from events.domain import admission, signups, waiting  # noqa: PLC0415
    from events.models import Occurrence  # noqa: PLC0415

    occurrence = Occurrence.objects.select_related("series").get(pk=occurrence_pk)
    users = list(User.objects.filter(pk__range=(first, last)))

    def press(user: User) -> str:
        asked = {"occurrence": occurrence, "name": user.name, "email": "", "by": user, "now": now}
        try:
            return str(signups.sign_up(**asked).status)  # type: ignore[arg-type]
        except admission.OccurrenceFull:
            return str(waiting.join(**asked).status)  # type: ignore[arg-type,union-attr]

    def press_and_leave(user: User) -> tuple[str, float]:
        pressed = time.perf_counter()
        try:
            return press(user), time.perf_counter() - pressed
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        sys.stdout.write(json.dumps(list(pool.map(press_and_leave, users))))


if __name__ == "__main__":
    pk, start, end = map(int, sys.argv[1:4])
    main(pk, start, end, datetime.fromisoformat(sys.argv[4]))
