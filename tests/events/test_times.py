"""Rules that say more than the form's choices, through the forms and back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events.domain import series as lifecycle
from events.models import Series
from tests.events.published_series import details, host_of, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def room_of(series: Series) -> str:
    assert series.organization is not None
    return f"/desk/organizations/{series.organization.slug}/events/{series.slug}/"


def shown_at(client: Client, path: str) -> dict[str, Any]:
    """What the form there shows, as a browser sends it back."""
    form = client.get(path).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in {None, False}}


@pytest.mark.parametrize(
    ("rrule", "repeats", "until"),
    [
        ("FREQ=WEEKLY;UNTIL=20270601T235900;BYDAY=TU,TH", "custom", None),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20270601T235900;BYDAY=TU,TH", "custom", None),
        ("FREQ=WEEKLY;COUNT=10;BYDAY=TU", "custom", None),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20270601T235900;BYDAY=TU", "fortnightly", date(2027, 6, 1)),
        ("FREQ=MONTHLY;UNTIL=20270601T235900;BYDAY=2TU", "monthly", date(2027, 6, 1)),
        # The last day is the last on which it falls, whatever time of day the rule names.
        ("FREQ=WEEKLY;UNTIL=20270601T162900;BYDAY=TU", "weekly", date(2027, 5, 31)),
        ("FREQ=WEEKLY;UNTIL=20270601T163000", "weekly", date(2027, 6, 1)),
        ("FREQ=WEEKLY;BYDAY=TU;WKST=SU", "weekly", None),
        ("FREQ=WEEKLY;BYDAY=TU", "weekly", None),
        ("", "once", None),
    ],
)
def test_times_saved_as_they_are_shown_stay_to_the_letter(
    client: Client, organizer: User, now: datetime, *, rrule: str, repeats: str, until: date | None
) -> None:
    host = host_of(organizer)
    made = lifecycle.draft(details=details(rrule=rrule), host=host, by=organizer, now=now)
    client.force_login(organizer)
    for _status in ("draft", "published"):
        typed = shown_at(client, room_of(made))
        assert (typed["repeats"], typed.get("until")) == (repeats, until)
        answer = client.post(room_of(made), typed | {"title": "Robots"})
        assert answer.status_code == 302
        made.refresh_from_db()
        assert (made.rrule, made.title) == (rrule, "Robots")
        lifecycle.publish(series=made, by=organizer, now=now)


def test_an_end_beside_a_rule_that_has_one_is_refused(
    client: Client, organizer: User, now: datetime
) -> None:
    host = host_of(organizer)
    was = "FREQ=WEEKLY;BYDAY=TU,TH"
    made = lifecycle.draft(details=details(rrule=was), host=host, by=organizer, now=now)
    client.force_login(organizer)
    typed = shown_at(client, room_of(made)) | {"until": "2027-06-01"}
    assert client.post(room_of(made), typed).status_code == 302
    made.refresh_from_db()
    assert made.rrule == "FREQ=WEEKLY;UNTIL=20270601T235900;BYDAY=TU,TH"

    again = client.post(room_of(made), shown_at(client, room_of(made)) | {"until": "2027-07-01"})
    assert (again.status_code, "UNTIL stands twice" in again.text) == (422, True)
    # And times of a published series are not changed here at all.
    lifecycle.publish(series=made, by=organizer, now=now)
    typed = shown_at(client, room_of(made)) | {"rrule": "FREQ=WEEKLY;BYDAY=TU"}
    assert "Change the times" in client.post(room_of(made), typed).text


def test_other_times_from_a_date_on_keep_the_weekdays(
    client: Client, organizer: User, now: datetime
) -> None:
    rule = "FREQ=WEEKLY;UNTIL=20270601T235900;BYDAY=TU,TH"
    made = published(organizer, now, rrule=rule)
    client.force_login(organizer)
    path = f"{room_of(made)}2026-12-15T1630/following/"
    typed = shown_at(client, path)
    same = client.post(path, typed)
    assert (same.status_code, "already" in same.text) == (422, True)
    seen = client.post(path, typed | {"clock": "17:30"})
    assert (seen.context["plan"].removed, seen.context["plan"].added) == ((), 0)


def test_a_split_leaves_the_day_of_the_split_to_what_goes_on(
    client: Client, organizer: User, now: datetime
) -> None:
    made = published(organizer, now)
    client.force_login(organizer)
    path = f"{room_of(made)}2026-12-22T1630/following/"
    typed = shown_at(client, path) | {"clock": "17:30"}
    shown = client.post(path, typed).context["plan"].digest
    assert client.post(path, typed | {"shown": shown}).status_code == 302

    path = f"{room_of(made)}2026-12-15T1630/following/"
    typed = shown_at(client, path)
    assert typed["until"] == date(2026, 12, 21)
    plan = client.post(path, typed | {"clock": "15:30"}).context["plan"]
    assert (plan.moved, plan.added) == (1, 0)


def test_what_goes_on_has_what_is_left_of_a_count(
    client: Client, organizer: User, now: datetime
) -> None:
    made = published(organizer, now, rrule="FREQ=WEEKLY;COUNT=10;BYDAY=TU")
    client.force_login(organizer)
    path = f"{room_of(made)}2026-12-29T1630/following/"
    typed = shown_at(client, path)
    assert typed["rrule"] == "FREQ=WEEKLY;COUNT=7;BYDAY=TU"
    same = client.post(path, typed)
    assert (same.status_code, "already" in same.text) == (422, True)
    more = client.post(path, typed | {"rrule": "FREQ=WEEKLY;COUNT=10;BYDAY=TU"})
    assert (more.context["plan"].moved, more.context["plan"].added) == (0, 3)

    typed["clock"] = "17:30"
    plan = client.post(path, typed).context["plan"]
    assert (plan.moved, plan.added, plan.removed) == (7, 0, ())
    assert client.post(path, typed | {"shown": plan.digest}).status_code == 302
    goes_on = Series.objects.get(continues=made)
    assert (made.occurrences.count(), goes_on.occurrences.count()) == (3, 7)


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2026-12-08T1630", "FREQ=MONTHLY;COUNT=30;BYDAY=2TU"),
        ("2029-04-10T1630", "FREQ=MONTHLY;COUNT=2;BYDAY=2TU"),
        # An extra date after the last one of the rule: nothing is left of it.
        ("2029-06-01T1630", ""),
    ],
)
def test_a_long_count_is_counted_to_its_end(
    client: Client, organizer: User, now: datetime, *, start: str, rule: str
) -> None:
    rrule, extra = "FREQ=MONTHLY;COUNT=30;BYDAY=2TU", ["2029-06-01T16:30"]
    made = published(organizer, now, rrule=rrule, extra_dates=extra)
    lifecycle.extend_window(now=now + timedelta(days=400))
    client.force_login(organizer)
    assert shown_at(client, f"{room_of(made)}{start}/following/").get("rrule", "") == rule


def test_a_copy_takes_the_weekdays_and_not_the_end(
    client: Client, organizer: User, now: datetime
) -> None:
    rule = "FREQ=WEEKLY;UNTIL=20270601T235900;BYDAY=TU,TH"
    made = published(organizer, now, rrule=rule)
    client.force_login(organizer)
    typed = shown_at(client, f"{room_of(made)}copy/")
    assert "day" not in typed
    wrong = client.post(f"{room_of(made)}copy/", typed | {"day": "2027-09-08"})
    assert (wrong.status_code, "does not follow" in wrong.text) == (422, True)
    client.post(f"{room_of(made)}copy/", typed | {"day": "2027-09-07"})
    assert Series.objects.exclude(pk=made.pk).get().rrule == "FREQ=WEEKLY;BYDAY=TU,TH"
