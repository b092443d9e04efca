"""What the domain asks of whatever brings mail to readers, and what it may answer."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from newsletter.mail.issues import Block, Issue


class ChannelDown(Exception):
    """The channel did not answer, or not sensibly. Try again later; what was done is unknown."""


class ChannelRefused(Exception):
    """The channel said no, and would again: a person has to look."""


class Standing(StrEnum):
    """How a channel holds somebody."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    #: It asks the person itself, or does not know them.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Member:
    """A reader, as a channel that keeps its own audience is told."""

    uuid: UUID
    email: str
    name: str
    role: str
    #: Whether they want mail at all. A "no" here always wins.
    wants_mail: bool
    #: The edition they get now; empty while paused.
    edition: str
    #: By slug; none means all.
    areas: frozenset[str]
    topics: frozenset[str]
    #: The moment of their latest confirmation.
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Letter:
    """One issue for one reader."""

    delivery_id: int
    reader: UUID
    email: str
    #: What of the issue is for them, in reading order; never empty.
    blocks: tuple[Block, ...]


class Run(Protocol):
    """The domain's side of sending an issue: who is to get it, and the record of what was done."""

    #: What the channel called the campaign earlier, or nothing.
    campaign_id: str

    def remember(self, campaign_id: str) -> None:
        """Keep what the channel calls the campaign, before anything more is asked of it."""

    def batches(self) -> Iterator[list[Letter]]:
        """Letters that nobody else is sending, some at a time; each batch must be recorded."""

    def record(self, *, sent: Collection[int], refused: Collection[int]) -> None:
        """What became of the batch, by delivery; those in neither go back to waiting."""


class Channel(Protocol):
    """Brings issues to readers."""

    #: As the log and the editor's page call it.
    name: str
    #: Whether it has an audience of its own, which must be told of every reader.
    keeps_audience: bool

    def tell(self, member: Member) -> Standing:
        """Make the channel's audience say what we know, and learn what it says.

        Raises:
            ChannelDown: if it cannot be reached.
            ChannelRefused: if it does not take that member.
        """

    def forget(self, address_hash: str) -> None:
        """Have everything deleted that the channel holds about an address (MD5, lower case)."""

    def send(self, issue: Issue, run: Run) -> None:
        """Bring an issue to its readers. Called again after a failure, it sends nothing twice.

        Raises:
            ChannelDown: if it broke off; call again later.
            ChannelRefused: if it will not send this.
        """
