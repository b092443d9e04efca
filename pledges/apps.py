"""What a company promises, and how it becomes help received."""

from django.apps import AppConfig


class PledgesConfig(AppConfig):
    """Pledges, the ledger and hours."""

    name = "pledges"
