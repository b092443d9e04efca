"""Names in addresses: given once, kept for good, so that no link to us breaks."""

from django.db.models import Model
from django.utils.text import slugify

#: Words that stand in the same place of an address for something else.
RESERVED = frozenset({"submit", "submissions", "new"})


def free_slug(model: type[Model], text: str, *, longest: int = 100) -> str:
    """A slug for `text` that no row of `model` has: "robotics-club", then "robotics-club-2"."""
    first = slugify(text)[:longest].strip("-") or model.__name__.lower()
    rows = model._default_manager.filter(slug__startswith=first)  # noqa: SLF001
    taken = RESERVED | set(rows.values_list("slug", flat=True))
    if first not in taken:
        return first
    number = 2
    while f"{first}-{number}" in taken:
        number += 1
    return f"{first}-{number}"
