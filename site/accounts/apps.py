"""People, how they sign in, and what they may be part of."""

from django.apps import AppConfig
from django.core.cache import caches
from django.utils.connection import ConnectionProxy


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "accounts"

    def ready(self) -> None:
        """Let allauth count attempts where all workers count together.

        It has no setting for the cache that its limits live in and takes the default one, which
        may be a process's own memory: each worker would grant the whole allowance again.
        """
        from allauth.core.internal import ratelimit  # noqa: PLC0415  (needs loaded apps)

        ratelimit.cache = ConnectionProxy(caches, "counters")
