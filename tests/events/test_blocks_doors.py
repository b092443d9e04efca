"""Places held for companies, through the doors: the host's, the company's, and the claim link."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from companies.models import CompanyMembership
from core import outbox
from events import permissions
from events.domain import blocks, signups
from events.models import SeatBlock, SignUp
from tests.events.desks import roster_of
from tests.events.held_places import Stage, claim, claim_as, staged
from tests.events.people import person, taken
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SeatBlockFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

ANA = {"name": "Ana Ruiz", "email": "ana@example.com"}


@pytest.fixture
def work(now: datetime) -> Callable[[], int]:
    """Play the worker in the tests' present."""
    return lambda: outbox.sweep(now=now)


def words(page: Any) -> str:
    """The page's text, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def places_of(stage: Stage) -> str:
    return f"{roster_of(stage.occurrence)}places/"


def desk_of(stage: Stage) -> str:
    return f"/desk/companies/{stage.company.slug}/sign-ups/"


def link_of(block: SeatBlock) -> str:
    return f"/seats/{permissions.seats_token(block)}/"


# --- The host's page ------------------------------------------------------------------------------


def test_the_host_holds_places_from_the_roster_and_ends_them(client: Client, stage: Stage) -> None:
    client.force_login(stage.host)
    assert "Hold places for a company" in words(client.get(roster_of(stage.occurrence)))
    assert "No places are held" in words(client.get(places_of(stage)))
    wanted = {"company": stage.company.slug, "places": "4"}
    done = client.post(places_of(stage), wanted, follow=True)
    assert "Held. The company’s CSR leads get a mail" in words(done)
    assert "4 places held until Mon, Dec 14, 4:30 PM" in words(done)
    assert link_of(stage.block()) in done.text
    roster = words(client.get(roster_of(stage.occurrence)))
    assert "(0 of 4 claimed)" in roster
    assert f"4 places held for {stage.company.name} until Mon, Dec 14, 4:30 PM" in roster
    assert "6 places left" in roster

    ended = client.post(places_of(stage), {"end": str(stage.block().uuid)}, follow=True)
    assert "Given back" in words(ended)
    assert taken(stage.occurrence) == 0
    assert "held for" not in words(client.get(roster_of(stage.occurrence))).replace(
        "held for companies", ""
    )


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ({"places": "11"}, 409, "Only 10 places are left, not 11."),
        ({"places": "0"}, 422, "greater than or equal to 1"),
        ({"places": "many"}, 422, "Enter a whole number"),
        ({"places": "501"}, 422, "less than or equal to 500"),
        ({"company": "nobody", "places": "2"}, 422, "Select a valid choice"),
        ({"company": "", "places": "2"}, 422, "This field is required"),
        ({"company": "\0", "places": "2"}, 422, "Null characters are not allowed"),
        ({}, 422, "This field is required"),
        ({"end": "00000000-0000-4000-8000-000000000000"}, 404, ""),
        ({"end": "x"}, 404, ""),
    ],
)
def test_what_cannot_be_held_says_why_and_changes_nothing(
    client: Client, stage: Stage, wanted: dict[str, str], status: int, says: str
) -> None:
    client.force_login(stage.host)
    form = {"company": stage.company.slug, **wanted} if "end" not in wanted else wanted
    answer = client.post(places_of(stage), form)
    assert (answer.status_code, says in words(answer)) == (status, True)
    assert SeatBlock.objects.count() == 0


def test_hidden_companies_are_not_on_the_list_and_late_dates_have_no_form(
    client: Client, stage: Stage, now: datetime, time_machine: Any
) -> None:
    CompanyFactory(name="Hidden Works", live=False)
    client.force_login(stage.host)
    page = client.get(places_of(stage)).text
    assert (stage.company.name in page, "Hidden Works" in page) == (True, False)
    time_machine.move_to(stage.occurrence.starts_at - timedelta(hours=71), tick=False)
    client.force_login(stage.host)
    page = words(client.get(places_of(stage)))
    assert "It is too late to hold places" in page
    late = client.post(places_of(stage), {"company": stage.company.slug, "places": "2"})
    assert (late.status_code, "go back at once" in words(late)) == (409, True)


def test_other_hosts_viewers_and_the_company_do_not_see_the_hosts_page(
    client: Client, stage: Stage, now: datetime
) -> None:
    block = stage.hold(2, now)
    viewer = OrganizationMembershipFactory(
        organization=stage.occurrence.series.organization, user=person(), role="viewer"
    ).user
    other = staged()
    for user in (viewer, OrganizationMembershipFactory(user=person()).user, stage.lead, person()):
        client.force_login(user)
        assert client.get(places_of(stage)).status_code == 404
        assert client.post(places_of(stage), {"end": str(block.uuid)}).status_code == 404
    client.force_login(other.host)
    assert client.post(places_of(other), {"end": str(block.uuid)}).status_code == 404
    assert stage.block().is_held


def test_the_roster_says_who_came_by_a_held_place(
    client: Client, stage: Stage, now: datetime
) -> None:
    claim_as(stage.hold(2, now), person(), now)
    SignUpFactory(occurrence=stage.occurrence, company=stage.company)
    client.force_login(stage.host)
    assert words(client.get(roster_of(stage.occurrence))).count("Held place ") == 1
    lines = (
        client.get(f"{roster_of(stage.occurrence)}roster.csv")
        .getvalue()
        .decode("utf-8-sig")
        .splitlines()
    )
    assert lines[0].endswith(",Held place")
    assert sorted(line.rpartition(",")[2] for line in lines[1:]) == ["", "yes"]


def test_a_block_of_which_all_are_claimed_says_so_and_stays(
    client: Client, stage: Stage, now: datetime
) -> None:
    claim_as(stage.hold(1, now), person(), now)
    client.force_login(stage.host)
    assert "(1 of 1 claimed)" in words(client.get(roster_of(stage.occurrence)))
    assert "All claimed" in words(client.get(places_of(stage)))


def test_who_moves_or_calls_off_a_date_reads_that_companies_are_told(
    client: Client, stage: Stage, now: datetime
) -> None:
    client.force_login(stage.host)
    assert "Nobody has signed up yet" in words(client.get(f"{roster_of(stage.occurrence)}cancel/"))
    stage.hold(2, now)
    told = "Places are held for 1 company; its CSR leads will get a mail."
    assert told in words(client.get(f"{roster_of(stage.occurrence)}cancel/"))
    move = {"day": "2026-12-20", "clock": "10:00"}
    assert told in words(client.post(f"{roster_of(stage.occurrence)}move/", move))
    series = roster_of(stage.occurrence).rpartition("/2026")[0]
    assert told in words(client.get(f"{series}/call-off/"))


# --- The company's desk ---------------------------------------------------------------------------


def test_the_company_sees_its_places_gives_some_back_and_renews_the_link(
    client: Client, stage: Stage, now: datetime
) -> None:
    client.force_login(stage.lead)
    assert "Places held for you" not in words(client.get(desk_of(stage)))
    block = stage.hold(5, now)
    claim(block, now)
    page = client.get(desk_of(stage))
    assert "1 of 5" in words(page)
    assert "4 places held until Mon, Dec 14, 4:30 PM" in words(page)
    assert link_of(block) in page.text

    kept = {"block": str(block.uuid), "act": "keep", "places": "2"}
    assert "Saved" in words(client.post(desk_of(stage), kept, follow=True))
    assert stage.numbers() == (2, 1, 2)
    renewed = client.post(desk_of(stage), {"block": str(block.uuid), "act": "renew"}, follow=True)
    assert link_of(block) not in renewed.text
    old = client.get(link_of(block))
    assert (old.status_code, "does not work any more" in words(old)) == (410, True)
    assert client.get(link_of(stage.block())).status_code == 200
    client.post(desk_of(stage), {"block": str(block.uuid), "act": "end"})
    assert taken(stage.occurrence) == 1
    assert "Given back" in words(client.get(desk_of(stage)))


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"act": "keep", "places": "9"}, (422, "Ask the organizer for more places.")),
        ({"act": "keep", "places": "0"}, (422, "1 place is claimed already")),
        ({"act": "keep", "places": "-1"}, (422, "Say in a number")),
        ({"act": "keep", "places": "few"}, (422, "Say in a number")),
        ({"act": "keep"}, (422, "Say in a number")),
        ({"act": "dance"}, (404, "")),
        ({}, (404, "")),
        ({"act": "end", "block": "x"}, (404, "")),
    ],
)
def test_what_the_company_cannot_do_says_why(
    client: Client, stage: Stage, now: datetime, form: dict[str, str], wrong: tuple[int, str]
) -> None:
    block = stage.hold(5, now)
    claim(block, now)
    status, says = wrong
    client.force_login(stage.lead)
    answer = client.post(desk_of(stage), {"block": str(block.uuid), **form})
    assert (answer.status_code, says in words(answer)) == (status, True)
    assert stage.numbers() == (5, 4, 5)


def test_another_companys_places_are_not_there_and_employees_do_not_decide(
    client: Client, stage: Stage, now: datetime
) -> None:
    block, other = stage.hold(5, now), staged()
    form = {"block": str(block.uuid), "act": "end"}
    client.force_login(other.lead)
    assert client.get(desk_of(stage)).status_code == 404
    assert client.post(desk_of(stage), form).status_code == 404
    assert client.post(desk_of(other), form).status_code == 404
    employee = CompanyMembershipFactory(
        company=stage.company, user=person(), role=CompanyMembership.Role.EMPLOYEE
    ).user
    client.force_login(employee)
    assert client.get(desk_of(stage)).status_code == 403
    assert client.post(desk_of(stage), form).status_code == 403
    assert stage.block().is_held
    client.force_login(CompanyMembershipFactory(company=stage.company, user=person()).user)
    assert client.post(desk_of(stage), form).status_code == 302
    assert not stage.block().is_held


# --- The claim link -------------------------------------------------------------------------------


def test_a_guest_claims_by_the_link_in_the_mail_and_confirms_by_a_button(
    client: Client, stage: Stage, now: datetime, work: Callable[[], int]
) -> None:
    stage.hold(2, now)
    work()
    (link,) = re.findall(r"http://localhost:8000(/seats/\S+)", str(mail.outbox[0].body))
    for _scanner in range(2):
        page = client.get(link)
        client.head(link)
    assert f"2 places left for {stage.company.name}" in words(page)
    assert stage.numbers() == (2, 2, 2)  # looking changed nothing
    assert "no-store" in page["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in page.text

    assert "Check your mail" in words(client.post(link, ANA, follow=True))
    mail.outbox.clear()
    work()
    (own,) = re.findall(r"http://localhost:8000(/sign-ups/\S+)", str(mail.outbox[0].body))
    assert "Confirmed" in words(client.post(own, {"act": "confirm"}, follow=True))
    assert stage.numbers() == (2, 1, 2)
    assert f"1 place left for {stage.company.name}" in words(client.get(link))
    client.post(own, {"act": "cancel"})
    assert stage.numbers() == (2, 2, 2)


def test_who_is_signed_in_presses_one_button(client: Client, stage: Stage, now: datetime) -> None:
    link = link_of(stage.hold(2, now))
    user = person()
    client.force_login(user)
    page = client.get(link).text
    assert ('name="name"' in page, 'name="email"' in page) == (False, False)
    assert "Your place is confirmed" in words(client.post(link, follow=True))
    mine = SignUp.objects.get()
    assert (mine.user, mine.name, mine.company) == (user, user.name, stage.company)
    assert "You are signed up" in words(client.get(link))
    assert client.post(link).status_code == 302
    assert stage.numbers() == (2, 1, 2)


def test_an_account_without_a_name_is_asked_for_one(
    client: Client, stage: Stage, now: datetime
) -> None:
    link, user = link_of(stage.hold(2, now)), person()
    user.name = ""
    user.save()
    client.force_login(user)
    assert 'name="name"' in client.get(link).text
    assert client.post(link).status_code == 422
    client.post(link, {"name": "Ana Ruiz"})
    assert SignUp.objects.get().name == "Ana Ruiz"


def test_being_in_two_places_at_once_is_asked_about(
    client: Client, stage: Stage, now: datetime
) -> None:
    link, user = link_of(stage.hold(2, now)), person()
    SignUpFactory(occurrence=OccurrenceFactory(), user=user, email=user.email)
    client.force_login(user)
    asked = client.post(link)
    assert (asked.status_code, "Sign me up anyway" in words(asked)) == (409, True)
    assert stage.numbers() == (2, 2, 2)
    assert client.post(link, {"despite_overlap": "on"}).status_code == 302
    assert stage.numbers() == (2, 1, 2)


def test_the_claim_form_asks_what_the_event_asks(client: Client, now: datetime) -> None:
    stage = staged(series__minimum_age=16, series__requirements="Closed shoes.")
    link = link_of(stage.hold(2, now))
    client.force_login(person())
    page = words(client.get(link))
    assert ("I am 16 or older" in page, "Closed shoes." in page) == (True, True)
    assert client.post(link).status_code == 422
    assert client.post(link, {"is_old_enough": "on", "agrees": "on"}).status_code == 302
    assert stage.numbers() == (2, 1, 2)


@pytest.mark.parametrize("form", [{}, {"name": "A"}, {"name": "A", "email": "no"}])
def test_a_bad_claim_is_422_and_keeps_what_was_typed(
    client: Client, stage: Stage, now: datetime, form: dict[str, str]
) -> None:
    answer = client.post(link_of(stage.hold(2, now)), form)
    assert (answer.status_code, form.get("name", "") in answer.text) == (422, True)
    assert stage.numbers() == (2, 2, 2)


def test_a_third_unanswered_mail_is_refused_at_this_door_too(
    client: Client, stage: Stage, now: datetime
) -> None:
    link = link_of(stage.hold(5, now))
    for number in (1, 2):
        client.post(link, {**ANA, "name": f"Ana {number}"})
    third = client.post(link, {**ANA, "name": "Ana 3"})
    assert (third.status_code, "two mails already" in words(third)) == (429, True)
    assert "Ana 3" in third.text
    assert stage.numbers() == (5, 3, 5)


def test_a_link_says_when_all_are_claimed_gone_or_called_off(
    client: Client, stage: Stage, now: datetime, time_machine: Any
) -> None:
    block = stage.hold(1, now)
    link = link_of(block)
    claim(block, now)
    public = stage.occurrence.get_absolute_url()

    def refused(says: str) -> None:
        page, answer = client.get(link), client.post(link, ANA)
        assert (page.status_code, answer.status_code) == (200, 409)
        for one in (page, answer):
            assert (says in words(one), public in one.text) == (True, True)
            assert 'name="email"' not in one.text

    refused(f"All places held for {stage.company.name} are taken.")
    stage.hold(3, now)
    assert "2 places left" in words(client.get(link))
    time_machine.move_to(stage.block().goes_back_at, tick=False)
    refused("went back on Mon, Dec 14, 4:30 PM")
    time_machine.move_to(now, tick=False)
    blocks.end(block=block, by=stage.host, now=now)
    refused("were given back")
    stage.occurrence.status, stage.occurrence.cancelled_at = "cancelled", now
    stage.occurrence.save()
    refused("was called off")


def test_a_link_that_was_not_made_here_or_leads_to_what_is_hidden_is_not_there(
    client: Client, stage: Stage, now: datetime
) -> None:
    block = stage.hold(1, now)
    assert client.get("/seats/forged/").status_code == 404
    of_other_kind = permissions.manage_token(SignUpFactory())
    assert client.get(f"/seats/{of_other_kind}/").status_code == 404
    series = stage.occurrence.series
    series.live = False
    series.save()
    assert client.get(link_of(block)).status_code == 410
    assert client.post(link_of(block), ANA).status_code == 410
    assert SignUp.objects.filter(occurrence=stage.occurrence).count() == 0


def test_a_lapsed_claim_is_open_to_colleagues_again(
    client: Client, stage: Stage, now: datetime
) -> None:
    link = link_of(stage.hold(1, now))
    client.post(link, ANA)
    assert "All places held" in words(client.get(link))
    signups.lapse_holds(now=now + signups.HOLD)
    assert "1 place left" in words(client.get(link))


def test_public_pages_count_held_places_as_taken(
    client: Client, stage: Stage, now: datetime
) -> None:
    public = stage.occurrence.get_absolute_url()
    assert "10 places left" in words(client.get(public))
    stage.hold(8, now)
    assert "2 places left" in words(client.get(public))
    assert "2 places left" in words(client.get("/events/"))
    stage.hold(10, now)
    assert "Full" in words(client.get(public))
    blocks.end(block=stage.block(), by=stage.lead, now=now)
    assert "10 places left" in words(client.get(public))


def test_the_claim_page_is_few_statements(
    client: Client, stage: Stage, now: datetime, django_assert_max_num_queries: Any
) -> None:
    link = link_of(SeatBlockFactory(occurrence=stage.occurrence))
    client.get(link)
    with django_assert_max_num_queries(2):
        client.get(link)
