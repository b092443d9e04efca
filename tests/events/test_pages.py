import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core import outbox, versions
from core.models import FocusArea
from events import permissions
from events.domain import catalogue, decisions, signups, waiting
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Series, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def text(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def test_the_list_shows_what_is_to_come(client: Client, now: datetime) -> None:
    OccurrenceFactory(series__title="Robots", capacity=4, seats_taken=3)
    OccurrenceFactory(
        series__title="Long ago", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)
    )
    OccurrenceFactory(series__title="Draft", series__status=Series.Status.DRAFT)
    OccurrenceFactory(series__title="Off", status="cancelled", cancelled_at=now)
    answer = client.get("/events/")
    shown = text(answer.content)
    assert "Robots" in shown
    assert "Thu, Dec 17, 4:30 – 6:00 PM PST" in shown
    assert "1 place left" in shown
    assert [name for name in ("Long ago", "Draft", "Off") if name in shown] == []
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert b"csrfmiddlewaretoken" not in answer.content


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=workshop", ["Workshop"]),
        ("kind=workshop&kind=mentoring", ["Workshop", "Online"]),
        ("area=south-la", ["Workshop"]),
        ("remote=1", ["Online"]),
        ("focus=robotics", ["Workshop"]),
        ("from=2026-12-18", ["Online"]),
        ("to=2026-12-17", ["Workshop"]),
        ("free=2", ["Online"]),
        ("age=12", ["Online"]),
        ("near=90001&within=5", ["Workshop"]),
        ("near=91384&within=5", []),
        ("organization=club", ["Workshop"]),
        ("q=soldering", ["Workshop"]),
        ("q=%22%20OR%20(", ["Online", "Workshop"]),
        ("utm_source=mail", ["Workshop", "Online"]),
    ],
)
def test_each_filter_leaves_what_it_says(
    client: Client, now: datetime, query: str, titles: list[str]
) -> None:
    workshop = SeriesFactory(
        title="Workshop",
        summary="Soldering",
        kind="workshop",
        area_id="south-la",
        minimum_age=16,
        organization=OrganizationFactory(slug="club"),
        zip_code="90001",
        latitude=33.97,
        longitude=-118.25,
    )
    workshop.focus_areas.add(FocusArea.objects.get(slug="robotics"))
    workshop.save()
    online = SeriesFactory(
        title="Online",
        kind="mentoring",
        mode=Series.Mode.ONLINE,
        local_start=workshop.local_start + timedelta(days=1),
    )
    OccurrenceFactory(series=workshop, capacity=1)
    OccurrenceFactory(series=online, capacity=2)
    for made in (workshop, online):
        catalogue.refresh(made, now=now)
    content = client.get(f"/events/?{query}").content.decode()
    found = re.findall(r'<h3 class="card-title">\s*<a[^>]*>(\w+)</a>', content)
    if query.startswith("q=%22"):
        assert set(found) <= set(titles)
    else:
        assert found == titles


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=0", 400),
        ("page=x", 400),
        ("page=2", 404),
        ("from=2026-13-01", 400),
        ("from=0001-01-01", 400),
        ("from=1999-12-31", 400),
        ("from=2000-01-01", 200),
        ("to=9999-12-31", 400),
        ("to=2101-01-01", 400),
        ("to=2100-12-31", 200),
        ("near=12345", 400),
        ("near=%00", 400),
        ("free=many", 400),
        ("age=-1", 400),
        ("within=1000", 400),
        ("kind=party", 400),
        ("organization=nobody", 400),
        ("color=red", 400),
    ],
)
def test_bad_filters_get_a_sentence(client: Client, query: str, status: int) -> None:
    answer = client.get(f"/events/?{query}")
    assert answer.status_code == status
    assert "<main" in answer.content.decode()


