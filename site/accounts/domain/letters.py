"""Mails about signing in: how many one address gets, and that none is sent inside a request."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Letter
from core import limits, outbox

#: A code that somebody waits for at the sign-in page may be asked for a little more often.
CODES_TO_ONE_ADDRESS = (
    limits.Limit(10, timedelta(hours=1)),
    limits.Limit(30, timedelta(days=1)),
)


def post(
    *, to: str, subject: str, text: str, html: str, is_code: bool, now: datetime
) -> Letter | None:
    """Promise that a mail goes out; `None` if the address has had its share.

    Whoever asked must be answered alike in both cases, or the answer would tell who has an
    account here.

    Args:
        to: the one address.
        subject: one line.
        text: the plain part.
        html: the same for mail readers that show it.
        is_code: whether it is a sign-in code for an account that exists.
        now: the present.
    """
    share = CODES_TO_ONE_ADDRESS if is_code else limits.MAIL_TO_ONE_ADDRESS
    name = "sign-in-code" if is_code else "mail"
    with transaction.atomic():
        if not limits.take(name, to, *share, now=now):
            return None
        row = Letter.objects.create(
            to=to, subject=subject[:300], text=text, html=html, created_at=now
        )
        outbox.promise("accounts.tasks.send_letter", now=now, rank=1, letter_id=str(row.pk))
        return row
