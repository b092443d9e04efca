import pytest

from core import quantities


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (1, "item", "1 item"),
        (20, "item", "20 items"),
        (1, "person", "1 person"),
        (1200, "person", "1,200 people"),
        (60, "minute", "1 hour"),
        (90, "minute", "1.5 hours"),
        (20, "minute", "0.33 hours"),
        (72000, "minute", "1,200 hours"),
        (1250000, "cent", "$12,500"),
        (1999, "cent", "$19.99"),
        (5, "cent", "$0.05"),
        (-1999, "cent", "-$19.99"),
        (1, "licence", "1 license"),
    ],
)
def test_quantity_reads_as_people_say_it(number: int, unit: str, expected: str) -> None:
    assert quantities.quantity(number, unit) == expected
