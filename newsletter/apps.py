"""The weekly digest and its readers."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    """Subscribers, digests and channels."""

    name = "newsletter"
