"""What an edit of a series changed, for as long as it can be taken back."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.models.series import Series


class EditQuerySet(models.QuerySet["Edit"]):
    """Edits, in the domain's words."""

    def open(self, *, now: datetime) -> Self:
        """Those whose mails still wait, the latest first."""
        return self.filter(undone_at=None, until__gt=now).order_by("-pk")


class Edit(models.Model):
    """One edit of a series or of its dates, with what was there before.

    The rows as they were are kept until the mails go; what was there is then forgotten.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: The series that was edited, not the one that goes on from there.
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="edits")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    #: By table: rows that changed with their former values, rows that went, rows that came.
    before = models.JSONField(default=dict)
    #: Of the rows as the edit left them: differs as soon as anybody acted on them.
    after = models.CharField(max_length=32)
    #: The promises that the edit made (`core.Effect`).
    effects = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True)

    objects = EditQuerySet.as_manager()

    class Meta:
        verbose_name = _("edit of an event")
        verbose_name_plural = _("edits of events")

    def __str__(self) -> str:
        return f"{self.series_id}, {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """As in "Saved. 27 mails go out in a minute."."""
        if not self.effects:
            return gettext("Saved. Nobody has signed up yet, so no mail goes out.")
        mails = len(self.effects)
        words = ngettext(
            "Saved. %(n)d mail goes out in a minute.",
            "Saved. %(n)d mails go out in a minute.",
            mails,
        )
        return words % {"n": mails}
