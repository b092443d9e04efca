"""What happens when and where, and who comes."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Series, occurrences and sign-ups."""

    name = "events"

    def ready(self) -> None:
        """Listen to the CMS."""
        from events import receivers  # noqa: PLC0415  (models are ready only now)

        receivers.connect()