@pytest.mark.parametrize("page", ["calendar/2026/12/", "calendar/2026/w50/"])
def test_a_day_that_no_calendar_holds_is_a_bad_filter_of_months_and_weeks(
    client: Client, page: str
) -> None:
    answer = client.get(f"/events/{page}?to=9999-12-31")
    assert (answer.status_code, "Days lie between 2000 and 2100." in answer.text) == (400, True)
    assert client.get(f"/events/{page}?to=2026-12-31").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/events/calendar/2026/13/",
        "/events/calendar/2026/00/",
        "/events/calendar/1999/01/",
        "/events/calendar/26/1/",
        "/events/none/",
        "/events/none/2026-12-17T1630/",
        "/events/club/tomorrow/",
        "/events/club/2026-12-17T16:30/",
        "/events/club/2026-02-30T1630/",
        "/events/club/2026-12-18T1630/",
        "/events/club/2026-12-18T1630/sign-up/",
        "/sign-ups/forged/",
        "/organizations/none/next-events/",
    ],
)
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    OccurrenceFactory(series__slug="club")
    assert client.get(path).status_code == 404


def test_the_month_has_a_cell_a_day_and_says_how_many_more(client: Client) -> None:
    for _number in range(6):
        OccurrenceFactory()
    content = client.get("/events/calendar/2026/12/").content
    shown = text(content)
    assert "Events in December 2026" in shown
    assert shown.count("Robot club") == 4
    assert "+2 more" in shown
    assert b"/events/calendar/2026/11/" in content
    assert b"/events/calendar/2027/01/" in content
    assert client.get("/events/calendar/").headers["Location"] == "/events/calendar/2026/12/"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/events/", 5),
        ("/events/calendar/2026/12/", 3),
        ("/events/first/", 4),
        ("/events/first/2026-12-17T1630/", 3),
        ("/organizations/club/next-events/", 3),
    ],
)
def test_pages_take_as_many_statements_for_1_3_and_300_rows(
    client: Client, django_assert_max_num_queries: Any, path: str, most: int
) -> None:
    club = OrganizationFactory(slug="club")
    first = SeriesFactory(slug="first", organization=club, area_id="south-la")
    asked = []
    client.get("/events/")  # the frame's navigation is read once and kept
    for number in (1, 3, 300):
        while (have := Occurrence.objects.count()) < number:
            start = first.local_start + timedelta(hours=2 * have)
            OccurrenceFactory(series=first, original_start=start)
        versions.bump("events", "event-dates")
        with django_assert_max_num_queries(most) as captured:
            assert client.get(path).status_code == 200
        asked.append(len(captured))
    assert len(set(asked)) == 1


