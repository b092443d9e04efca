"""Several people in one go: each by name, all or nothing, one mail; and for a company."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import MembershipState
from core import outbox
from events.domain import (
    admission,
    dates,
    decisions,
    parties,
    reminders,
    signup_moves,
    signups,
    waiting,
)
from events.domain.undo import MAILS_WAIT
from events.models import Booking, Occurrence, Series, SignUp, WaitingEntry
from tests.events.people import full, give_back, guest, person, taken, wait
from tests.events.threads import at_once
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Status = SignUp.Status
KIDS = ["Ben Ruiz", "Cem Ruiz"]


@pytest.fixture
def work(now: datetime) -> Callable[[], list[str]]:
    """Play the worker; the subjects of what it sent."""

    def played() -> list[str]:
        mail.outbox.clear()
        outbox.sweep(now=now + MAILS_WAIT)
        return [str(message.subject) for message in mail.outbox]

    return played


def roster(occurrence: Occurrence) -> dict[str, str]:
    return dict(occurrence.signups.order_by("pk").values_list("name", "status"))


def test_each_of_a_party_is_a_person_on_the_roster_and_one_mail_names_them(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(capacity=3, series__title="Robots")
    signup = guest(occurrence, now, others=KIDS)
    assert roster(occurrence) == dict.fromkeys(["Ana Ruiz", *KIDS], "pending_email")
    assert {row.email for row in occurrence.signups.all()} == {"ana@example.com"}
    assert taken(occurrence) == 3
    assert work() == ["Confirm your place: Robots"]
    assert "Ana Ruiz, Ben Ruiz, Cem Ruiz" in str(mail.outbox[0].body)

    signups.confirm(signup=signup, now=now)
    signups.confirm(signup=signup, now=now)
    assert roster(occurrence) == dict.fromkeys(["Ana Ruiz", *KIDS], "confirmed")
    assert work() == ["You are signed up: Robots"]


def test_a_party_is_all_or_nothing(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=2)
    with pytest.raises(admission.OccurrenceFull) as caught:
        guest(occurrence, now, others=KIDS)
    assert caught.value.sentence == "Only 2 places are left, not 3."
    assert (roster(occurrence), taken(occurrence)) == ({}, 0)


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (["ana  RUIZ"], "“ana RUIZ” is there twice. Add what tells the two apart."),
        (["Ben", "ben"], "“ben” is there twice. Add what tells the two apart."),
        (["  "], "Everybody who comes has a name."),
        ([f"P {n}" for n in range(20)], "Sign up at most 20 people in one go."),
    ],
)
def test_a_party_that_is_none_is_refused(now: datetime, others: list[str], says: str) -> None:
    occurrence = OccurrenceFactory()
    with pytest.raises(parties.BadParty) as caught:
        guest(occurrence, now, others=others)
    assert (caught.value.sentence, caught.value.status) == (says, 422)
    guest(occurrence, now, others=[f"P {n}" for n in range(19)])
    assert taken(occurrence) == 20


def test_asking_twice_is_one_party_and_one_more_name_is_one_more_person(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence, user = OccurrenceFactory(), person()
    asked: dict[str, Any] = {
        "occurrence": occurrence, "name": "Ana", "email": "", "by": user, "now": now
    }  # fmt: skip
    first = signups.sign_up(**asked, others=["Ben"])
    again = signups.sign_up(**asked, others=["BEN"])
    assert (again.pk, taken(occurrence), len(work())) == (first.pk, 2, 1)
    signups.sign_up(**asked, others=["Ben", "Cem"])
    assert (list(roster(occurrence)), taken(occurrence)) == (["Ana", "Ben", "Cem"], 3)
    assert [row.user for row in occurrence.signups.order_by("pk")] == [user, None, None]


def test_a_party_counts_as_one_mail_to_answer(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    guest(occurrence, now, others=KIDS)
    guest(occurrence, now, name="Dua", others=["Eli"])
    with pytest.raises(admission.TooManyPending):
        guest(occurrence, now, name="Fay")


def test_a_hold_of_a_party_lapses_at_once_and_comes_back_at_once(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    signup = guest(occurrence, now, others=KIDS)
    entry = wait(occurrence, now, 1, others=["W 2", "W 3"])
    late = now + signups.HOLD
    assert signups.lapse_holds(now=late) == 3
    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.OFFERED  # three places, for the three who wait
    with pytest.raises(admission.OccurrenceFull):
        signups.confirm(signup=signup, now=late)
    waiting.leave(entry=entry, by=None, now=late)
    signups.confirm(signup=signup, now=late)
    assert set(roster(occurrence).values()) == {"confirmed"}
    assert taken(occurrence) == 3


def test_some_of_a_party_give_back_their_places_with_one_mail(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(capacity=3, series__title="Robots")
    signup = signups.confirm(signup=guest(occurrence, now, others=KIDS), now=now)
    entry = wait(occurrence, now, 1, others=["W 2"])
    work()
    uuids = {str(row.uuid) for row in occurrence.signups.exclude(pk=signup.pk)}
    stranger = SignUpFactory(occurrence=OccurrenceFactory())
    signups.cancel_some(signup=signup, which={*uuids, str(stranger.uuid)}, now=now)
    assert roster(occurrence) == {"Ana Ruiz": "confirmed"} | dict.fromkeys(KIDS, "cancelled")
    stranger.refresh_from_db()
    assert stranger.status == Status.CONFIRMED
    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.OFFERED  # both places at once
    assert taken(occurrence) == 3
    told = work()
    assert told.count("Your place is given back: Robots") == 1
    letter = next(one for one in mail.outbox if "given back" in one.subject)
    assert "Ben Ruiz, Cem Ruiz" in str(letter.body)
    assert letter.attachments == []  # the date stays in the calendar: Ana comes

    signups.cancel_some(signup=signup, which={str(signup.uuid)}, now=now)
    work()
    last = next(one for one in mail.outbox if "given back" in one.subject)
    assert len(last.attachments) == 1
    with pytest.raises(signup_moves.NoSuchMove):
        signups.keep(signup=signup, now=now)


def test_nobody_of_a_party_cancels_after_the_start(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    signup = guest(occurrence, now, others=KIDS)
    with pytest.raises(admission.OccurrencePast):
        signups.cancel_some(signup=signup, which={str(signup.uuid)}, now=occurrence.starts_at)


def test_a_party_is_reminded_moved_and_called_off_with_one_mail_each(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(series__title="Robots")
    staff = person(is_staff=True)
    signup = signups.confirm(signup=guest(occurrence, now, others=KIDS), now=now)
    work()
    day_before = occurrence.starts_at - timedelta(days=1)
    assert reminders.promise_due(now=day_before) == 1
    later = occurrence.local_start + timedelta(hours=1)
    dates.move_date(occurrence=occurrence, local_start=later, by=staff, now=now)
    assert work() == ["New time: Robots"]
    signups.keep(signup=signup, now=now)
    assert occurrence.signups.exclude(kept_at=None).count() == 3
    dates.cancel_date(occurrence=occurrence, reason="Rain", by=staff, now=now)
    assert work() == ["Called off: Robots"]


def test_the_rest_of_a_party_hears_of_a_move_though_its_first_left_within_the_minute(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence, staff = OccurrenceFactory(series__title="Robots"), person(is_staff=True)
    signup = signups.confirm(signup=guest(occurrence, now, others=KIDS), now=now)
    work()
    later = occurrence.local_start + timedelta(hours=1)
    dates.move_date(occurrence=occurrence, local_start=later, by=staff, now=now)
    signups.cancel(signup=signup, by=None, now=now)
    assert sorted(work()) == ["New time: Robots", "Your place is given back: Robots"]
    body = next(str(one.body) for one in mail.outbox if "New time" in str(one.subject))
    assert "Hello Ben Ruiz," in body
    assert "Ben Ruiz, Cem Ruiz" in body

    later += timedelta(hours=1)
    dates.move_date(occurrence=occurrence, local_start=later, by=staff, now=now)
    ben, cem = occurrence.signups.coming().order_by("pk")
    everybody = {str(ben.uuid), str(cem.uuid)}
    signups.cancel_some(signup=signup, which=everybody, now=now)
    assert work() == ["Your place is given back: Robots"]


def test_the_rest_of_a_party_hears_what_its_first_left_before_the_mail_went(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(series__title="Robots")
    signup = signups.confirm(signup=guest(occurrence, now, others=KIDS), now=now)
    signups.cancel(signup=signup, by=None, now=now)
    assert sorted(work()) == ["You are signed up: Robots", "Your place is given back: Robots"]
    body = next(str(one.body) for one in mail.outbox if "signed up" in str(one.subject))
    assert "Hello Ben Ruiz," in body

    next_day = occurrence.local_start + timedelta(days=1)
    occurrence = OccurrenceFactory(series__title="Chess", series__local_start=next_day)
    signup = signups.confirm(signup=guest(occurrence, now, others=KIDS), now=now)
    work()
    day_before = occurrence.starts_at - timedelta(days=1)
    reminders.promise_due(now=day_before)
    signups.cancel(signup=signup, by=None, now=now)
    outbox.sweep(now=day_before)
    bodies = [str(one.body) for one in mail.outbox if one.subject == "Coming up: Chess"]
    assert ["Hello Ben Ruiz," in body for body in bodies] == [True]


def test_each_of_a_party_is_approved_by_themselves(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(series__flow=Series.Flow.BY_APPROVAL)
    staff, user = person(is_staff=True), person()
    signups.sign_up(occurrence=occurrence, name="Ana", email="", by=user, now=now, others=["Ben"])
    ana, ben = occurrence.signups.order_by("pk")
    decisions.approve(signup=ana, by=staff, now=now)
    decisions.decline(signup=ben, by=staff, now=now)
    assert roster(occurrence) == {"Ana": "confirmed", "Ben": "declined"}
    work()
    assert ["Hello Ben," in str(one.body) for one in mail.outbox if "No place" in one.subject] == [
        True
    ]


def test_an_overlap_of_a_companion_names_them(now: datetime) -> None:
    user = person()
    SignUpFactory(occurrence__series__title="Chess", name="Ben", email=user.email)
    asked: dict[str, Any] = {"occurrence": OccurrenceFactory(), "name": "Ana", "by": user}
    with pytest.raises(parties.Overlaps) as caught:
        signups.sign_up(**asked, email="", now=now, others=["Ben"])
    assert caught.value.sentence.startswith("Ben is signed up for “Chess” at that time: Thu,")
    signups.sign_up(**asked, email="", now=now, others=["Cem"])


# --- The waiting list -----------------------------------------------------------------------------


def test_a_party_waits_by_name_and_comes_in_by_name(now: datetime) -> None:
    occurrence = full(places=3)
    entry = wait(occurrence, now, others=KIDS)
    give_back(occurrence, now)
    give_back(occurrence, now)
    assert entry.status == WaitingEntry.Status.WAITING
    give_back(occurrence, now)
    signup = waiting.accept(entry=entry, by=None, now=now)
    assert waiting.accept(entry=entry, by=None, now=now).pk == signup.pk
    coming = occurrence.signups.holding().order_by("pk")
    assert [row.name for row in coming] == ["Waiting 1", *KIDS]
    assert len({row.booking_id for row in coming}) == 1
    assert taken(occurrence) == 3


def test_who_of_a_waiting_party_came_in_by_another_door_frees_what_was_kept(now: datetime) -> None:
    occurrence = full(places=2)
    entry = wait(occurrence, now, others=["Ben Ruiz"])
    give_back(occurrence, now)
    give_back(occurrence, now)
    behind = wait(occurrence, now, 2)
    Occurrence.objects.filter(pk=occurrence.pk).update(capacity=3)
    guest(occurrence, now, name="Ben Ruiz", email=entry.email)
    waiting.accept(entry=entry, by=None, now=now)
    behind.refresh_from_db()
    assert behind.status == WaitingEntry.Status.OFFERED
    assert taken(occurrence) == 3


def test_a_party_of_whom_one_is_signed_up_does_not_wait(now: datetime) -> None:
    occurrence = full()
    SignUpFactory(occurrence=occurrence, name="Ben Ruiz", email="w1@example.com")
    asked: dict[str, Any] = {"occurrence": occurrence, "name": "Ana", "others": ["Ben Ruiz"]}
    assert waiting.join(**asked, email="w1@example.com", by=None, now=now) is None
    user = person()
    SignUpFactory(occurrence=occurrence, name="Ben Ruiz", email=user.email)
    with pytest.raises(
        admission.SignUpRefused, match="Ben Ruiz is signed up for this date already"
    ):
        waiting.join(**asked, email="", by=user, now=now)
    assert not occurrence.line.exists()


# --- For a company --------------------------------------------------------------------------------


def test_one_comes_for_a_company_one_belongs_to_and_for_no_other(now: datetime) -> None:
    membership = CompanyMembershipFactory(user=person())
    ended = CompanyMembershipFactory(user=membership.user, state=MembershipState.ENDED)
    asked: dict[str, Any] = {"name": "Ana", "email": "a@example.com", "now": now}
    for company in (CompanyFactory(), ended.company):
        for who in (membership.user, person(is_staff=True), None):
            with pytest.raises(PermissionDenied):
                signups.sign_up(occurrence=OccurrenceFactory(), by=who, company=company, **asked)
            with pytest.raises(PermissionDenied):
                waiting.join(occurrence=full(), by=who, company=company, **asked)
    signup = signups.sign_up(
        occurrence=OccurrenceFactory(),
        by=membership.user,
        company=membership.company,
        others=["Ben"],
        **asked,
    )
    companies = {row.company for row in signup.occurrence.signups.all()}
    assert companies == {membership.company}


def test_who_waits_for_a_company_comes_for_it(now: datetime) -> None:
    membership, occurrence = CompanyMembershipFactory(user=person()), full()
    entry = waiting.join(
        occurrence=occurrence,
        name="Ana",
        email="",
        by=membership.user,
        now=now,
        company=membership.company,
    )
    assert entry is not None
    give_back(occurrence, now)
    assert waiting.accept(entry=entry, by=None, now=now).company == membership.company


# --- Through the door -----------------------------------------------------------------------------


def test_a_guest_brings_others_confirms_for_all_and_gives_one_place_back(
    client: Client, work: Callable[[], list[str]]
) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    typed = {
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "others": "Ben Ruiz\r\n\r\n  Cem   Ruiz ",
    }
    path = f"{occurrence.get_absolute_url()}sign-up/"
    assert "Who else comes" in client.get(path).text
    assert client.post(path, typed).status_code == 302
    work()
    link = re.search(r"/sign-ups/\S+/", str(mail.outbox[-1].body))
    assert link is not None
    assert "Confirm our places" in client.get(link[0]).text
    client.post(link[0], {"act": "confirm"})
    assert roster(occurrence) == dict.fromkeys(["Ana Ruiz", *KIDS], "confirmed")
    ben = occurrence.signups.get(name="Ben Ruiz")
    assert f'value="{ben.uuid}"' in client.get(link[0]).text
    client.post(link[0], {"act": "cancel-some", "who": [str(ben.uuid), "nonsense"]})
    assert roster(occurrence)["Ben Ruiz"] == "cancelled"
    assert f'value="{ben.uuid}"' not in client.get(link[0]).text
    assert taken(occurrence) == 2


def test_what_is_wrong_with_the_names_is_said_beside_them(client: Client) -> None:
    occurrence = OccurrenceFactory()
    path = f"{occurrence.get_absolute_url()}sign-up/"
    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "others": "Ana Ruiz"}
    refused = client.post(path, typed)
    assert (refused.status_code, SignUp.objects.count()) == (422, 0)
    assert refused.text.count("is there twice") == 2  # in the summary, and beside the field
    assert '<details class="more" open>' in refused.text


def test_a_party_that_does_not_fit_may_wait_together(client: Client) -> None:
    occurrence = OccurrenceFactory(capacity=2)
    path = f"{occurrence.get_absolute_url()}sign-up/"
    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "others": "Ben Ruiz\nCem Ruiz"}
    refused = client.post(path, typed)
    assert refused.status_code == 409
    for words in ("Only 2 places are left, not 3.", "Wait for places for all of us", "Cem Ruiz"):
        assert words in refused.text
    assert client.post(path, {**typed, "wait": "1"}).status_code == 302
    assert WaitingEntry.objects.get().people == ["Ana Ruiz", *KIDS]

    lonely = OccurrenceFactory(capacity=2, series__waiting_list=False)
    refused = client.post(f"{lonely.get_absolute_url()}sign-up/", typed)
    assert "Wait for places" not in refused.text


def test_the_form_offers_ones_own_companies_and_takes_no_other(client: Client) -> None:
    occurrence, user = OccurrenceFactory(), person()
    path = f"{occurrence.get_absolute_url()}sign-up/"
    client.force_login(user)
    assert "On behalf of" not in client.get(path).text
    membership = CompanyMembershipFactory(user=user)
    other = CompanyFactory()
    page = client.get(path).text
    assert (membership.company.name in page, other.name in page) == (True, False)
    assert client.post(path, {"name": "Ana", "company": other.slug}).status_code == 422
    assert client.post(path, {"name": "Ana", "company": membership.company.slug}).status_code == 302
    assert occurrence.signups.get().company == membership.company


def test_a_guest_who_claims_a_company_comes_for_nobody(client: Client) -> None:
    occurrence, company = OccurrenceFactory(), CompanyFactory()
    typed = {"name": "Ana", "email": "ana@example.com", "company": company.slug}
    client.post(f"{occurrence.get_absolute_url()}sign-up/", typed)
    assert occurrence.signups.get().company is None


def test_roster_and_spreadsheet_show_each_person_and_the_company(
    client: Client, now: datetime
) -> None:
    host = OrganizationMembershipFactory(user=person())
    colleague = CompanyMembershipFactory(user=person())
    occurrence = OccurrenceFactory(series__organization=host.organization)
    signups.sign_up(
        occurrence=occurrence,
        name="Ana",
        email="",
        by=colleague.user,
        now=now,
        others=["Ben"],
        company=colleague.company,
    )
    client.force_login(host.user)
    slug, start = occurrence.series.slug, occurrence.address_start
    desk = f"/desk/organizations/{host.organization.slug}/events/{slug}/{start}/"
    page = client.get(desk).text
    assert page.count(colleague.company.name) == 2
    assert "2 people" in page
    lines = client.get(f"{desk}roster.csv").getvalue().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Name,E-mail,Company,Status,")
    assert [line.split(",")[2] for line in lines[1:]] == [colleague.company.name] * 2


def test_a_party_of_twenty_is_few_statements_more_than_one(
    now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    guest(OccurrenceFactory(), now, name="First", email="first@example.com")
    occurrence = OccurrenceFactory()
    with django_assert_max_num_queries(16 + 19):
        guest(occurrence, now, others=[f"P {n}" for n in range(19)])
    assert Booking.objects.count() == 1


# --- Many at once ---------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_parties_at_once_are_let_in_whole_or_not_at_all(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=10)
    users = [person() for _person in range(12)]

    def come(number: int) -> object:
        others = [f"P {number} {n}" for n in range(2)]
        try:
            return signups.sign_up(
                occurrence=occurrence,
                name=f"P {number}",
                email="",
                by=users[number],
                now=now,
                others=others,
            )
        except admission.OccurrenceFull:
            return None

    told = at_once([lambda n=n: come(n) for n in range(12)])  # type: ignore[misc]
    assert sum(one is not None for one in told) == 3
    assert taken(occurrence) == 9
    sizes = [booking.signups.count() for booking in Booking.objects.all()]
    assert sizes == [3, 3, 3]
