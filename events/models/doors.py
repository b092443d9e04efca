"""What leads to the check-in page of a date."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models.occurrences import Occurrence


class DoorCode(models.Model):
    """The code of one date's door: nobody guesses it, anybody can type it, the host renews it.

    It is kept as it is, because the host's poster shows it again and again.
    """

    #: Letters and digits that nobody takes for another. 12 of 31 are 59 bits.
    ALPHABET: ClassVar[str] = "23456789abcdefghjkmnpqrstuvwxyz"
    LENGTH: ClassVar[int] = 12

    occurrence = models.OneToOneField(Occurrence, on_delete=models.CASCADE, related_name="door")
    code = models.CharField(_("code"), max_length=LENGTH, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("code of a door")
        verbose_name_plural = _("codes of doors")

    def __str__(self) -> str:
        # The audit log keeps this text for good, so it does not tell the code.
        return f"Door {self.pk}"

    def get_absolute_url(self) -> str:
        """Where people check in."""
        return reverse("events:door", args=[self.in_groups])

    @property
    def in_groups(self) -> str:
        """As people read and type it: "k7qm-4x2p-wdhr"."""
        return "-".join(self.code[place : place + 4] for place in range(0, self.LENGTH, 4))
