"""To people who signed up: what became of it, and of the date."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from events import permissions
from events.calendars import letters
from events.mail import parts
from events.models import Occurrence, SignUp


def signup(row: SignUp, status: str) -> EmailMultiAlternatives | None:
    """What a status of a sign-up has to say; none where it has nothing."""
    title = row.occurrence.series.title
    match status:
        case SignUp.Status.PENDING_EMAIL:
            return parts.letter(
                row,
                _("Confirm your place: %(title)s") % {"title": title},
                [
                    _("We hold your place for 30 minutes. Confirm it on this page:"),
                    manage_url(row),
                ],
                closing=_("If this was not you, do nothing: the place frees itself."),
            )
        case SignUp.Status.REQUESTED:
            return parts.letter(
                row,
                _("Waiting for approval: %(title)s") % {"title": title},
                [
                    _("%(host)s looks at each sign-up and will answer you.")
                    % {"host": row.occurrence.series.host_name},
                ],
                closing=_manage_line(row),
            )
        case SignUp.Status.CONFIRMED:
            letter = parts.letter(
                row,
                _("You are signed up: %(title)s") % {"title": title},
                [_("Your place is confirmed."), *parts.practical(row)],
                closing=_manage_line(row),
            )
            return _with_calendar(letter, row)
        case SignUp.Status.DECLINED:
            letter = parts.letter(
                row,
                _("No place this time: %(title)s") % {"title": title},
                [_("The organizer could not confirm your sign-up.")],
                closing=parts.other_dates(row),
            )
            return _with_calendar(letter, row) if _is_last(row) else letter
        case SignUp.Status.CANCELLED:
            letter = parts.letter(
                row,
                _("Your place is given back: %(title)s") % {"title": title},
                [_("You are not signed up for this date any more.")],
                closing=parts.other_dates(row),
            )
            return _with_calendar(letter, row) if _is_last(row) else letter
    return None


def moved(row: SignUp, *, was: datetime, reason: str) -> EmailMultiAlternatives:
    """The date is at another time now."""
    occurrence = row.occurrence
    before = Occurrence(
        series=occurrence.series,
        local_start=was,
        local_end=was + (occurrence.local_end - occurrence.local_start),
    )
    letter = parts.letter(
        row,
        _("New time: %(title)s") % {"title": occurrence.series.title},
        [
            _("It was %(before)s. Your place moves with it.") % {"before": before.when},
            *([reason] if reason else []),
        ],
        closing=_("Still works for me, or can’t make it? Say so here: %(url)s")
        % {"url": manage_url(row)},
    )
    return _with_calendar(letter, row)


def elsewhere(rows: Sequence[SignUp], *, was: str) -> EmailMultiAlternatives | None:
    """The dates, soonest first, are at another place; none for whom no words of it have changed."""
    first, *more = rows
    series = first.occurrence.series
    is_sure = first.status in letters.SURE
    says = _("It was here: %(place)s.") % {"place": was}
    if was == series.where_in_full:
        if not is_sure:
            return None
        says = _("How to get there, or how to join, is new.")
    also = [f"{row.occurrence.when}: {manage_url(row)}" for row in more]
    letter = parts.letter(
        first,
        _("New place: %(title)s") % {"title": series.title},
        [
            says,
            *(parts.practical(first) if is_sure else []),
            *(["\n".join([_("The same holds for:"), *also])] if also else []),
        ],
        closing=_("Can’t make it? Give your place to somebody else: %(url)s")
        % {"url": manage_url(first)},
    )
    if more:
        return parts.attached(letter, *letters.several(rows))
    return _with_calendar(letter, first)


def called_off(row: SignUp) -> EmailMultiAlternatives:
    """The date does not take place."""
    occurrence = row.occurrence
    reason = occurrence.cancel_reason
    letter = parts.letter(
        row,
        _("Called off: %(title)s") % {"title": occurrence.series.title},
        [
            _("This date does not take place."),
            *([_("The reason: %(reason)s") % {"reason": reason}] if reason else []),
        ],
        closing=parts.other_dates(row),
    )
    return _with_calendar(letter, row)


def reminder(row: SignUp) -> EmailMultiAlternatives:
    """The date comes near; how to give the place back, and how to hear no more of this kind."""
    stop_url = f"{settings.BASE_URL}{reverse('events:reminders', args=[_token(row)])}"
    letter = parts.letter(
        row,
        _("Coming up: %(title)s") % {"title": row.occurrence.series.title},
        [
            *parts.practical(row),
            _("Can’t make it? Give your place to somebody else: %(url)s")
            % {"url": manage_url(row)},
        ],
        closing=_("No more reminders: %(url)s") % {"url": stop_url},
    )
    letter.extra_headers["List-Unsubscribe"] = f"<{stop_url}>"
    return letter


def signed_up_already(row: SignUp) -> EmailMultiAlternatives:
    """Somebody asked for a place in line for who has a place."""
    return parts.letter(
        row,
        _("You have a place already: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("Somebody asked to wait for this date with your address. %(name)s is signed up.")
            % {"name": row.name},
            _("So we put nobody on the waiting list."),
        ],
        closing=_manage_line(row),
    )


def manage_url(row: SignUp) -> str:
    """The private page of a sign-up; it shows buttons and changes nothing by itself."""
    path = reverse("events:manage", args=[_token(row)])
    return f"{settings.BASE_URL}{path}"


def _token(row: SignUp) -> str:
    return permissions.manage_token(row)


def _is_last(row: SignUp) -> bool:
    """Whether nobody of the party comes any more: only then does the date leave calendars."""
    return not SignUp.objects.party_of(row).holding().exists()


def _with_calendar(letter: EmailMultiAlternatives, row: SignUp) -> EmailMultiAlternatives:
    """The mail with the date as a file that puts it into a calendar, moves it, or takes it out."""
    return parts.attached(letter, *letters.invitation(row))


def _manage_line(row: SignUp) -> str:
    return _("See it or give your place back: %(url)s") % {"url": manage_url(row)}
