"""What search finds, with the words that it was found by marked."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core import search

PER_PAGE = 20
#: Longer than any question; the rest is not looked at.
MOST_LETTERS = 200
#: The search looks past these, and so does the marking.
_ENDINGS = re.compile(r"(?<=\w{3})(?:ies|ing|ed|es|s)$", re.IGNORECASE)


@dataclass(frozen=True)
class Tab:
    """One kind of thing, with how many of it match."""

    kind: str
    label: str | Promise
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Finding:
    """One line of the page of results, safe to print as it stands."""

    kind: str | Promise
    title: SafeString
    url: str
    excerpt: SafeString


def tabs(counts: dict[str, int], *, chosen: str, everything: str | Promise) -> list[Tab]:
    """All kinds together, then each kind that matches or was asked for."""
    every = Tab("", everything, sum(counts.values()), chosen == "")
    each = (
        Tab(kind, label, counts.get(kind, 0), kind == chosen)
        for kind, label in search.KINDS.items()
    )
    return [every, *(tab for tab in each if tab.count or tab.is_chosen)]


def findings(text: str, *, kind: str, page: int) -> list[Finding]:
    """One page of what matches, best first."""
    rows = search.results(text, kind=kind, most=PER_PAGE, skip=(page - 1) * PER_PAGE)
    return [
        Finding(
            search.KINDS.get(row.kind, row.kind),
            marked(row.title, text),
            row.url,
            marked(row.excerpt, text),
        )
        for row in rows
    ]


def marked(text: str, asked: str) -> SafeString:
    """The text as HTML, with each word that begins like one of the question in `<mark>`."""
    words = [_ENDINGS.sub("", word) for word in re.findall(r"\w+", asked[:MOST_LETTERS])]
    if not words:
        return escape(text)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\w*", re.IGNORECASE)
    parts = []
    end = 0
    for match in pattern.finditer(text):
        parts += [escape(text[end : match.start()]), f"<mark>{escape(match.group())}</mark>"]
        end = match.end()
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))
