"""Hours that a check-in speaks for: proposed, corrected by hand, never approved by themselves."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from core import times
from events.domain import attendance
from events.models import SignUp
from pledges.domain import proposals
from pledges.domain.facts import Facts
from pledges.domain.proposals import Proposal
from pledges.models import HoursEntry
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 17)
Source = HoursEntry.Source


@pytest.fixture
def user() -> User:
    made: User = UserFactory()
    return made


@pytest.fixture(autouse=True)
def present(time_machine: Any, now: datetime) -> None:
    """A session that begins in the tests' present lasts until the date."""
    time_machine.move_to(now, tick=False)


@pytest.fixture
def signup(user: User) -> SignUp:
    """For a date from 4:30 to 6:00 PM."""
    made: SignUp = SignUpFactory(
        user=user, occurrence__series__organization=OrganizationFactory(slug="club")
    )
    return made


def came(signup: SignUp, first: int, last: int | None) -> SignUp:
    """There from and until so many minutes after the start; to the end if nobody checked out."""
    start = signup.occurrence.starts_at + timedelta(seconds=40)
    row = attendance.check_in(signup=signup, by=None, now=start + timedelta(minutes=first))
    if last is not None:
        leaves = start + timedelta(minutes=last)
        row = attendance.check_out(signup=signup, by=None, now=leaves)
    return row


@pytest.mark.parametrize(
    ("first", "last", "proposal"),
    [
        (0, None, Proposal(DAY, time(16, 30), time(18), 90, is_measured=True)),
        (10, 75, Proposal(DAY, time(16, 40), time(17, 45), 65, is_measured=True)),
        (-10, 75, Proposal(DAY, time(16, 30), time(17, 45), 75, is_measured=True)),
        (30, 100, Proposal(DAY, time(17), time(18), 60, is_measured=True)),
        (-115, 145, Proposal(DAY, time(16, 30), time(18), 90, is_measured=True)),
        (5, 5, Proposal(DAY, time(16, 30), time(18), 90)),
        (-60, -30, Proposal(DAY, time(16, 30), time(18), 90)),
        (100, 140, Proposal(DAY, time(16, 30), time(18), 90)),
    ],
)
def test_the_door_measures_how_long(
    signup: SignUp, first: int, last: int | None, proposal: Proposal
) -> None:
    here = came(signup, first, last)
    assert proposals.of_signup(here) == proposal
    # The roster says the same.
    assert here.minutes_present == (proposal.minutes if proposal.is_measured else 0)


def test_without_a_check_in_it_is_how_long_the_date_was_to_last(signup: SignUp) -> None:
    proposal = proposals.of_signup(signup)
    assert proposal == Proposal(DAY, time(16, 30), time(18), 90)
    assert proposal.in_words == "1.5 hours"


def test_over_midnight_only_the_length_is_known() -> None:
    late = datetime(2026, 12, 17, 22)  # noqa: DTZ001  (a time on the wall)
    made = SignUpFactory(
        occurrence=OccurrenceFactory(
            series__organization=OrganizationFactory(),
            series__local_start=late,
            series__duration_minutes=240,
        )
    )
    assert proposals.of_signup(came(made, 0, None)) == Proposal(DAY, minutes=240, is_measured=True)
    until_midnight = came(made, 0, 120)
    assert proposals.of_signup(until_midnight).ends == time(0)


def test_where_clocks_are_changed_the_minutes_count_and_no_clock_is_said() -> None:
    made = SignUpFactory(
        occurrence=OccurrenceFactory(
            series__organization=OrganizationFactory(),
            series__local_start=datetime(2026, 11, 1, 0, 30),  # noqa: DTZ001  (a time on the wall)
            series__duration_minutes=120,
        )
    )
    here = came(made, 0, None)
    assert here.minutes_present == 180
    assert proposals.of_signup(here) == Proposal(date(2026, 11, 1), minutes=180, is_measured=True)


def test_whole_days_have_no_hours_to_propose() -> None:
    made = SignUpFactory(
        occurrence=OccurrenceFactory(
            series__local_start=datetime(2026, 12, 17),  # noqa: DTZ001
            series__is_all_day=True,
            series__duration_minutes=24 * 60,
        )
    )
    assert proposals.of_signup(made) == Proposal(DAY)
    assert proposals.of_signup(made).in_words == ""


