"""What was signed up for in one go."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Booking(models.Model):
    """People and dates of a series, signed up in one go at one address."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="bookings",
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"))
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("booking")

    def __str__(self) -> str:
        return self.uuid.hex[:8]
