from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from core.eml import EmlFileBackend
from core.models import Effect
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return tmp_path / "outbox"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def post(folder: Path, subject: str, text: str = "Hello") -> str:
    message = EmailMultiAlternatives(subject, text, to=["ana@example.org"])
    message.attach_alternative("<p>Hello</p>", "text/html")
    EmlFileBackend(directory=folder).send_messages([message])
    return max(path.name for path in folder.iterdir())


def test_the_outbox_is_for_staff_only(client: Client, folder: Path) -> None:
    name = post(folder, "Secret")
    paths = ["/desk/staff/outbox/", f"/desk/staff/outbox/{name}/"]

    assert [client.get(path).status_code for path in paths] == [404, 404]
    client.force_login(UserFactory())
    assert [client.get(path).status_code for path in paths] == [404, 404]
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_staff_see_what_is_stuck_but_not_the_mails_which_may_hold_a_code(
    client: Client, folder: Path
) -> None:
    name = post(folder, "Your code is 123456")
    client.force_login(UserFactory(is_staff=True))

    page = client.get("/desk/staff/outbox/")

    assert (page.status_code, "123456" in page.content.decode()) == (200, False)
    assert client.get(f"/desk/staff/outbox/{name}/").status_code == 404


def test_mails_are_listed_newest_first_in_pages(staff: Client, folder: Path) -> None:
    assert "No mail yet" in staff.get("/desk/staff/outbox/").content.decode()
    for number in range(27):
        post(folder, f"Mail {number:02d}")

    first = staff.get("/desk/staff/outbox/").content.decode()
    second = staff.get("/desk/staff/outbox/?page=2").content.decode()

    assert first.index("Mail 26") < first.index("Mail 25")
    assert ("Mail 01" in first, "Mail 01" in second) == (False, True)
    assert staff.get("/desk/staff/outbox/?page=3").status_code == 404
    assert staff.get("/desk/staff/outbox/?page=x").status_code == 400


def test_a_mail_shows_its_text_and_its_links(staff: Client, folder: Path) -> None:
    name = post(folder, "Früh <b>", "Open https://example.org/a?b=1\nand https://example.org/c")

    page = staff.get(f"/desk/staff/outbox/{name}/").content.decode()

    assert "Früh &lt;b&gt;" in page
    assert page.count('href="https://example.org/a?b=1"') == 2
    assert "ana@example.org" in page


@pytest.mark.parametrize("name", ["x", "..%2Fsettings.py", "1-a.eml", "%00", "a" * 300])
def test_nothing_but_mails_can_be_opened(staff: Client, folder: Path, name: str) -> None:
    assert staff.get(f"/desk/staff/outbox/{name}/").status_code == 404


def test_a_stuck_effect_is_shown_and_can_be_tried_again(staff: Client, folder: Path) -> None:
    effect = Effect.objects.create(
        does="core.tasks.nothing", not_before="2026-01-01T00:00Z", state="parked", tries=5
    )
    path = f"/desk/staff/effects/{effect.pk}/retry/"
    assert "core.tasks.nothing" in staff.get("/desk/staff/outbox/").content.decode()

    assert staff.get(path).status_code == 405
    assert staff.post(path).status_code == 302
    effect.refresh_from_db()
    assert (effect.state, effect.tries) == (Effect.State.WAITING, 0)
    assert staff.post(path).status_code == 302  # asking twice gives the same answer
    assert Client().post(path).status_code == 404


def test_eml_files_are_whole_mails_that_any_client_reads(folder: Path) -> None:
    name = post(folder, "A subject with 😀")

    data = (folder / name).read_bytes()

    assert name.endswith("-ana@example.org.eml")
    assert b"multipart/alternative" in data
    assert [path.name for path in folder.iterdir()] == [name]