def test_an_unchanged_page_is_304(client: Client) -> None:
    occurrence = OccurrenceFactory()
    for path in ("/events/", occurrence.get_absolute_url(), "/events/calendar/2026/12/"):
        etag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_a_date_says_when_where_and_for_search_engines(client: Client) -> None:
    occurrence = OccurrenceFactory(series__online_url="https://meet.example/secret", capacity=5)
    content = client.get(occurrence.get_absolute_url()).content.decode()
    (facts,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', content, re.DOTALL)
    event = json.loads(facts)
    assert (event["@type"], event["startDate"]) == ("Event", "2026-12-17T16:30-08:00")
    assert event["remainingAttendeeCapacity"] == 5
    assert "meet.example" not in content
    assert 'datetime="2026-12-17T16:30-08:00"' in content
    assert "webcal://" in content
    assert "calendar.google.com/calendar/render" in content


def test_a_series_that_ended_stays_to_be_read(client: Client) -> None:
    made = SeriesFactory(status=Series.Status.ENDED)
    assert "This event has ended" in text(client.get(made.get_absolute_url()).content)


def test_a_guest_signs_up_confirms_and_gives_back_without_an_account(
    client: Client, now: datetime
) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    url = f"{occurrence.get_absolute_url()}sign-up/"
    answer = client.post(url, {"name": "Ana Ruiz", "email": "ana@example.com"}, follow=True)
    assert "Check your mail" in text(answer.content)
    outbox.sweep(now=now)
    (link,) = re.findall(r"http://localhost:8000(/sign-ups/\S+)", str(mail.outbox[0].body))
    for _scanner in range(2):
        assert client.get(link).status_code == 200
        client.head(link)
    assert SignUp.objects.get().status == SignUp.Status.PENDING_EMAIL
    assert "Confirmed" in text(client.post(link, {"act": "confirm"}, follow=True).content)
    full = client.post(url, {"name": "Ben", "email": "ben@example.com"})
    assert full.status_code == 409
    assert "This date is full" in text(full.content)
    client.post(link, {"act": "cancel"})
    occurrence.refresh_from_db()
    assert (SignUp.objects.get().status, occurrence.seats_taken) == ("cancelled", 0)
    assert client.post(link, {"act": "dance"}).status_code == 404


def test_htmx_gets_the_form_and_the_answer_as_fragments(client: Client) -> None:
    url = f"{OccurrenceFactory().get_absolute_url()}sign-up/"
    htmx = {"HX-Request": "true"}
    assert b"<html" not in client.get(url, headers=htmx).content
    bad = client.post(url, {"name": "", "email": "x"}, headers=htmx)
    assert (bad.status_code, b"<html" in bad.content) == (200, False)
    done = client.post(url, {"name": "Ana", "email": "ana@example.com"}, headers=htmx)
    assert "Check your mail" in text(done.content)


@pytest.mark.parametrize(
    "form",
    [{}, {"name": "A"}, {"name": "A", "email": "no"}, {"name": "x" * 151, "email": "a@b.org"}],
)
def test_a_bad_form_is_422_and_keeps_what_was_typed(client: Client, form: dict[str, str]) -> None:
    url = f"{OccurrenceFactory().get_absolute_url()}sign-up/"
    answer = client.post(url, form)
    assert answer.status_code == 422
    assert form.get("name", "") in answer.content.decode()
    assert SignUp.objects.count() == 0


def test_an_account_signs_up_with_its_own_address_and_gives_back(client: Client) -> None:
    user = UserFactory(name="Ana")
    client.force_login(user)
    occurrence = OccurrenceFactory()
    url = occurrence.get_absolute_url()
    assert user.email in client.get(f"{url}sign-up/").content.decode()
    client.post(f"{url}sign-up/", {"name": "Ana", "email": "evil@example.com"})
    signup = SignUp.objects.get()
    assert (signup.email, signup.user, signup.status) == (user.email, user, "confirmed")
    assert "You are signed up" in text(client.get(f"{url}sign-up/").content)
    client.post(f"{url}cancel/")
    signup.refresh_from_db()
    assert signup.status == "cancelled"


def test_the_link_to_join_is_shown_once_the_place_is_confirmed_and_not_before(
    client: Client, now: datetime
) -> None:
    occurrence = OccurrenceFactory(
        series__mode="online",
        series__online_url="https://meet.example/secret",
        series__flow="by_approval",
    )
    client.force_login(UserFactory(name="Ana"))
    url = f"{occurrence.get_absolute_url()}sign-up/"
    htmx = {"HX-Request": "true"}
    asked = client.post(url, {"name": "Ana"}, follow=True)
    assert "meet.example" not in asked.text
    for shown in (client.get(url).text, client.get(url, headers=htmx).text):
        assert "You are signed up" in shown
        assert "meet.example" not in shown
    staff = UserFactory(is_staff=True)
    decisions.approve(signup=SignUp.objects.get(), by=staff, now=now)
    assert "https://meet.example/secret" in client.get(url).text
    assert "https://meet.example/secret" in client.get(url, headers=htmx).text


def test_a_signup_changes_the_shared_page_at_once(client: Client) -> None:
    occurrence = OccurrenceFactory(capacity=2)
    url = occurrence.get_absolute_url()
    assert "2 places left" in text(client.get(url).content)
    client.post(f"{url}sign-up/", {"name": "Ana", "email": "ana@example.com"})
    assert "1 place left" in text(client.get(url).content)


# --- The desk -------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client) -> tuple[Client, str]:
    """An organizer's browser, and the address of the room."""
    membership = OrganizationMembershipFactory()
    client.force_login(membership.user)
    return client, f"/desk/organizations/{membership.organization.slug}/events/"


FORM = {
    "title": "Robot club",
    "kind": "volunteering",
    "day": "2026-12-08",
    "clock": "16:30",
    "duration_minutes": "90",
    "time_zone": "America/Los_Angeles",
    "repeats": "weekly",
    "until": "2027-03-02",
    "mode": "in_person",
    "flow": "instant",
    "capacity": "3",
}


def test_an_organizer_writes_publishes_moves_and_calls_off(desk: tuple[Client, str]) -> None:
    client, room = desk
    assert client.post(f"{room}new/", FORM).status_code == 302
    made = Series.objects.get()
    assert made.rrule == "FREQ=WEEKLY;UNTIL=20270302T235900;BYDAY=TU"
    client.post(f"{room}{made.slug}/publish/")
    assert made.occurrences.count() == 13
    assert client.get(room).status_code == 200
    assert client.get(f"{room}{made.slug}/").status_code == 200
    date = f"{room}{made.slug}/2026-12-08T1630/"
    to = {"day": "2026-12-09", "clock": "17:00", "reason": ""}
    preview = client.post(f"{date}move/", to)
    assert "From Tue, Dec 8" in text(preview.content)
    assert made.occurrences.first().status == "scheduled"
    for sent in ({}, {"confirmed": "1"}):
        far_off = client.post(f"{date}move/", {**to, "day": "9999-12-31", **sent})
        assert far_off.status_code == 422
        assert "The date must lie between 2000 and 2100." in far_off.text
    client.post(f"{date}move/", {**to, "confirmed": preview.context["confirmed"]})
    assert made.occurrences.first().status == "moved"
    client.post(f"{date}cancel/", {"reason": "Flooded"})
    assert made.occurrences.first().cancel_reason == "Flooded"
    client.post(f"{room}{made.slug}/call-off/", {"reason": "No room"})
    assert Series.objects.get().status == "cancelled"


@pytest.fixture
def date_at_desk(desk: tuple[Client, str]) -> tuple[Occurrence, str]:
    """A date with one place at the organizer's desk, and its address there."""
    client, room = desk
    client.post(f"{room}new/", {**FORM, "capacity": "1", "waiting_list": "on"})
    client.post(f"{room}robot-club/publish/")
    row = Occurrence.objects.select_related("series").order_by("pk")[0]
    return row, f"{room}robot-club/{row.address_start}/"


def test_only_the_move_that_was_shown_is_done(
    client: Client, date_at_desk: tuple[Occurrence, str], now: datetime
) -> None:
    row, address = date_at_desk
    to = {"day": "2026-12-09", "clock": "17:00", "reason": ""}
    shown = client.post(f"{address}move/", to).context["confirmed"]
    other = {**to, "day": "2027-12-30", "clock": "03:00", "confirmed": shown}
    for sent in ({**to, "confirmed": "1"}, other):
        refused = client.post(f"{address}move/", sent)
        assert (refused.status_code, "Something changed meanwhile" in refused.text) == (422, True)
    # Who has come since the preview is told too: that is to be read first.
    signups.sign_up(occurrence=row, name="Ana", email="", by=UserFactory(), now=now)
    refused = client.post(f"{address}move/", {**to, "confirmed": shown})
    assert (refused.status_code, "1 person will get a mail." in refused.text) == (422, True)
    row.refresh_from_db()
    assert row.status == "scheduled"

    for _time in range(2):
        again = {**to, "confirmed": refused.context["confirmed"]}
        assert client.post(f"{address}move/", again)["Location"] == address
    row.refresh_from_db()
    assert (row.status, row.sequence, str(row.local_start)) == ("moved", 1, "2026-12-09 17:00:00")


def test_a_move_that_would_be_refused_is_not_offered(
    client: Client, date_at_desk: tuple[Occurrence, str], now: datetime
) -> None:
    row, address = date_at_desk
    to = {"day": "2026-12-09", "clock": "17:00"}
    past = client.post(f"{address}move/", {**to, "day": "2020-12-09"})
    assert (past.status_code, past.context["confirmed"]) == (422, "")
    assert "Choose a time that is still to come." in past.text
    assert client.post(f"{address}move/", to).status_code == 200
    Occurrence.objects.filter(pk=row.pk).update(status="cancelled", cancelled_at=now)
    off = client.post(f"{address}move/", to)
    assert (off.status_code, "This date was called off." in off.text) == (422, True)


def test_who_waits_is_among_those_who_get_a_mail_where_a_date_is_called_off(
    client: Client, date_at_desk: tuple[Occurrence, str], now: datetime
) -> None:
    row, address = date_at_desk
    series = address.rpartition("/2026")[0]
    assert "nobody is told" in client.get(f"{address}cancel/").text
    signups.sign_up(occurrence=row, name="Ana", email="", by=UserFactory(), now=now)
    waiting.join(occurrence=row, name="Ben", email="", by=UserFactory(), now=now)
    for page in (f"{address}cancel/", f"{series}/call-off/"):
        assert "2 people will get a mail." in client.get(page).text
    to = {"day": "2026-12-09", "clock": "17:00"}
    assert "1 person will get a mail." in client.post(f"{address}move/", to).text

    outbox.sweep(now=now)
    mail.outbox.clear()
    client.post(f"{address}cancel/", {"reason": "Flooded"})
    outbox.sweep(now=now + MAILS_WAIT)
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"repeats": "custom", "rrule": "FREQ=SECONDLY"},
        {"repeats": "custom", "rrule": ""},
        {"time_zone": "Mars"},
        {"day": "2026-02-30"},
        {"capacity": "0"},
        {"zip_code": "9000"},
        {"title": ""},
    ],
)
def test_a_bad_event_is_422_and_nothing_is_kept(
    desk: tuple[Client, str], changes: dict[str, str]
) -> None:
    client, room = desk
    assert client.post(f"{room}new/", {**FORM, **changes}).status_code == 422
    assert Series.objects.count() == 0


