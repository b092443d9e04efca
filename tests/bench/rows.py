"""What is measured: each row with the limit that the design sets for it."""

from dataclasses import dataclass

#: A query string that no view heeds and no cache has seen: it makes each answer a fresh one.
FRESH = "utm_bench={n}"
#: Series that repeat every week without an end, in a database of their own.
WEEKLY = 2_000


@dataclass(frozen=True)
class Row:
    """One page, with the most it may cost in bare views and in queries."""

    name: str
    path: str
    most_fresh: float
    most_kept: float = 1.3
    most_unchanged: float = 1.3
    most_queries: int | None = None
    rounds: int = 12

    def fresh(self, n: int) -> str:
        """The path as nobody has asked for it yet."""
        return f"{self.path}{'&' if '?' in self.path else '?'}{FRESH.format(n=n)}"


def rows(month: str, occurrence: str) -> list[Row]:
    """The rows of this issue's table.

    Args:
        month: path of a month calendar with events in it.
        occurrence: path of an occurrence's page.
    """
    return [
        Row("home (Wagtail page)", "/", most_fresh=10),
        Row("organizations, list of 20", "/organizations/", most_fresh=8, most_queries=5),
        Row("needs, list of 20", "/needs/", most_fresh=8, most_queries=5),
        Row("events, list of 20", "/events/", most_fresh=8, most_queries=5),
        Row("events, month calendar", month, most_fresh=20),
        Row("event page", occurrence, most_fresh=6, most_queries=4),
    ]


def weekly_rows(month: str) -> list[Row]:
    """The rows that ask for a database of weekly series.

    Args:
        month: path of a month calendar in which all of them are on.
    """
    return [Row(f"month calendar, {WEEKLY:,} weekly series", month, most_fresh=20)]
