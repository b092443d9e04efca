"""A QR code as the outline of its squares, drawn by a template: no file, no third party."""

from dataclasses import dataclass
from itertools import groupby

import segno
from django.conf import settings

from events.models import DoorCode

#: Empty squares around the code; the standard (ISO/IEC 18004) asks for four.
QUIET = 4


@dataclass(frozen=True)
class Square:
    """One code, to be drawn in a box of `size` by `size`."""

    url: str
    size: int
    path: str

    @property
    def typed(self) -> str:
        """The address as people type it."""
        return self.url.partition("://")[2].rstrip("/")


def of_door(door: DoorCode) -> Square:
    """What leads a telephone's camera to a door."""
    return of_url(f"{settings.BASE_URL}{door.get_absolute_url()}")


def of_url(url: str) -> Square:
    """The code of an address, readable with up to 15 % of it torn off or dirty."""
    rows = segno.make_qr(url, error="m").matrix
    bars = []
    for down, row in enumerate(rows):
        across = 0
        for is_dark, cells in groupby(row):
            width = len(list(cells))
            if is_dark:
                bars.append(f"M{across + QUIET} {down + QUIET}h{width}v1h-{width}z")
            across += width
    return Square(url, len(rows) + 2 * QUIET, "".join(bars))
