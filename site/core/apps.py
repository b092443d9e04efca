"""The ground floor: what every app may use and no app's noun."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the checks that are about the machine and not about an app."""

    name = "core"

    def ready(self) -> None:
        """Register the checks."""
        from core import checks  # noqa: F401, PLC0415  (registration happens on import)
