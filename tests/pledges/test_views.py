import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from organizations.models import Need
from pledges.domain import hours, lifecycle
from pledges.domain.facts import Facts
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Delivery, HoursEntry, Pledge
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.factories.pledges import (
    HoursEntryFactory,
    admin_of,
    csr_lead_of,
    employee_of,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def announced(need: Need, quantity: int = 5) -> tuple[Pledge, User]:
    company = CompanyFactory()
    lead = csr_lead_of(company)
    now = timezone.now()
    terms = Terms(company, need.organization, ends_on=now.date() + timedelta(days=90))
    pledge = lifecycle.draft(terms=terms, lines=[Line.toward(need, quantity)], by=lead, now=now)
    return lifecycle.announce(pledge=pledge, by=lead, now=now), lead


def test_the_story_from_pledge_to_confirmed_progress(client: Client, work: Any) -> None:
    need = NeedFactory(quantity_wanted=20)
    lead, admin = csr_lead_of(CompanyFactory()), admin_of(need.organization)
    giver, receiver = signed_in(lead), signed_in(admin)
    form = {
        "company": lead.companymembership_set.get().company_id,
        "amount": "12",
        "ends_on": (timezone.localdate() + timedelta(days=30)).isoformat(),
        "message": "Refurbished by our IT team.",
    }

    page = giver.post(f"/needs/{need.slug}/pledge/", form, follow=True)
    pledge = Pledge.objects.get()
    assert "You are about to promise 12 items" in re.sub(r"\s+", " ", page.text)
    assert receiver.get(pledge.get_absolute_url()).status_code == 404
    giver.post(f"/pledges/{pledge.uuid}/move/", {"act": "announce"})
    work()
    assert [letter.to for letter in mail.outbox] == [[admin.email]]
    assert f"/desk/organizations/{need.organization.slug}/pledges/" in mail.outbox[0].body
    room = receiver.get(f"/desk/organizations/{need.organization.slug}/pledges/")
    assert "Accept 12 items" in re.sub(r"\s+", " ", room.text)
    receiver.post(f"/pledges/{pledge.uuid}/move/", {"act": "accept", "desk": "1"})
    work()
    assert mail.outbox[1].to == [lead.email]

    line = pledge.lines.get()
    sent = {f"line-{line.pk}-amount": "12", f"line-{line.pk}-due_on": "2027-01-15"}
    giver.post(f"/pledges/lines/{line.uuid}/schedule/", sent)
    delivery = Delivery.objects.get()
    giver.post(f"/deliveries/{delivery.uuid}/move/", {"act": "deliver", "condition": "Good"})
    work()
    assert "Did 12 items" in mail.outbox[2].subject
    receiver.post(f"/deliveries/{delivery.uuid}/move/", {"act": "confirm"})

    need.refresh_from_db()
    pledge.refresh_from_db()
    assert (need.quantity_met, need.percent_met, pledge.status) == (12, 60, "fulfilled")
    who = client.get(f"/needs/{need.slug}/pledges/", headers={"HX-Request": "true"})
    assert "12 items of 12 items confirmed" in who.text
    assert "<html" not in who.text


def test_money_and_hours_are_written_as_people_say_them() -> None:
    for unit, amount, quantity in (("cent", "1250.50", 125050), ("minute", "1.5", 90)):
        need = NeedFactory(unit=unit, quantity_wanted=None)
        lead = csr_lead_of(CompanyFactory())
        form = {
            "company": lead.companymembership_set.get().company_id,
            "amount": amount,
            "ends_on": timezone.localdate().isoformat(),
        }
        assert signed_in(lead).post(f"/needs/{need.slug}/pledge/", form).status_code == 302
        assert Pledge.objects.get(organization=need.organization).lines.get().quantity == quantity


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "21"}, {"amount": "0"}, {"amount": "1.5"}, {"ends_on": "2020-01-01"}, {}],
)
def test_a_pledge_that_cannot_be_says_why_and_writes_nothing(wrong: dict[str, str]) -> None:
    need = NeedFactory(quantity_wanted=20)
    lead = csr_lead_of(CompanyFactory())
    form: dict[str, Any] = {}
    if wrong:
        company = lead.companymembership_set.get().company_id
        form = {"company": company, "amount": "5", "ends_on": "2099-01-01"} | wrong

    response = signed_in(lead).post(f"/needs/{need.slug}/pledge/", form or {"amount": ""})

    assert response.status_code == 422
    assert not Pledge.objects.exists()


def test_nobody_pledges_for_a_company_that_is_not_theirs() -> None:
    need = NeedFactory()
    form = {"company": CompanyFactory().pk, "amount": "1", "ends_on": "2099-01-01"}

    response = signed_in(csr_lead_of(CompanyFactory())).post(f"/needs/{need.slug}/pledge/", form)

    assert response.status_code == 422
    assert not Pledge.objects.exists()


def test_visitors_and_people_without_a_company_are_told_what_to_do(client: Client) -> None:
    url = f"/needs/{NeedFactory().slug}/pledge/"

    assert "Sign in to pledge" in client.get(url).text
    assert "Add your company" in signed_in(UserFactory()).get(url).text
    employee = employee_of(CompanyFactory())
    assert "CSR leads and captains pledge" in signed_in(employee).get(url).text


