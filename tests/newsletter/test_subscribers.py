import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from django.core import mail
from django.test import Client

from core.models import Effect
from newsletter import permissions
from newsletter.domain import subscribers
from newsletter.domain.subscribers import Wishes
from newsletter.forms import stamp
from newsletter.models import OptIn, Subscriber
from tests.factories.newsletter import SubscriberFactory

pytestmark = pytest.mark.django_db
Status = Subscriber.Status


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=False)


def sign_up(browser: Client, email: str, **more: object) -> str:
    started = stamp(datetime.now().astimezone() - timedelta(seconds=10))
    answer = browser.post(
        "/newsletter/sign-up/", {"email": email, "started": started, **more}, follow=True
    )
    return answer.content.decode()


def link_in(message: object, path: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/newsletter/{path}/\S+)", str(message.body))  # type: ignore[attr-defined]
    assert found
    return found[1]


def test_somebody_becomes_a_reader_by_two_buttons(browser: Client, work: Callable[[], int]) -> None:
    page = sign_up(browser, "Ana@Example.org", areas=["south-la"], cadence="monthly")
    assert "mailbox" in page
    reader = Subscriber.objects.get()
    assert (reader.email, reader.status) == ("Ana@example.org", Status.PENDING)

    work()
    link = link_in(mail.outbox[0], "confirm")
    assert browser.get(link).status_code == 200
    reader.refresh_from_db()
    assert reader.status == Status.PENDING

    assert browser.post(link).status_code == 200
    reader.refresh_from_db()
    assert (reader.status, reader.cadence) == (Status.SUBSCRIBED, "monthly")
    assert [area.slug for area in reader.areas.all()] == ["south-la"]
    assert reader.consent_version == subscribers.CONSENT_VERSION
    assert reader.consent_from == "/newsletter/sign-up/"
    assert reader.consent_at is not None


def test_confirming_twice_is_the_same_as_once(browser: Client, work: Callable[[], int]) -> None:
    sign_up(browser, "a@example.org")
    work()
    link = link_in(mail.outbox[0], "confirm")

    assert [browser.post(link).status_code for _ in range(2)] == [200, 200]
    assert Subscriber.objects.get().status == Status.SUBSCRIBED


def test_an_old_link_does_not_undo_a_later_no(now: datetime) -> None:
    subscribers.ask(email="a@example.org", wishes=Wishes(), asked_on="/", now=now)
    opt_in = OptIn.objects.get()
    reader = subscribers.confirm(opt_in=opt_in, now=now)
    subscribers.unsubscribe(reader=reader, now=now + timedelta(hours=1), why="page")

    with pytest.raises(subscribers.LinkExpired):
        subscribers.confirm(opt_in=opt_in, now=now + timedelta(hours=2))
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED


def test_asking_again_after_a_no_changes_nothing_until_confirmed(now: datetime) -> None:
    reader = SubscriberFactory(status=Status.UNSUBSCRIBED, ended_at=now)
    later = now + timedelta(days=1)
    subscribers.ask(email=reader.email.upper(), wishes=Wishes(), asked_on="/", now=later)
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED

    subscribers.confirm(opt_in=reader.opt_ins.get(), now=later)
    reader.refresh_from_db()
    assert (reader.status, reader.ended_at) == (Status.SUBSCRIBED, None)


def test_a_link_runs_out_after_seven_days(now: datetime) -> None:
    subscribers.ask(email="a@example.org", wishes=Wishes(), asked_on="/", now=now)
    with pytest.raises(subscribers.LinkExpired):
        subscribers.confirm(opt_in=OptIn.objects.get(), now=now + timedelta(days=8))


def test_the_answer_is_the_same_for_known_and_unknown(browser: Client) -> None:
    SubscriberFactory(email="known@example.org")
    strip = re.compile(r'value="[^"]+"')

    known = strip.sub("", sign_up(browser, "known@example.org"))
    unknown = strip.sub("", sign_up(browser, "unknown@example.org"))
    assert known == unknown
    assert Effect.objects.count() == 2


def test_one_address_gets_three_mails_an_hour_and_six_a_day(now: datetime) -> None:
    for minute in range(1000):
        subscribers.ask(
            email="a@example.org",
            wishes=Wishes(),
            asked_on="/",
            now=now + timedelta(seconds=minute * 80),
        )
    assert OptIn.objects.count() == 6
    assert OptIn.objects.filter(asked_at__lt=now + timedelta(hours=1)).count() == 3
    assert Effect.objects.count() == 6


def test_a_filled_trap_sends_nothing_and_says_the_same(browser: Client) -> None:
    assert "mailbox" in sign_up(browser, "a@example.org", website="https://spam.example")
    assert Subscriber.objects.count() == 0


