import email
import email.policy
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletter.channels.local import LocalMail
from newsletter.channels.port import ChannelDown
from newsletter.domain import matching, sending, subscribers
from newsletter.mail.issues import Block
from newsletter.models import Digest, DigestDelivery, DigestItem, Subscriber
from organizations.models import Need
from tests.factories.newsletter import DigestFactory, DigestItemFactory, SubscriberFactory

Status = Digest.Status
State = DigestDelivery.State


@pytest.fixture
def issue(open_need_slugs: list[str]) -> Digest:
    digest: Digest = DigestFactory(status=Status.SCHEDULED, intro="Hello.\n\nRead on.")
    south, east, both = open_need_slugs
    DigestItemFactory(digest=digest, slug=south, title="South", areas=["south-la"])
    DigestItemFactory(digest=digest, slug=east, title="East", areas=["east-la"], organization="o")
    DigestItemFactory(digest=digest, slug=both, title="Both", topics=["robotics"])
    return digest


@pytest.fixture
def eml_files(settings: Settings, tmp_path: Path) -> Path:
    settings.MAILERS = {
        "default": {"BACKEND": "core.eml.EmlFileBackend", "OPTIONS": {"directory": tmp_path}}
    }
    return tmp_path


def send(digest: Digest, now: datetime) -> Digest:
    return sending.send(digest=digest, channel=LocalMail(), now=now)


@pytest.mark.django_db
def test_each_reader_gets_what_they_asked_for_once(issue: Digest, now: datetime) -> None:
    south, nobody, everything = SubscriberFactory.create_batch(3)
    south.areas.set(["south-la"])
    nobody.areas.set(["westside"])
    nobody.topics.set(["coding"])
    SubscriberFactory(status=Subscriber.Status.UNSUBSCRIBED)
    SubscriberFactory(status=Subscriber.Status.PENDING)
    SubscriberFactory(cadence="monthly")
    SubscriberFactory(paused_until=now.date() + timedelta(days=3))

    digest = send(issue, now)
    assert (digest.status, digest.sent_at) == (Status.SENT, now)
    told = {message.to[0]: message.body for message in mail.outbox}
    assert sorted(told) == sorted([south.email, everything.email])
    assert [word in told[south.email] for word in ("South", "East", "Both")] == [True, False, True]
    assert [word in told[everything.email] for word in ("South", "East", "Both")] == [True] * 3
    assert Counter(digest.deliveries.values_list("state", flat=True)) == {
        State.SENT: 2,
        State.NOTHING: 1,
    }
    send(issue, now)
    assert len(mail.outbox) == 2


def test_an_organization_followed_comes_from_any_area() -> None:
    block = Block(
        pk=1,
        section="needs",
        title="t",
        facts="",
        url="u",
        areas=frozenset({"a"}),
        topics=frozenset({"t"}),
        organization="org",
        is_demonstration=False,
    )
    chosen = matching.Wanted(frozenset({"b"}), frozenset({"s"}), frozenset({"org"}))
    assert chosen.takes(block)
    assert not matching.Wanted(frozenset({"b"})).takes(block)
    assert not matching.Wanted(frozenset({"a"}), frozenset({"s"})).takes(block)
    assert matching.Wanted(frozenset({"a"}), frozenset({"t"})).takes(block)
    assert matching.Wanted().takes(block)


@pytest.mark.django_db
def test_what_closed_since_is_left_out_and_an_empty_issue_is_skipped(
    issue: Digest, now: datetime
) -> None:
    SubscriberFactory()
    Need.objects.update(status=Need.Status.WITHDRAWN)
    assert send(issue, now).status == Status.SKIPPED_EMPTY
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_mail_is_a_list_mail_that_any_reader_opens(
    issue: Digest, now: datetime, eml_files: Path
) -> None:
    reader = SubscriberFactory(email="ana@example.org")
    send(issue, now)
    (path,) = eml_files.glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)

    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    assert (message["To"], message["Subject"]) == ("ana@example.org", issue.subject)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    text, html = (part.get_content() for part in message.iter_parts())
    assert link in text
    assert link in html
    assert "reader.invalid" not in text + html
    assert message["Message-ID"] == f"<2026-W50-weekly.{reader.uuid.hex}@localhost>"
    assert "style=" in html
    assert "<script" not in html
    one_click = {"List-Unsubscribe": "One-Click"}
    path_of = link.removeprefix("http://localhost:8000")
    assert Client(enforce_csrf_checks=True).post(path_of, one_click).status_code == 200
    reader.refresh_from_db()
    assert reader.status == Subscriber.Status.UNSUBSCRIBED


class BreaksAfter(LocalMail):
    """A mail server that goes away after some messages."""

    def __init__(self, good: int) -> None:
        self.good = good

    def send(self, issue: object, run: object) -> None:
        channel = self

        class Counting:
            def __getattr__(self, name: str) -> object:
                return getattr(run, name)

            def batches(self) -> object:
                for batch in run.batches():  # type: ignore[attr-defined]
                    kept = batch[: channel.good]
                    channel.good -= len(kept)
                    yield kept
                    if len(kept) < len(batch):
                        raise ChannelDown("gone")

        super().send(issue, Counting())  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_server_that_goes_away_loses_nobody_and_repeats_nobody(
    issue: Digest, now: datetime
) -> None:
    SubscriberFactory.create_batch(20)
    broken = sending.send(digest=issue, channel=BreaksAfter(7), now=now)
    assert (broken.status, broken.failure) == (Status.SENDING, "gone")
    assert len(mail.outbox) == 7

    assert send(issue, now + timedelta(minutes=1)).status == Status.SENT
    assert len(mail.outbox) == 20
    assert len({message.to[0] for message in mail.outbox}) == 20


