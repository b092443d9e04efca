"""The desk's room for calendars kept elsewhere, through its own doors."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from events.domain import signups
from events.models import IncomingCalendar, Series
from organizations.models import Organization
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

EVENT = "BEGIN:VEVENT\nUID:{n}\nSUMMARY:Club {n}\nDTSTART:20990108T163000\nEND:VEVENT\n"


def ics(*numbers: int, more: str = "") -> SimpleUploadedFile:
    events = "".join(EVENT.format(n=number) for number in numbers)
    text = f"BEGIN:VCALENDAR\nX-WR-CALNAME:Our club\n{events}{more}END:VCALENDAR\n"
    return SimpleUploadedFile("club.ics", text.encode(), content_type="text/calendar")


@pytest.fixture
def host() -> Organization:
    organization: Organization = OrganizationFactory(slug="club")
    return organization


@pytest.fixture
def desk(client: Client, host: Organization) -> Client:
    client.force_login(OrganizationMembershipFactory(organization=host).user)
    return client


ROOM = "/desk/organizations/club/events/calendars/"


def test_a_file_is_handed_in_and_again_and_what_was_refused_is_named(desk: Client) -> None:
    bad = "BEGIN:VEVENT\nUID:x\nSUMMARY:Odd hours\nDTSTART:soon\nEND:VEVENT\n"
    sent = {"file": ics(1, 2, more=bad), "kind": "workshop", "publishes": "on"}
    page = desk.post(ROOM, sent, follow=True).content.decode()
    assert "Read: 2 new, 0 changed, 0 called off. 1 event was refused." in page
    assert "Our club" in page
    assert "Odd hours" in page
    assert "“soon” is not a date" in page
    assert Series.objects.public().filter(kind="workshop").count() == 2
    again = desk.post(ROOM, {**sent, "file": ics(1, 2, 3)}, follow=True).content.decode()
    assert "Read: 1 new, 0 changed, 0 called off." in again
    assert IncomingCalendar.objects.count() == 1


@pytest.mark.parametrize(
    ("lines", "rule", "minutes"),
    [
        ("RRULE:FREQ=WEEKLY;UNTIL=99991231", "FREQ=WEEKLY", 60),
        ("RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z", "FREQ=WEEKLY", 60),
        ("DURATION:PT30S", "", 1),
    ],
)
def test_ends_that_no_clock_shows_are_held(
    lines: str, rule: str, minutes: int, desk: Client
) -> None:
    event = EVENT.format(n=1).replace("2099", "2027").replace("END:", f"{lines}\nEND:")
    file = SimpleUploadedFile("a.ics", f"BEGIN:VCALENDAR\n{event}END:VCALENDAR\n".encode())
    answer = desk.post(ROOM, {"file": file, "kind": "workshop", "publishes": "on"})
    assert answer.status_code == 302
    series = Series.objects.get()
    assert (series.rrule, series.duration_minutes) == (rule, minutes)
    assert series.occurrences.exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "one of the two"),
        ({"url": "http://127.0.0.1/x.ics"}, "leads inside"),
        ({"url": "ftp://example.org/x.ics"}, "must begin with"),
        ({"file": SimpleUploadedFile("a.ics", b"<html>")}, "not a calendar"),
        ({"file": SimpleUploadedFile("a.ics", b"")}, "not a calendar"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(
    sent: dict[str, object], says: str, desk: Client
) -> None:
    answer = desk.post(ROOM, {"kind": "workshop", **sent})
    assert (answer.status_code, IncomingCalendar.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_a_calendar_of_more_than_20000_dates_is_refused_whole(desk: Client) -> None:
    def daily(*numbers: int) -> SimpleUploadedFile:
        rule = "RRULE:FREQ=DAILY\nEND:VEVENT"
        events = "".join(EVENT.format(n=number) for number in numbers).replace("END:VEVENT", rule)
        text = f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".replace("2099", "2026")
        return SimpleUploadedFile("club.ics", text.encode(), content_type="text/calendar")

    sent = {"kind": "workshop", "publishes": "on"}
    answer = desk.post(ROOM, {**sent, "file": daily(*range(5_000))})
    assert answer.status_code == 422
    assert "more than 20000 dates in the next 18 months" in answer.content.decode()
    assert not Series.objects.exists()
    assert desk.post(ROOM, {**sent, "file": daily(*range(30))}).status_code == 302
    assert Series.objects.count() == 30
    more = desk.post(ROOM, {**sent, "file": daily(*range(40))})  # what is kept counts as well
    assert (more.status_code, Series.objects.count()) == (422, 30)


def test_rules_that_count_from_long_ago_are_bounded_as_well(desk: Client) -> None:
    def counting(number: int, *rules: str) -> SimpleUploadedFile:
        text = "BEGIN:VCALENDAR\n"
        for n in range(number):
            rule = f"RRULE:{rules[n % len(rules)]}\nEND:VEVENT"
            text += EVENT.format(n=n).replace("END:VEVENT", rule).replace("2099", "2001")
        text += "END:VCALENDAR\n"
        return SimpleUploadedFile("club.ics", text.encode(), content_type="text/calendar")

    odd = ("FREQ=YEARLY;COUNT=1000;BYWEEKNO=2", "FREQ=MONTHLY;COUNT=1000;BYDAY=MO;BYSETPOS=2")
    answer = desk.post(ROOM, {"kind": "workshop", "file": counting(1000, *odd)})
    assert answer.status_code == 422
    assert "counts many from long ago" in answer.content.decode()
    # What a calendar of many years holds: rules that were over soon, and a few odd ones.
    plain = ("FREQ=WEEKLY;COUNT=10", "FREQ=MONTHLY;BYDAY=2MO;COUNT=12", "FREQ=YEARLY;COUNT=2")
    for file in (counting(2000, *plain), counting(20, *odd)):
        assert desk.post(ROOM, {"kind": "workshop", "file": file}).status_code == 302


def test_much_that_vanished_is_called_off_only_when_said_so(desk: Client) -> None:
    sent = {"kind": "workshop", "publishes": "on"}
    desk.post(ROOM, {**sent, "file": ics(1, 2, 3, 4)})
    answer = desk.post(ROOM, {**sent, "file": ics(1)})
    assert answer.status_code == 422
    assert 'type="checkbox" name="confirmed"' in answer.content.decode()
    assert Series.objects.filter(status="cancelled").count() == 0
    sent |= {"vanished": answer.context["form"]["vanished"].value()}
    assert f'value="{sent["vanished"]}"' in answer.content.decode()
    # Not without the tick, and not for another file, in which something else is gone.
    for unlike in ({"file": ics(1)}, {"file": ics(9), "confirmed": "on"}):
        answer = desk.post(ROOM, {**sent, **unlike})
        assert answer.status_code == 422
        assert "checked" not in answer.content.decode().partition('name="confirmed"')[2][:60]
    assert Series.objects.filter(status="cancelled").count() == 0
    desk.post(ROOM, {**sent, "file": ics(1), "confirmed": "on"})
    assert Series.objects.filter(status="cancelled").count() == 3


def test_the_button_that_calls_off_says_what_was_shown(desk: Client, host: Organization) -> None:
    row = IncomingCalendar.objects.create(
        organization=host, url="http://10.0.0.1/x.ics", problem="4 events.", vanished="abc"
    )
    page = desk.get(ROOM).content.decode()
    assert '<input type="hidden" name="vanished" value="abc"' in page
    IncomingCalendar.objects.filter(pk=row.pk).update(vanished="")
    assert f"{row.uuid}/confirm/" not in desk.get(ROOM).content.decode()


def test_another_file_of_the_same_name_calls_nothing_off_unasked(
    desk: Client, host: Organization
) -> None:
    sent = {"kind": "workshop", "publishes": "on"}
    desk.post(ROOM, {**sent, "file": ics(1)})
    answer = desk.post(ROOM, {**sent, "file": ics(2)})
    assert (answer.status_code, Series.objects.count()) == (422, 1)
    desk.post(ROOM, {**sent, "file": ics(1, 2, 3, 4, 5)})
    event = Series.objects.get(title="Club 1")
    # Of what somebody is signed up for, not even one of five.
    row = event.occurrences.select_related("series").get()
    who = UserFactory()
    signups.sign_up(occurrence=row, name="Ana", email="", by=who, now=timezone.now())
    answer = desk.post(ROOM, {**sent, "file": ics(2, 3, 4, 5)})
    assert answer.status_code == 422
    assert "1 event of 5 is no longer in the calendar." in answer.content.decode()
    event.refresh_from_db()
    assert event.status == Series.Status.PUBLISHED
    assert desk.post(ROOM, {**sent, "file": ics(1, 2, 3, 4)}).status_code == 302


def test_a_calendar_is_paused_resumed_read_and_removed_by_its_people(
    desk: Client, host: Organization
) -> None:
    row = IncomingCalendar.objects.create(organization=host, url="http://10.0.0.1/x.ics")
    for word, is_paused in (("pause", True), ("resume", False)):
        desk.post(f"{ROOM}{row.uuid}/{word}/")
        row.refresh_from_db()
        assert row.is_paused is is_paused
    page = desk.post(f"{ROOM}{row.uuid}/read/", follow=True).content.decode()
    row.refresh_from_db()
    assert "leads inside" in page
    assert (row.failures, row.problem in page) == (1, True)
    assert desk.post(f"{ROOM}{row.uuid}/burn/").status_code == 404
    desk.post(f"{ROOM}{row.uuid}/remove/")
    assert not IncomingCalendar.objects.exists()


def test_reading_by_hand_has_its_limit(desk: Client, host: Organization) -> None:
    row = IncomingCalendar.objects.create(organization=host, url="http://10.0.0.1/x.ics")
    for _time in range(21):
        page = desk.post(f"{ROOM}{row.uuid}/read/", follow=True).content.decode()
    row.refresh_from_db()
    assert "We read them hourly anyway" in page
    assert row.failures == 20


def test_another_organizations_calendar_is_not_there(desk: Client) -> None:
    row = IncomingCalendar.objects.create(organization=OrganizationFactory(), url="http://x.org/")
    for word in ("pause", "remove", "read", "confirm"):
        assert desk.post(f"{ROOM}{row.uuid}/{word}/").status_code == 404
    assert IncomingCalendar.objects.get().is_paused is False


def test_a_viewer_looks_after_no_calendar(client: Client, host: Organization) -> None:
    client.force_login(OrganizationMembershipFactory(organization=host, role="viewer").user)
    assert client.get(ROOM).status_code == 404
    assert client.post(ROOM, {"file": ics(1), "kind": "workshop"}).status_code == 404
    assert not Series.objects.exists()
