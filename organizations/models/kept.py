"""Columns that belong to the row and not to a version of its words."""

from typing import Any, ClassVar, Self

from django.db import models


class KeptColumns(models.Model):
    """A catalogue row of which some columns are never written back from an old version.

    The CMS publishes a version by writing all of its columns. A status that moved since, or a
    quantity that the ledger raised, must not travel back in time with the words.
    """

    #: Columns that publishing a version leaves as the database has them now.
    KEPT: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """This row with the words of a version, and its own kept columns."""
        version: Self = super().with_content_json(content)  # type: ignore[misc]
        kept = type(self)._default_manager.filter(pk=self.pk).values(*self.KEPT).first()  # noqa: SLF001
        for name, value in (kept or {}).items():
            setattr(version, name, value)
        return version
