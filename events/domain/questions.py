"""What a host asks those who sign up: asked, answered, changed, and erased in time."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from events import permissions
from events.domain import seats
from events.models import Answer, Question, QuestionKind, Series, SignUp

MOST_QUESTIONS = 10
MOST_CHOICES = 30
MOST_KEEP_DAYS = 730
#: How long an answer may be.
LONGEST = {QuestionKind.TEXT: 300, QuestionKind.LONG_TEXT: 4000, QuestionKind.CHOICE: 200}
_LONGEST_LABEL = 300
_NUMBER = re.compile(r"-?[0-9]{1,9}")


class BadQuestions(DomainError):
    """Not questions that can be asked."""

    status = 422


class BadAnswer(DomainError):
    """An answer is missing, or none to the question."""

    status = 422


class NotAgreed(DomainError):
    """They did not say that they are old enough, or agree to what is asked of them."""

    status = 422


class AnswersClosed(DomainError):
    """It is too late to change an answer, or nobody comes any more."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What people say when they sign up, for all who come with them."""

    answers: Mapping[str, str] = field(default_factory=dict)
    is_old_enough: bool = False
    agrees: bool = False


NOTHING = Said()


def ask(*, series: Series, questions: Sequence[Question], by: User) -> Series:
    """Ask these questions from now on; what was answered before stays readable.

    A question keeps its id unless it is of another kind now, or one before it has the same id:
    then it is a new one.

    Args:
        series: of which.
        questions: all of them, in order; an empty id makes a new one.
        by: who acts.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        BadQuestions: if they are more than ten, or one of them cannot be asked.
    """
    if not permissions.can_edit(by, series):
        raise PermissionDenied
    if len(questions) > MOST_QUESTIONS:
        raise BadQuestions(_("Ask at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    asked = [_checked(question) for question in questions]
    if len({one.label.casefold() for one in asked}) != len(asked):
        raise BadQuestions(_("Ask each question once."))
    with transaction.atomic():
        row = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series.pk)
        kinds = {one.id: one.kind for one in row.asked}
        asked = _with_ids(asked, kinds)
        if asked == row.asked:
            return row
        row.questions = [one.kept() for one in asked]
        row.save(update_fields=["questions", "updated_at"])
        audit.record(row, "events.questions_changed", by=by, count=len(asked))
    return row


def require(series: Series, said: Said) -> None:
    """Refuse who did not say what the series asks of everybody who signs up.

    Raises:
        NotAgreed, BadAnswer: as they say.
    """
    if series.minimum_age and not said.is_old_enough:
        raise NotAgreed(
            _("This is for people of %(age)d or older. Say that you are.")
            % {"age": series.minimum_age}
        )
    if series.requirements and not said.agrees:
        raise NotAgreed(_("Say that you agree to what the organizer asks."))
    checked(series, said.answers)


def checked(series: Series, given: Mapping[str, str]) -> list[tuple[Question, str]]:
    """The questions with their answers; those without one are left out, and others ignored.

    Raises:
        BadAnswer: if one is missing or does not fit its question.
    """
    answers = []
    for question in series.asked:
        text = given.get(question.id, "").strip()
        if text:
            _check(question, text)
            answers.append((question, text))
        elif question.is_required:
            raise BadAnswer(_("“%(label)s” needs an answer.") % {"label": question.label})
    return answers


def keep(signups: Iterable[SignUp], series: Series, said: Said, *, now: datetime) -> None:
    """Keep what was said for each who was signed up; the caller holds the date and has checked."""
    answers = checked(series, said.answers) if said.answers else []
    if answers:
        Answer.objects.bulk_create(
            _answer(signup, question, text, now=now)
            for signup in signups
            for question, text in answers
        )


def change(*, signup: SignUp, answers: Mapping[str, str], now: datetime) -> None:
    """Change one person's answers by the private link, until sign-up closes.

    Raises:
        AnswersClosed: if it is too late.
        BadAnswer: if one is missing or does not fit its question.
    """
    with seats.held(signup.occurrence_id) as row:
        again = SignUp.objects.get(pk=signup.pk)
        if not can_change(again, until=row.signup_closes_at, now=now):
            raise AnswersClosed(_("It is too late to change answers. Ask the organizer."))
        wanted = checked(row.series, answers)
        asked = [question.id for question in row.series.asked]
        Answer.objects.filter(signup=again, question__in=asked).delete()
        Answer.objects.bulk_create(
            _answer(again, question, text, now=now) for question, text in wanted
        )
        audit.record(again, "events.answers_changed", by=again.user, count=len(wanted))


def can_change(signup: SignUp, *, until: datetime, now: datetime) -> bool:
    """Whether answers may still be changed."""
    return signup.holds_place and now < until


def erase_due(*, now: datetime) -> int:
    """Erase the answers that were kept as long as was promised; says how many."""
    erased = 0
    for days in set(Answer.objects.values_list("keep_days", flat=True)):
        due = Answer.objects.filter(
            keep_days=days, signup__occurrence__ends_at__lte=now - timedelta(days=days)
        )
        of_series = due.values("signup__occurrence__series").annotate(number=Count("pk"))
        for found in list(of_series.order_by()):
            series = Series.objects.get(pk=found["signup__occurrence__series"])
            with transaction.atomic():
                count, _kinds = due.filter(signup__occurrence__series=series).delete()
                audit.record(series, "events.answers_erased", by=None, count=count)
            erased += count
    return erased


def _with_ids(asked: Iterable[Question], kinds: Mapping[str, str]) -> list[Question]:
    found: dict[str, Question] = {}
    for one in asked:
        keeps = kinds.get(one.id) == one.kind and one.id not in found
        again = one if keeps else replace(one, id=secrets.token_hex(4))
        found[again.id] = again
    return list(found.values())


def _answer(signup: SignUp, question: Question, text: str, *, now: datetime) -> Answer:
    return Answer(
        signup=signup,
        question=question.id,
        asked=question.label,
        kind=question.kind,
        text=text,
        keep_days=question.keep_days,
        changed_at=now,
    )


def _check(question: Question, text: str) -> None:
    facts = {"label": question.label}
    match question.kind:
        case QuestionKind.CHOICE if text not in question.choices:
            raise BadAnswer(_("“%(label)s”: choose one of the answers.") % facts)
        case QuestionKind.YES_NO if text not in {"yes", "no"}:
            raise BadAnswer(_("“%(label)s”: say yes or no.") % facts)
        case QuestionKind.NUMBER if not _NUMBER.fullmatch(text):
            raise BadAnswer(_("“%(label)s”: give a whole number.") % facts)
    longest = LONGEST.get(QuestionKind(question.kind))
    if longest is not None and len(text) > longest:
        raise BadAnswer(_("“%(label)s”: at most %(most)d characters.") % {**facts, "most": longest})


def _checked(question: Question) -> Question:
    label = " ".join(question.label.split())
    facts = {"label": label[:60]}
    if not 1 <= len(label) <= _LONGEST_LABEL:
        raise BadQuestions(_("A question has from 1 to %(most)d letters.") % {"most": 300})
    if question.kind not in QuestionKind.values:
        raise BadQuestions(_("“%(label)s”: choose what an answer looks like.") % facts)
    if not 0 <= question.keep_days <= MOST_KEEP_DAYS:
        raise BadQuestions(
            _("“%(label)s”: keep answers from 0 to %(most)d days.")
            % {**facts, "most": MOST_KEEP_DAYS}
        )
    choices: tuple[str, ...] = ()
    if question.kind == QuestionKind.CHOICE:
        lines = (" ".join(line.split()) for line in question.choices)
        choices = tuple(dict.fromkeys(line for line in lines if line))
        if not 2 <= len(choices) <= MOST_CHOICES:
            raise BadQuestions(
                _("“%(label)s”: give from 2 to %(most)d choices.") % {**facts, "most": MOST_CHOICES}
            )
        if max(map(len, choices)) > LONGEST[QuestionKind.CHOICE]:
            raise BadQuestions(_("“%(label)s”: a choice is too long.") % facts)
    return replace(question, label=label, choices=choices)