@pytest.mark.django_db
def test_a_killed_sender_loses_its_lease(issue: Digest, now: datetime) -> None:
    SubscriberFactory.create_batch(3)
    taken = sending.take(issue, now=now)
    assert taken is not None
    assert send(issue, now + timedelta(minutes=5)).status == Status.SENDING
    assert mail.outbox == []
    assert send(issue, now + sending.LEASE).status == Status.SENT
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_who_unsubscribes_meanwhile_gets_nothing(issue: Digest, now: datetime) -> None:
    SubscriberFactory.create_batch(2)
    sending.send(digest=issue, channel=BreaksAfter(0), now=now)
    Subscriber.objects.update(status=Subscriber.Status.UNSUBSCRIBED)
    assert send(issue, now + timedelta(minutes=1)).status == Status.SENT
    assert mail.outbox == []


def _at_once(work: Callable[[], object], times: int) -> list[BaseException]:
    start, errors = threading.Barrier(times), []

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (told to the test)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_four_senders_at_once_send_once(issue: Digest, now: datetime, eml_files: Path) -> None:
    SubscriberFactory.create_batch(40)
    assert _at_once(lambda: send(issue, now), 4) == []
    issue.refresh_from_db()
    assert issue.status == Status.SENT
    assert len(list(eml_files.glob("*.eml"))) == 40


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_leases_four_senders_send_more_than_once(
    issue: Digest, now: datetime, eml_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same race with both locks taken out."""
    SubscriberFactory.create_batch(40)
    Digest.objects.update(status=Status.SENDING)
    monkeypatch.setattr(sending, "take", lambda digest, **_now: Digest.objects.get(pk=digest.pk))

    def unguarded(self: sending.Delivery) -> object:
        rows = self.digest.deliveries.filter(state=State.WAITING).values(
            "id", "subscriber_id", "subscriber__uuid", "subscriber__email"
        )
        found = list(rows)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(sending.Delivery, "_lease", unguarded)
    _at_once(lambda: send(issue, now), 4)
    assert len(list(eml_files.glob("*.eml"))) > 40


def _crowd(first: int, last: int, *, areas: list[str], topics: list[str]) -> None:
    readers = Subscriber.objects.bulk_create(
        SubscriberFactory.build(email=f"r{number}@example.org") for number in range(first, last)
    )
    of_area, on_topic = Subscriber.areas.through, Subscriber.topics.through
    of_area.objects.bulk_create(
        of_area(subscriber=reader, area_id=areas[number % len(areas)])
        for number, reader in enumerate(readers)
    )
    on_topic.objects.bulk_create(
        on_topic(subscriber=reader, focusarea_id=topic) for reader in readers for topic in topics
    )


def _questions(issue: Digest, now: datetime) -> int:
    Digest.objects.update(status=Status.SCHEDULED)
    DigestDelivery.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        assert send(issue, now).status == Status.SENT
    return len(queries)


@pytest.mark.django_db
def test_a_thousand_readers_more_take_ten_questions_more(issue: Digest, now: datetime) -> None:
    _crowd(0, 1900, areas=["westside"], topics=["coding"])
    _crowd(1900, 2000, areas=["south-la"], topics=[])
    before = _questions(issue, now)
    _crowd(2000, 2900, areas=["westside"], topics=["coding"])
    _crowd(2900, 3000, areas=["south-la"], topics=[])

    assert _questions(issue, now) - before <= 10


@pytest.mark.django_db
def test_following_every_link_of_every_mail_twice_changes_nothing(
    issue: Digest, now: datetime, work: Callable[[], int], client: Client
) -> None:
    known = SubscriberFactory()
    for address in (known.email, "new@example.org"):
        present = timezone.now()  # the worker of the tests lives in the present
        subscribers.ask(email=address, wishes=subscribers.Wishes(), asked_on="/", now=present)
    assert work() == 2
    send(issue, now)
    bodies = [str(part) for m in mail.outbox for part in (m.body, m.alternatives)]  # type: ignore[union-attr]
    pattern = r"http://localhost:8000(/[^\s\"<>]*)"
    links = {link for body in bodies for link in re.findall(pattern, body)}
    own = {link for link in links if link.startswith("/newsletter/")}
    assert len(own) == 5

    def state() -> list[object]:
        rows = [
            *Subscriber.objects.values(),
            *Digest.objects.values(),
            *DigestItem.objects.values(),
        ]
        return [*rows, *DigestDelivery.objects.values()]

    before = state()
    for _ in range(2):
        for link in own:
            assert client.get(link).status_code == 200
            assert client.head(link).status_code == 200
    assert state() == before
