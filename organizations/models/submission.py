"""How an organization came to us: who sent it in, and what was asked and answered since."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from organizations.models.organization import Organization


class Submission(models.Model):
    """Who sent an organization in. A plain row: a person's address is no part of the catalogue."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, related_name="submission"
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail address"))
    #: The account that sent it in; none where a guest did.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    question = models.TextField(_("what the moderators asked"), blank=True, max_length=2000)
    asked_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("the answer"), blank=True, max_length=4000)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("submission")

    def __str__(self) -> str:
        return f"{self.organization} ({self.name})"
