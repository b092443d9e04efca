"""Several who do something at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Do all of these at the same moment, each on a connection of its own."""
    start = threading.Barrier(len(acts))

    def do(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=60)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(do, acts))
