"""Text search over public things: FTS5 on SQLite, tsvector with trigrams on PostgreSQL.

    search.index("need", need.slug, title=need.title, body=need.why, url=need.get_absolute_url())
    Need.objects.filter(slug__in=search.slugs("need", "laptops for a club"))

Any text is a search and never an error: only its words count, each as the start of a word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from core.models import SearchDocument

MOST_WORDS = 12
MOST_LETTERS = 40

#: What a kind of document is called on the page of results, in the order of the page's tabs.
KINDS = {
    "organization": _("Organizations"),
    "need": _("Needs"),
    "event": _("Events"),
    "company": _("Companies"),
    "page": _("Pages"),
}

_FTS_ROWS = "SELECT rowid FROM core_search_fts WHERE core_search_fts MATCH %s"
_FTS_RANKED = (
    "SELECT d.kind, d.title, d.url, "
    "snippet(core_search_fts, 1, '', '', '…', 24) "
    "FROM core_search_fts JOIN core_searchdocument d ON d.id = core_search_fts.rowid "
    "WHERE core_search_fts MATCH %s AND (%s = '' OR d.kind = %s) "
    "ORDER BY bm25(core_search_fts, 8.0, 1.0), d.title LIMIT %s OFFSET %s"
)
_FTS_COUNTS = (
    "SELECT d.kind, count(*) FROM core_search_fts "
    "JOIN core_searchdocument d ON d.id = core_search_fts.rowid "
    "WHERE core_search_fts MATCH %s GROUP BY d.kind"
)
# On PostgreSQL a misspelt title still counts: word_similarity looks past the exact lexeme.
_PG_MATCH = "(d.vector @@ to_tsquery('english', %s) OR %s <%% d.title)"
_PG_ROWS = f"SELECT d.id FROM core_searchdocument d WHERE {_PG_MATCH}"  # noqa: S608
_PG_RANKED = (
    "SELECT d.kind, d.title, d.url, left(d.body, 160) FROM core_searchdocument d "  # noqa: S608
    f"WHERE {_PG_MATCH} AND (%s = '' OR d.kind = %s) "
    "ORDER BY ts_rank(d.vector, to_tsquery('english', %s)) DESC, d.title LIMIT %s OFFSET %s"
)
_PG_COUNTS = f"SELECT d.kind, count(*) FROM core_searchdocument d WHERE {_PG_MATCH} GROUP BY d.kind"  # noqa: S608


@dataclass(frozen=True)
class Result:
    """One line of the page of results."""

    kind: str
    title: str
    url: str
    excerpt: str


@dataclass(frozen=True)
class Document:
    """One public thing as the search is to know it; the fields are the arguments of `index`."""

    kind: str
    slug: str
    title: str
    body: str
    url: str


def body_of(*parts: str) -> str:
    """A body of several facts, told apart for who reads them side by side in an excerpt."""
    return " · ".join(filter(None, parts))


def index(kind: str, slug: str, *, title: str, body: str, url: str) -> None:
    """Make a public thing findable, or refresh how it is found.

    Args:
        kind: one of `KINDS`.
        slug: what names it within its kind.
        title: weighs most.
        body: the rest of its words, plain text.
        url: where it is, without host.
    """
    index_many([Document(kind, slug, title, body, url)])


def index_many(documents: Sequence[Document]) -> None:
    """The same for many, each of them once, in a fixed number of statements."""
    with transaction.atomic():
        for kind in {document.kind for document in documents}:
            remove_many(kind, [each.slug for each in documents if each.kind == kind])
        SearchDocument.objects.bulk_create(
            SearchDocument(
                kind=document.kind,
                slug=document.slug,
                title=_plain(document.title)[:300],
                body=_plain(document.body),
                url=document.url,
            )
            for document in documents
        )


def remove(kind: str, slug: str) -> None:
    """Make a thing unfindable; nothing happens if it already is."""
    remove_many(kind, [slug])


def remove_many(kind: str, slugs: Sequence[str]) -> None:
    """The same for many of one kind."""
    SearchDocument.objects.filter(kind=kind, slug__in=slugs).delete()


def slugs(kind: str, text: str) -> "QuerySet[SearchDocument, str]":
    """The slugs of one kind's things that match, as a subquery to filter by."""
    rows = SearchDocument.objects.filter(kind=kind)
    query = _query(text)
    if not query:
        return rows.none().values_list("slug", flat=True)
    matching = _rows_matching(text, query)
    return rows.filter(pk__in=matching).values_list("slug", flat=True)


def results(text: str, *, kind: str = "", most: int = 20, skip: int = 0) -> list[Result]:
    """The best matches, best first."""
    query = _query(text)
    if not query:
        return []
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.execute(_FTS_RANKED, [query, kind, kind, most, skip])
        else:
            cursor.execute(_PG_RANKED, [query, _typed(text), kind, kind, query, most, skip])
        return [Result(*row) for row in cursor.fetchall()]


def counts(text: str) -> dict[str, int]:
    """How many of each kind match."""
    query = _query(text)
    if not query:
        return {}
    with connection.cursor() as cursor:
        if _sqlite():
            cursor.execute(_FTS_COUNTS, [query])
        else:
            cursor.execute(_PG_COUNTS, [query, _typed(text)])
        return dict(cursor.fetchall())


def _rows_matching(text: str, query: str) -> RawSQL:
    # The statements are constants; what people type travels as parameters only.
    if _sqlite():
        return RawSQL(_FTS_ROWS, [query])  # noqa: S611
    return RawSQL(_PG_ROWS, [query, _typed(text)])  # noqa: S611


def _sqlite() -> bool:
    return connection.vendor == "sqlite"


def _words(text: str) -> list[str]:
    return [word[:MOST_LETTERS] for word in re.findall(r"\w+", text)[:MOST_WORDS]]


def _query(text: str) -> str:
    if _sqlite():
        return " ".join(f'"{word}"*' for word in _words(text))
    return " & ".join(f"'{word}':*" for word in _words(text))


def _typed(text: str) -> str:
    return " ".join(_words(text))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\x00", " ")).strip()