def test_the_roster_marks_who_came_and_leaves_as_a_safe_spreadsheet(
    desk: tuple[Client, str], time_machine: Any
) -> None:
    client, room = desk
    client.post(f"{room}new/", FORM)
    made = Series.objects.get()
    client.post(f"{room}{made.slug}/publish/")
    occurrence = made.occurrences.all()[0]
    row = SignUpFactory(occurrence=occurrence, name="=HYPERLINK(1)")
    roster = f"{room}{made.slug}/{occurrence.address_start}/"
    attended = {"signup": str(row.uuid), "to": "attended"}
    assert "Did not come" not in client.get(roster).text
    assert "Check-in opens on Tue, Dec 8" in client.post(roster, attended, follow=True).text
    time_machine.move_to(occurrence.ends_at)
    assert "Did not come" in client.get(roster).text
    assert client.post(roster, attended).status_code == 302
    row.refresh_from_db()
    assert row.status == "attended"
    assert client.post(roster, {"signup": str(row.uuid), "to": "king"}).status_code == 404
    assert client.post(roster, {"signup": "x", "to": "attended"}).status_code == 404
    answer = client.get(f"{roster}roster.csv")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK(1)" in content


def test_another_organizations_desk_is_404(desk: tuple[Client, str]) -> None:
    client, room = desk
    other = OrganizationFactory()
    theirs = f"/desk/organizations/{other.slug}/events/"
    made = OccurrenceFactory(series__organization=other)
    for path in (
        theirs,
        f"{theirs}new/",
        f"{theirs}{made.series.slug}/",
        f"{theirs}{made.series.slug}/{made.address_start}/",
        f"{room}{made.series.slug}/",
        f"{room}{made.series.slug}/{made.address_start}/roster.csv",
    ):
        assert client.get(path).status_code == 404, path


def test_series_are_visible_to_their_host_before_everybody(now: datetime) -> None:
    membership = OrganizationMembershipFactory()
    draft = SeriesFactory(organization=membership.organization, status="draft", live=False)
    shown = SeriesFactory()
    assert set(permissions.visible_to(membership.user)) == {draft, shown}
    assert set(permissions.visible_to(UserFactory())) == {shown}
    assert timezone.now() == now
