"""The secret calendars of single persons."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonalFeed(models.Model):
    """That somebody has a secret feed of what they signed up for; its token is not kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_feed"
    )
    #: SHA-256 of a token of 256 random bits, in hexadecimal digits.
    token_hash = models.CharField(max_length=64, unique=True)
    #: Of the token: rotating makes it anew.
    made_at = models.DateTimeField(_("made"))
    #: When some calendar last asked, to the hour.
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("personal calendar")

    def __str__(self) -> str:
        return f"Personal calendar {self.pk}"
