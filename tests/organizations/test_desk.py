from typing import Any

import pytest
from django.test import Client

from organizations.models import Need, Organization
from tests.factories.accounts import UserFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)

pytestmark = pytest.mark.django_db

DESK = "/desk/organizations/robots/"
NEED = {"kind": "hardware", "title": "Twenty laptops", "urgency": "1", "quantity": "20"}


@pytest.fixture
def organization() -> Organization:
    made: Organization = OrganizationFactory(slug="robots", contact_email="hello@example.org")
    return made


def _as(client: Client, organization: Organization, role: str = "organizer") -> Client:
    client.force_login(OrganizationMembershipFactory(organization=organization, role=role).user)
    return client


@pytest.mark.parametrize(
    "address", ["", "profile/", "needs/new/", "needs/laptops/", "needs/laptops/pause/"]
)
def test_the_desk_is_found_by_its_people_only(
    client: Client, organization: Organization, address: str
) -> None:
    NeedFactory(organization=organization, slug="laptops")
    assert client.get(DESK + address).status_code in {302, 405}

    client.force_login(UserFactory())
    post = client.post if address.endswith("pause/") else client.get
    assert post(DESK + address).status_code == 404
    OrganizationMembershipFactory(
        organization=organization, state="ended", user=(left := UserFactory())
    )
    client.force_login(left)
    assert post(DESK + address).status_code == 404
    other = OrganizationMembershipFactory(role="admin").user
    client.force_login(other)
    assert post(DESK + address).status_code == 404

    assert post is client.get or Need.objects.get().status == Need.Status.OPEN
    _as(client, organization)
    assert post(DESK + address).status_code in {200, 302}


def test_a_viewer_looks_and_changes_nothing(client: Client, organization: Organization) -> None:
    NeedFactory(organization=organization, slug="laptops")
    _as(client, organization, "viewer")

    page = client.get(DESK).content.decode()
    assert "Pause" not in page
    assert "Write a need" not in page
    assert client.get(f"{DESK}profile/").status_code == 404
    assert client.post(f"{DESK}needs/laptops/pause/").status_code == 404


def test_a_need_of_another_organization_is_not_found_here(
    client: Client, organization: Organization
) -> None:
    NeedFactory(slug="theirs")
    _as(client, organization, "admin")

    assert client.get(f"{DESK}needs/theirs/").status_code == 404
    assert client.post(f"{DESK}needs/theirs/withdraw/").status_code == 404
    assert Need.objects.get().status == Need.Status.OPEN


def test_a_need_is_written_sent_and_changed(client: Client, organization: Organization) -> None:
    _as(client, organization)

    assert client.post(f"{DESK}needs/new/", {**NEED, "draft": ""}).status_code == 302
    need = Need.objects.get()
    assert (need.status, need.quantity_wanted, need.unit) == ("draft", 20, "item")
    assert "1 draft is not sent yet" in client.get(DESK).content.decode()

    client.post(f"{DESK}needs/{need.slug}/", {**NEED, "title": "Nineteen laptops"})
    assert Need.objects.get().title == "Nineteen laptops"
    client.post(f"{DESK}needs/{need.slug}/submit/")
    assert Need.objects.get().status == "in_review"

    client.post(f"{DESK}needs/new/", {**NEED, "submit": ""})
    assert Need.objects.filter(status="in_review").count() == 2


def test_a_quantity_is_typed_in_hours_and_dollars_and_kept_in_parts(
    client: Client, organization: Organization
) -> None:
    _as(client, organization)

    client.post(f"{DESK}needs/new/", {**NEED, "kind": "marketing", "quantity": "1.5"})
    client.post(f"{DESK}needs/new/", {**NEED, "kind": "funding", "quantity": "19.99"})
    assert sorted(Need.objects.values_list("unit", "quantity_wanted")) == [
        ("cent", 1999),
        ("minute", 90),
    ]
    need = Need.objects.get(unit="minute")
    form = client.get(f"{DESK}needs/{need.slug}/").context["form"]
    assert form.initial["quantity"] == 1.5


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"title": ""}, "title"),
        ({"kind": "magic"}, "kind"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": "1" * 30}, "quantity"),
        ({"starts_on": "2027-02-01", "ends_on": "2027-01-01"}, "ends_on"),
        ({"deadline_on": "soon"}, "deadline_on"),
        ({"areas": ["atlantis"]}, "areas"),
        ({"title": "x" * 300}, "title"),
        ({"why": "x" * 5000}, "why"),
    ],
)
def test_a_need_that_does_not_fit_is_handed_back_with_what_was_typed(
    client: Client, organization: Organization, bad: dict[str, Any], field: str
) -> None:
    _as(client, organization)

    response = client.post(f"{DESK}needs/new/", {**NEED, **bad})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Need.objects.exists()


def test_acts_pause_reopen_and_withdraw_a_need_and_refuse_with_a_sentence(
    client: Client, organization: Organization
) -> None:
    NeedFactory(organization=organization, slug="laptops")
    _as(client, organization)

    for word, status in (("pause", "paused"), ("reopen", "open"), ("withdraw", "withdrawn")):
        client.post(f"{DESK}needs/laptops/{word}/")
        assert Need.objects.get().status == status
    page = client.post(f"{DESK}needs/laptops/reopen/", follow=True).content.decode()
    assert "is withdrawn and cannot become open from there" in page
    assert client.get(f"{DESK}needs/laptops/pause/").status_code == 405
    assert client.post(f"{DESK}needs/laptops/explode/").status_code == 404


def test_the_profile_changes_for_everybody_at_once(
    client: Client, organization: Organization
) -> None:
    _as(client, organization)
    before = client.get("/organizations/robots/").content.decode()
    assert "Compton" not in before

    response = client.post(
        f"{DESK}profile/",
        {
            "name": "Robots of Compton",
            "website": "https://www.Robots.example.org/about",
            "zip_code": "90220",
            "areas": ["south-la"],
        },
    )

    assert response.status_code == 302
    row = Organization.objects.get()
    assert (row.name, row.site_host, row.status, row.slug) == (
        "Robots of Compton",
        "robots.example.org",
        "approved",
        "robots",
    )
    assert row.latitude == pytest.approx(33.88, abs=0.05)
    assert [area.slug for area in row.areas.all()] == ["south-la"]
    assert "Robots of Compton" in client.get("/organizations/robots/").content.decode()
    assert client.post(f"{DESK}profile/", {"name": "x", "zip_code": "abc"}).status_code == 422
    assert Organization.objects.get().name == "Robots of Compton"
