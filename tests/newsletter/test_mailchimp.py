import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests

from newsletter.channels.mailchimp import Mailchimp
from newsletter.channels.mailchimp_client import MailchimpClient, Refused
from newsletter.channels.port import ChannelDown, ChannelRefused
from newsletter.domain import audience, sending, subscribers, timers
from newsletter.models import Digest, Subscriber
from tests.factories.newsletter import DigestFactory, DigestItemFactory, SubscriberFactory
from tests.newsletter.mailchimp_fake import AUDIENCE, KEY, MailchimpFake

pytestmark = pytest.mark.django_db

SEND = [
    "GET /campaigns",
    "POST /campaigns",
    "GET /campaigns/*",
    "PUT /campaigns/content",
    "GET /campaigns/send-checklist",
    "POST /campaigns/actions/send",
]


@pytest.fixture
def fake() -> Iterator[MailchimpFake]:
    with MailchimpFake() as server:
        yield server


def channel_to(fake: MailchimpFake, *, key: str = KEY) -> Mailchimp:
    client = MailchimpClient(key, url=fake.url, timeout=(0.5, 0.3), first_pause=0.001)
    return Mailchimp(client, AUDIENCE)


@pytest.fixture
def channel(fake: MailchimpFake) -> Iterator[Mailchimp]:
    made = channel_to(fake)
    yield made
    made.lists.api_client.session.close()


def sent(digest: Digest, channel: Mailchimp, now: datetime) -> Digest:
    return sending.send(digest=digest, channel=channel, now=now)


def campaign_calls(fake: MailchimpFake) -> list[str]:
    return [call for call in fake.calls if "/campaigns" in call]


@pytest.fixture
def standing_issue(open_need_slugs: list[str]) -> Digest:
    digest = DigestFactory(status=Digest.Status.SCHEDULED)
    south, east, both = open_need_slugs
    DigestItemFactory(digest=digest, slug=south, title="South only", areas=["south-la"])
    DigestItemFactory(digest=digest, slug=east, title="East *|only|*", areas=["east-la"])
    DigestItemFactory(digest=digest, slug=both, title="Everywhere", areas=[])
    return digest


def test_an_issue_goes_out_in_the_right_order(
    fake: MailchimpFake, channel: Mailchimp, standing_issue: Digest, now: datetime
) -> None:
    south = SubscriberFactory(email="south@example.org")
    south.areas.set(["south-la"])
    SubscriberFactory(email="all@example.org")
    SubscriberFactory(email="monthly@example.org", cadence="monthly")
    SubscriberFactory(email="paused@example.org", paused_until=now.date() + timedelta(days=9))
    SubscriberFactory(email="no@example.org", status=Subscriber.Status.UNSUBSCRIBED, ended_at=now)

    digest = sent(standing_issue, channel, now)
    assert (digest.status, digest.failure) == (Digest.Status.SENT, "")
    assert campaign_calls(fake) == SEND
    assert sorted(to for to, _campaign in fake.deliveries) == [
        "all@example.org",
        "south@example.org",
    ]
    for_south, for_all = fake.mail_to("south@example.org"), fake.mail_to("all@example.org")
    assert [word in for_south for word in ("South only", "East", "Everywhere")] == [
        True,
        False,
        True,
    ]
    assert [word in for_all for word in ("South only", "East", "Everywhere")] == [True, True, True]
    assert "*|only|*" not in for_all
    campaign = fake.campaigns[digest.campaign_id]
    assert campaign["settings"]["title"] == "Tech LA Cares 2026-W50-weekly"


def test_sending_again_sends_nothing(
    fake: MailchimpFake, channel: Mailchimp, standing_issue: Digest, now: datetime
) -> None:
    SubscriberFactory()
    sent(standing_issue, channel, now)
    Digest.objects.update(status=Digest.Status.SENDING, leased_until=None)

    assert sent(standing_issue, channel, now).status == Digest.Status.SENT
    assert fake.calls.count("POST /campaigns/actions/send") == 1
    assert len(fake.deliveries) == 1


