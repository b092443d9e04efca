"""Who did what to which thing, and when: one line in the log that the CMS shows as history."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import Model


def record(thing: "Model", action: str, *, by: "AbstractUser | None", **facts: Any) -> None:
    """Write an audit line in the transaction of the change that it is about.

    Args:
        thing: the saved row that changed.
        action: `app.verb` in the past tense, such as `events.occurrence_cancelled`.
        by: who acted; `None` for the clock or a guest.
        facts: JSON-ready details: what it was, what it is, why. No personal data beyond ids.
    """
    log(instance=thing, action=action, user=by, data=facts or None)


def record_many(
    things: "Sequence[Model]",
    action: str,
    *,
    by: "AbstractUser | None",
    now: datetime,
    **facts: Any,
) -> None:
    """The same line for many rows of one plain model, in a few statements."""
    if not things:
        return
    content_type = ContentType.objects.get_for_model(things[0], for_concrete_model=False)
    ModelLogEntry.objects.bulk_create(
        [
            ModelLogEntry(
                content_type=content_type,
                object_id=str(thing.pk),
                label=str(thing),
                action=action,
                timestamp=now,
                user=by,
                data=facts,
            )
            for thing in things
        ],
        batch_size=500,
    )
