"""Who wants no reminders."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoReminders(models.Model):
    """That one person asked for none: an account, or a guest by address and name together."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="no_reminders",
    )
    #: Of a guest, in small letters: several people may share an address.
    email = models.EmailField(_("e-mail address"), blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("wish for no reminders")
        constraints = (
            models.UniqueConstraint(
                fields=("email", "name"), condition=Q(user=None), name="no_reminders_once"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(email=""), name="no_reminders_for_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"No reminders {self.pk}"
