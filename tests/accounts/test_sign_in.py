import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.core import mail
from django.core.cache import caches
from django.test import Client

from accounts.domain import letters, people
from accounts.models import Letter, User
from core.models import Effect

pytestmark = pytest.mark.django_db

Work = Callable[[], int]


def code_in(message: mail.EmailMessage) -> str:
    found = re.search(r"^([A-Z0-9-]{6,10})$", str(message.body), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def maria() -> User:
    return people.open_account(
        name="Maria Lopez", email="maria@example.org", password="tall green trees"
    )


def test_signing_up_asks_for_name_and_address_and_proves_the_address(
    client: Client, work: Work
) -> None:
    answer = client.post("/accounts/signup/", {"name": "Ana Ruiz", "email": "Ana@Example.org"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    assert len(mail.outbox) == 0  # no mail server is spoken to inside the request

    work()
    assert mail.outbox[0].to == ["ana@example.org"]
    answer = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])})

    user = User.objects.get(email="ana@example.org")
    assert (user.name, user.has_usable_password()) == ("Ana Ruiz", False)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified is True
    assert Letter.objects.count() == 0  # the code went with the letter


def test_signing_in_by_code(client: Client, work: Work, maria: User) -> None:
    client.post("/accounts/login/code/", {"email": "maria@example.org"})
    work()
    code = code_in(mail.outbox[0])
    assert code in mail.outbox[0].subject

    assert client.post("/accounts/login/code/confirm/", {"code": "WRONG1"}).status_code == 200
    answer = client.post("/accounts/login/code/confirm/", {"code": code})

    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert client.session["_auth_user_id"] == str(maria.pk)


def test_signing_in_by_password(client: Client, maria: User) -> None:
    form = {"login": "maria@example.org", "password": "short brown bushes"}
    assert client.post("/accounts/login/", form).status_code == 200
    assert "_auth_user_id" not in client.session

    form["password"] = "tall green trees"
    assert client.post("/accounts/login/", form).status_code == 302
    assert client.session["_auth_user_id"] == str(maria.pk)


def test_next_leads_to_our_own_pages_only(maria: User) -> None:
    form = {"login": "maria@example.org", "password": "tall green trees"}

    ours = Client().post("/accounts/login/", {**form, "next": "/needs/"})
    theirs = Client().post("/accounts/login/", {**form, "next": "https://example.com/"})

    assert (ours["Location"], theirs["Location"]) == ("/needs/", "/me/")


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_known_and_unknown_addresses_get_the_same_answer(path: str, maria: User) -> None:
    known = Client().post(path, {"email": "maria@example.org"})
    unknown = Client().post(path, {"email": "nobody@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert Effect.objects.count() == 2  # each is written to, so that neither takes longer


def test_signing_up_with_a_known_address_tells_only_its_owner(work: Work, maria: User) -> None:
    known = Client().post("/accounts/signup/", {"name": "X", "email": "maria@example.org"})
    unknown = Client().post("/accounts/signup/", {"name": "X", "email": "new@example.org"})
    work()

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox[0].subject == "You have an account already"
    assert User.objects.filter(email="maria@example.org").count() == 1


def test_failed_sign_ins_are_counted_in_the_database(client: Client, maria: User) -> None:
    form = {"login": "maria@example.org", "password": "wrong"}
    for _attempt in range(5):
        client.post("/accounts/login/", form)

    answer = Client().post("/accounts/login/", {**form, "password": "tall green trees"})

    assert "Too many failed" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_allauth_still_takes_its_cache_from_where_we_put_ours() -> None:
    ratelimit.cache.set("seen", "by all workers", 60)

    assert caches["counters"].get("seen") == "by all workers"
    assert type(caches["counters"]).__name__ == "DatabaseCache"


def test_strangers_can_send_one_address_three_mails_an_hour_and_six_a_day(now: datetime) -> None:
    def ask(moment: datetime) -> bool:
        posted = letters.post(
            to="Victim@example.org", subject="s", text="t", html="", is_code=False, now=moment
        )
        return posted is not None

    answers = [ask(now + timedelta(hours=hour)) for hour in range(24) for _again in range(50)]

    assert sum(answers[:50]) == 3
    assert sum(answers) == 6
    assert ask(now + timedelta(days=1, seconds=1)) is True


def test_a_hundred_requests_for_one_address_send_three_mails(work: Work) -> None:
    for number in range(100):
        Client(REMOTE_ADDR=f"10.0.0.{number}").post(
            "/accounts/password/reset/", {"email": "victim@example.org"}
        )
    work()

    assert len(mail.outbox) == 3


def test_staff_sign_in_to_the_cms_through_our_page(client: Client, maria: User) -> None:
    answer = client.get("/cms/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/cms/")
