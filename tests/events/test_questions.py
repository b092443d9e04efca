"""What a host asks: asked on every door that signs up, answered, changed, shown, erased."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from core import outbox
from events import permissions
from events.domain import bookings, copies, plans, questions, rescheduling, signups, timers, waiting
from events.domain import series as rules
from events.domain.details import Details
from events.domain.plans import Times
from events.domain.questions import Said
from events.models import Answer, Occurrence, Question, Series, SignUp
from tests.events.people import full, give_back, guest, person, wait
from tests.events.several_dates import weekly
from tests.factories.events import START, OccurrenceFactory, SeriesFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

SHIRT = Question(
    id="shirt", label="T-shirt size", kind="choice", choices=("S", "M"), is_required=True
)
NOTE = Question(id="note", label="What should we know?", kind="long_text", keep_days=0)
BUS = Question(id="bus", label="Do you come by bus?", kind="yes_no")
YEARS = Question(id="years", label="How many years of robots?", kind="number", keep_days=90)
LINE = Question(id="line", label="=Nickname", kind="text")
ALL = [SHIRT, NOTE, BUS, YEARS, LINE]


def asking(*asked: Question, **changes: Any) -> Occurrence:
    """A date of a series that asks."""
    kept = [question.kept() for question in asked]
    made: Occurrence = OccurrenceFactory(series__questions=kept, **changes)
    return made


def answered(signup: SignUp) -> dict[str, str]:
    return dict(Answer.objects.filter(signup=signup).values_list("question", "text"))


# --- Answered -------------------------------------------------------------------------------------


def test_answers_are_kept_for_each_of_a_party(now: datetime) -> None:
    date = asking(*ALL)
    said = Said(answers={"shirt": "M", "bus": "no", "years": "3", "gone": "x", "line": "  "})
    signup = guest(date, now, others=["Ben"], said=said)
    for one in date.signups.all():
        assert answered(one) == {"shirt": "M", "bus": "no", "years": "3"}
    assert {one.asked for one in Answer.objects.filter(signup=signup, question="bus")} == {
        "Do you come by bus?"
    }


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "“T-shirt size” needs an answer."),
        ({"shirt": " "}, "“T-shirt size” needs an answer."),
        ({"shirt": "XXL"}, "“T-shirt size”: choose one of the answers."),
        ({"shirt": "S", "bus": "perhaps"}, "“Do you come by bus?”: say yes or no."),
        ({"shirt": "S", "years": "3.5"}, "“How many years of robots?”: give a whole number."),
        ({"shirt": "S", "years": "1" * 10}, "“How many years of robots?”: give a whole number."),
        ({"shirt": "S", "line": "x" * 301}, "“=Nickname”: at most 300 characters."),
        ({"shirt": "S", "note": "x" * 4001}, "“What should we know?”: at most 4000 characters."),
    ],
)
def test_what_is_no_answer_is_refused_and_nobody_is_signed_up(
    now: datetime, answers: dict[str, str], says: str
) -> None:
    date = asking(*ALL)
    with pytest.raises(questions.BadAnswer) as caught:
        guest(date, now, said=Said(answers=answers))
    assert (caught.value.sentence, caught.value.status) == (says, 422)
    assert (date.signups.count(), Answer.objects.count()) == (0, 0)


IDS = ("shirt", "bus", "years", "line", "note", "gone")
WORDS = st.sampled_from(["S", " M ", "yes", "no", "7", "-1", "x" * 301, ""])
ANSWERS = st.fixed_dictionaries({}, optional=dict.fromkeys(IDS, WORDS | st.text(max_size=8)))


@given(ANSWERS)
def test_whatever_is_said_is_kept_as_it_stands_or_refused(answers: dict[str, str]) -> None:
    series = Series(questions=[question.kept() for question in ALL])
    try:
        kept = {one.id: text for one, text in questions.checked(series, answers)}
    except questions.BadAnswer:
        kept = {}
    else:
        assert kept["shirt"] in {"S", "M"}
        assert kept.get("bus", "no") in {"yes", "no"}
        assert -(10**9) < int(kept.get("years", "0")) < 10**9
    said = {key: text.strip() for key, text in answers.items() if key != "gone"}
    assert kept in ({}, {key: text for key, text in said.items() if text})


def test_age_and_requirements_take_a_yes(now: datetime) -> None:
    date = OccurrenceFactory(series__minimum_age=16, series__requirements="Wear closed shoes.")
    for said in (Said(), Said(is_old_enough=True), Said(agrees=True)):
        with pytest.raises(questions.NotAgreed):
            guest(date, now, said=said)
    signup = guest(date, now, said=Said(is_old_enough=True, agrees=True))
    line = ModelLogEntry.objects.get(action="events.signed_up", object_id=str(signup.pk))
    assert (line.data["is_at_least"], line.data["agrees"]) == (16, True)


def test_who_waits_is_asked_when_the_place_is_taken(now: datetime) -> None:
    date = full(series__questions=[SHIRT.kept()], series__minimum_age=16)
    entry = wait(date, now)
    give_back(date, now)
    for said in (Said(), Said(is_old_enough=True)):
        with pytest.raises((questions.BadAnswer, questions.NotAgreed)):
            waiting.accept(entry=entry, by=None, now=now, said=said)
    said = Said(is_old_enough=True, answers={"shirt": "S"})
    assert answered(waiting.accept(entry=entry, by=None, now=now, said=said)) == {"shirt": "S"}


def test_several_dates_are_asked_once_and_answered_each(now: datetime) -> None:
    dates = weekly(2, questions=[SHIRT.kept()])
    asked: dict[str, Any] = {
        "series": dates[0].series,
        "dates": [date.pk for date in dates],
        "name": "Ana",
        "email": "ana@example.com",
        "by": None,
        "now": now,
    }
    with pytest.raises(questions.BadAnswer):
        bookings.book(**asked)
    bookings.book(**asked, said=Said(answers={"shirt": "S"}))
    assert Answer.objects.count() == 2


def test_answers_can_be_changed_until_sign_up_closes(now: datetime) -> None:
    date = asking(SHIRT, LINE, series__closes_minutes_before=60)
    signup = guest(date, now, said=Said(answers={"shirt": "S", "line": "Ann"}))
    questions.change(signup=signup, answers={"shirt": "M"}, now=now)
    assert answered(signup) == {"shirt": "M"}
    with pytest.raises(questions.BadAnswer):
        questions.change(signup=signup, answers={"line": "Ann"}, now=now)
    late = date.starts_at - timedelta(minutes=60)
    with pytest.raises(questions.AnswersClosed):
        questions.change(signup=signup, answers={"shirt": "S"}, now=late)
    signups.cancel(signup=signup, by=None, now=now)
    with pytest.raises(questions.AnswersClosed):
        questions.change(signup=signup, answers={"shirt": "S"}, now=now)
    assert answered(signup) == {"shirt": "M"}


# --- Asked ----------------------------------------------------------------------------------------


def test_only_the_host_asks_and_what_was_answered_stays_readable(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    series = SeriesFactory(organization=membership.organization)
    with pytest.raises(PermissionDenied):
        questions.ask(series=series, questions=[SHIRT], by=person())
    series = questions.ask(series=series, questions=[SHIRT, BUS], by=membership.user)
    shirt, bus = series.asked
    date = OccurrenceFactory(series=series)
    signup = guest(date, now, said=Said(answers={shirt.id: "S", bus.id: "yes"}))

    renamed = Question(id=bus.id, label="By bus or on foot?", kind="text")
    words = Question(id=shirt.id, label="Size", kind="choice", choices=("S", "L"))
    series = questions.ask(series=series, questions=[words, renamed], by=membership.user)
    assert series.asked[0].id == shirt.id  # its words changed: the same question
    assert series.asked[1].id != bus.id  # another kind of answer: another question
    kept = {one.asked: one.shown for one in Answer.objects.filter(signup=signup)}
    assert kept == {"T-shirt size": "S", "Do you come by bus?": "Yes"}


def test_two_questions_of_one_id_become_two(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    series = SeriesFactory(organization=membership.organization)
    series = questions.ask(series=series, questions=[LINE], by=membership.user)
    kept = series.asked[0]
    twice = [kept, Question(id=kept.id, label="Team", kind="text")]
    series = questions.ask(series=series, questions=twice, by=membership.user)
    first, second = series.asked
    assert (first, second.label) == (kept, "Team")
    said = Said(answers={first.id: "Bo", second.id: "Blue"})
    signup = guest(OccurrenceFactory(series=series), now, said=said)
    assert answered(signup) == {first.id: "Bo", second.id: "Blue"}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([Question(id="", label=f"Q {n}") for n in range(11)], "Ask at most 10 questions."),
        ([Question(id="", label=" ")], "A question has from 1 to 300 letters."),
        ([Question(id="", label="A"), Question(id="", label="a")], "Ask each question once."),
        ([Question(id="", label="A", kind="song")], "“A”: choose what an answer looks like."),
        ([Question(id="", label="A", kind="choice")], "“A”: give from 2 to 30 choices."),
        (
            [Question(id="", label="A", kind="choice", choices=("x", " x "))],
            "“A”: give from 2 to 30 choices.",
        ),
        ([Question(id="", label="A", keep_days=731)], "“A”: keep answers from 0 to 730 days."),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(asked: list[Question], says: str) -> None:
    series, staff = SeriesFactory(), person(is_staff=True)
    with pytest.raises(questions.BadQuestions) as caught:
        questions.ask(series=series, questions=asked, by=staff)
    assert (caught.value.sentence, caught.value.status) == (says, 422)


def test_an_old_version_of_the_words_does_not_bring_old_questions_back() -> None:
    staff = person(is_staff=True)
    series = SeriesFactory()
    series.refresh_from_db()
    revision = series.save_revision(user=staff)
    questions.ask(series=series, questions=[LINE], by=staff)
    assert [one.label for one in revision.as_object().asked] == ["=Nickname"]


# --- Erased ---------------------------------------------------------------------------------------


def test_answers_are_erased_when_their_time_is_over_and_the_log_says_how_many(
    now: datetime,
) -> None:
    date = asking(NOTE, YEARS)
    signup = guest(date, now, others=["Ben"], said=Said(answers={"note": "x", "years": "3"}))
    signups.confirm(signup=signup, now=now)
    assert questions.erase_due(now=date.ends_at - timedelta(seconds=1)) == 0
    timers.run(now=date.ends_at)
    assert answered(signup) == {"years": "3"}
    # What was promised when it was given holds, whatever the question says today.
    Series.objects.update(questions=[])
    assert questions.erase_due(now=date.ends_at + timedelta(days=90)) == 2
    assert questions.erase_due(now=date.ends_at + timedelta(days=900)) == 0
    assert Answer.objects.count() == 0
    lines = ModelLogEntry.objects.filter(action="events.answers_erased").order_by("pk")
    assert [line.data["count"] for line in lines] == [2, 2]


# --- Through the door -----------------------------------------------------------------------------


def test_the_form_asks_and_the_private_page_changes(client: Client, now: datetime) -> None:
    date = asking(*ALL, series__minimum_age=16, series__requirements="Closed shoes.")
    path = f"{date.get_absolute_url()}sign-up/"
    form = client.get(path).text
    for words in (*(one.label for one in ALL), "I am 16 or older", "Closed shoes."):
        assert words in form
    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "q_shirt": "M", "q_bus": "yes"}
    refused = client.post(path, typed)
    assert (refused.status_code, SignUp.objects.count()) == (422, 0)
    assert re.search(r'value="M"\s+selected', refused.text)
    client.post(path, {**typed, "is_old_enough": "on", "agrees": "on"})
    signup = date.signups.get()
    assert answered(signup) == {"shirt": "M", "bus": "yes"}

    outbox.sweep(now=now)
    link = re.search(r"/sign-ups/\S+/", str(mail.outbox[-1].body))
    assert link is not None
    page = client.get(link[0]).text
    assert "Answers of Ana Ruiz" in page
    assert "I am 16" not in page
    assert client.post(link[0], {"act": "answer", "q_bus": "no"}).status_code == 422
    changed = {"act": "answer", "q_shirt": "S", "q_line": "Ann"}
    assert client.post(link[0], changed).status_code == 302
    assert answered(signup) == {"shirt": "S", "line": "Ann"}


def test_after_the_cut_off_the_private_page_shows_what_was_answered(
    client: Client, now: datetime, time_machine: Any
) -> None:
    date = asking(SHIRT)
    signup = guest(date, now, said=Said(answers={"shirt": "M"}))
    signups.confirm(signup=signup, now=now)
    time_machine.move_to(date.starts_at, tick=False)
    path = f"/sign-ups/{permissions.manage_token(signup)}/"
    page = client.get(path).text
    assert ("What you answered" in page, "Save the answers" in page) == (True, False)
    assert client.post(path, {"act": "answer", "q_shirt": "S"}).status_code == 409


def test_the_page_of_an_offer_asks(client: Client, now: datetime) -> None:
    date = full(series__questions=[SHIRT.kept()], series__minimum_age=16)
    entry = wait(date, now)
    path = f"/waiting/{permissions.waiting_token(entry)}/"
    assert "T-shirt size" not in client.get(path).text
    give_back(date, now)
    assert "T-shirt size" in client.get(path).text
    refused = client.post(path, {"act": "accept"})
    assert (refused.status_code, "T-shirt size" in refused.text) == (422, True)
    said = {"act": "accept", "q_shirt": "S", "is_old_enough": "on"}
    assert client.post(path, said).status_code == 302
    assert answered(date.signups.get(name=entry.name)) == {"shirt": "S"}


def test_several_dates_ask_too(client: Client) -> None:
    dates = weekly(2, questions=[SHIRT.kept()], requirements="Closed shoes.")
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    typed: dict[str, Any] = {
        "name": "Ana",
        "email": "ana@example.com",
        "dates": [date.address_start for date in dates],
    }
    assert client.post(path, typed).status_code == 422
    assert client.post(path, {**typed, "q_shirt": "S", "agrees": "on"}).status_code == 200
    assert Answer.objects.count() == 2


def test_a_full_date_asks_nothing_of_who_waits(client: Client) -> None:
    date = full(series__questions=[SHIRT.kept()], series__minimum_age=16)
    path = f"{date.get_absolute_url()}sign-up/"
    assert "T-shirt size" not in client.get(path).text
    typed = {"name": "Ana", "email": "ana@example.com", "wait": "1"}
    assert client.post(path, typed).status_code == 302


def test_only_the_host_sees_answers_on_the_roster_and_in_its_spreadsheet(
    client: Client, now: datetime
) -> None:
    membership = OrganizationMembershipFactory(user=person())
    date = asking(SHIRT, LINE, series__organization=membership.organization)
    signup = guest(date, now, said=Said(answers={"shirt": "M", "line": "=1+1"}))
    Answer.objects.create(
        signup=SignUpFactory(occurrence=date, name="Zoe"),
        question="gone",
        asked="Asked before",
        kind="yes_no",
        text="yes",
        keep_days=30,
        changed_at=now,
    )
    desk = (
        f"/desk/organizations/{membership.organization.slug}/events/{date.series.slug}/"
        f"{date.address_start}/"
    )
    assert client.get(desk).status_code == 302
    client.force_login(membership.user)
    page = client.get(desk).text
    for words in ("T-shirt size</span> M", "=Nickname</span> =1+1", "Asked before</span> Yes"):
        assert words in page
    lines = client.get(f"{desk}roster.csv").getvalue().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(lines))
    assert header[-3:] == ["T-shirt size", "'=Nickname", "Asked before"]
    assert [row[-3:] for row in rows] == [["M", "'=1+1", ""], ["", "", "Yes"]]
    for public in (date.get_absolute_url(), date.series.get_absolute_url()):
        assert "=1+1" not in Client().get(public).text
    assert signup.name in page


def test_questions_are_written_at_the_desk(client: Client) -> None:
    membership = OrganizationMembershipFactory(user=person())
    series = SeriesFactory(organization=membership.organization)
    path = f"/desk/organizations/{membership.organization.slug}/events/{series.slug}/questions/"
    client.force_login(membership.user)
    assert client.get(path).status_code == 200

    def form(*rows: dict[str, str], known: int = 0) -> dict[str, str]:
        data = {"questions-TOTAL_FORMS": str(len(rows)), "questions-INITIAL_FORMS": str(known)}
        for number, row in enumerate(rows):
            filled = {"kind": "text", "keep_days": "30", **row}
            data |= {f"questions-{number}-{name}": value for name, value in filled.items()}
        return data

    sizes = {"label": "Size", "kind": "choice", "choices": "S\r\nM\r\n", "is_required": "on"}
    assert client.post(path, form(sizes, {"label": ""})).status_code == 302
    series.refresh_from_db()
    assert [(one.label, one.choices, one.is_required) for one in series.asked] == [
        ("Size", ("S", "M"), True)
    ]
    page = client.get(path).text
    assert page.count("<legend") == 3
    refused = client.post(path, form({"label": "A", "kind": "choice"}))
    assert (refused.status_code, "give from 2 to 30 choices" in refused.text) == (422, True)
    assert client.post(path, form({"label": "A", "keep_days": "9999"})).status_code == 422
    assert client.post(path, {"nonsense": "1"}).status_code == 422
    assert client.post(path, form(*({"label": f"Q{n}"} for n in range(11)))).status_code == 422
    # Without its words it is asked no more.
    client.post(path, form({"label": "", "id": series.asked[0].id}, known=1))
    series.refresh_from_db()
    assert series.asked == []

    stranger = OrganizationMembershipFactory(user=person())
    client.force_login(stranger.user)
    assert client.get(path).status_code == 404


def test_a_guests_sign_up_asks_the_database_no_more_for_a_series_that_asks_nothing(
    now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    guest(OccurrenceFactory(), now, name="First", email="first@example.com")
    date = OccurrenceFactory()
    with django_assert_max_num_queries(14):
        guest(date, now)


def test_each_of_a_party_can_change_their_own_answers(client: Client, now: datetime) -> None:
    date = asking(SHIRT)
    signup = guest(date, now, others=["Ben"], said=Said(answers={"shirt": "M"}))
    ben = date.signups.get(name="Ben")
    path = f"/sign-ups/{permissions.manage_token(ben)}/"
    assert path in client.get(f"/sign-ups/{permissions.manage_token(signup)}/").text
    client.post(path, {"act": "answer", "q_shirt": "S"})
    assert (answered(signup), answered(ben)) == ({"shirt": "M"}, {"shirt": "S"})


def test_a_copy_asks_the_same_as_questions_of_its_own(now: datetime) -> None:
    series, staff = SeriesFactory(questions=[SHIRT.kept()]), person(is_staff=True)
    made = copies.copy(
        series=series,
        local_start=series.local_start + timedelta(days=70),
        duration_minutes=60,
        is_all_day=False,
        rrule="",
        by=staff,
        now=now,
    )
    assert [(one.label, one.choices) for one in made.asked] == [("T-shirt size", ("S", "M"))]
    assert made.asked[0].id != "shirt"


def test_other_times_ask_the_same(now: datetime) -> None:
    staff = person(is_staff=True)
    details = Details(title="Robots", local_start=START, rrule="FREQ=WEEKLY;COUNT=4")
    series = rules.draft(details=details, host=None, by=staff, now=now)
    series = rules.publish(series=series, by=staff, now=now)
    series = questions.ask(series=series, questions=[SHIRT], by=staff)
    first = series.occurrences.order_by("starts_at")[2]
    to = Times(
        local_start=first.local_start + timedelta(hours=1),
        duration_minutes=60,
        rrule="FREQ=WEEKLY;COUNT=2",
    )
    plan = plans.plan(first=first, to=to, now=now)
    goes_on = rescheduling.reschedule(first=first, to=to, by=staff, now=now, shown=plan.digest)
    assert goes_on.pk != series.pk
    assert goes_on.asked == series.asked
