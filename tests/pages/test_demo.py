"""The demonstration: loaded once, and nothing invented on anything real."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import Max, Q
from django.test import Client

from accounts.models import User
from companies.models import Company
from core.models import Effect
from events.models import Occurrence, Series, SignUp
from newsletter.models import Digest
from organizations.models import Need, Organization
from pages.demo import cast, firms, loading, nonprofits
from pledges.models import Delivery, HoursEntry, Pledge

NOW = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demonstration, loaded once for the whole module and rolled back after it."""
    with django_db_blocker.unblock():
        story = transaction.atomic()
        with story:
            load()
            yield
            transaction.set_rollback(True)


def load() -> None:
    loading.load(now=NOW, progress=lambda _part, _done, _total: None)


def rows_and_last_changes() -> Iterator[tuple[str, int, Any]]:
    """Of every table of ours: how many rows, and when one changed last."""
    for model in apps.get_models():
        if model.__module__.split(".")[0] in {"django", "wagtail", "allauth", "taggit"}:
            continue
        columns = {field.name for field in model._meta.get_fields()}
        rows = model._default_manager.all()
        changed = "updated_at" if "updated_at" in columns else None
        last = rows.aggregate(last=Max(changed))["last"] if changed else None
        yield model._meta.label, rows.count(), last


def test_demo_again_changes_nothing() -> None:
    load()
    before = list(rows_and_last_changes())

    load()

    assert list(rows_and_last_changes()) == before


def test_demo_has_real_organizations_and_a_fictional_story() -> None:
    real = Organization.objects.public().filter(is_demonstration=False)
    assert real.count() >= 50
    fictional = Organization.objects.public().filter(is_demonstration=True)
    assert fictional.count() == len(nonprofits.FICTIONS)
    assert Company.objects.public().count() == len(firms.FIRMS)
    assert Pledge.objects.values("status").distinct().count() >= 5
    assert Delivery.objects.values("status").distinct().count() >= 4
    assert set(HoursEntry.objects.values_list("status", flat=True)) == {
        "approved",
        "declined",
        "submitted",
    }
    assert set(Need.objects.filter(is_demonstration=True).values_list("status", flat=True)) == {
        "open",
        "partly_met",
        "met",
    }
    assert Occurrence.objects.filter(starts_at__gt=NOW).count() > 30
    assert Occurrence.objects.filter(status=Occurrence.Status.HAPPENED).count() > 3
    assert SignUp.objects.filter(status=SignUp.Status.CONFIRMED).count() > 30


def test_nothing_invented_is_attached_to_a_real_organization() -> None:
    real = Organization.objects.filter(is_demonstration=False)
    assert not real.filter(source_url="").exists()
    assert (
        not Need.objects.filter(organization__in=real)
        .filter(Q(is_demonstration=True) | Q(source_url="") | Q(source_year=None))
        .exists()
    )
    assert not Need.objects.filter(organization__in=real).exclude(why="").exists()
    assert not Series.objects.filter(organization__in=real).exists()
    assert not Pledge.objects.filter(organization__in=real).exists()
    assert not HoursEntry.objects.filter(organization__in=real).exists()
    assert not real.filter(memberships__isnull=False).exists()


def test_everything_invented_says_so() -> None:
    assert not Company.objects.filter(is_demonstration=False).exists()
    assert not Series.objects.filter(is_demonstration=False).exists()
    invented = [
        *Organization.objects.filter(is_demonstration=True).values_list("name", flat=True),
        *Company.objects.values_list("name", flat=True),
    ]
    assert [name for name in invented if not name.endswith("(fictional)")] == []


def test_a_digest_went_out_and_has_its_page(client: Client) -> None:
    digest = Digest.objects.get()

    assert digest.status == Digest.Status.SENT
    assert digest.items.count() > 5
    page = client.get(f"/newsletter/{digest.year}/{digest.week}/")
    assert "(fictional)" in page.content.decode()


def test_nobody_outside_hears_of_the_story() -> None:
    assert not Effect.objects.filter(state=Effect.State.WAITING).exists()


def test_sign_ins_work_on_a_developers_machine_only(settings: Any) -> None:
    settings.DEBUG = True
    people = cast.enter()
    # The accounts that are there keep what they have: without DEBUG nobody can sign in to them.
    assert not any(user.has_usable_password() for user in people.values())
    assert not User.objects.filter(email__endswith="@demo.example.org", is_active=True).exists()

    EmailAddress.objects.all().delete()
    staff = cast.enter()["staff"]
    assert staff.check_password(cast.PASSWORD)
    assert (staff.is_active, staff.is_superuser) == (True, True)
    assert cast.can_sign_in()


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/", "(fictional)"),
        ("/organizations/", "Robotics"),
        ("/needs/", "laptops"),
        ("/companies/", "Sample Orbit Systems"),
        ("/events/", "Robot build night"),
        ("/events.ics", "Robot build night"),
        ("/search/?q=robot", "/events/robot-build-night/"),
    ],
)
def test_every_public_page_has_something_to_show(client: Client, path: str, word: str) -> None:
    with time_machine.travel(NOW, tick=False):
        response = client.get(path)

    assert response.status_code == 200
    assert word in response.content.decode()


def test_the_real_organizations_are_facts_with_sources() -> None:
    for organization in Organization.objects.filter(is_demonstration=False):
        assert organization.source_url.startswith("https://archive.la2050.org/")
        assert "LA2050" in organization.mission
        assert organization.focus_areas.exists()


def test_command_loads_and_tells_how_to_sign_in(settings: Any) -> None:
    settings.DEBUG = True
    EmailAddress.objects.all().delete()
    printed = io.StringIO()

    call_command("demo", stdout=printed)

    assert "The demonstration is loaded." in printed.getvalue()
    assert f"{cast.STAFF.email}" in printed.getvalue()
