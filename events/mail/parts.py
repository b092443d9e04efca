"""What letters of events are made of: the frame around the words, and the lines they share."""

from collections.abc import Iterable
from email.message import MIMEPart

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from events.calendars import letters
from events.models import Series, SignUp, WaitingEntry


def letter(
    row: SignUp | WaitingEntry, subject: str, paragraphs: list[str], *, closing: str
) -> EmailMultiAlternatives:
    """What is said to one address about one date, under the date's facts and who comes or waits."""
    occurrence = row.occurrence
    series = occurrence.series
    facts = "\n".join(
        part
        for part in (
            series.title,
            occurrence.when,
            series.where_in_full,
            _people(row),
            letters.role_line(row),
        )
        if part
    )
    hello = _("Hello %(name)s,") % {"name": row.name}
    every = [hello, facts, *paragraphs, closing]
    return message(subject, every, to=row.email)


def message(
    subject: str, paragraphs: list[str], *, to: str | None = None, bcc: Iterable[str] = ()
) -> EmailMultiAlternatives:
    """The paragraphs as text and as HTML: to one address, or to many who do not see each other."""
    subject = " ".join(subject.split())
    mail = EmailMultiAlternatives(
        subject,
        "\n\n".join(paragraphs) + "\n",
        to=None if to is None else [to],
        bcc=list(bcc),
    )
    html = render_to_string("emails/letter.html", {"subject": subject, "paragraphs": paragraphs})
    mail.attach_alternative(html, "text/html")
    return mail


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


def attached(mail: EmailMultiAlternatives, method: str, text: str) -> EmailMultiAlternatives:
    """The mail with a calendar as a file, which says by its method what is done with it."""
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
    mail.attach(part)
    return mail


def practical(row: SignUp) -> list[str]:
    """What only those who come are told."""
    series = row.occurrence.series
    lines = []
    if series.mode != Series.Mode.IN_PERSON and series.online_url:
        lines.append(_("Join here: %(url)s") % {"url": series.online_url})
    if series.requirements:
        lines.append(_("Please note: %(text)s") % {"text": series.requirements})
    return lines


def other_dates(row: SignUp | WaitingEntry) -> str:
    """Where to look for another date of the same series."""
    url = settings.BASE_URL + row.occurrence.series.get_absolute_url()
    return _("Other dates: %(url)s") % {"url": url}
