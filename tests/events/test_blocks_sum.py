"""Whatever happens to held places, sign-ups and offers: each place is counted once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from companies.models import Company
from core.errors import DomainError
from events.domain import blocks, seats, signups, timers, waiting
from events.models import SeatBlock, SignUp
from tests.events.held_places import Stage, claim, claim_as, staged
from tests.events.people import person, taken, wait
from tests.factories.companies import CompanyFactory

pytestmark = pytest.mark.django_db

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["hold", "claim", "guest", "sign_up", "wait", "cancel", "keep", "end", "clock", "yes"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


@hypothesis_settings(deadline=None)
@given(acts=ACTS)
def test_whatever_happens_places_are_counted_once_and_never_exceeded(
    acts: list[tuple[str, int]],
) -> None:
    now = datetime.fromisoformat("2026-12-07T17:00:00+00:00")
    with transaction.atomic():
        stage = staged(capacity=5)
        firms: list[Company] = [stage.company, CompanyFactory()]
        people = [person() for _person in range(6)]
        for act, number in acts:
            try:
                _do(act, number, stage=stage, firms=firms, people=people, now=now)
            except DomainError:
                continue
            finally:
                now += timedelta(minutes=13)
            for block in SeatBlock.objects.held():
                holding = SignUp.objects.holding().filter(seat_block=block).count()
                assert block.claimed == holding
            assert taken(stage.occurrence) <= 5
            assert seats.sum_of(stage.occurrence) == stage.occurrence.seats_taken
        transaction.set_rollback(True)


def _do(
    act: str, number: int, *, stage: Stage, firms: list[Company], people: list[User], now: datetime
) -> None:
    block = SeatBlock.objects.for_page().held().last()
    coming = stage.occurrence.signups.holding().order_by("pk")
    offered = stage.occurrence.line.filter(status="offered").first()
    user = people[number]
    acts: dict[str, Callable[[], object]] = {
        "hold": lambda: stage.hold(number, now, company=firms[number % 2]),
        "claim": lambda: block and claim_as(block, user, now),
        "guest": lambda: block and claim(block, now, number),
        "sign_up": lambda: signups.sign_up(
            occurrence=stage.occurrence, name="x", email="", by=user, now=now
        ),
        "wait": lambda: wait(stage.occurrence, now, number),
        "cancel": lambda: [
            signups.cancel(signup=one, by=stage.host, now=now) for one in coming[number:][:1]
        ],
        "keep": lambda: block and blocks.keep(block=block, places=number, by=stage.host, now=now),
        "end": lambda: block and blocks.end(block=block, by=stage.host, now=now),
        "clock": lambda: timers.run(now=now),
        "yes": lambda: offered and waiting.accept(entry=offered, by=None, now=now),
    }
    acts[act]()