@pytest.mark.parametrize("fault", ["429", "403", "500", "503", "hang", "half", "lost"])
@pytest.mark.parametrize("step", SEND)
def test_every_fault_at_every_step_still_sends_once(  # noqa: PLR0917
    fake: MailchimpFake,
    channel: Mailchimp,
    standing_issue: Digest,
    now: datetime,
    step: str,
    fault: str,
) -> None:
    SubscriberFactory()
    fake.faults[step] = [fault]

    for round_ in range(3):
        digest = sent(standing_issue, channel, now + timedelta(minutes=5 * round_))
    assert digest.status == Digest.Status.SENT
    assert len(fake.campaigns) == 1
    assert len(fake.deliveries) == 1


@pytest.mark.parametrize("fault", ["hang", "lost", "500", "403", "429"])
def test_a_send_that_broke_is_never_repeated_in_the_same_breath(
    fake: MailchimpFake, channel: Mailchimp, standing_issue: Digest, now: datetime, fault: str
) -> None:
    SubscriberFactory()
    fake.faults["POST /campaigns/actions/send"] = [fault]

    digest = sent(standing_issue, channel, now)
    assert fake.calls[-2:] == ["POST /campaigns/actions/send", "GET /campaigns/*"]
    went_out = fault == "lost"
    assert (digest.status == Digest.Status.SENT) == went_out
    assert len(fake.deliveries) == int(went_out)


def test_a_refused_checklist_fails_with_the_reason(
    fake: MailchimpFake, channel: Mailchimp, standing_issue: Digest, now: datetime
) -> None:
    digest = sent(standing_issue, channel, now)
    assert digest.status == Digest.Status.FAILED
    assert digest.failure == "The audience has nobody to send to."
    assert fake.deliveries == []


def test_a_wrong_key_fails_with_the_reason(
    fake: MailchimpFake, standing_issue: Digest, now: datetime
) -> None:
    SubscriberFactory()
    wrong = channel_to(fake, key="f" * 32 + "-us1")
    digest = sent(standing_issue, wrong, now)
    wrong.lists.api_client.session.close()
    assert digest.status == Digest.Status.FAILED
    assert digest.failure.startswith("401 API Key Invalid")