def test_a_form_without_its_stamp_is_shown_again(browser: Client) -> None:
    answer = browser.post("/newsletter/sign-up/", {"email": "a@example.org"})
    assert answer.status_code == 422
    assert 'value="a@example.org"' in answer.content.decode()
    assert Subscriber.objects.count() == 0


@pytest.mark.parametrize(
    "email", ["", "no", "a@b@c", "a@example.org\nBcc: x@example.org", "a" * 300]
)
def test_what_is_no_address_is_refused_by_name(browser: Client, email: str) -> None:
    data = {"email": email, "started": stamp(datetime.now().astimezone() - timedelta(seconds=9))}
    assert browser.post("/newsletter/sign-up/", data).status_code == 422
    assert Subscriber.objects.count() == 0


def test_an_unknown_area_is_refused(browser: Client) -> None:
    data = {
        "email": "a@example.org",
        "areas": ["atlantis"],
        "started": stamp(datetime.now().astimezone() - timedelta(seconds=9)),
    }
    assert browser.post("/newsletter/sign-up/", data).status_code == 422


def test_the_form_is_a_fragment_for_htmx(browser: Client) -> None:
    short = browser.get("/newsletter/sign-up/?short=1", headers={"HX-Request": "true"})
    page = short.content.decode()
    assert page.lstrip().startswith("<form")
    assert 'name="areas"' not in page
    started = stamp(datetime.now().astimezone() - timedelta(seconds=9))
    sent = browser.post(
        "/newsletter/sign-up/?short=1",
        {"email": "a@example.org", "started": started},
        headers={"HX-Request": "true"},
    )
    assert "<form" not in sent.content.decode()
    assert OptIn.objects.count() == 1


def test_a_reader_chooses_and_pauses(browser: Client) -> None:
    reader = SubscriberFactory()
    link = permissions.preferences_path(reader.uuid)
    assert browser.get(link).status_code == 200
    with time_machine.travel(datetime(2026, 12, 7, 17, 0).astimezone(), tick=False):
        saved = browser.post(
            link,
            {"areas": ["east-la"], "cadence": "monthly", "paused_until": "2027-01-04"},
        )
        refused = browser.post(link, {"cadence": "weekly", "paused_until": "2029-01-04"})
    assert (saved.status_code, refused.status_code) == (200, 422)
    reader.refresh_from_db()
    assert (reader.cadence, reader.paused_until) == ("monthly", date(2027, 1, 4))
    assert [area.slug for area in reader.areas.all()] == ["east-la"]


def test_one_click_needs_no_cookie_and_may_come_twice() -> None:
    reader = SubscriberFactory()
    strict = Client(enforce_csrf_checks=True)
    link = permissions.unsubscribe_path(reader.uuid)

    assert strict.get(link).status_code == 200
    assert Subscriber.objects.get().status == Status.SUBSCRIBED
    for _ in range(3):
        assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    reader.refresh_from_db()
    assert reader.status == Status.UNSUBSCRIBED


def test_a_link_for_one_purpose_opens_no_other(browser: Client) -> None:
    reader = SubscriberFactory()
    token = permissions.token(permissions.UNSUBSCRIBE, reader.uuid)
    assert browser.get(f"/newsletter/unsubscribe/{token}/").status_code == 200
    assert browser.get(f"/newsletter/preferences/{token}/").status_code == 404
    assert browser.get(f"/newsletter/unsubscribe/{token[:-1]}x/").status_code == 404
    assert browser.get("/newsletter/unsubscribe/nonsense/").status_code == 404


def test_erasing_leaves_nothing_and_tells_the_channel(browser: Client) -> None:
    reader = SubscriberFactory(email="gone@example.org")
    link = permissions.preferences_path(reader.uuid)
    assert browser.get(f"{link}delete/").status_code == 200
    assert browser.post(f"{link}delete/").status_code == 200

    assert Subscriber.objects.count() == 0
    effect = Effect.objects.get()
    assert effect.does == "newsletter.tasks.forget_member"
    assert "gone@example.org" not in str(effect.arguments)
    assert browser.get(link).status_code == 404


def test_addresses_that_nobody_confirmed_are_forgotten(now: datetime) -> None:
    subscribers.ask(email="a@example.org", wishes=Wishes(), asked_on="/", now=now)
    Subscriber.objects.update(created_at=now)
    assert subscribers.purge(now=now + timedelta(days=29)) == 0
    assert subscribers.purge(now=now + timedelta(days=31)) == 1


@pytest.mark.parametrize(("was", "then"), list(product(Status, Status)))
def test_a_reader_moves_only_as_the_table_says(was: str, then: str, now: datetime) -> None:
    reader = SubscriberFactory(status=was)
    if then in Subscriber.MOVES[was]:
        subscribers._move(reader, then, now=now)
        reader.refresh_from_db()
        assert reader.status == then
    else:
        with pytest.raises(subscribers.ImpossibleMove):
            subscribers._move(reader, then, now=now)