def test_the_door_stands_for_no_more_than_it_measured(signup: SignUp, user: User) -> None:
    here = came(signup, 0, 60)
    club = signup.occurrence.series.organization
    assert club is not None

    def source(**changes: Any) -> str:
        facts = Facts(**{"organization": club, "served_on": DAY, "minutes": 60, **changes})
        return str(proposals.source_of(facts, here))

    assert source() == Source.CHECK_IN
    assert source(minutes=30, starts_minute=16 * 60 + 30, ends_minute=17 * 60) == Source.CHECK_IN
    assert source(minutes=61) == Source.SELF
    assert source(starts_minute=17 * 60, ends_minute=18 * 60) == Source.SELF
    assert source(served_on=DAY + timedelta(days=1)) == Source.SELF
    assert source(organization=OrganizationFactory()) == Source.SELF
    facts = Facts(organization=club, served_on=DAY, minutes=60)
    assert proposals.source_of(facts, None) == Source.SELF
    assert proposals.source_of(facts, SignUpFactory(occurrence=signup.occurrence)) == Source.SELF


def test_after_the_date_its_hours_are_offered_and_handed_in_as_a_check_in(
    client: Client, signup: SignUp, user: User, time_machine: Any
) -> None:
    company = CompanyFactory()
    CompanyMembershipFactory(user=user, company=company)
    SignUp.objects.filter(pk=signup.pk).update(company=company)
    came(signup, 0, 60)
    client.force_login(user)
    time_machine.move_to(signup.occurrence.ends_at - timedelta(minutes=1), tick=False)
    assert "from this date" not in client.get("/me/").content.decode()
    time_machine.move_to(signup.occurrence.ends_at + timedelta(minutes=1), tick=False)
    page = client.get("/me/").content.decode()
    assert "Log 1 hour from this date" in page
    assert company.name in page
    path = f"/me/hours/log/?signup={signup.uuid}"
    form = client.get(path).context["form"]
    filled = {name: form[name].value() for name in ("served_on", "starts", "ends", "company")}
    assert filled == {
        "served_on": DAY,
        "starts": time(16, 30),
        "ends": time(17, 30),
        "company": company.pk,
    }
    assert not HoursEntry.objects.exists()  # a proposal, until its owner hands it in
    asked = {
        "organization": "club",
        "served_on": "2026-12-17",
        "starts": "16:30",
        "ends": "17:30",
        "company": company.pk,
        "leave": "own_time",
    }
    assert client.post(path, asked).status_code == 302
    entry = HoursEntry.objects.get()
    assert (entry.source, entry.status, entry.minutes) == ("check_in", "submitted", 60)
    assert (entry.company, entry.signup_uuid) == (company, signup.uuid)
    assert "from this date" not in client.get("/me/").content.decode()


def test_more_than_the_door_measured_is_the_volunteers_own_word(
    client: Client, signup: SignUp, user: User, time_machine: Any
) -> None:
    came(signup, 0, 60)
    client.force_login(user)
    time_machine.move_to(signup.occurrence.ends_at + timedelta(hours=1), tick=False)
    asked = {"organization": "club", "served_on": "2026-12-17", "amount": "3"}
    client.post(f"/me/hours/log/?signup={signup.uuid}", asked)
    assert HoursEntry.objects.get().source == "self"


@pytest.mark.parametrize("logged", [("1.5", "check_in"), ("1.75", "self")])
def test_the_door_stands_for_no_more_than_the_date_lasted_and_once(
    client: Client, signup: SignUp, user: User, logged: tuple[str, str], time_machine: Any
) -> None:
    amount, source = logged
    came(signup, -115, 145)
    client.force_login(user)
    time_machine.move_to(signup.occurrence.ends_at + timedelta(hours=2), tick=False)
    path = f"/me/hours/log/?signup={signup.uuid}"
    asked = {"organization": "club", "served_on": "2026-12-17", "leave": "own_time"}
    assert client.post(path, asked | {"amount": amount}).status_code == 302
    again = client.post(path, asked | {"amount": "2"})
    assert (again.status_code, f"You logged {amount} hours" in again.text) == (422, True)
    assert HoursEntry.objects.get().source == source


@pytest.mark.parametrize("status", ["confirmed", "no_show", "excused", "cancelled"])
def test_who_was_not_there_is_offered_nothing(
    client: Client, signup: SignUp, user: User, status: str, time_machine: Any
) -> None:
    SignUp.objects.filter(pk=signup.pk).update(status=status)
    client.force_login(user)
    time_machine.move_to(signup.occurrence.ends_at + timedelta(hours=1), tick=False)
    assert "from this date" not in client.get("/me/").content.decode()


def test_the_clock_is_that_of_the_place() -> None:
    made = SignUpFactory(
        occurrence__series__organization=OrganizationFactory(),
        occurrence__series__time_zone="America/New_York",
    )
    zone = made.occurrence.series.time_zone
    came(made, 0, None)
    row = SignUp.objects.get()
    assert times.local_of(row.checked_in_at, zone).time().hour == 16  # type: ignore[arg-type]
    assert proposals.of_signup(row).starts == time(16, 30)
