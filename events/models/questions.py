"""What a host asks those who sign up, as it is kept with a series."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuestionKind(models.TextChoices):
    """What an answer may look like."""

    TEXT = "text", _("A line of text")
    LONG_TEXT = "long_text", _("Several lines of text")
    CHOICE = "choice", _("One of several choices")
    YES_NO = "yes_no", _("Yes or no")
    NUMBER = "number", _("A whole number")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a series.

    Its id stays while its words change, so that an answer stays an answer to it.
    """

    id: str
    label: str
    kind: str = QuestionKind.TEXT
    choices: tuple[str, ...] = ()
    is_required: bool = False
    #: How many days after the end of the event an answer is kept.
    keep_days: int = 30

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """The question as the database keeps it."""
        return cls(**{**kept, "choices": tuple(kept["choices"])})

    def kept(self) -> dict[str, Any]:
        """What the database keeps."""
        return {**asdict(self), "choices": list(self.choices)}
