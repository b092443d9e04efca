"""Ways to bring mail to readers: our own, or Mailchimp where a key is set."""

from django.conf import settings
from django.utils.module_loading import import_string

from newsletter.channels.port import Channel


def current() -> Channel:
    """The channel that the settings name."""
    # Mailchimp's client brings forty modules: only who uses it pays for them.
    name = "mailchimp.configured" if settings.MAILCHIMP_API_KEY else "local.LocalMail"
    channel: Channel = import_string(f"newsletter.channels.{name}")()
    return channel
