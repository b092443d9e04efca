from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from newsletter.channels.local import LocalMail
from newsletter.domain import timers, weeks
from newsletter.models import Digest
from organizations.models import Need
from tests.factories.newsletter import DigestFactory, SubscriberFactory
from tests.factories.organizations import NeedFactory

ZONES = ["America/Los_Angeles", "Pacific/Apia", "Europe/London"]
Status = Digest.Status


@pytest.mark.parametrize("zone", ZONES)
def test_two_hundred_mondays_are_seven_o_clock_and_distinct(zone: str, settings: Settings) -> None:
    settings.TIME_ZONE = zone
    seen = Counter[tuple[int, int]]()
    start = datetime(2024, 1, 1, 0, 30, tzinfo=UTC)
    for number in range(200):
        year, week = weeks.week_of(start + timedelta(days=7 * number + 1))
        local = weeks.due_at(year, week).astimezone(ZoneInfo(zone))
        assert (local.weekday(), local.hour, local.minute) == (0, 7, 0)
        seen[year, week] += 1
    assert set(seen.values()) == {1}
    assert len(seen) == 200


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
def test_each_week_is_sent_once_whatever_the_clock_does(zone: str, settings: Settings) -> None:
    """Two workers, one of them with a clock that goes back, over the turn of a year and of DST."""
    settings.TIME_ZONE = zone
    SubscriberFactory()
    start = datetime(2026, 10, 19, 0, 0, tzinfo=UTC)
    for hour in range(0, 24 * 7 * 13, 17):
        now = start + timedelta(hours=hour)
        if hour % 51 == 0:
            NeedFactory(opened_at=now)
        for worker in (now, now - timedelta(hours=3)):
            timers.tick(now=worker, channel=LocalMail())
    sent = Digest.objects.filter(status=Status.SENT)
    assert len({(d.year, d.week, d.edition) for d in sent}) == sent.count()
    weekly = sorted((d.year, d.week) for d in sent if d.edition == "weekly")
    assert len(weekly) >= 11
    assert (2026, 53) in weekly
    assert (2027, 1) in weekly
    assert len(mail.outbox) == len(weekly)
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == len(weekly)


@pytest.mark.django_db
def test_an_issue_is_built_on_friday_and_sent_on_monday() -> None:
    SubscriberFactory()
    NeedFactory(opened_at=datetime(2026, 12, 3, tzinfo=UTC))
    thursday = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
    friday, monday = thursday + timedelta(days=1), datetime(2026, 12, 7, 15, 0, tzinfo=UTC)

    def states() -> dict[str, str]:
        return dict(Digest.objects.values_list("edition", "status"))

    timers.tick(now=thursday, channel=LocalMail())
    assert states() == {}
    timers.tick(now=friday, channel=LocalMail())
    # The first Monday of December has the monthly edition as well.
    assert states() == {"weekly": Status.REVIEW, "monthly": Status.REVIEW}
    timers.tick(now=monday - timedelta(minutes=1), channel=LocalMail())
    assert mail.outbox == []
    timers.tick(now=monday, channel=LocalMail())
    assert states() == {"weekly": Status.SENT, "monthly": Status.SENT}
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_an_issue_that_nobody_sent_in_time_is_given_up() -> None:
    late = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    DigestFactory(status=Status.SCHEDULED)
    timers.tick(now=late, channel=LocalMail())
    digest = Digest.objects.get(week=50)
    assert (digest.status, digest.failure) == (
        Status.FAILED,
        "Its week went by before it could be sent.",
    )


@pytest.mark.django_db
def test_nothing_to_say_is_not_said() -> None:
    SubscriberFactory()
    Need.objects.all().delete()
    timers.tick(now=datetime(2026, 12, 14, 16, 0, tzinfo=UTC), channel=LocalMail())
    assert Digest.objects.get().status == Status.SKIPPED_EMPTY
    assert mail.outbox == []


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_may_be_repeated() -> None:
    SubscriberFactory()
    monday = "2026-12-14T07:00-08:00"
    NeedFactory(opened_at=datetime(2026, 12, 13, tzinfo=UTC))

    def run(*more: str) -> str:
        out = StringIO()
        call_command("send_digests", "--now", monday, *more, stdout=out)
        return out.getvalue()

    assert run("--dry-run") == "would send 2026-W51 weekly\n"
    assert Digest.objects.count() == 0
    assert run() == "2026-W51 weekly sent\n"
    assert run() == "nothing is due\n"
    assert len(mail.outbox) == 1


def test_the_command_names_a_moment_that_it_cannot_read() -> None:
    with pytest.raises(CommandError, match="2026-12-07T07:00-08:00"):
        call_command("send_digests", "--now", "monday")
