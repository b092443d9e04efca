"""What every template knows. Nothing here may query: it runs on every page."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """The installation's name and public address, and this page's own address."""
    return {
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "canonical_url": settings.BASE_URL + request.path,
        "debug": settings.DEBUG,
    }
