"""The way into a meeting, taken out of the words that everybody reads.

Calendars hold it in the place, in the description, in a property of its own, or in all of them;
here only who is sure to come is shown it. What a calendar names as the way in is one, whatever
its host; in other words it is known by the hosts of meetings, also where another address is
wrapped around it.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

#: Ways into one event; of a list of more, those to the hosts of meetings are left out all the same.
MOST_LINKS = 20
_HOSTS = (
    r"(?:zoom\.(?:us|com|com\.cn)|zoomgov\.com|meet\.google\.com|g\.co/meet|hangouts\.google\.com"
    r"|tel\.meet|teams\.(?:microsoft\.(?:com|us)|live\.com)|aka\.ms/JoinTeamsMeeting"
    r"|dialin\.teams\.microsoft\.com|meet\.lync\.com|join\.skype\.com|webex\.com|gotomeeting\.com"
    r"|gotomeet\.me|gotowebinar\.com|goto\.com|gotomeet\.at|whereby\.com|meet\.jit\.si|8x8\.vc"
    r"|bluejeans\.com|chime\.aws|ringcentral\.com|lifesizecloud\.com|facetime\.apple\.com)"
)
#: Quantities are bounded: a line is walked once, whatever is in it.
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"]+"
    rf"|(?<![\w.@/-])(?:[\w-]{{1,63}}\.){{0,4}}{_HOSTS}/[^\s<>\"]*",
    re.IGNORECASE,
)
_MEETING = re.compile(rf"[/.@_]{_HOSTS}(?![a-z0-9-])", re.IGNORECASE)
#: What opens the same meeting by hand or by telephone.
_NUMBERS = re.compile(
    r"(?:\b(?:meeting|webinar|conference) (?:id|number)|\bid de (?:la )?reunión"
    r"|\bpass ?code|\baccess code|\bpassword|\bpin|\bcódigo de acceso|\bcontraseña)"
    r"\)?(?: ?[:=#] ?| is )[^\s,;]+(?: [\d#]+)*"
    r"|\+?\d[\d -]{5,20},,[\d,#*]+",
    re.IGNORECASE,
)
#: Places that are none.
_NOWHERE = re.compile(
    r"(?:(?:online|on|virtual|remote|via|by|at|in|the|join|us|link|here|click|video|call|event"
    r"|meeting|webinar|zoom|google|meet|microsoft|teams|webex|gotomeeting|skype|jitsi|whereby"
    r"|en línea|reunión)\b|\W)*",
    re.IGNORECASE,
)
_LOOSE = " \t:,;.–—-()[]|"


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How to get into the meeting of one event."""

    links: tuple[str, ...]

    @property
    def best(self) -> str:
        """The one to click; empty where there is none."""
        return next(filter(is_link, self.links), "")

    def left_out_of(self, text: str) -> str:
        """The words without any of them, and without a line that held nothing else."""
        same = {_same(link) for link in self.links}
        bare = "|".join(re.escape(link) for link in same if "/" in link)
        without_scheme = re.compile(rf"(?:{bare})(?:[/?#][^\s<>\"]*)?(?![\w-])", re.IGNORECASE)

        def hidden(found: re.Match[str]) -> str:
            secret = _is_meeting(found[0]) or _same(_trimmed(found[0])) in same
            return "" if secret else found[0]

        lines = []
        for line in text.split("\n"):
            left = _LINK.sub(hidden, line)
            if bare:
                left = without_scheme.sub("", left)
            if self.links:
                left = _NUMBERS.sub("", left)
            if left == line:
                lines.append(line)
            elif left := " ".join(left.split()).strip(_LOOSE):
                lines.append(left)
        return "\n".join(lines).strip()


def ways_in(*, place: str, named: Iterable[str], words: Iterable[str]) -> WaysIn:
    """What leads into a meeting, best first.

    Args:
        place: where it takes place; a link in it is a way in, whatever its host.
        named: what the calendar itself names as such.
        words: other texts, where only the hosts of meetings are known.
    """
    told = [*_links(place), *(link for text in named for link in _links(text))]
    meant = [link for text in words for link in _links(text) if _is_meeting(link)]
    links = sorted([*told, *meant], key=lambda link: not _is_meeting(link))
    return WaysIn(tuple(dict.fromkeys(links))[:MOST_LINKS])


def is_somewhere(place: str) -> bool:
    """Whether words name a place to go to, and not only that it is online."""
    return _NOWHERE.fullmatch(place) is None


def is_link(text: str) -> bool:
    """Whether the text is one address of the web and nothing else."""
    if not text.startswith(("https://", "http://")) or not text.isprintable() or " " in text:
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _links(text: str) -> Iterable[str]:
    for found in _LINK.finditer(html.unescape(text[:40_000])):
        link = _trimmed(found[0])
        scheme, sign, rest = link.partition("://")
        yield f"{scheme.lower()}://{rest}" if sign else f"https://{link}"


def _trimmed(link: str) -> str:
    return link.rstrip(".,;:!?)]}'’”*_")


def _is_meeting(link: str) -> bool:
    return _MEETING.search("/" + unquote(unquote(link))) is not None


def _same(link: str) -> str:
    """What two links to one meeting have in common."""
    return link.partition("://")[2].partition("?")[0].rstrip("/").lower()
