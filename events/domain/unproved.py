"""Addresses that nobody has proved: how much mail strangers may have sent to one."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from core import limits
from core.errors import DomainError
from events.models import SignUp, WaitingEntry

#: What is answered by nobody: whoever answers by the private link has proved the address.
_SIGN_UPS = (SignUp.Status.PENDING_EMAIL, SignUp.Status.LAPSED)
_LINE = (
    WaitingEntry.Status.WAITING,
    WaitingEntry.Status.OFFERED,
    WaitingEntry.Status.LAPSED,
    WaitingEntry.Status.CLOSED,
)


class TooManyMails(DomainError):
    """The address was sent enough that nobody answered."""

    status = 429


class Mail(NamedTuple):
    """What was asked for at an address that nobody has proved."""

    #: A booking's id, which is one mail for all of it; else the row's own.
    about: int | UUID
    asked_at: datetime
    #: Until when a place is kept for its answer; none once that lapsed, and in the line.
    held_until: datetime | None


def mails_to(email: str, *, now: datetime) -> list[Mail]:
    """What guests had sent to an address and nobody has answered, in one statement.

    Counted by what asked for it, so it costs no row of its own.
    """
    since = now - max(limit.span for limit in limits.MAIL_TO_ONE_ADDRESS)
    here = {"address": Lower(Value(email)), "user": None, "created_at__gt": since}
    columns = ("booking", "uuid", "created_at", "status")
    sign_ups = (
        SignUp.objects.order_by().alias(address=Lower("email")).filter(status__in=_SIGN_UPS, **here)
    )
    line = (
        WaitingEntry.objects.order_by()
        .alias(address=Lower("email"))
        .filter(status__in=_LINE, **here)
    )
    unheld = Value(None, output_field=DateTimeField())
    rows = sign_ups.values_list(*columns, "hold_until").union(
        line.values_list(*columns, unheld), all=True
    )
    pending = SignUp.Status.PENDING_EMAIL
    return [
        Mail(booking or uuid, asked_at, held_until if status == pending else None)
        for booking, uuid, asked_at, status, held_until in rows.order_by()
    ]


def require_few_mails(mails: Iterable[Mail], *, now: datetime) -> None:
    """Refuse an address to which guests had enough mail sent.

    Raises:
        TooManyMails: as it says.
    """
    asked = {mail.about: mail.asked_at for mail in mails}
    for limit in limits.MAIL_TO_ONE_ADDRESS:
        if sum(asked_at > now - limit.span for asked_at in asked.values()) >= limit.most:
            raise TooManyMails(
                _("We have sent this address several mails already. Answer those, or try later.")
            )
