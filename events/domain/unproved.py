"""Addresses that nobody has proved: how much mail strangers may have sent to one."""

from datetime import datetime

from django.db.models import Value
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


def require_few_mails(email: str, *, now: datetime) -> None:
    """Refuse an address to which guests had enough mail sent, in one statement.

    Counted by what asked for them, so it costs no row of its own; what was booked in one go is
    one mail.

    Raises:
        TooManyMails: as it says.
    """
    since = now - max(limit.span for limit in limits.MAIL_TO_ONE_ADDRESS)
    here = {"address": Lower(Value(email)), "user": None, "created_at__gt": since}
    columns = ("booking", "uuid", "created_at")
    sign_ups = (
        SignUp.objects.order_by().alias(address=Lower("email")).filter(status__in=_SIGN_UPS, **here)
    )
    line = (
        WaitingEntry.objects.order_by()
        .alias(address=Lower("email"))
        .filter(status__in=_LINE, **here)
    )
    rows = sign_ups.values_list(*columns).union(line.values_list(*columns), all=True).order_by()
    asked = {booking or uuid: made_at for booking, uuid, made_at in rows}
    for limit in limits.MAIL_TO_ONE_ADDRESS:
        if sum(made_at > now - limit.span for made_at in asked.values()) >= limit.most:
            raise TooManyMails(
                _("We have sent this address several mails already. Answer those, or try later.")
            )
