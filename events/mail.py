"""The mails about sign-ups, waiting lists and places held for companies, composed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.message import MIMEPart

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from events import permissions
from events.calendars import letters
from events.models import (
    Booking,
    IncomingCalendar,
    Occurrence,
    Offer,
    RosterMessage,
    SeatBlock,
    Series,
    SignUp,
    WaitingEntry,
)

#: What a block has to be for a word about it to be true.
BLOCK_IS = {
    "held": SeatBlock.Status.HELD,
    "moved": SeatBlock.Status.HELD,
    "goes_back": SeatBlock.Status.HELD,
    "released": SeatBlock.Status.RELEASED,
    "ended": SeatBlock.Status.ENDED,
    "called_off": SeatBlock.Status.ENDED,
}


def signup(row: SignUp, status: str) -> EmailMultiAlternatives | None:
    """What a status of a sign-up has to say; none where it has nothing."""
    title = row.occurrence.series.title
    match status:
        case SignUp.Status.PENDING_EMAIL:
            return _letter(
                row,
                _("Confirm your place: %(title)s") % {"title": title},
                [
                    _("We hold your place for 30 minutes. Confirm it on this page:"),
                    manage_url(row),
                ],
                closing=_("If this was not you, do nothing: the place frees itself."),
            )
        case SignUp.Status.REQUESTED:
            return _letter(
                row,
                _("Waiting for approval: %(title)s") % {"title": title},
                [
                    _("%(host)s looks at each sign-up and will answer you.")
                    % {"host": row.occurrence.series.host_name},
                ],
                closing=_manage_line(row),
            )
        case SignUp.Status.CONFIRMED:
            letter = _letter(
                row,
                _("You are signed up: %(title)s") % {"title": title},
                [_("Your place is confirmed."), *_practical(row)],
                closing=_manage_line(row),
            )
            return _with_calendar(letter, row)
        case SignUp.Status.DECLINED:
            letter = _letter(
                row,
                _("No place this time: %(title)s") % {"title": title},
                [_("The organizer could not confirm your sign-up.")],
                closing=_other_dates(row),
            )
            return _with_calendar(letter, row) if _is_last(row) else letter
        case SignUp.Status.CANCELLED:
            letter = _letter(
                row,
                _("Your place is given back: %(title)s") % {"title": title},
                [_("You are not signed up for this date any more.")],
                closing=_other_dates(row),
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
    letter = _letter(
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


def called_off(row: SignUp) -> EmailMultiAlternatives:
    """The date does not take place."""
    occurrence = row.occurrence
    reason = occurrence.cancel_reason
    letter = _letter(
        row,
        _("Called off: %(title)s") % {"title": occurrence.series.title},
        [
            _("This date does not take place."),
            *([_("The reason: %(reason)s") % {"reason": reason}] if reason else []),
        ],
        closing=_other_dates(row),
    )
    return _with_calendar(letter, row)


def reminder(row: SignUp) -> EmailMultiAlternatives:
    """The date comes near; how to give the place back, and how to hear no more of this kind."""
    stop_url = f"{settings.BASE_URL}{reverse('events:reminders', args=[_token(row)])}"
    letter = _letter(
        row,
        _("Coming up: %(title)s") % {"title": row.occurrence.series.title},
        [
            *_practical(row),
            _("Can’t make it? Give your place to somebody else: %(url)s")
            % {"url": manage_url(row)},
        ],
        closing=_("No more reminders: %(url)s") % {"url": stop_url},
    )
    letter.extra_headers["List-Unsubscribe"] = f"<{stop_url}>"
    return letter


def manage_url(row: SignUp) -> str:
    """The private page of a sign-up; it shows buttons and changes nothing by itself."""
    path = reverse("events:manage", args=[_token(row)])
    return f"{settings.BASE_URL}{path}"


def _token(row: SignUp) -> str:
    return permissions.manage_token(row)


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
        lines = [*(_practical(sure[0]) if sure else [])]
        closing = _("See all of it or give places back: %(url)s") % {"url": url}
    dates = "\n".join(_lines_of(rows))
    facts = [series.title, ", ".join(part for part in (series.where, series.address) if part)]
    hello = _("Hello %(name)s,") % {"name": made.name}
    letter = _message(
        subject % {"title": series.title},
        [hello, "\n".join(facts), dates, *lines, closing],
        to=made.email,
    )
    return _attached(letter, *letters.several(sure)) if sure else letter


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


def on_list(row: WaitingEntry) -> EmailMultiAlternatives:
    """They wait now, and how to leave."""
    return _letter(
        row,
        _("On the waiting list: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("You are number %(n)d. We write as soon as places are free for you.")
            % {"n": row.position},
        ],
        closing=_("See where you are, or leave the list: %(url)s") % {"url": waiting_url(row)},
    )


def signed_up_already(row: SignUp) -> EmailMultiAlternatives:
    """Somebody asked for a place in line for who has a place."""
    return _letter(
        row,
        _("You have a place already: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("Somebody asked to wait for this date with your address. %(name)s is signed up.")
            % {"name": row.name},
            _("So we put nobody on the waiting list."),
        ],
        closing=_manage_line(row),
    )


def offered(offer: Offer) -> EmailMultiAlternatives:
    """Places are kept for them until an hour that is named."""
    row = offer.entry
    return _letter(
        row,
        _("A place for you: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("A place is free. We keep it for you until %(deadline)s.")
            % {"deadline": offer.deadline},
            _("Take it, or say no, on this page: %(url)s") % {"url": waiting_url(row)},
        ],
        closing=_("If we hear nothing until then, it goes to the next in line."),
    )


def offer_lapsed(row: WaitingEntry) -> EmailMultiAlternatives:
    """The offer went on."""
    return _letter(
        row,
        _("Your place went on: %(title)s") % {"title": row.occurrence.series.title},
        [_("We heard nothing in time, so the place went to the next in line.")],
        closing=_("Still want to come? Stand in line again: %(url)s") % {"url": _date_url(row)},
    )


def open_call(row: WaitingEntry) -> EmailMultiAlternatives:
    """On the day itself, whoever comes first has the place."""
    return _letter(
        row,
        _("Places are free today: %(title)s") % {"title": row.occurrence.series.title},
        [_("A place came free. We ask everybody who waits: first come, first served.")],
        closing=_("Take it here: %(url)s") % {"url": _date_url(row)},
    )


def line_closed(row: WaitingEntry) -> EmailMultiAlternatives:
    """What they waited for does not take place."""
    reason = row.occurrence.cancel_reason
    return _letter(
        row,
        _("Called off: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("The date that you waited for does not take place."),
            *([_("The reason: %(reason)s") % {"reason": reason}] if reason else []),
        ],
        closing=_other_dates(row),
    )


def block(row: SeatBlock, word: str, addresses: Iterable[str]) -> EmailMultiAlternatives:
    """To a company's CSR leads: what became of the places that are held for it."""
    occurrence = row.occurrence
    facts = {
        "title": occurrence.series.title,
        "company": row.company.name,
        "host": occurrence.series.host_name,
        "when": row.goes_back,
        "claimed": row.claimed,
        "places": row.places,
        "unclaimed": row.unclaimed,
        "url": claim_url(row),
        "reason": occurrence.cancel_reason,
    }
    share = [
        _("Share this link with your colleagues; each of them claims a place by it: %(url)s"),
        _("Claimed so far: %(claimed)d of %(places)d."),
    ]
    back = _("What nobody has claimed by %(when)s goes back to everybody.")
    match word:
        case "held":
            subject = _("Places held for you: %(title)s")
            says = [_("%(host)s holds places for %(company)s: %(places)d."), *share, back]
        case "moved":
            subject = _("New time: %(title)s")
            says = [_("The places held for %(company)s move with it."), *share, back]
        case "goes_back":
            subject = _("Unclaimed places go back soon: %(title)s")
            says = [
                _("Of the places held for %(company)s, unclaimed: %(unclaimed)d."),
                back,
                *share,
            ]
        case "released":
            subject = _("Unclaimed places went back: %(title)s")
            says = [
                _("Of the places held for %(company)s, nobody claimed: %(unclaimed)d."),
                _("They are open to everybody now. Who claimed a place keeps it."),
            ]
        case "called_off":
            subject = _("Called off: %(title)s")
            says = [
                _("This date does not take place, so the places held for %(company)s are gone."),
                *([_("The reason: %(reason)s")] if occurrence.cancel_reason else []),
            ]
        case _word:
            subject = _("Held places given back: %(title)s")
            says = [
                _("Places are not held for %(company)s any more. Who claimed one keeps it."),
            ]
    path = reverse("events:company-desk", args=[row.company.slug])
    subject = " ".join((subject % facts).split())
    every = [
        f"{occurrence.series.title}\n{occurrence.when}",
        *(line % facts for line in says),
        _("See it at your desk: %(url)s") % {"url": settings.BASE_URL + path},
    ]
    message = EmailMultiAlternatives(subject, "\n\n".join(every) + "\n", bcc=list(addresses))
    html = render_to_string("emails/letter.html", {"subject": subject, "paragraphs": every})
    message.attach_alternative(html, "text/html")
    return message


