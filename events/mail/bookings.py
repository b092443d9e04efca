"""To people who signed up for several dates in one go: one letter about all of them."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from events import permissions
from events.calendars import letters
from events.mail import parts
from events.models import Booking, SignUp, WaitingEntry


def booking(made: Booking) -> EmailMultiAlternatives | None:
    """What was signed up for in one go, a line a date; none where all of it fell away."""
    hosts = ("occurrence__series__organization", "occurrence__series__company")
    rows = [
        *made.signups.holding().select_related(*hosts, "occurrence__series__area"),
        *made.waiting_entries.in_line().select_related(*hosts, "occurrence__series__area"),
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (row.occurrence.starts_at, row.occurrence_id))
    for row in rows:
        row.occurrence.read_at(made.created_at)
    series = rows[0].occurrence.series
    url = f"{settings.BASE_URL}{reverse('events:booking', args=[permissions.booking_token(made)])}"
    coming = [row for row in rows if isinstance(row, SignUp) and row.comes]
    # A party comes to a date together: it is one entry in a calendar.
    sure = list({row.occurrence_id: row for row in reversed(coming)}.values())[::-1]
    if any(row.status == SignUp.Status.PENDING_EMAIL for row in rows):
        subject = _("Confirm your places: %(title)s")
        lines = [_("We hold your places for 30 minutes. Confirm them on this page:"), url]
        closing = _("If this was not you, do nothing: the places free themselves.")
    else:
        subject = _("You are signed up: %(title)s") if sure else _("On the waiting list: %(title)s")
        lines = [*(parts.practical(sure[0]) if sure else [])]
        closing = _("See all of it or give places back: %(url)s") % {"url": url}
    dates = "\n".join(_lines_of(rows))
    facts = [series.title, series.where_in_full]
    hello = _("Hello %(name)s,") % {"name": made.name}
    letter = parts.message(
        subject % {"title": series.title},
        [hello, "\n".join(facts), dates, *lines, closing],
        to=made.email,
    )
    return parts.attached(letter, *letters.several(sure)) if sure else letter


def _lines_of(rows: Sequence[SignUp | WaitingEntry]) -> list[str]:
    """What stands in a letter of each date, with the names where several people come."""
    people: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        names = row.people if isinstance(row, WaitingEntry) else [row.name]
        says = ", ".join(
            part for part in (str(row.get_status_display()), letters.role_line(row)) if part
        )
        people.setdefault((row.occurrence.when, says), []).extend(names)
    is_party = len({name for names in people.values() for name in names}) > 1
    return [
        f"{when}: {says}" + (f" ({', '.join(names)})" if is_party else "")
        for (when, says), names in people.items()
    ]
