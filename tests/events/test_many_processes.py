"""Five hundred people, four processes, ten places: nobody too many, nobody lost."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from events.models import SignUp, WaitingEntry
from tests.factories.events import OccurrenceFactory

PROCESSES, PEOPLE, PLACES = 4, 500, 10
#: As often as it is played; `SIGNUP_RUNS=20` for the full proof, on a machine that does only this.
RUNS = int(os.environ.get("SIGNUP_RUNS", "1"))
#: Seconds that one in a hundred may wait longer, in the full proof.
P99 = 3
ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The test's own database, for processes that settings lead there."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.mark.race
@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_have_a_place_and_the_rest_stand_in_one_line(now: datetime, run: int) -> None:
    occurrence = OccurrenceFactory(capacity=PLACES)
    people = User.objects.bulk_create(
        User(username=f"p{n}", email=f"p{n}@example.org", name=f"Person {n}") for n in range(PEOPLE)
    )
    first, share = people[0].pk, PEOPLE // PROCESSES
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "VAR": str(settings.VAR),
    }
    crowd = [
        subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-m", "tests.events.many_signups", str(occurrence.pk)),
                *(str(first + part * share), str(first + (part + 1) * share - 1)),
                now.isoformat(),
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in range(PROCESSES)
    ]
    answers = [answer for one in crowd for answer in json.loads(one.communicate(timeout=300)[0])]
    told, seconds = zip(*answers, strict=True)

    assert [one.returncode for one in crowd] == [0] * PROCESSES
    assert Counter(told) == {
        "confirmed": PLACES,
        "waiting": PEOPLE - PLACES,
    }
    occurrence.refresh_from_db()
    assert occurrence.seats_taken == PLACES
    assert SignUp.objects.holding().count() == PLACES
    line = WaitingEntry.objects.in_line()
    assert [line[0].position, line[PEOPLE - PLACES - 1].position] == [1, PEOPLE - PLACES]
    if RUNS > 1:
        assert sorted(seconds)[-(PEOPLE // 100)] < P99
