import pytest

from core import places


def test_centroid_knows_the_countys_zip_codes_and_no_others() -> None:
    found = places.centroid("90001")

    assert found == places.Place(33.973665, -118.249039, 6)
    assert places.centroid(" 90001-1234 ") == found
    assert places.centroid("10001") is None
    assert places.centroid("") is None


def test_miles_between_downtown_and_santa_monica() -> None:
    assert places.miles_between(34.0522, -118.2437, 34.0195, -118.4912) == pytest.approx(
        14.35, abs=0.1
    )
    assert places.miles_between(34.0, -118.0, 34.0, -118.0) == 0


def test_box_around_holds_what_is_within() -> None:
    south, west, north, east = places.box_around(34.0, -118.0, 10)

    assert places.miles_between(34.0, -118.0, north, -118.0) == pytest.approx(10)
    assert places.miles_between(34.0, -118.0, 34.0, west) >= 9.99
    assert (south, west) < (34.0, -118.0) < (north, east)
