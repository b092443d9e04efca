"""The mails that the local twin of a mail server has taken, read back for staff and developers."""

import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from core import times

#: As `core.eml` names its files: the moment in nanoseconds, then the recipient.
NAME = re.compile(r"[0-9]{10,25}-[A-Za-z0-9.@_-]{1,80}\.eml")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it went out."""

    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str = ""
    links: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()

    def when(self, zone_name: str) -> str:
        """The day and the time on the wall."""
        if self.sent_at is None:
            return ""
        local = times.local_of(self.sent_at, zone_name)
        return f"{times.day(local)}, {times.clock(local)}"


def names(directory: Path) -> list[str]:
    """The names of all mails, newest first; none where none was ever sent."""
    if not directory.is_dir():
        return []
    found = (path.name for path in directory.iterdir() if NAME.fullmatch(path.name))
    return sorted(found, reverse=True)


def head(directory: Path, name: str) -> Letter:
    """What a list shows of a mail."""
    with (directory / name).open("rb") as file:
        message = BytesHeaderParser(policy=email.policy.default).parse(file)
    return Letter(name, str(message["Subject"]), str(message["To"]), _moment(message))


def read(directory: Path, name: str) -> Letter | None:
    """A whole mail, or nothing for a name that is no mail's."""
    if not NAME.fullmatch(name) or not (directory / name).is_file():
        return None
    with (directory / name).open("rb") as file:
        message = BytesParser(policy=email.policy.default).parse(file)
    body = message.get_body(preferencelist=("plain", "html"))
    text = str(body.get_content()) if body else ""
    return Letter(
        name,
        str(message["Subject"]),
        str(message["To"]),
        _moment(message),
        text,
        tuple(dict.fromkeys(_LINK.findall(text))),
        tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )


def _moment(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None
