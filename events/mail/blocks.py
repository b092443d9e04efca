"""To a company's CSR leads: what became of the places that are held for it."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from events import permissions
from events.mail import parts
from events.models import SeatBlock

#: What a block has to be for a word about it to be true.
BLOCK_IS = {
    "held": SeatBlock.Status.HELD,
    "moved": SeatBlock.Status.HELD,
    "goes_back": SeatBlock.Status.HELD,
    "released": SeatBlock.Status.RELEASED,
    "ended": SeatBlock.Status.ENDED,
    "called_off": SeatBlock.Status.ENDED,
}


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
    every = [
        f"{occurrence.series.title}\n{occurrence.when}",
        *(line % facts for line in says),
        _("See it at your desk: %(url)s") % {"url": settings.BASE_URL + path},
    ]
    return parts.message(subject % facts, every, bcc=addresses)


def claim_url(row: SeatBlock) -> str:
    """The page on which a company's people claim the places that are held for it."""
    path = reverse("events:claim", args=[permissions.seats_token(row)])
    return f"{settings.BASE_URL}{path}"
