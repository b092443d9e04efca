"""Amounts as people read them: minutes as hours, cents as dollars, things as counts."""

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from core.vocabulary import Unit


def hours(minutes: int) -> str:
    """Minutes as hours, with no fraction where none is needed: 90 -> "1.5"."""
    whole, rest = divmod(minutes, 60)
    if not rest:
        return number_format(whole, force_grouping=True)
    return number_format(round(minutes / 60, 2), force_grouping=True).rstrip("0").rstrip(".")


def dollars(cents: int) -> str:
    """Cents as dollars: 1250000 -> "$12,500", 1999 -> "$19.99"."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    tail = f".{rest:02d}" if rest else ""
    return f"{sign}${number_format(whole, force_grouping=True)}{tail}"


def number(amount: int, unit: str) -> str:
    """The number alone, as it reads before "of 20 items": (90, "minute") -> "1.5"."""
    if unit == Unit.CENT:
        return dollars(amount)
    return hours(amount) if unit == Unit.MINUTE else number_format(amount, force_grouping=True)


def quantity(number: int, unit: str) -> str:
    """A number with its unit: (20, "item") -> "20 items", (90, "minute") -> "1.5 hours"."""
    if unit == Unit.CENT:
        return dollars(number)
    if unit == Unit.MINUTE:
        return ngettext("%(n)s hour", "%(n)s hours", 1 if number == 60 else 2) % {
            "n": hours(number)
        }
    plain = number_format(number, force_grouping=True)
    words = {
        Unit.PERSON: ngettext("%(n)s person", "%(n)s people", number),
        Unit.LICENCE: ngettext("%(n)s license", "%(n)s licenses", number),
        Unit.ITEM: ngettext("%(n)s item", "%(n)s items", number),
    }
    return words.get(Unit(unit), gettext("%(n)s")) % {"n": plain}


def parts(unit: str) -> int:
    """How many of a unit's smallest part make one as people write it: 60 minutes, 100 cents."""
    return {Unit.MINUTE: 60, Unit.CENT: 100}.get(Unit(unit), 1)


def spoken_unit(unit: str) -> str:
    """The unit as people write it: hours and dollars, not minutes and cents."""
    words = {Unit.MINUTE: gettext("hours"), Unit.CENT: gettext("dollars")}
    return words.get(Unit(unit)) or str(Unit(unit).label)
