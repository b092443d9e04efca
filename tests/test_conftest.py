"""The tests' own ground: committed rows do not leak, and migrations' rows are always there."""

import socket
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files import locks

from core.models import Area, Skill


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_each_committed_test_finds_what_migrations_made_and_nothing_else(turn: int) -> None:
    assert Area.objects.count() == 12
    assert not Skill.objects.filter(slug="left-behind").exists()
    Skill.objects.create(slug="left-behind", name="Left behind")


def test_the_network_is_out_of_reach() -> None:
    with (
        socket.socket() as plug,
        pytest.raises(AssertionError, match=r"tried to reach 192\.0\.2\.1"),
    ):
        plug.connect(("192.0.2.1", 80))


@pytest.mark.race
def test_no_other_worker_plays_a_race_during_this_one() -> None:
    with (Path(settings.VAR) / "tests-race.lock").open("w") as turn:
        assert not locks.lock(turn, locks.LOCK_EX | locks.LOCK_NB)
