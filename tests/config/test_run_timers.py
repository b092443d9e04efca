from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config import timers
from core import limits, outbox
from core.models import Allowance, Effect

pytestmark = pytest.mark.django_db

NOW = "2026-12-07T09:00-08:00"


@outbox.effect
def nothing() -> None:
    """Stand for a mail."""


def run(now: str = NOW) -> list[str]:
    out = StringIO()
    call_command("run_timers", now=now, stdout=out)
    return out.getvalue().splitlines()


def test_every_timer_says_how_much_it_did_and_a_second_run_does_nothing() -> None:
    present = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
    outbox.promise(f"{__name__}.nothing", now=present)
    outbox.promise(f"{__name__}.nothing", now=present, not_before=present + timedelta(days=1))
    limits.take("mail", "a", limits.Limit(1, timedelta(hours=1)), now=present - timedelta(days=3))

    lines = run()

    assert [line.split(":")[0] for line in lines] == [name for name, _run in timers.TIMERS]
    assert "effects done: 1" in lines
    assert "allowances forgotten: 1" in lines
    assert {"effects done: 0", "allowances forgotten: 0"} <= set(run())
    assert (Effect.objects.filter(state="waiting").count(), Allowance.objects.count()) == (1, 0)


def test_one_timer_in_trouble_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[datetime] = []

    def fail(*, now: datetime) -> int:
        raise ConnectionError(now)

    def work(*, now: datetime) -> int:
        ran.append(now)
        return 1

    steps: tuple[tuple[str, Callable[..., int]], ...] = (("trouble", fail), ("work", work))
    monkeypatch.setattr("config.management.commands.run_timers.TIMERS", steps)

    with pytest.raises(CommandError, match="failed: trouble"):
        run()
    assert len(ran) == 1


def test_a_moment_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="is not like 2026"):
        run("next monday")
