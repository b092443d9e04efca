"""How it was: what the host writes of a date that is over, for everybody to read."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, versions
from core.errors import DomainError
from events import permissions
from events.domain import seats
from events.models import Occurrence


class NotOver(DomainError):
    """It has not taken place, or did not."""


def write(*, occurrence: Occurrence, text: str, by: User, now: datetime) -> Occurrence:
    """Keep a recap, or take it away with an empty text; it shows at once.

    Args:
        occurrence: the date.
        text: plain words; empty for none.
        by: who acts.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        NotOver: if the date is still to come, is on, or was called off.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    with seats.held(occurrence.pk) as row:
        if row.is_cancelled:
            raise NotOver(_("This date was called off: there is nothing to tell of it."))
        if row.ends_at > now:
            raise NotOver(_("It is not over yet. Write how it was afterwards."))
        text = text.strip()
        if text == row.recap:
            return row
        row.recap = text
        row.save(update_fields=["recap"])
        audit.record(row, "events.recap_written", by=by, letters=len(text))
        versions.bump("events")
    return row
