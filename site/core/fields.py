"""A wall-clock time: what the clock in the room shows, with no zone of its own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

#: How a local start is written in URLs and in the database of the embedded default.
LOCAL_FORMAT = "%Y-%m-%dT%H:%M"


class LocalDateTimeField(models.Field[datetime, datetime]):
    """A naive local date and time, to the minute.

    An event keeps the time on the wall and the zone beside it; UTC is derived. Django's
    own DateTimeField would convert it, which is just what must not happen. Stored as
    `2026-12-08T16:30` on both databases: it sorts, compares and reads as what it is.
    """

    description = _("Local date and time")

    def db_type(self, connection: "BaseDatabaseWrapper") -> str:  # noqa: ARG002
        """Sixteen characters, on any database."""
        return "varchar(16)"

    def to_python(self, value: Any) -> datetime | None:
        """Accept a naive datetime or its text; refuse an aware one by name."""
        if value is None:
            return None
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError(
                _("“%(value)s” is not a date and time like 2026-12-08T16:30."),
                code="invalid",
                params={"value": value},
            ) from error
        if moment.tzinfo is not None:
            raise ValidationError(_("A local time has no zone or offset."), code="aware")
        return moment.replace(second=0, microsecond=0)

    def from_db_value(self, value: str | None, *_args: object) -> datetime | None:
        """Back from the sixteen characters."""
        return None if value is None else datetime.fromisoformat(value)

    def get_prep_value(self, value: Any) -> str | None:
        """To the sixteen characters."""
        moment = self.to_python(value)
        return None if moment is None else moment.strftime(LOCAL_FORMAT)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001
        """As text: a version in the CMS would take a time without a zone for the server's own."""
        return self.get_prep_value(self.value_from_object(model_instance))

    def value_to_string(self, obj: models.Model) -> str:
        """As fixtures and exports write it."""
        return self.get_prep_value(self.value_from_object(obj)) or ""
