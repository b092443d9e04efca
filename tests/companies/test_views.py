from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from companies.models import Capability, Company
from core import search
from tests.factories.accounts import UserFactory
from tests.factories.companies import CapabilityFactory, CompanyFactory, CompanyMembershipFactory
from tests.factories.pledges import csr_lead_of, employee_of

pytestmark = pytest.mark.django_db


def names(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/companies/{query}")
    assert response.status_code == 200
    return [company.name for company in response.context["cards"]()]


def test_directory_filters_by_area_offer_and_words(client: Client) -> None:
    south = CompanyFactory(name="Aster", areas=["south-la"])
    CapabilityFactory(company=south, kind="hardware")
    east = CompanyFactory(name="Birch", areas=["east-la"])
    CapabilityFactory(company=east, kind="hardware", status=Capability.Status.RETIRED)
    CompanyFactory(name="Cedar", live=False, areas=["south-la"])
    search.index("company", south.slug, title="Aster", body="drones", url="/a/")

    assert names(client) == ["Aster", "Birch"]
    assert names(client, "?area=south-la") == ["Aster"]
    assert names(client, "?area=south-la&area=east-la") == ["Aster", "Birch"]
    assert names(client, "?offers=hardware") == ["Aster"]
    assert names(client, "?q=drone") == ["Aster"]
    assert names(client, "?q=%22%00(") == []


@pytest.mark.parametrize("query", ["?sort=name", "?area=moon", "?offers=cake", "?page=0"])
def test_directory_refuses_what_it_does_not_know(query: str, client: Client) -> None:
    assert client.get(f"/companies/{query}").status_code == 400


def test_directory_counts_beside_each_choice(client: Client) -> None:
    for _ in range(2):
        CapabilityFactory(company=CompanyFactory(areas=["south-la"]), kind="software")

    area, offers = client.get("/companies/?offers=software").context["found"].facets
    assert [(choice.value, choice.count) for choice in area.choices] == [("south-la", 2)]
    assert [(choice.value, choice.count) for choice in offers.choices] == [("software", 2)]


def test_page_shows_a_public_company_only(client: Client) -> None:
    company = CompanyFactory()
    hidden = CompanyFactory(live=False)
    offer = CapabilityFactory(company=company)

    page = client.get(company.get_absolute_url())
    assert page.status_code == 200
    assert offer.title in page.text
    assert client.get(hidden.get_absolute_url()).status_code == 404


def test_joining_waits_for_staff_and_makes_a_csr_lead(client: Client, work: Any) -> None:
    staff, user = UserFactory(is_staff=True), UserFactory()
    assert client.get("/companies/join/").status_code == 302
    client.force_login(user)
    said = {"name": "Aster <b>Labs</b>", "areas": ["south-la"], "paid_hours": "16"}
    assert client.post("/companies/join/", {"name": ""}).status_code == 422

    response = client.post("/companies/join/", said)
    client.post("/companies/join/", said)

    company = Company.objects.get()
    assert response.headers["Location"] == reverse("companies:desk", args=[company.slug])
    assert (company.live, company.paid_minutes_per_year) == (False, 960)
    assert [area.pk for area in company.areas.all()] == ["south-la"]
    assert company.memberships.get().role == "csr_lead"
    assert client.get("/companies/aster-b-labs-b/").status_code == 404
    work()
    assert [letter.to for letter in mail.outbox] == [[staff.email]]

    company.get_latest_revision().publish(user=staff, skip_permission_checks=True)
    assert list(search.slugs("company", "aster")) == [company.slug]
    assert "&lt;b&gt;" in client.get(company.get_absolute_url()).text


@pytest.mark.parametrize("room", ["", "profile/", "offers/", "pledges/", "hours/", "hours.csv"])
def test_desk_is_for_its_own_people(room: str, client: Client) -> None:
    company = CompanyFactory()
    CapabilityFactory(company=company)
    url = f"/desk/companies/{company.slug}/{room}"
    assert client.get(url).status_code == 302
    client.force_login(csr_lead_of(CompanyFactory()))
    assert client.get(url).status_code == 404
    client.force_login(csr_lead_of(company))
    assert client.get(url).status_code == 200
    client.force_login(employee_of(company))
    for_all = {"", "pledges/"}
    assert client.get(url).status_code == (200 if room in for_all else 403)


def test_profile_changes_show_at_once(client: Client) -> None:
    company = CompanyFactory(name="Aster")
    client.force_login(csr_lead_of(company))
    assert "Birch" not in client.get(company.get_absolute_url()).text

    client.post(f"/desk/companies/{company.slug}/profile/", {"name": "Birch", "paid_hours": ""})

    assert "Birch" in client.get(company.get_absolute_url()).text
    assert list(search.slugs("company", "birch")) == [company.slug]


def test_offers_are_made_changed_used_up_and_retired(client: Client) -> None:
    company = CompanyFactory()
    client.force_login(csr_lead_of(company))
    room = f"/desk/companies/{company.slug}/offers/"

    client.post(room, {"kind": "marketing", "title": "Design hours", "amount": "1.5"})
    offer = Capability.objects.get()
    assert (offer.status, offer.quantity, offer.unit) == ("active", 90, "minute")
    assert "Design hours" in client.get(company.get_absolute_url()).text

    client.post(f"{room}{offer.uuid}/", {"kind": "funding", "title": "Grant", "amount": "12.50"})
    offer.refresh_from_db()
    assert (offer.title, offer.quantity, offer.unit) == ("Grant", 1250, "cent")
    client.post(f"{room}{offer.uuid}/end/", {"exhaust": ""})
    client.post(f"{room}{offer.uuid}/end/", {"retire": ""})
    offer.refresh_from_db()
    assert offer.status == "retired"
    change = {"kind": "funding", "title": "Grant", "amount": "1"}
    assert client.post(f"{room}{offer.uuid}/", change).status_code == 409


def test_membership_that_ended_opens_no_desk(client: Client) -> None:
    member = CompanyMembershipFactory(state="ended")
    client.force_login(member.user)

    assert client.get(f"/desk/companies/{member.company.slug}/").status_code == 404
