"""Several dates of a series in one go: one mail, one private page, and a word about each date."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import outbox
from core.errors import DomainError
from events.domain import (
    admission,
    openings,
    parties,
    questions,
    seats,
    signup_moves,
    signups,
    waiting,
)
from events.domain.questions import Said
from events.models import Booking, Occurrence, Series, SignUp, WaitingEntry

#: How many dates one may sign up for in one go, and how many places in all.
MOST_DATES = 60
MOST_PLACES = 240


class BadDates(DomainError):
    """No dates, too many dates or places, or another event's."""

    status = 422


class Came(StrEnum):
    """What became of one date."""

    JOINED = "joined"
    WAITS = "waits"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one date, and why where it was refused."""

    date: Occurrence
    came: Came
    why: str = ""


@contextmanager
def _series_locked(pk: int) -> Iterator[None]:
    """A transaction that holds the series, as do all who hold several of its dates at once."""
    with transaction.atomic():
        Series.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        yield


#: How several dates are held. The race test takes both away to see itself fail.
held: Callable[[int], AbstractContextManager[None]] = _series_locked
in_order: Callable[[Iterable[int]], Iterable[int]] = sorted


def book(
    *,
    series: Series,
    dates: Collection[int],
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    others: Sequence[str] = (),
    company: Company | None = None,
    waits: bool = True,
    said: Said = questions.NOTHING,
    slot: str = "",
) -> tuple[Booking | None, list[Outcome]]:
    """Sign people up for dates of a series; each date is looked at by itself.

    At a date a party has places for all who are not signed up yet, or for none. A date that is
    refused leaves the others as they are. A guest's places are held for half an hour until the one
    mail is answered; of what the address had before nothing is said.

    Args:
        series: whose dates.
        dates: the keys of its dates.
        name: who comes.
        email: where mail goes.
        by: the account, whose own address counts; none for a guest.
        now: the present.
        others: the names of who comes along, to each of the dates.
        company: for whom they come.
        waits: whether to stand in line where a date is full.
        said: what they say to the series' questions, age and requirements, for each date.
        slot: the id of what they come as at each date, where the series names slots.

    Returns:
        What holds together what was signed up for, none if nothing was; and what became of each
        date, soonest first.

    Raises:
        PermissionDenied: if `by` does not belong to the company.
        BadDates: if there is no date, more than `MOST_DATES`, more than `MOST_PLACES` places, or
            one of another series.
        events.domain.admission.TooManyPending: if the address left two mails unanswered.
        events.domain.parties.BadParty: if the names are no party of up to 20.
        events.domain.questions.BadAnswer, events.domain.questions.NotAgreed: if they did not say
            what is asked.
        events.domain.openings.NoSuchSlot: if they chose no slot where there are some.
    """
    people = parties.named(name, others)
    parties.require_member(company, by=by)
    email = by.email if by is not None else email.strip()
    if not 1 <= len(dates) <= MOST_DATES:
        raise BadDates(_("Choose from 1 to %(most)d dates.") % {"most": MOST_DATES})
    if len(dates) * len(people) > MOST_PLACES:
        raise BadDates(
            _("That is more than %(most)d places in one go. Choose fewer dates, or fewer people.")
            % {"most": MOST_PLACES}
        )
    known = series.occurrences.select_related("series").in_bulk(list(dates))
    if len(known) != len(set(dates)):
        raise BadDates(_("Choose dates of this event."))
    questions.require(series, said)
    openings.require(series, slot)
    outcomes = []
    with held(series.pk):
        if by is None:
            admission.require_few_pending(email, now=now)
        booking = Booking.objects.create(user=by, name=people[0], email=email, created_at=now)
        for pk in in_order(dates):
            try:
                with seats.held(pk) as row:
                    came = _come(
                        row,
                        booking,
                        people,
                        company=company,
                        by=by,
                        waits=waits,
                        said=said,
                        slot=slot,
                        now=now,
                    )
                    outcomes.append(Outcome(row, came))
            except DomainError as refusal:
                outcomes.append(Outcome(known[pk], Came.REFUSED, refusal.sentence))
        outcomes.sort(key=lambda one: (one.date.starts_at, one.date.pk))
        if not (booking.signups.exists() or booking.waiting_entries.exists()):
            booking.delete()
            return None, outcomes
        _tell(booking, "asked" if by is None else _settled(booking), now=now)
        # Last of all: who holds one date may wait for this row, and must not be waited for.
        signup_moves.places_changed()
    return booking, outcomes


def confirm(*, booking: Booking, now: datetime, despite_overlap: bool = False) -> list[Outcome]:
    """Confirm by the private link that the address is right, for all dates; twice is once.

    Returns:
        The dates that could not be confirmed, and why.

    Raises:
        events.domain.parties.Overlaps: if they come to something else during one of the dates;
            nothing is confirmed then.
    """
    rows = to_confirm(booking)
    if not despite_overlap and (sentence := overlap(rows)):
        raise parties.Overlaps(sentence)
    refused = []
    # Each in a transaction of its own: whoever clicks again goes on where this one stopped.
    for row in {row.occurrence_id: row for row in rows}.values():
        try:
            signups.confirm(signup=row, now=now, despite_overlap=despite_overlap, tells=False)
        except DomainError as refusal:
            refused.append(Outcome(row.occurrence, Came.REFUSED, refusal.sentence))
    if booking.signups.coming().exists():
        _tell(booking, _settled(booking), now=now)
    return refused


def give_back(*, booking: Booking, which: Collection[str], now: datetime) -> list[Outcome]:
    """Give back places, and leave lists, by the private link.

    Args:
        booking: whose link it is.
        which: the UUIDs of its sign-ups and places in line; others are nobody's.
        now: the present.

    Returns:
        The dates that could not be given back, and why.
    """
    refused = []
    meant = [row for row in rows_of(booking) if str(row.uuid) in which]
    # Who comes to a date together is spoken of in one mail.
    for row in {(type(row), row.occurrence_id): row for row in meant}.values():
        try:
            if isinstance(row, SignUp):
                signups.cancel_some(signup=row, which=which, now=now)
            else:
                waiting.leave(entry=row, by=None, now=now)
        except DomainError as refusal:
            refused.append(Outcome(row.occurrence, Came.REFUSED, refusal.sentence))
    return refused


def rows_of(booking: Booking) -> list[SignUp | WaitingEntry]:
    """Its sign-ups and places in line, by date, in two queries."""
    rows: list[SignUp | WaitingEntry] = [
        *booking.signups.select_related("occurrence__series", "user"),
        # Who was let in from the line is among the sign-ups, or nowhere.
        *booking.waiting_entries.exclude(status=WaitingEntry.Status.ACCEPTED).select_related(
            "occurrence__series", "user"
        ),
    ]
    return sorted(rows, key=lambda row: (row.occurrence.starts_at, row.pk))


def to_confirm(booking: Booking) -> list[SignUp]:
    """What waits for the address to be proved, soonest first."""
    unproved = (SignUp.Status.PENDING_EMAIL, SignUp.Status.LAPSED)
    rows = booking.signups.filter(status__in=unproved, occurrence__cancelled_at=None)
    return list(
        rows.select_related("occurrence__series", "user").order_by("occurrence__starts_at", "pk")
    )


def overlap(rows: Sequence[SignUp]) -> str:
    """What else one of them comes to during the first of these dates that clashes; else empty."""
    if not rows:
        return ""
    first = rows[0]
    names = list(dict.fromkeys(row.name for row in rows))
    others = SignUp.objects.coming().of_people(names, email=first.email, user=first.user)
    near = others.filter(
        occurrence__starts_at__lt=max(row.occurrence.ends_at for row in rows),
        occurrence__ends_at__gt=min(row.occurrence.starts_at for row in rows),
        occurrence__status__in=Occurrence.TAKING_PLACE,
    )
    known = list(near.select_related("occurrence__series"))
    for row in rows:
        for other in known:
            if _clash(row.occurrence, other.occurrence):
                return parties.comes_to(other, is_party=len(names) > 1)
    return ""


def _clash(one: Occurrence, other: Occurrence) -> bool:
    return one.pk != other.pk and one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _come(
    row: Occurrence,
    booking: Booking,
    people: Sequence[str],
    *,
    company: Company | None,
    by: User | None,
    waits: bool,
    said: Said,
    slot: str,
    now: datetime,
) -> Came:
    email = booking.email
    known = parties.coming(row, people, email=email, by=by)
    who = parties.newcomers(people, known, by=by)
    hidden = admission.unsaid(known, by=by, now=now)
    if not who and not hidden:
        if by is None:
            return Came.JOINED
        raise admission.SignUpRefused(waiting.already(known[0].name, people))
    admission.require_open(row, now=now)
    openings.require(row.series, slot)
    try:
        admission.require_places(row, len(who) + len(hidden), slot=slot)
    except admission.OccurrenceFull:
        if not (waits and row.series.waiting_list):
            raise
        _wait(row, booking, people, known=known, company=company, by=by, slot=slot, now=now)
        return Came.WAITS
    if not who:
        return Came.JOINED
    if by is not None:
        names = [name for name, _user in who]
        parties.require_no_overlap(row, names, email=email, user=by)
    seats.take(row, len(who))
    signups.admit(
        row,
        who,
        status=admission.first_status(row, by),
        email=email,
        company=company,
        by=by,
        now=now,
        said=said,
        slot=slot,
        booking=booking,
    )
    return Came.JOINED


def _wait(
    row: Occurrence,
    booking: Booking,
    people: Sequence[str],
    *,
    known: Sequence[SignUp],
    company: Company | None,
    by: User | None,
    slot: str,
    now: datetime,
) -> None:
    """Stand in line once; a guest is answered alike whoever waits or is signed up already."""
    email = booking.email
    entry = waiting.same_person(row, name=people[0], email=email, by=by)
    if by is None and (known or entry is not None):
        if entry is not None and waiting.answered_just_now(entry, people, slot=slot, now=now):
            return
        waiting.require_line(row, people, email=email, slot=slot, now=now)
        if known:
            waiting.tell_signed_up(known[0], now=now)
        elif entry is not None:
            waiting.tell_waits_already(entry, people, slot=slot, now=now)
    elif entry is not None:
        waiting.require_same(entry, people, slot=slot)
    else:
        waiting.stand(
            row,
            people,
            email=email,
            by=by,
            company=company,
            despite_overlap=False,
            slot=slot,
            now=now,
            booking=booking,
        )


def _settled(booking: Booking) -> str:
    """What the booking has by now, in a word: with more of it there is more to tell."""
    coming = booking.signups.coming().order_by("pk").values_list("pk", flat=True)
    return "settled:" + hashlib.blake2b(repr(list(coming)).encode(), digest_size=8).hexdigest()


def _tell(booking: Booking, what: str, *, now: datetime) -> None:
    outbox.promise(
        "events.tasks.send_booking",
        now=now,
        key=f"events.booking:{booking.uuid.hex}:{what}",
        rank=3,
        booking_id=booking.pk,
    )
