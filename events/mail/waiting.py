"""To people on a waiting list: where they stand, and what is offered to them."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from events import permissions
from events.mail import parts
from events.models import Offer, WaitingEntry


def on_list(row: WaitingEntry) -> EmailMultiAlternatives:
    """They wait now, and how to leave."""
    return parts.letter(
        row,
        _("On the waiting list: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("You are number %(n)d. We write as soon as places are free for you.")
            % {"n": row.position},
        ],
        closing=_("See where you are, or leave the list: %(url)s") % {"url": waiting_url(row)},
    )


def waits_already(row: WaitingEntry) -> EmailMultiAlternatives:
    """Somebody asked in another way for who waits already."""
    return parts.letter(
        row,
        _("You wait for this already: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("Somebody asked to wait for this date with your address, but not in the same way."),
            _("A place is kept for you as it says above: take it, or say no.")
            if row.holds_offer
            else _("You wait as it says above, and keep your number: %(n)d.") % {"n": row.position},
        ],
        closing=_("To wait in another way, leave this list first: %(url)s")
        % {"url": waiting_url(row)},
    )


def offered(offer: Offer) -> EmailMultiAlternatives:
    """Places are kept for them until an hour that is named."""
    row = offer.entry
    return parts.letter(
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
    return parts.letter(
        row,
        _("Your place went on: %(title)s") % {"title": row.occurrence.series.title},
        [_("We heard nothing in time, so the place went to the next in line.")],
        closing=_("Still want to come? Stand in line again: %(url)s") % {"url": _date_url(row)},
    )


def open_call(row: WaitingEntry) -> EmailMultiAlternatives:
    """On the day itself, whoever comes first has the place."""
    return parts.letter(
        row,
        _("Places are free today: %(title)s") % {"title": row.occurrence.series.title},
        [_("A place came free. We ask everybody who waits: first come, first served.")],
        closing=_("Take it here: %(url)s") % {"url": _date_url(row)},
    )


def line_closed(row: WaitingEntry) -> EmailMultiAlternatives:
    """What they waited for does not take place."""
    reason = row.occurrence.cancel_reason
    return parts.letter(
        row,
        _("Called off: %(title)s") % {"title": row.occurrence.series.title},
        [
            _("The date that you waited for does not take place."),
            *([_("The reason: %(reason)s") % {"reason": reason}] if reason else []),
        ],
        closing=parts.other_dates(row),
    )


def waiting_url(row: WaitingEntry) -> str:
    """The private page of a place in line; it shows buttons and changes nothing by itself."""
    path = reverse("events:waiting", args=[permissions.waiting_token(row)])
    return f"{settings.BASE_URL}{path}"


def _date_url(row: WaitingEntry) -> str:
    return f"{settings.BASE_URL}{row.occurrence.get_absolute_url()}"
