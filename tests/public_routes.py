"""Every address of our own that the URL resolver knows, with something in each gap."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

_GAP = re.compile(r"<(?:(?P<kind>[a-z_]+):)?(?P<name>\w+)>")
#: What stands in a gap, by its kind; by its name where that says more.
BY_KIND = {
    "slug": "real",
    "str": "nothing",
    "int": "7",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "path": "a/b",
    "host": "organizations/real",
    "two_digits": "12",
    "four_digits": "2026",
}
BY_NAME = {"start": "2026-12-08T1630", "year": "2026", "week": "50", "word": "submit"}
#: Other people's doors, which they test themselves, and files.
NOT_OURS = ("cms/", "accounts/", "static/", "media/", "__")


def routes() -> Iterator[str]:
    """Each route of ours as it is written: `events/<slug:slug>/`."""
    yield from sorted(set(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if route.startswith(NOT_OURS) or "^" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route


def address(route: str, filler: str | None = None) -> str:
    """The route with its gaps filled, all with `filler` if one is given."""

    def fill(gap: re.Match[str]) -> str:
        kind = gap["kind"] or "str"
        known = BY_NAME.get(gap["name"], BY_KIND[kind])
        if filler is None:
            return known
        return f"companies/{filler}" if kind == "host" else filler

    return "/" + _GAP.sub(fill, route)
