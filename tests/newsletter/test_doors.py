import json
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from newsletter.models import Digest, DigestItem, Subscriber
from tests.factories.accounts import UserFactory
from tests.factories.newsletter import DigestFactory, DigestItemFactory, SubscriberFactory

pytestmark = pytest.mark.django_db
Status = Digest.Status
DESK = "/desk/staff/digests/"
ISSUE = f"{DESK}2026/50/weekly/"


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


@pytest.mark.parametrize("status", [s for s in Status if s != Status.SENT])
def test_only_sent_issues_are_public(client: Client, status: str) -> None:
    DigestItemFactory(digest=DigestFactory(status=status), title="Ten laptops")
    assert client.get("/newsletter/2026/50/").status_code == 404
    assert "2026/50" not in client.get("/newsletter/").content.decode()


def test_a_past_issue_reads_as_it_was_sent(client: Client) -> None:
    digest = DigestFactory(status=Status.SENT, sent_at=datetime(2026, 12, 7).astimezone())
    DigestItemFactory(digest=digest, title="Ten <laptops>")
    DigestItemFactory(digest=digest, title="Secret", choice=DigestItem.Choice.LEFT_OUT)
    page = client.get("/newsletter/2026/50/")
    words = page.content.decode()
    assert "Ten &lt;laptops&gt;" in words
    assert "Secret" not in words
    again = client.get("/newsletter/2026/50/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/newsletter/2026/99/", "/newsletter/2026/50/daily/", "/newsletter/?page=9"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_archive_asks_the_same_number_of_questions(client: Client) -> None:
    client.get("/newsletter/")  # the first request of all also reads the navigation
    counts = []
    for weeks in (range(1, 2), range(2, 4), range(4, 20)):
        for week in weeks:
            DigestFactory(status=Status.SENT, week=week)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/newsletter/?utm_source={week}").status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 5


def test_the_feed_is_atom_with_an_entry_an_issue(client: Client) -> None:
    sent = datetime(2026, 12, 7, 7, 0).astimezone()
    digest = DigestFactory(status=Status.SENT, sent_at=sent)
    DigestItemFactory(digest=digest)
    DigestFactory(week=51)
    answer = client.get("/newsletter/feed.xml")
    root = ET.fromstring(answer.content)  # noqa: S314  (our own answer)
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert [e.findtext("{http://www.w3.org/2005/Atom}title") for e in entries] == [digest.subject]


def test_the_desk_is_for_editors(client: Client) -> None:
    DigestItemFactory()
    assert client.get(DESK).status_code == 302
    client.force_login(UserFactory(is_staff=True))
    assert [client.get(path).status_code for path in (DESK, ISSUE)] == [403, 403]
    assert client.post(f"{ISSUE}step/", {"act": "schedule"}).status_code == 403
    assert Digest.objects.get().status == Status.REVIEW


def test_an_editor_works_through_an_issue(editor: Client) -> None:
    item = DigestItemFactory(title="One")
    DigestItemFactory(digest=item.digest, title="Two")
    assert editor.get(DESK).status_code == 200
    assert editor.get(ISSUE).status_code == 200

    line = f"{ISSUE}lines/{item.pk}/"
    for act in ("pinned", "down", "up", "left_out"):
        assert editor.post(line, {"act": act}).status_code == 302
    item.refresh_from_db()
    assert item.is_left_out
    words = {"subject": "Good morning", "intro": "Three things."}
    assert editor.post(f"{ISSUE}words/", words).status_code == 302
    assert editor.post(f"{ISSUE}words/", {"subject": ""}).status_code == 422
    assert editor.post(line, {"act": "explode"}).status_code == 404

    html, text = editor.get(f"{ISSUE}preview.html"), editor.get(f"{ISSUE}preview.txt")
    assert "Good morning" in html.content.decode()
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "Two" in text.content.decode()
    assert "One" not in text.content.decode()

    assert editor.post(f"{ISSUE}step/", {"act": "schedule"}).status_code == 302
    assert editor.post(line, {"act": "pinned"}).status_code == 409
    assert editor.post(f"{ISSUE}step/", {"act": "take_back"}).status_code == 302
    assert Digest.objects.get().status == Status.REVIEW


def test_an_editor_builds_an_issue_ahead(editor: Client) -> None:
    assert editor.post(f"{DESK}2026/51/weekly/build/").status_code == 302
    assert Digest.objects.get().status == Status.REVIEW
    assert editor.post(f"{DESK}2027/53/weekly/build/").status_code == 404
    assert editor.post(f"{DESK}2026/51/daily/build/").status_code == 404


def test_nothing_at_the_desk_changes_by_get(editor: Client) -> None:
    item = DigestItemFactory()
    for path in ("build/", "words/", "step/", f"lines/{item.pk}/"):
        assert editor.get(ISSUE + path).status_code == 405


@pytest.fixture
def secret(settings: Settings) -> str:
    settings.MAILCHIMP_WEBHOOK_SECRET = "s" * 40
    return "/newsletter/mailchimp/" + "s" * 40 + "/"


def test_the_webhook_knows_its_secret(client: Client, secret: str) -> None:
    assert client.get(secret).status_code == 200
    assert client.get("/newsletter/mailchimp/wrong/").status_code == 404
    reader = SubscriberFactory(email="a@example.org")
    forged = {"type": "unsubscribe", "data[email]": "a@example.org"}
    assert client.post("/newsletter/mailchimp/wrong/", forged).status_code == 404
    reader.refresh_from_db()
    assert reader.status == Subscriber.Status.SUBSCRIBED


def test_without_a_secret_there_is_no_webhook(client: Client, settings: Settings) -> None:
    settings.MAILCHIMP_WEBHOOK_SECRET = ""
    assert client.get("/newsletter/mailchimp/x/").status_code == 404


def hook(client: Client, secret: str, **said: str) -> int:
    names = {k: k if k in {"type", "fired_at"} else f"data[{k}]" for k in said}
    data = {names[key]: value for key, value in said.items()}
    return client.post(secret, data).status_code


def test_a_no_is_heeded_however_often_and_late_it_comes(client: Client, secret: str) -> None:
    reader = SubscriberFactory(email="a@example.org")
    after = "2026-11-05 10:00:00"
    for _ in range(2):
        hook(client, secret, type="unsubscribe", fired_at=after, email="A@example.org")
    hook(client, secret, type="cleaned", fired_at=after, email="a@example.org")
    hook(client, secret, type="subscribe", fired_at=after, email="a@example.org")
    reader.refresh_from_db()
    assert reader.status == Subscriber.Status.UNSUBSCRIBED


def test_a_word_from_before_the_confirmation_is_asked_again(client: Client, secret: str) -> None:
    reader = SubscriberFactory(email="a@example.org", synced_at=datetime(2026, 11, 3).astimezone())
    before = "2026-11-01 10:00:00"
    hook(client, secret, type="unsubscribe", fired_at=before, email="a@example.org")
    reader.refresh_from_db()
    assert (reader.status, reader.synced_at) == (Subscriber.Status.SUBSCRIBED, None)


def test_a_dead_address_and_a_new_one(client: Client, secret: str) -> None:
    moved, dead = SubscriberFactory(email="old@example.org"), SubscriberFactory()
    hook(client, secret, type="upemail", old_email="old@example.org", new_email="new@example.org")
    hook(client, secret, type="cleaned", fired_at="nonsense", email=dead.email)
    hook(client, secret, type="campaign", id="1")
    moved.refresh_from_db()
    dead.refresh_from_db()
    assert (moved.email, dead.status) == ("new@example.org", Subscriber.Status.CLEANED)


@pytest.mark.data
def test_the_published_examples_are_all_understood(
    client: Client, secret: str, shared_data: Path
) -> None:
    text = (shared_data / "mailchimp" / "webhook_examples.json").read_text()
    for example in json.loads(text)["examples"]:
        SubscriberFactory(email=f"{example['type']}@example.org")
        answer = client.post(
            secret, example["body"], content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
