"""The companies that give, and what they can offer."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Companies and capabilities."""

    name = "companies"

    def ready(self) -> None:
        """Listen to the CMS."""
        from companies import receivers  # noqa: PLC0415  (models are ready only now)

        receivers.connect()