def claim_url(row: SeatBlock) -> str:
    """The page on which a company's people claim the places that are held for it."""
    path = reverse("events:claim", args=[permissions.seats_token(row)])
    return f"{settings.BASE_URL}{path}"


def calendar_broken(calendar: IncomingCalendar, addresses: Iterable[str]) -> EmailMultiAlternatives:
    """To the organization's people: their calendar cannot be read, and why."""
    facts = {"name": str(calendar)[:100], "host": calendar.organization.name}
    path = reverse("events:desk-calendars", args=[calendar.organization.slug])
    subject = " ".join((_("We cannot read your calendar %(name)s") % facts).split())
    every = [
        _("We tried to read the calendar %(name)s of %(host)s several times:") % facts,
        calendar.problem,
        _("The events that came from it stay as they were. We keep trying, once a day at least."),
        _("Look after it here:") + f" {settings.BASE_URL}{path}",
    ]
    message = EmailMultiAlternatives(subject, "\n\n".join(every) + "\n", bcc=list(addresses))
    html = render_to_string("emails/letter.html", {"subject": subject, "paragraphs": every})
    message.attach_alternative(html, "text/html")
    return message


def roster_message(message: RosterMessage, rows: Sequence[SignUp | WaitingEntry]) -> EmailMessage:
    """What a host wrote, to one address: plain, in the host's words, answered to the host."""
    names: list[str] = []
    links: dict[object, str] = {}
    for row in rows:
        if isinstance(row, WaitingEntry):
            names += row.people
            links[row.pk] = waiting_url(row)
        else:
            names.append(row.name)
            # One private page speaks for all who were signed up together.
            links.setdefault(row.booking_id or row.uuid, manage_url(row))
    return _from_host(message, to=rows[0].email, names=names, links=list(links.values()))


