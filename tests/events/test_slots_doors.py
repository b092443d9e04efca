"""Places by role through every door: the form, the private pages, the door, and the desk."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import MIMEPart
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from core import outbox
from events import permissions
from events.models import DoorCode, SignUp
from tests.events.people import guest, person, wait
from tests.events.roles import KEPT, comes, hackathon
from tests.events.several_dates import weekly
from tests.factories.events import (
    DoorCodeFactory,
    OccurrenceFactory,
    SeatBlockFactory,
    SeriesFactory,
    SignUpFactory,
)
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def test_the_form_offers_roles_and_leads_to_the_list_of_a_full_one(
    client: Client, now: datetime
) -> None:
    date = hackathon()
    comes(date, now)
    page = client.get(date.get_absolute_url()).text
    assert re.search(r"Judge</strong>\s*<span class=\"tag\">Full", page)
    assert "has shipped software" in page
    path = f"{date.get_absolute_url()}sign-up/"
    assert "Mentor: has shipped software; 2 places left" in client.get(path).text
    typed = {"name": "Ana Ruiz", "email": "ana@example.com"}
    refused = client.post(path, typed)
    assert (refused.status_code, "Choose the role" in refused.text) == (422, True)
    full = client.post(path, {**typed, "slot": "judge"})
    assert (full.status_code, "“Judge” is full" in full.text) == (409, True)
    assert re.search(r'value="judge"[^>]*checked', full.text)
    assert "Join the waiting list for the role I chose" in full.text
    assert client.post(path, {**typed, "slot": "judge", "wait": "1"}).status_code == 302
    entry = date.line.get()
    assert entry.slot == "judge"
    assert "Judge" in client.get(f"/waiting/{permissions.waiting_token(entry)}/").text
    assert client.post(path, {**typed, "name": "Ben", "slot": "mentor"}).status_code == 302
    # The page that all share says so at once.
    assert "1 place left" in client.get(date.get_absolute_url()).text


def test_the_private_page_and_mails_name_the_role_and_change_it(
    client: Client, now: datetime
) -> None:
    date = hackathon()
    signup = guest(date, now, slot="mentor")
    path = f"/sign-ups/{permissions.manage_token(signup)}/"
    assert client.post(path, {"act": "confirm"}).status_code == 302
    outbox.sweep(now=now)
    letter = mail.outbox[-1]
    assert "Role: Mentor" in letter.body
    (calendar,) = (part for part in letter.attachments if isinstance(part, MIMEPart))
    assert "DESCRIPTION:Role: Mentor" in calendar.get_content()
    assert "Judge; 1 place left" in client.get(path).text
    assert client.post(path, {"act": "role", "slot": "judge"}).status_code == 302
    assert client.post(path, {"act": "role"}).status_code == 422
    comes(date, now, "mentor", others=["Ben"])
    assert client.post(path, {"act": "role", "slot": "mentor"}).status_code == 409
    signup.refresh_from_db()
    assert signup.slot == "judge"
    plain = guest(OccurrenceFactory(), now, email="b@example.com")
    own = f"/sign-ups/{permissions.manage_token(plain)}/"
    assert "Change my role" not in client.get(own).text
    assert client.post(own, {"act": "role", "slot": "judge"}).status_code == 409


def test_every_other_form_asks_for_the_role_too(client: Client, now: datetime) -> None:
    rows = weekly(2, slots=KEPT, capacity=3)
    several = f"{rows[0].series.get_absolute_url()}sign-up/"
    chosen = {"name": "Ana", "email": "a@example.com", "dates": rows[1].address_start}
    assert client.post(several, chosen).status_code == 422
    assert client.post(several, {**chosen, "slot": "judge"}).status_code == 200
    block = SeatBlockFactory(occurrence=rows[0], places=2)
    claim = f"/seats/{permissions.seats_token(block)}/"
    assert "Judge; 1 place left" in client.get(claim).text
    typed = {"name": "Ben", "email": "b@example.com"}
    assert client.post(claim, typed).status_code == 422
    assert client.post(claim, {**typed, "slot": "mentor"}).status_code == 302
    assert sorted(SignUp.objects.values_list("name", "slot")) == [
        ("Ana", "judge"),
        ("Ben", "mentor"),
    ]


def test_a_walk_in_may_say_its_role_at_the_door_and_the_desk(
    client: Client, time_machine: Any
) -> None:
    membership = OrganizationMembershipFactory(user=person())
    date = hackathon(series__organization=membership.organization)
    door: DoorCode = DoorCodeFactory(occurrence=date)
    time_machine.move_to(date.starts_at - timedelta(minutes=10), tick=False)
    path = f"{door.get_absolute_url()}walk-in/"
    assert "Nothing in particular" in client.get(path).text
    client.post(path, {"name": "Ana", "email": "a@example.com", "slot": "judge"})
    client.post(path, {"name": "Ben", "email": "b@example.com", "slot": ""})
    desk = f"/desk/organizations/{membership.organization.slug}/events/{date.series.slug}/"
    client.force_login(membership.user)
    client.post(f"{desk}{date.address_start}/walk-in/", {"name": "Cem", "slot": "mentor"})
    assert list(date.signups.order_by("name").values_list("slot", flat=True)) == [
        *("judge", "", "mentor")
    ]


def test_the_roster_and_its_spreadsheet_stand_by_role(
    client: Client, now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    membership = OrganizationMembershipFactory(user=person())
    date = hackathon(series__organization=membership.organization)
    for name, slot in (("Amy", ""), ("Bea", "judge"), ("Cem", "mentor"), ("Dan", "judge")):
        SignUpFactory(occurrence=date, name=name, slot=slot)
    wait(date, now, slot="judge")
    client.force_login(membership.user)
    desk = (
        f"/desk/organizations/{membership.organization.slug}/events/{date.series.slug}/"
        f"{date.address_start}/"
    )
    client.get(desk)
    with django_assert_max_num_queries(24):
        page = client.get(desk).text
    names = [page.index(f"{name} <span") for name in ("Cem", "Bea", "Dan", "Amy")]
    assert names == sorted(names)
    assert re.search(r"Judge: 2 of 1, over by 1", page)
    lines = client.get(f"{desk}roster.csv").getvalue().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(lines))
    assert header[-1] == "Role"
    assert [(row[0], row[-1]) for row in rows] == [
        *(("Cem", "Mentor"), ("Bea", "Judge"), ("Dan", "Judge"), ("Amy", ""))
    ]


def test_roles_are_named_at_the_desk(client: Client, now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    series = SeriesFactory(organization=membership.organization)
    desk = f"/desk/organizations/{membership.organization.slug}/events/{series.slug}/"
    path = f"{desk}slots/"
    client.force_login(membership.user)
    assert path in client.get(desk).text

    def form(*rows: dict[str, str], known: int = 0) -> dict[str, str]:
        data = {"slots-TOTAL_FORMS": str(len(rows)), "slots-INITIAL_FORMS": str(known)}
        for number, row in enumerate(rows):
            filled = {"capacity": "1", **row}
            data |= {f"slots-{number}-{name}": value for name, value in filled.items()}
        return data

    mentor = {"name": "Mentor", "capacity": "10", "qualification": "has shipped software"}
    assert client.post(path, form(mentor, {"name": "Judge"}, {})).status_code == 302
    series.refresh_from_db()
    assert [(one.label, one.capacity) for one in series.named_slots] == [
        *(("Mentor: has shipped software", 10), ("Judge", 1))
    ]
    assert "11 places at each date" in client.get(path).text
    page = client.get(desk).text
    assert re.search(r'name="capacity"[^>]*value="11"[^>]*disabled', page)
    assert "Change them under “Places by role”" in page
    assert client.post(path, form({"name": "A", "capacity": "0"})).status_code == 422
    assert client.post(path, form({"name": "A"}, {"name": "a"})).status_code == 422
    assert client.post(path, {"nonsense": "1"}).status_code == 422
    # Without its name it is offered no more, unless somebody has it.
    date = OccurrenceFactory(series=series)
    comes(date, now, series.named_slots[1].id)
    known = [{"id": one.id, "name": one.name, "capacity": "1"} for one in series.named_slots]
    refused = client.post(path, form(known[0], {**known[1], "name": ""}, known=2))
    assert (refused.status_code, "“Judge” cannot go" in refused.text) == (409, True)
    assert client.post(path, form({**known[0], "name": ""}, known[1], known=2)).status_code == 302
    series.refresh_from_db()
    assert [one.name for one in series.named_slots] == ["Judge"]

    client.force_login(OrganizationMembershipFactory(user=person()).user)
    assert client.get(path).status_code == 404
