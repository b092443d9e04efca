"""Writing to the people of a date: each address once, after a minute in which it can be undone."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox
from core.errors import DomainError
from events import permissions
from events.domain import seats
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, RosterMessage, SignUp, WaitingEntry

#: How many messages the people of one date get in any 24 hours.
MOST_A_DAY = 5
_DAY = timedelta(hours=24)


class NothingToSay(DomainError):
    """A message has a subject and a text."""

    status = 422


class NobodyThere(DomainError):
    """Nobody would get it."""


class RosterChanged(DomainError):
    """It would go to more or fewer than was shown."""


class TooManyMessages(DomainError):
    """The people of this date have heard enough today."""

    status = 429


class AlreadyGone(DomainError):
    """The minute is over."""


def by_address(message: RosterMessage) -> dict[str, list[SignUp | WaitingEntry]]:
    """Who gets it, by the address at which they get it: small letters, each once."""
    found: dict[str, list[SignUp | WaitingEntry]] = {}
    for row in message.recipients():
        found.setdefault(row.email.lower(), []).append(row)
    return found


def send(
    *,
    occurrence: Occurrence,
    uuid: UUID,
    audience: str,
    subject: str,
    text: str,
    shown: int,
    by: User,
    now: datetime,
) -> RosterMessage:
    """Promise a mail to each address; the same form sent twice is one message.

    Args:
        occurrence: the date.
        uuid: of the form, which makes it the same message.
        audience: to whom, one of `RosterMessage.Audience`.
        subject: in one line.
        text: plain.
        shown: how many mails `by` was told it would be.
        by: somebody of the host.
        now: the present.

    Raises:
        PermissionDenied: if `by` is not of the host.
        NothingToSay: if the subject or the text is empty.
        NobodyThere: if nobody would get it.
        RosterChanged: if it would be more or fewer mails than were shown.
        TooManyMessages: if there were `MOST_A_DAY` in the last 24 hours.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    subject, text = " ".join(subject.split()), text.strip()
    if not subject or not text:
        raise NothingToSay(_("A message needs a subject and a text."))
    with seats.held(occurrence.pk) as row:
        known = RosterMessage.objects.filter(uuid=uuid).first()
        if known is not None and known.occurrence_id == row.pk:
            return known
        if known is not None:
            raise RosterChanged(_("This form belongs to another date. Begin again."))
        lately = RosterMessage.objects.filter(
            occurrence=row, made_at__gt=now - _DAY, undone_at=None
        )
        if lately.count() >= MOST_A_DAY:
            raise TooManyMessages(
                _("The people of this date had %(most)d messages in a day. Write again tomorrow.")
                % {"most": MOST_A_DAY}
            )
        message = RosterMessage(
            uuid=uuid,
            occurrence=row,
            audience=audience,
            subject=subject,
            text=text,
            written_by=by,
            made_at=now,
            goes_at=now + MAILS_WAIT,
        )
        people = by_address(message)
        if not people:
            raise NobodyThere(_("Nobody would get this message."))
        if len(people) != shown:
            raise RosterChanged(_("The roster has changed meanwhile. Look at it again."))
        message.mails = len(people)
        message.save()
        with outbox.gathered() as promised:
            for rows in people.values():
                outbox.promise(
                    "events.tasks.send_roster_message",
                    now=now,
                    key=f"events.roster_message:{message.uuid.hex}:{rows[0].pk}",
                    not_before=message.goes_at,
                    message_id=message.pk,
                    row_id=rows[0].pk,
                )
        message.effects = [str(effect.pk) for effect in promised]
        message.save(update_fields=["effects"])
        audit.record(message, "events.message_sent", by=by, to=audience, mails=message.mails)
    return message


def take_back(*, message: RosterMessage, by: User, now: datetime) -> RosterMessage:
    """Withdraw a message while it waits; a second time changes nothing.

    Raises:
        PermissionDenied: if `by` is not of the host.
        AlreadyGone: if its minute is over, or a mail is on its way.
    """
    if not permissions.can_edit(by, message.occurrence.series):
        raise PermissionDenied
    with transaction.atomic():
        row = RosterMessage.objects.select_for_update(of=("self",), no_key=True).get(pk=message.pk)
        if row.undone_at is not None:
            return row
        if not row.waits(now=now) or not outbox.take_all_back(row.effects):
            raise AlreadyGone(_("The minute is over: the mails are on their way."))
        row.undone_at = now
        row.save(update_fields=["undone_at"])
        audit.record(row, "events.message_taken_back", by=by)
    return row
