"""An issue of the digest as text and as HTML, for one reader's lines or for a whole audience.

Composing costs a template, an inliner and a look at every line, so it is done once for each
distinct set of lines; what differs by reader are two links, put in afterwards.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from newsletter.mail import look
from newsletter.models import Digest, DigestItem


@dataclass(frozen=True)
class Block:
    """One line of an issue."""

    pk: int
    section: str
    title: str
    facts: str
    #: With scheme and host.
    url: str
    #: For whom, by slug; none means for everybody.
    areas: frozenset[str]
    topics: frozenset[str]
    organization: str
    is_demonstration: bool


@dataclass(frozen=True)
class Issue:
    """All that a channel needs to know of a digest."""

    #: The same for the same week and edition for ever: `2026-W50-weekly`.
    key: str
    name: str
    edition: str
    subject: str
    intro: str
    #: The public page, with scheme and host.
    url: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Links:
    """The two links that differ by reader, or what a service puts in their place."""

    preferences: str
    unsubscribe: str


@dataclass(frozen=True)
class Words:
    """A composed issue."""

    text: str
    html: str

    def addressed(self, was: Links, now: Links) -> "Words":
        """The same words with other links."""
        text = self.text.replace(was.preferences, now.preferences)
        html = self.html.replace(was.preferences, now.preferences)
        return Words(
            text.replace(was.unsubscribe, now.unsubscribe),
            html.replace(was.unsubscribe, now.unsubscribe),
        )


#: Opening and closing marks around what only some readers see, from the areas it is for.
type Marks = Callable[[frozenset[str]], tuple[str, str]]


def issue_of(digest: Digest) -> Issue:
    """The digest as channels take it, without the lines that the editor left out."""
    chosen = digest.items.exclude(choice=DigestItem.Choice.LEFT_OUT)
    return Issue(
        key=f"{digest.year}-W{digest.week:02d}-{digest.edition}",
        name=digest.name,
        edition=digest.edition,
        subject=digest.subject,
        intro=digest.intro,
        url=settings.BASE_URL + digest.get_absolute_url(),
        blocks=tuple(block_of(item) for item in in_reading_order(chosen)),
    )


def in_reading_order(items: Iterable[DigestItem]) -> list[DigestItem]:
    """Sections in their order, pinned lines first in each, then as the editor put them."""
    order = list(DigestItem.Section.values)
    return sorted(items, key=lambda i: (order.index(i.section), not i.is_pinned, i.position, i.pk))


def block_of(item: DigestItem) -> Block:
    """One line as channels take it."""
    return Block(
        pk=item.pk,
        section=item.section,
        title=item.title,
        facts=item.facts,
        url=settings.BASE_URL + item.url,
        areas=frozenset(item.areas),
        topics=frozenset(item.topics),
        organization=item.organization,
        is_demonstration=item.is_demonstration,
    )


def compose(
    issue: Issue, blocks: Sequence[Block], links: Links, *, marks: Marks | None = None
) -> Words:
    """Write an issue.

    Args:
        issue: its name, subject and introduction.
        blocks: the lines to write, in reading order.
        links: what stands at the foot.
        marks: for a service that decides by reader what to show.
    """
    facts = {
        "issue": issue,
        "sections": _sections(blocks, marks),
        "links": links,
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "for_service": marks is not None,
    }
    text = render_to_string("emails/newsletter/issue.txt", facts)
    html = render_to_string("emails/newsletter/issue.html", facts)
    return Words(look.plain(text), look.inlined(html))


def _sections(blocks: Sequence[Block], marks: Marks | None) -> list[dict[str, object]]:
    sections: list[dict[str, object]] = []
    for value, label in DigestItem.Section.choices:
        own = [block for block in blocks if block.section == value]
        if not own:
            continue
        every = [block.areas for block in own]
        # A heading shows to whoever sees at least one line below it.
        union = frozenset[str]().union(*every) if all(every) else frozenset[str]()
        opens, closes = _marked(union, marks)
        lines = []
        for block in own:
            shows, hides = _marked(block.areas, marks)
            lines.append({"block": block, "opens": shows, "closes": hides})
        sections.append({"label": label, "lines": lines, "opens": opens, "closes": closes})
    return sections


def _marked(areas: frozenset[str], marks: Marks | None) -> tuple[SafeString, SafeString]:
    if marks is None or not areas:
        return SafeString(""), SafeString("")
    opens, closes = marks(areas)
    return SafeString(opens), SafeString(closes)
