"""Calendars in: whose they are, their addresses, the command, and what others publish."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from accounts.models import User
from core import fetch, outbox
from core.errors import DomainError
from events.domain import incoming, incoming_plans
from events.models import IncomingCalendar, Series
from tests.canary import Canary
from tests.events.incoming_calendars import ONCE, WEEKLY, take, text
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def test_strangers_read_no_calendar(calendar: IncomingCalendar, now: datetime) -> None:
    stranger = UserFactory()
    host = calendar.organization
    new: dict[str, Any] = {
        "organization": host,
        "kind": "workshop",
        "publishes": True,
        "by": stranger,
        "now": now,
    }
    with pytest.raises(PermissionDenied):
        incoming.hand_in(file_name="b.ics", **new)
    with pytest.raises(PermissionDenied):
        incoming.subscribe(url="https://example.org/b.ics", **new)
    for verb in (incoming.pause, incoming.resume, incoming.refresh):
        with pytest.raises(PermissionDenied):
            verb(calendar=calendar, by=stranger, now=now)
    with pytest.raises(PermissionDenied):
        incoming.remove(calendar=calendar, by=stranger)
    with pytest.raises(PermissionDenied):
        incoming.import_text(calendar=calendar, content=text(ONCE), by=stranger, now=now)
    assert not Series.objects.exists()


def test_an_organization_reads_ten_calendars_and_each_once(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    new: dict[str, Any] = {
        "organization": calendar.organization,
        "kind": "workshop",
        "publishes": True,
        "by": organizer,
        "now": now,
    }
    made = [incoming.subscribe(url=f"webcal://example.org/{n}", **new) for n in (1, 2, 1)]
    assert made[0] == made[2]
    assert made[0].url == "https://example.org/1"
    for number in range(3, 10):
        incoming.subscribe(url=f"https://example.org/{number}", **new)
    with pytest.raises(incoming.TooManyCalendars):
        incoming.subscribe(url="https://example.org/10", **new)
    with pytest.raises(fetch.AddressInside):
        incoming.subscribe(url="http://127.0.0.1/", **new)


# --- Addresses ----------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Canary]:
    with Canary() as found:
        yield found


@pytest.fixture
def feed(site: Canary, calendar: IncomingCalendar) -> IncomingCalendar:
    site.answers["/"] = (200, {"ETag": '"1"'}, text(ONCE, WEEKLY))
    calendar.url, calendar.file_name = f"http://club.example.org:{site.port}/", ""
    calendar.save()
    return calendar


def test_an_address_is_read_by_the_timer_and_asked_for_changes_only(
    feed: IncomingCalendar, site: Canary, now: datetime
) -> None:
    guard = site.open_guard()
    assert incoming.refresh_due(now=now, guard=guard) == 1
    assert incoming.refresh_due(now=now, guard=guard) == 0
    feed.refresh_from_db()
    assert (feed.etag, feed.problem, Series.objects.count()) == ('"1"', "", 2)
    site.answers["/"] = (304, {"Content-Length": "0"}, b"")
    later = now + timedelta(hours=1)
    assert incoming.refresh_due(now=later, guard=guard) == 1
    feed.refresh_from_db()
    assert site.seen[1][1]["if-none-match"] == '"1"'
    assert (feed.read_at, feed.next_try_at) == (later, later + timedelta(hours=1))


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (404, {}, b""),
        (200, {}, b"<html>Sign in</html>"),
        (200, {}, b""),
        (200, {}, text(ONCE, WEEKLY)[:300]),
        (200, {}, text()),
        (200, {"Content-Length": "9000"}, text(ONCE)),
        (302, {"Location": "http://10.0.0.1/"}, b""),
        (200, {}, b"x" * 6_000_000),
        (200, {"Content-Encoding": "gzip"}, b"no"),
    ],
)
def test_when_an_address_breaks_what_was_read_stays_and_pauses_grow(
    answer: Any, feed: IncomingCalendar, site: Canary, now: datetime
) -> None:
    def permits(address: fetch.Address) -> bool:
        return address.is_loopback

    guard = site.guard(permits=permits, seconds=1.0)
    incoming.refresh_due(now=now, guard=guard)
    before = list(Series.objects.values())
    site.answers["/"] = answer
    moment = now + timedelta(hours=1)
    for failures, hours in ((1, 2), (2, 4), (3, 8)):
        assert incoming.refresh_due(now=moment, guard=guard) == 1
        feed.refresh_from_db()
        assert (feed.failures, feed.read_at) == (failures, now)
        assert feed.next_try_at == moment + timedelta(hours=hours)
        assert feed.problem.endswith((".", "?"))
        outbox.sweep(now=moment)
        assert len(mail.outbox) == (failures == 3)
        moment += timedelta(hours=hours)
    assert "We cannot read your calendar" in mail.outbox[0].subject
    assert feed.problem in mail.outbox[0].body
    assert list(Series.objects.values()) == before
    site.answers["/"] = (200, {}, text(ONCE, WEEKLY))
    incoming.refresh_due(now=moment, guard=guard)
    feed.refresh_from_db()
    assert (feed.failures, feed.problem) == (0, "")


def test_a_calendar_that_fails_unforeseen_keeps_no_other_from_being_read(
    feed: IncomingCalendar, site: Canary, now: datetime
) -> None:
    odd = IncomingCalendar.objects.create(
        organization=feed.organization,
        url=f"http://odd.example.org:{site.port}/",
        next_try_at=now - timedelta(minutes=1),
    )

    def resolve(host: str, *_more: Any) -> list[str]:
        if host == "odd.example.org":
            raise RuntimeError
        return ["127.0.0.1"]

    guard = site.open_guard(resolve=resolve)
    assert incoming.refresh_due(now=now, guard=guard) == 2
    odd.refresh_from_db()
    feed.refresh_from_db()
    assert (feed.read_at, feed.problem) == (now, "")
    assert (odd.read_at, odd.failures, odd.next_try_at) == (None, 1, now + timedelta(hours=2))
    assert "The fault is ours" in odd.problem
    for hours in (2, 6):
        incoming.refresh_due(now=now + timedelta(hours=hours), guard=guard)
    outbox.sweep(now=now + timedelta(hours=6))
    assert "We cannot read your calendar" in mail.outbox[0].subject


def test_only_what_was_shown_to_have_vanished_is_called_off(
    feed: IncomingCalendar, site: Canary, organizer: User, now: datetime
) -> None:
    many = [(f"UID:{number}", *ONCE[1:]) for number in range(10)]
    how: dict[str, Any] = {"by": organizer, "now": now, "guard": site.open_guard()}
    site.answers["/"] = (200, {}, text(*many))
    incoming.refresh(calendar=feed, **how)
    seen = ""
    for left in (6, 3):
        site.answers["/"] = (200, {}, text(*many[:left]))
        with pytest.raises(incoming_plans.TooManyVanished) as refused:
            incoming.refresh(calendar=feed, shown=seen, **how)
        feed.refresh_from_db()
        seen = feed.vanished
        assert refused.value.vanished == feed.vanished
        assert feed.problem.startswith(f"{10 - left} events of 10")
    assert not Series.objects.filter(status="cancelled").exists()
    outcome = incoming.refresh(calendar=feed, shown=feed.vanished, **how)
    feed.refresh_from_db()
    assert (outcome and outcome.called_off, feed.vanished, feed.problem) == (7, "", "")


def test_paused_calendars_and_files_are_not_asked(
    feed: IncomingCalendar, site: Canary, organizer: User, now: datetime
) -> None:
    incoming.pause(calendar=feed, by=organizer, now=now)
    assert incoming.refresh_due(now=now, guard=site.open_guard()) == 0
    incoming.resume(calendar=feed, by=organizer, now=now)
    assert incoming.refresh_due(now=now, guard=site.open_guard()) == 1
    incoming.remove(calendar=feed, by=organizer)
    assert (IncomingCalendar.objects.count(), Series.objects.count()) == (0, 2)


def test_a_file_cannot_be_read_again(calendar: IncomingCalendar, now: datetime) -> None:
    with pytest.raises(incoming.NothingToRead):
        incoming.refresh(calendar=calendar, by=None, now=now)
    assert incoming.refresh_due(now=now) == 0


# --- The command --------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import_calendar", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_writes_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    host = OrganizationFactory(slug="club")
    file = tmp_path / "club.ics"
    file.write_bytes(text((*ONCE[:2], "DTSTART:20991217T163000")))
    run = (str(file), "--organization", "club")
    assert "1 created, 0 changed" in command(*run, "--dry-run")
    assert not IncomingCalendar.objects.exists()
    assert "1 created, 0 changed" in command(*run)
    assert "0 created, 0 changed, 1 unchanged" in command(*run)
    assert Series.objects.get().organization == host


def test_the_command_refuses_by_line_and_leaves_out_when_told(tmp_path: Path) -> None:
    OrganizationFactory(slug="club")
    file = tmp_path / "club.ics"
    good = (*ONCE[:2], "DTSTART:20991217T163000")
    file.write_bytes(text(good, ("UID:b", "SUMMARY:Bad", "DTSTART:soon")))
    run = (str(file), "--organization", "club")
    with pytest.raises(CommandError, match="nothing was written"):
        command(*run)
    assert not IncomingCalendar.objects.exists()
    with pytest.raises(CommandError, match="the rest was written"):
        command(*run, "--skip-refused", "--drafts")
    assert Series.objects.get().status == Series.Status.DRAFT


@pytest.mark.parametrize(
    ("source", "slug", "says"),
    [
        ("missing.ics", "club", "No such file"),
        ("missing.ics", "nobody", "no organization “nobody”"),
        ("http://127.0.0.1/club.ics", "club", "leads inside"),
        ("ftp://example.org/club.ics", "club", "must begin with"),
    ],
)
def test_the_command_says_why_not(source: str, slug: str, says: str) -> None:
    OrganizationFactory(slug="club")
    with pytest.raises(CommandError, match=says):
        command(source, "--organization", slug)


# --- Other people's calendars -------------------------------------------------------------------


@pytest.mark.data
def test_every_known_calendar_is_read_or_refused_within_2_seconds_and_256_mb(
    shared_data: Path,
) -> None:
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.events.read_calendars", str(shared_data / "ical" / "repos")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(said) > 400
    assert [line for line in said if line[1].startswith("ERROR")] == []
    assert all(line[1] == "read" or line[1].endswith((".", "?")) for line in said)
    assert sum(line[1] == "read" for line in said) > 300


@pytest.mark.data
def test_every_known_calendar_is_imported_and_again_without_change(shared_data: Path) -> None:
    early = datetime(2005, 1, 1, tzinfo=UTC)
    host = OrganizationFactory()
    made = 0
    for path in sorted((shared_data / "ical" / "repos").rglob("*.ics")):
        calendar = IncomingCalendar.objects.create(
            organization=host, file_name=path.name, url="", publishes=True
        )
        try:
            first = take(calendar, path.read_bytes(), early)
        except DomainError:
            pass
        else:
            again = take(calendar, path.read_bytes(), early)
            assert again.get("unchanged", 0) == first.get("created", 0), path
            assert not {"created", "changed", "called_off"} & set(again), path
            made += first.get("created", 0)
        calendar.delete()
    assert made > 5000


@pytest.mark.data
def test_a_calendar_of_4778_events_is_imported_within_a_minute(
    shared_data: Path, calendar: IncomingCalendar
) -> None:
    # Takes 7 s on two shared cores, and 0.7 s the second time.
    content = next((shared_data / "ical" / "repos").rglob("issue42.ics")).read_bytes()
    early = datetime(2010, 12, 1, tzinfo=UTC)
    began = time.monotonic()
    first = take(calendar, content, early)
    assert time.monotonic() - began < 60
    assert first["created"] > 4500
    assert take(calendar, content, early)["unchanged"] == first["created"]
