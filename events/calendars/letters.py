"""One person's dates as calendars read them: in their own feed, and in the mails to them."""

from collections.abc import Sequence
from email.utils import parseaddr
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from events.calendars import vevents
from events.models import Series, SignUp, WaitingEntry

#: Who is told how to join, and whose calendar is sure of the date.
SURE = (SignUp.Status.CONFIRMED, SignUp.Status.CHECKED_IN, SignUp.Status.ATTENDED)
_MAYBE = (SignUp.Status.PENDING_EMAIL, SignUp.Status.REQUESTED)
#: What stands as itself in the address of a `mailto:` (RFC 6068, 2), beside letters and digits.
_IN_ADDRESS = "@!$'*+"


def vevent(row: SignUp, *, lines: tuple[str, ...] = ()) -> str:
    """The date of a sign-up, with the link to join for those alone whose place is confirmed."""
    return vevents.text_of_date(
        row.occurrence,
        status=_status(row),
        changed_at=row.changed_at,
        sequence=row.sequence,
        lines=lines,
        note="\n".join(part for part in (role_line(row), _join_line(row)) if part),
    )


def invitation(row: SignUp) -> tuple[str, str]:
    """What a mail about a sign-up carries: the method and the calendar (RFC 5546).

    The date is asked for, or taken back from a calendar that has it.
    """
    series = row.occurrence.series
    is_off = row.occurrence.is_cancelled or _status(row) == "CANCELLED"
    answer = "ACCEPTED" if row.status in SURE else "TENTATIVE"
    who = f"ATTENDEE;CN={_parameter(row.name)};ROLE=REQ-PARTICIPANT;PARTSTAT={answer};RSVP=FALSE"
    lines = (
        _organizer(series),
        f"{who}:mailto:{quote(row.email, safe=_IN_ADDRESS)}",
    )
    method = "CANCEL" if is_off else "REQUEST"
    text = vevent(row, lines=lines)
    return method, vevents.letter_text(method=method, zones=vevents.zones_of(series), text=text)


def several(rows: Sequence[SignUp]) -> tuple[str, str]:
    """What a mail about several dates carries: all of them to keep, each as it stands.

    A request speaks of one date alone (RFC 5546), so these are published.
    """
    zones = {zone: None for row in rows for zone in vevents.zones_of(row.occurrence.series)}
    text = "".join(vevent(row, lines=(_organizer(row.occurrence.series),)) for row in rows)
    return "PUBLISH", vevents.letter_text(method="PUBLISH", zones=zones, text=text)


def role_line(row: SignUp | WaitingEntry) -> str:
    """What they come as, where that is something in particular."""
    return _("Role: %(name)s") % {"name": row.slot_name} if row.slot_name else ""


def _organizer(series: Series) -> str:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"ORGANIZER;CN={_parameter(series.host_name)}:mailto:{sender}"


def _status(row: SignUp) -> str:
    if row.status in _MAYBE:
        return "TENTATIVE"
    return "CONFIRMED" if row.holds_place else "CANCELLED"


def _join_line(row: SignUp) -> str:
    series = row.occurrence.series
    if series.mode == Series.Mode.IN_PERSON or not series.online_url or row.status not in SURE:
        return ""
    return _("Join here: %(url)s") % {"url": series.online_url}


def _parameter(text: str) -> str:
    """A parameter value: quoted, without what none may hold, and with `^` as RFC 6868 has it."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f'"{plain.replace(chr(34), chr(39)).replace("^", "^^")}"'
