"""The site's own pages, its navigation and its search."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Pages, navigation and search."""

    name = "pages"

    def ready(self) -> None:
        """Hear of what the CMS publishes."""
        from pages import receivers  # noqa: PLC0415  (models exist only now)

        receivers.connect()
