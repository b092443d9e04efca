"""What a tablet on a table may show: a few names, shortened, and only to who types letters."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from events.domain import attendance
from events.domain.attendance import MAY_COME
from events.models import Occurrence, SignUp

#: Without so many letters nothing is shown, and never more names than these.
FEWEST_LETTERS = 2
MOST_NAMES = 8
#: How much of a last name two people may need to be told apart.
_MOST_OF_LAST = 4


@dataclass(frozen=True)
class Person:
    """Who may be meant."""

    signup: SignUp
    #: On a tablet the first name, and as much of the last as tells them apart: "Ana R."
    called: str


@dataclass(frozen=True)
class Found:
    """What letters lead to."""

    people: tuple[Person, ...] = ()
    #: Whether so many fit that none is shown.
    is_too_many: bool = False
    #: Whether there were too few letters to look at all.
    is_too_short: bool = False


def find(*, occurrence: Occurrence, letters: str) -> Found:
    """Those who may come whose first, last or whole name begins so, whatever its accents."""
    wanted = _plain(letters)
    if len(wanted) < FEWEST_LETTERS:
        return Found(is_too_short=True)
    rows = occurrence.signups.filter(status__in=MAY_COME).for_roster()
    fit = [row for row in rows if _begins(_plain(row.name), wanted)]
    if len(fit) > MOST_NAMES:
        return Found(is_too_many=True)
    return Found(tuple(map(Person, fit, short_names(row.name for row in fit))))


def short_name(signup: SignUp) -> str:
    """The name of one, told apart from all who may come to the same date."""
    names = signup.occurrence.signups.filter(status__in=MAY_COME).values_list("name", flat=True)
    return short_names([signup.name, *names])[0]


def party_of(signup: SignUp) -> tuple[Person, ...]:
    """Whom somebody may check in with themselves; empty for who was signed up alone."""
    party = attendance.party_of(signup)
    if len(party) == 1:
        return ()
    return tuple(map(Person, party, short_names(one.name for one in party)))


def short_names(names: Iterable[str]) -> list[str]:
    """Each name as a tablet shows it, told apart from the others if a few letters can do that."""
    every = [" ".join(name.split()) for name in names]
    shown = []
    for name in every:
        others = {other.casefold() for other in every} - {name.casefold()}
        for letters in range(1, _MOST_OF_LAST + 1):
            short = _short(name, letters)
            if all(_short(other, letters) != short.casefold() for other in others):
                break
        shown.append(short)
    return shown


def _short(name: str, letters: int) -> str:
    first, *rest = name.split() or [""]
    if not rest:
        return first
    last = rest[-1]
    return f"{first} {last[:letters]}." if len(last) > letters else f"{first} {last}"


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted) or any(word.startswith(wanted) for word in name.split())


def _plain(text: str) -> str:
    """Small letters without accents: who is José types jose."""
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