def test_strangers_see_public_pledges_and_move_none(client: Client) -> None:
    pledge, _lead = announced(NeedFactory())
    stranger = signed_in(UserFactory())

    assert client.get(pledge.get_absolute_url()).status_code == 200
    assert client.post(f"/pledges/{pledge.uuid}/move/", {"act": "accept"}).status_code == 302
    for act in ("accept", "withdraw", "announce", "join"):
        response = stranger.post(f"/pledges/{pledge.uuid}/move/", {"act": act})
        assert response.status_code == 403
    assert stranger.get(f"/pledges/{pledge.uuid}/move/").status_code == 405
    assert stranger.post(f"/pledges/{pledge.uuid}/move/", {"act": "eat"}).status_code == 422
    pledge.refresh_from_db()
    assert pledge.status == "announced"


def test_another_organizations_rooms_do_not_exist() -> None:
    organization = OrganizationFactory()
    other = signed_in(admin_of(OrganizationFactory()))
    entry = HoursEntryFactory(organization=organization)

    for room in ("pledges", "hours"):
        url = f"/desk/organizations/{organization.slug}/{room}/"
        assert other.get(url).status_code == 404
        assert other.post(url, {"entry": entry.uuid, "approve": ""}).status_code in {404, 405}
    entry.refresh_from_db()
    assert entry.status == "submitted"


def test_hours_are_logged_approved_together_and_mailed(work: Any) -> None:
    organization = OrganizationFactory()
    admin, volunteer = admin_of(organization), UserFactory()
    form = {
        "organization": organization.slug,
        "served_on": timezone.localdate().isoformat(),
        "starts": "09:00",
        "ends": "11:30",
        "what": "Taught soldering.",
    }
    person, desk = signed_in(volunteer), signed_in(admin)

    assert person.post("/me/hours/log/", form).status_code == 302
    person.post("/me/hours/log/", form)
    entry = HoursEntry.objects.get()
    assert (entry.minutes, entry.status) == (150, "submitted")
    work()
    assert [letter.to for letter in mail.outbox] == [[admin.email]]
    other = HoursEntryFactory(organization=organization)
    room = f"/desk/organizations/{organization.slug}/hours/"
    assert "Taught soldering." in desk.get(room).text
    desk.post(room, {"entry": [entry.uuid, other.uuid], "approve": ""})
    work()

    assert {letter.to[0] for letter in mail.outbox[1:]} == {volunteer.email, other.user.email}
    assert "2.5" in person.get("/me/").text
    assert HoursEntry.objects.total_minutes() == 270
    desk.post(room, {"reverse": entry.uuid, "reason": "Wrong day."})
    assert HoursEntry.objects.total_minutes() == 120


def test_declining_without_a_reason_is_refused() -> None:
    entry = HoursEntryFactory()
    desk = signed_in(admin_of(entry.organization))
    room = f"/desk/organizations/{entry.organization.slug}/hours/"

    assert desk.post(room, {"entry": entry.uuid, "decline": ""}).status_code == 422
    assert desk.post(room, {"approve": ""}).status_code == 422
    assert desk.post(room, {"entry": "x", "approve": ""}).status_code == 422
    desk.post(room, {"entry": entry.uuid, "decline": "", "reason": "Not there."})
    entry.refresh_from_db()
    assert (entry.status, entry.reason) == ("declined", "Not there.")


def test_own_hours_at_the_own_desk_are_refused_with_a_sentence() -> None:
    organization = OrganizationFactory()
    admin = admin_of(organization)
    facts = Facts(organization, timezone.localdate(), 60)
    entry = hours.log(facts=facts, by=admin, now=timezone.now())

    response = signed_in(admin).post(
        f"/desk/organizations/{organization.slug}/hours/", {"entry": entry.uuid, "approve": ""}
    )

    assert response.status_code == 409
    assert "These are your own hours" in response.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"served_on": "2099-01-01"},
        {"ends": "08:00"},
        {"starts": ""},
        {"amount": "3"},
        {"amount": "-1"},
        {"organization": "nobody"},
    ],
)
def test_hours_that_cannot_be_say_why(wrong: dict[str, str]) -> None:
    form = {
        "organization": OrganizationFactory().slug,
        "served_on": timezone.localdate().isoformat(),
        "starts": "09:00",
        "ends": "11:30",
    }

    response = signed_in(UserFactory()).post("/me/hours/log/", form | wrong)

    assert response.status_code == 422
    assert not HoursEntry.objects.exists()


def test_company_report_and_csv_count_confirmed_hours_only(now: datetime) -> None:
    company, organization = CompanyFactory(), OrganizationFactory(name="=SUM(A1)")
    employee = employee_of(company)
    day = timezone.localdate()
    counted = HoursEntryFactory(
        user=employee, company=company, organization=organization, served_on=day
    )
    HoursEntryFactory(user=employee, company=company, organization=organization, served_on=day)
    hours.approve(entry=counted, by=admin_of(organization), now=now)
    lead = signed_in(csr_lead_of(company))

    page = lead.get(f"/desk/companies/{company.slug}/hours/?year={day.year}")
    assert page.context["total"] == "2"
    csv = b"".join(lead.get(f"/desk/companies/{company.slug}/hours.csv")).decode()
    assert f"{employee.name},'=SUM(A1),{day.isoformat()},2.0," in csv
    assert lead.get(f"/desk/companies/{company.slug}/hours/?year=1").status_code == 400


def test_the_desk_says_which_pledges_and_hours_wait_for_the_organization() -> None:
    need = NeedFactory()
    organization = need.organization
    admin = signed_in(admin_of(organization))
    desk = f"/desk/organizations/{organization.slug}/"
    assert "pledge to answer" not in admin.get(desk).text

    announced(need)
    HoursEntryFactory(organization=organization)

    page = admin.get(desk).text
    assert "1 pledge to answer" in page
    assert "1 entry of hours to decide on" in page