def roster_message_sample(message: RosterMessage) -> EmailMessage:
    """The same as its writer may see it before it goes: with nobody's name and private link."""
    return _from_host(message, to="", names=[_("(name)")], links=[_("(their private link)")])


def _from_host(
    message: RosterMessage, *, to: str, names: Sequence[str], links: Sequence[str]
) -> EmailMessage:
    occurrence = message.occurrence
    series = occurrence.series
    facts = {
        "host": series.host_name,
        "names": ", ".join(names),
        "title": series.title,
        "when": occurrence.when,
    }
    if message.audience == RosterMessage.Audience.WAITING:
        why = _("%(host)s writes to everybody who waits for “%(title)s”, %(when)s: %(names)s.")
        way = _("See where you are, or leave the list: %(url)s")
    else:
        why = _("%(host)s writes to everybody who comes to “%(title)s”, %(when)s: %(names)s.")
        way = _("See your sign-up: %(url)s")
    every = [message.text, "—", why % facts, *(way % {"url": url} for url in links)]
    contact = series.host.contact_email if series.host else ""
    return EmailMessage(
        message.subject,
        "\n\n".join(every) + "\n",
        to=[to],
        reply_to=[contact] if contact else None,
    )


def waiting_url(row: WaitingEntry) -> str:
    """The private page of a place in line; it shows buttons and changes nothing by itself."""
    path = reverse("events:waiting", args=[permissions.waiting_token(row)])
    return f"{settings.BASE_URL}{path}"


