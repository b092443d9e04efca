"""What the worker does for events: mails, each safe to be asked for twice."""

from datetime import datetime

from core import outbox
from events import mail
from events.models import SignUp


def _load(signup_id: int) -> SignUp | None:
    return (
        SignUp.objects.select_related(
            "occurrence__series__organization",
            "occurrence__series__company",
            "occurrence__series__area",
        )
        .filter(pk=signup_id)
        .first()
    )


@outbox.effect
def send_signup(*, signup_id: int, status: str) -> None:
    """Mail what a sign-up came to; nothing if it has moved on or is gone by now."""
    row = _load(signup_id)
    if row is None or row.status != status:
        return
    message = mail.signup(row, status)
    if message is not None:
        message.send()


@outbox.effect
def send_moved(*, signup_id: int, was: str, reason: str) -> None:
    """Mail that a date is at another time now."""
    row = _load(signup_id)
    if row is not None and row.holds_place:
        mail.moved(row, was=datetime.fromisoformat(was), reason=reason).send()


@outbox.effect
def send_called_off(*, signup_id: int) -> None:
    """Mail that a date does not take place."""
    row = _load(signup_id)
    if row is not None and row.occurrence.is_cancelled:
        mail.called_off(row).send()
