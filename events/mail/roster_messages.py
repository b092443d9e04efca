"""What a host writes to everybody who comes to a date or waits for it."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from events.mail import signups, waiting
from events.models import RosterMessage, SignUp, WaitingEntry


def roster_message(message: RosterMessage, rows: Sequence[SignUp | WaitingEntry]) -> EmailMessage:
    """What a host wrote, to one address: plain, in the host's words, answered to the host."""
    names: list[str] = []
    links: dict[object, str] = {}
    for row in rows:
        if isinstance(row, WaitingEntry):
            names += row.people
            links[row.pk] = waiting.waiting_url(row)
        else:
            names.append(row.name)
            # One private page speaks for all who were signed up together.
            links.setdefault(row.booking_id or row.uuid, signups.manage_url(row))
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
