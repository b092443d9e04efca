"""An organization, a company and the site itself have the same desk for their events."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from companies.models import Company
from core import versions
from core.models import FocusArea
from events.models import Edit, Host, Series, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import DoorCodeFactory, OccurrenceFactory, SeriesFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

START = "2026-12-08T1000"
TYPED = {
    "title": "Soldering",
    "kind": "workshop",
    "day": "2026-12-08",
    "clock": "10:00",
    "duration_minutes": "60",
    "repeats": "weekly",
    "time_zone": "America/Los_Angeles",
    "mode": "in_person",
    "flow": "instant",
    "capacity": "5",
    "waiting_list": "on",
}
#: Pages of a date, by the end of their address.
OF_DATE = (
    *("", "roster.csv", "places/", "kiosk/", "walk-in/", "messages/", "poster/"),
    *("recap/", "move/", "following/", "cancel/"),
)
OF_SERIES = ("", "questions/", "copy/", "call-off/")


@dataclass
class Stage:
    """A host, who works for it, and where its desk stands."""

    host: Host
    worker: User
    desk: str

    @property
    def owns(self) -> dict[str, Any]:
        """How its series say that they are its own."""
        kind = {"Organization": "organization", "Company": "company"}
        return {kind[type(self.host).__name__]: self.host} if self.host else {}


def organization() -> Stage:
    made = OrganizationFactory(slug="one-name")
    worker = OrganizationMembershipFactory(organization=made).user
    return Stage(made, worker, "/desk/organizations/one-name/events/")


def company(role: str = "csr_lead", **facts: Any) -> Stage:
    made = CompanyFactory(**{"slug": "one-name", **facts})
    worker = CompanyMembershipFactory(company=made, role=role).user
    return Stage(made, worker, f"/desk/companies/{made.slug}/events/")


def site() -> Stage:
    return Stage(None, UserFactory(is_staff=True), "/desk/staff/events/")


@pytest.fixture(params=[organization, company, site])
def stage(request: pytest.FixtureRequest) -> Stage:
    made: Stage = request.param()
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_each_host_writes_publishes_and_checks_in_who_signed_up(
    stage: Stage, time_machine: Any
) -> None:
    desk = signed_in(stage.worker)
    assert f'href="{stage.desk}new/"' in desk.get(stage.desk).text
    assert desk.post(f"{stage.desk}new/", TYPED | {"clock": ""}).status_code == 422
    answer = desk.post(f"{stage.desk}new/", TYPED)
    made = Series.objects.get()
    assert (answer.headers["Location"], made.host, made.status) == (
        f"{stage.desk}{made.slug}/",
        stage.host,
        "draft",
    )
    assert Client().get(made.get_absolute_url()).status_code == 404
    assert desk.post(f"{stage.desk}{made.slug}/publish/").headers["Location"] == stage.desk
    assert made.title in Client().get("/events/").text

    guest = UserFactory(name="Ana Ruiz")
    taken = signed_in(guest).post(f"/events/{made.slug}/{START}/sign-up/", {"name": "Ana Ruiz"})
    assert taken.status_code == 302
    roster = f"{stage.desk}{made.slug}/{START}/"
    signup = SignUp.objects.get()
    time_machine.move_to(made.occurrences.order_by("pk")[0].starts_at, tick=False)
    assert "Ana Ruiz" in desk.get(roster).text
    sent = {"signup": str(signup.uuid), "to": "checked_in"}
    assert desk.post(roster, sent).headers["Location"] == roster
    signup.refresh_from_db()
    assert signup.status == SignUp.Status.CHECKED_IN


def test_every_page_of_the_desk_stays_at_the_hosts_own(stage: Stage) -> None:
    series = SeriesFactory(slug="fair", rrule="FREQ=WEEKLY", **stage.owns)
    door = DoorCodeFactory(occurrence__series=series)
    desk = signed_in(stage.worker)
    date = f"{stage.desk}fair/{door.occurrence.address_start}/"
    pages = [stage.desk, f"{stage.desk}new/"]
    pages += [f"{stage.desk}fair/{end}" for end in OF_SERIES]
    pages += [f"{date}{end}" for end in OF_DATE]
    others = {"/desk/organizations/", "/desk/companies/"} - {stage.desk.rpartition("one-name")[0]}
    for page in pages:
        answer = desk.get(page)
        shown = answer.getvalue().decode()
        assert answer.status_code == 200, page
        assert [other for other in others if other in shown] == [], page
        if not page.endswith(".csv"):
            assert stage.desk in shown, page


def test_an_edit_is_taken_back_and_an_event_called_off_at_each_desk(stage: Stage) -> None:
    row = OccurrenceFactory(series=SeriesFactory(slug="fair", **stage.owns))
    desk = signed_in(stage.worker)
    date = f"{stage.desk}fair/{row.address_start}/"
    sent = {"day": "2026-12-18", "clock": "17:00", "reason": ""}
    sent["confirmed"] = desk.post(f"{date}move/", sent).context["confirmed"]
    assert desk.post(f"{date}move/", sent).headers["Location"] == date
    edit = Edit.objects.get()
    stranger = company(slug="another")
    for address in (f"{stage.desk}undo/{edit.uuid}/", f"{stranger.desk}undo/{edit.uuid}/"):
        assert signed_in(stranger.worker).post(address).status_code == 404
    desk.post(f"{stage.desk}undo/{edit.uuid}/")
    row.refresh_from_db()
    assert row.local_start == row.original_start
    desk.post(f"{stage.desk}fair/call-off/", {"reason": "No hall."})
    assert Series.objects.get().status == Series.Status.CANCELLED


def test_nobody_else_finds_the_desk_or_an_event_of_another_at_their_own(stage: Stage) -> None:
    row = OccurrenceFactory(series=SeriesFactory(slug="fair", **stage.owns))
    ends = ("", "new/", "fair/", f"fair/{row.address_start}/", "fair/questions/")
    others = [company(slug="another"), site()] if stage.host else [company(slug="another")]
    for other in others:
        theirs = signed_in(other.worker)
        if other.host is not None:  # staff look after every desk
            assert {theirs.get(f"{stage.desk}{end}").status_code for end in ends} == {404}
        assert {theirs.get(f"{other.desk}{end}").status_code for end in ends[2:]} == {404}
        assert theirs.post(f"{other.desk}fair/publish/").status_code == 404
    away = Client().get(stage.desk)
    assert (away.status_code, away.headers["Location"].partition("?")[0]) == (
        302,
        "/accounts/login/",
    )


def test_one_name_of_an_organization_and_a_company_is_two_desks() -> None:
    club, firm = organization(), company()
    SeriesFactory(slug="fair", **club.owns)
    SeriesFactory(slug="lunch", **firm.owns)
    assert signed_in(club.worker).get(f"{club.desk}fair/").status_code == 200
    assert signed_in(club.worker).get(f"{firm.desk}lunch/").status_code == 404
    assert signed_in(firm.worker).get(f"{firm.desk}lunch/").status_code == 200
    assert signed_in(firm.worker).get(f"{firm.desk}fair/").status_code == 404


@pytest.mark.parametrize(
    ("role", "pages", "button"),
    [("employee", 404, False), ("captain", 200, True), ("csr_lead", 200, True)],
)
def test_who_of_a_company_works_at_its_desk_and_who_only_looks(
    role: str, pages: int, button: bool
) -> None:
    firm = company(role)
    row = OccurrenceFactory(series=SeriesFactory(slug="fair", title="Fair", **firm.owns))
    client = signed_in(firm.worker)
    room = client.get(firm.desk).text
    assert ("Fair" in room, f"{firm.desk}new/" in room) == (True, button)
    date = f"{firm.desk}fair/{row.address_start}/"
    assert (date in room) is button
    found = {client.get(page).status_code for page in (f"{firm.desk}fair/", date)}
    assert found == {pages}


def test_a_companys_event_waits_for_staff_until_the_company_is_public() -> None:
    firm = company(live=False)
    lead, staff = signed_in(firm.worker), signed_in(UserFactory(is_staff=True))
    page = f"{firm.desk}fair/"
    series = SeriesFactory(slug="fair", status="draft", live=False, **firm.owns)
    assert "Publish the event" in lead.get(page).text
    lead.post(f"{page}publish/")
    series.refresh_from_db()
    assert (series.status, "Publish the event" in lead.get(page).text) == ("in_review", False)
    assert "Publish the event" in staff.get(page).text
    staff.post(f"{page}publish/")
    series.refresh_from_db()
    assert (series.status, Series.objects.public().exists()) == ("published", False)
    Company.objects.update(live=True)
    assert Series.objects.public().exists()


def test_saving_keeps_what_the_form_does_not_ask() -> None:
    firm = company()
    series = SeriesFactory(
        slug="fair",
        extra_dates=["2026-12-20T10:00"],
        opens_days_before=30,
        closes_minutes_before=15,
        local_start=datetime.fromisoformat("2026-12-08T10:00"),
        duration_minutes=60,
        rrule="FREQ=WEEKLY;BYDAY=TU",
        **firm.owns,
    )
    series.focus_areas.add(FocusArea.objects.get(slug="robotics"))
    series.save()
    answer = signed_in(firm.worker).post(f"{firm.desk}fair/", TYPED | {"title": "Other words"})
    assert answer.status_code == 302
    series.refresh_from_db()
    assert (series.title, series.extra_dates) == ("Other words", ["2026-12-20T10:00"])
    assert (series.opens_days_before, series.closes_minutes_before) == (30, 15)
    assert [area.slug for area in series.focus_areas.all()] == ["robotics"]


def test_a_company_shows_its_next_dates_and_has_them_as_a_feed(client: Client) -> None:
    firm, other = company(), company(slug="another")
    OccurrenceFactory(series__title="Budget clinic", series__company=firm.host)
    OccurrenceFactory(series__title="Elsewhere", series__company=other.host)
    assert "/companies/one-name/next-events/" in client.get("/companies/one-name/").text
    shown = client.get("/companies/one-name/next-events/").text
    assert ("Budget clinic" in shown, "Elsewhere" in shown) == (True, False)
    assert "/events/?company=one-name" in shown
    assert client.get("/companies/one-name/events.ics").status_code == 200
    Company.objects.filter(slug="one-name").update(live=False)
    versions.bump("companies")
    assert client.get("/companies/one-name/next-events/").status_code == 404


def test_the_hour_of_a_date_is_the_doors_whoever_hosts(stage: Stage, time_machine: Any) -> None:
    door = DoorCodeFactory(occurrence__series=SeriesFactory(slug="fair", **stage.owns))
    time_machine.move_to(door.occurrence.starts_at - timedelta(minutes=5), tick=False)
    date = f"{stage.desk}fair/{door.occurrence.address_start}/"
    typed = {"name": "Ben Ode", "email": "ben@example.com"}
    assert signed_in(stage.worker).post(f"{date}walk-in/", typed).headers["Location"] == date
    assert SignUp.objects.get().checked_in_at is not None
