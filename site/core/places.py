"""Where ZIP codes are: centroids of the county's, shipped with the code, and distances."""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "la_county_zips.csv"
#: Mean radius of the Earth (IUGG), in miles.
EARTH_RADIUS_MILES = 3958.76


@dataclass(frozen=True)
class Place:
    """The middle of a ZIP code, in degrees, and the Service Planning Area (1 to 8) around it."""

    latitude: float
    longitude: float
    planning_area: int


@cache
def _places() -> dict[str, Place]:
    with _TABLE.open(newline="", encoding="utf-8") as lines:
        return {
            row["zip"]: Place(
                float(row["latitude"]), float(row["longitude"]), int(row["planning_area"])
            )
            for row in csv.DictReader(lines)
        }


def centroid(zip_code: str) -> Place | None:
    """The middle of a ZIP code of Los Angeles County; `None` for any other text."""
    return _places().get(zip_code.strip()[:5])


def miles_between(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """The distance over ground in miles, by the haversine formula; all arguments in degrees."""
    first, second = math.radians(latitude), math.radians(other_latitude)
    half_up = math.sin((second - first) / 2)
    half_across = math.sin(math.radians(other_longitude - longitude) / 2)
    chord = half_up**2 + math.cos(first) * math.cos(second) * half_across**2
    return 2 * EARTH_RADIUS_MILES * math.asin(min(1.0, math.sqrt(chord)))


def box_around(
    latitude: float, longitude: float, miles: float
) -> tuple[float, float, float, float]:
    """South, west, north and east of a box that holds everything within `miles`.

    A filter that an index can serve; `miles_between` then cuts off the corners.
    """
    up = math.degrees(miles / EARTH_RADIUS_MILES)
    across = up / max(0.01, math.cos(math.radians(latitude)))
    return latitude - up, longitude - across, latitude + up, longitude + across