def test_readers_are_told_with_their_groups(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    reader = SubscriberFactory(email="a@example.org", name="Ana")
    reader.areas.set(["south-la", "east-la"])
    assert audience.sync(channel=channel, now=now) == 1
    assert audience.sync(channel=channel, now=now) == 0

    assert fake.member("a@example.org")["status"] == "subscribed"
    assert fake.member("a@example.org")["merge_fields"] == {"FNAME": "Ana"}
    assert fake.groups_of("a@example.org") == {
        "Areas: South LA",
        "Areas: East LA",
        "Topics: All topics",
        "Digest: weekly",
    }


def test_the_clock_tells_of_readers_and_outlives_a_dead_service(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    SubscriberFactory(email="a@example.org")
    fake.faults["PUT /lists/members"] = ["503"] * 5
    thursday = now + timedelta(days=3)
    assert timers.tick(now=thursday, channel=channel) == []
    assert fake.members == {}
    timers.tick(now=thursday, channel=channel)
    assert fake.member("a@example.org")["status"] == "subscribed"


def test_a_no_over_there_becomes_a_no_here(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    reader = SubscriberFactory(email="a@example.org", confirmed_at=now - timedelta(days=9))
    audience.sync(channel=channel, now=now)
    fake.member("a@example.org").update(status="unsubscribed", last_changed=now.isoformat())
    audience.look_again(email="A@example.org")

    audience.sync(channel=channel, now=now)
    reader.refresh_from_db()
    assert reader.status == Subscriber.Status.UNSUBSCRIBED
    assert fake.member("a@example.org")["status"] == "unsubscribed"


def test_a_newer_yes_here_asks_the_person_over_there(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    reader = SubscriberFactory(email="a@example.org", confirmed_at=now - timedelta(days=9))
    audience.sync(channel=channel, now=now - timedelta(days=9))
    long_ago = (now - timedelta(days=5)).isoformat()
    fake.member("a@example.org").update(status="unsubscribed", last_changed=long_ago)
    Subscriber.objects.update(confirmed_at=now, changed_at=now)

    audience.sync(channel=channel, now=now + timedelta(minutes=1))
    reader.refresh_from_db()
    assert fake.member("a@example.org")["status"] == "pending"
    assert reader.status == Subscriber.Status.SUBSCRIBED


def test_a_no_here_always_wins(fake: MailchimpFake, channel: Mailchimp, now: datetime) -> None:
    reader = SubscriberFactory(email="a@example.org")
    audience.sync(channel=channel, now=now)
    subscribers.unsubscribe(reader=reader, now=now + timedelta(minutes=1), why="page")
    audience.sync(channel=channel, now=now + timedelta(minutes=2))
    assert fake.member("a@example.org")["status"] == "unsubscribed"


def test_forgetting_deletes_for_good_and_may_be_repeated(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    SubscriberFactory(email="a@example.org")
    audience.sync(channel=channel, now=now)
    address_hash = subscribers.address_hash("A@example.org ")
    channel.forget(address_hash)
    channel.forget(address_hash)
    assert fake.members == {}
    with pytest.raises(KeyError):
        fake.member("a@example.org")


def test_one_refused_address_holds_nobody_else_up(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    fake.forgotten.add(hashlib.md5(b"a@example.org", usedforsecurity=False).hexdigest())
    SubscriberFactory(email="a@example.org")
    SubscriberFactory(email="b@example.org")
    assert audience.sync(channel=channel, now=now) == 2
    assert [row["email_address"] for row in fake.members.values()] == ["b@example.org"]


def test_thirty_percent_faults_lose_no_member(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    kinds = ["429", "", "503", "", "", "half", "", "", "403", "lost"]
    fake.faults["PUT /lists/members"] = kinds * 12
    for number in range(60):
        SubscriberFactory(email=f"r{number}@example.org")
    assert audience.sync(channel=channel, now=now) == 60
    assert len(fake.members) == 60


def test_a_dead_service_is_said_to_be_down(
    fake: MailchimpFake, channel: Mailchimp, now: datetime
) -> None:
    fake.faults["GET /lists/interest-categories"] = ["503"] * 99
    SubscriberFactory()
    with pytest.raises(ChannelDown):
        audience.sync(channel=channel, now=now)
    assert fake.calls.count("GET /lists/interest-categories") == 5


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/campaigns", {}, "type"),
        ("POST", "/campaigns", {"type": "weekly"}, "type"),
        ("POST", "/campaigns", {"type": "regular", "recipients": {}, "x": 1}, "x"),
        ("POST", f"/lists/{AUDIENCE}/interest-categories", {"title": "A"}, "type"),
        ("PUT", f"/lists/{AUDIENCE}/members/{'0' * 32}", {"status": "gone"}, "status_if_new"),
    ],
)
def test_the_stand_in_refuses_what_the_description_refuses(
    fake: MailchimpFake, method: str, path: str, body: dict[str, object], field: str
) -> None:
    answer = requests.request(method, f"{fake.url}{path}", json=body, auth=("user", KEY), timeout=5)
    problem = answer.json()
    assert (answer.status_code, problem["title"]) == (400, "Invalid Resource")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert field in {error["field"] for error in problem["errors"]}


def test_the_client_says_why_it_was_refused(channel: Mailchimp) -> None:
    with pytest.raises(Refused) as refusal:
        channel.campaigns.create({"type": "weekly"})
    assert refusal.value.status == 400
    assert "type: The value is not one of those allowed." in str(refusal.value)
    assert isinstance(refusal.value, ChannelRefused)
