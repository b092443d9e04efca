"""Organizations and what they need."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    """The app of organizations and needs."""

    name = "organizations"
    verbose_name = _("Organizations")

    def ready(self) -> None:
        """Listen to the CMS."""
        from organizations import receivers  # noqa: PLC0415  (models are ready only now)

        receivers.connect()