def _date_url(row: WaitingEntry) -> str:
    return f"{settings.BASE_URL}{row.occurrence.get_absolute_url()}"


def _letter(
    row: SignUp | WaitingEntry, subject: str, paragraphs: list[str], *, closing: str
) -> EmailMultiAlternatives:
    occurrence = row.occurrence
    series = occurrence.series
    facts = "\n".join(
        part
        for part in (
            series.title,
            occurrence.when,
            ", ".join(part for part in (series.where, series.address) if part),
            _people(row),
            letters.role_line(row),
        )
        if part
    )
    hello = _("Hello %(name)s,") % {"name": row.name}
    every = [hello, facts, *paragraphs, closing]
    return _message(subject, every, to=row.email)


def _message(subject: str, paragraphs: list[str], *, to: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        " ".join(subject.split()), "\n\n".join(paragraphs) + "\n", to=[to]
    )
    html = render_to_string("emails/letter.html", {"subject": subject, "paragraphs": paragraphs})
    message.attach_alternative(html, "text/html")
    return message


def _people(row: SignUp | WaitingEntry) -> str:
    """Everybody of whom the letter speaks, where they are several."""
    if isinstance(row, WaitingEntry):
        names = row.people
    else:
        party = SignUp.objects.party_of(row).filter(status=row.status).order_by("pk")
        if not row.holds_place:
            # Those who gave their places back in one go, and not who did so before.
            party = party.filter(changed_at=row.changed_at)
        names = [one.name for one in party] if row.booking_id else []
    return ", ".join(names) if len(names) > 1 else ""


def _is_last(row: SignUp) -> bool:
    """Whether nobody of the party comes any more: only then does the date leave calendars."""
    return not SignUp.objects.party_of(row).holding().exists()


def _with_calendar(letter: EmailMultiAlternatives, row: SignUp) -> EmailMultiAlternatives:
    """The mail with the date as a file that puts it into a calendar, moves it, or takes it out."""
    return _attached(letter, *letters.invitation(row))


def _attached(letter: EmailMultiAlternatives, method: str, text: str) -> EmailMultiAlternatives:
    part = MIMEPart()
    # Bytes, so that the line ends of a calendar stay as they are.
    part.set_content(
        text.encode(),
        maintype="text",
        subtype="calendar",
        disposition="attachment",
        filename="event.ics",
        params={"method": method, "charset": "utf-8"},
    )
    letter.attach(part)
    return letter


def _practical(row: SignUp) -> list[str]:
    """What only those who come are told."""
    series = row.occurrence.series
    lines = []
    if series.mode != Series.Mode.IN_PERSON and series.online_url:
        lines.append(_("Join here: %(url)s") % {"url": series.online_url})
    if series.requirements:
        lines.append(_("Please note: %(text)s") % {"text": series.requirements})
    return lines


def _manage_line(row: SignUp) -> str:
    return _("See it or give your place back: %(url)s") % {"url": manage_url(row)}


def _other_dates(row: SignUp | WaitingEntry) -> str:
    url = settings.BASE_URL + row.occurrence.series.get_absolute_url()
    return _("Other dates: %(url)s") % {"url": url}
