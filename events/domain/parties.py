"""Who comes together: everybody by name, each of them once, and in one place at a time."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core.errors import DomainError
from events import permissions
from events.models import Occurrence, SignUp

MOST_PARTY = 20
_LONGEST_NAME = 150


class BadParty(DomainError):
    """Not a list of people who can come together."""

    status = 422


class Overlaps(DomainError):
    """They come to something else at that time; they may come to both if they say so."""


def named(name: str, others: Sequence[str]) -> list[str]:
    """The names of a party as they are kept, who signs it up first.

    Raises:
        BadParty: if they are more than 20, or one is named twice or not at all.
    """
    people = [" ".join(one.split())[:_LONGEST_NAME] for one in (name, *others)]
    if len(people) > MOST_PARTY:
        raise BadParty(_("Sign up at most %(most)d people in one go.") % {"most": MOST_PARTY})
    seen: set[str] = set()
    for one in people:
        if not one:
            raise BadParty(_("Everybody who comes has a name."))
        if one.casefold() in seen:
            raise BadParty(
                _("“%(name)s” is there twice. Add what tells the two apart.") % {"name": one}
            )
        seen.add(one.casefold())
    return people


def require_member(company: Company | None, *, by: User | None) -> None:
    """Let nobody come in the name of a company that they do not belong to.

    Raises:
        PermissionDenied: as it says; a guest belongs to none.
    """
    if company is not None and company not in permissions.companies_of(by):
        raise PermissionDenied


def coming(row: Occurrence, people: Sequence[str], *, email: str, by: User | None) -> list[SignUp]:
    """The sign-ups that these people have for the date: by account, or by address and name.

    That of the account comes first.
    """
    rows = SignUp.objects.holding().filter(occurrence=row)
    known = rows.of_people(people, email=email, user=by)
    return sorted(known, key=lambda one: one.user_id is None)


def newcomers(
    people: Sequence[str], known: Sequence[SignUp], *, by: User | None
) -> list[tuple[str, User | None]]:
    """Who of a party has no place yet, with the account of who signs it up."""
    names = {one.name.casefold() for one in known}
    has_mine = by is not None and any(one.user_id == by.pk for one in known)
    return [
        (name, by if number == 0 else None)
        for number, name in enumerate(people)
        if name.casefold() not in names and not (number == 0 and has_mine)
    ]


def overlap(row: Occurrence, people: Sequence[str], *, email: str, user: User | None) -> str:
    """What else one of them comes to while that date is on, in a sentence; else empty.

    A sign-up whose address is not proved is nobody's word yet, so it does not count.
    """
    others = SignUp.objects.coming().of_people(people, email=email, user=user).overlapping(row)
    other = others.select_related("occurrence__series").first()
    return "" if other is None else comes_to(other, is_party=len(people) > 1)


def comes_to(other: SignUp, *, is_party: bool = False) -> str:
    """What somebody is signed up for already, in a sentence for them."""
    facts = {
        "name": other.name,
        "title": other.occurrence.series.title,
        "when": other.occurrence.when,
    }
    if is_party:
        return _("%(name)s is signed up for “%(title)s” at that time: %(when)s.") % facts
    return _("You are signed up for “%(title)s” at that time: %(when)s.") % facts


def require_no_overlap(
    row: Occurrence, people: Sequence[str], *, email: str, user: User | None
) -> None:
    """Refuse a date that is on while one of them comes to another.

    Raises:
        Overlaps: as it says.
    """
    if sentence := overlap(row, people, email=email, user=user):
        raise Overlaps(sentence)
