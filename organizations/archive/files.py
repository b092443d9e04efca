"""Files as they come from outside: bounded, and refused with a reason that names the line."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


class Unreadable(Exception):
    """A file, or a line of one, that cannot be taken.

    Args:
        reason: what is wrong and what would be accepted.
        line: where, counted from 1; 0 where no line is to blame.
    """

    def __init__(self, reason: str, *, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Found:
    """A file among the paths given: one to read, or one of another kind."""

    path: Path
    wanted: bool


def walk(paths: Iterable[Path], *, suffix: str) -> Iterator[Found]:
    """Every file at or under the paths, in a fixed order, each once; hidden ones left out.

    A file that was named itself is wanted whatever its name ends in; in a folder only those
    that end in `suffix` are. A path where nothing is comes back as wanted, to be refused.
    """
    seen: set[Path] = set()
    for path in paths:
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in below:
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file in seen or file.is_dir() or hidden:
                continue
            seen.add(file)
            yield Found(file, file == path or file.suffix.lower() == suffix)


def read_text(path: Path, *, most_bytes: int) -> str:
    """The file's text, byte-order mark dropped and line ends made plain.

    Raises:
        Unreadable: if it is absent, no ordinary file, empty, too large, or not UTF-8 text.
    """
    raw = _read(path, most_bytes=most_bytes)
    if not raw.strip():
        raise Unreadable("The file is empty.")
    if b"\x00" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\x00")) + 1
        raise Unreadable("This is not text: it holds a NUL byte.", line=line)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable("This is not UTF-8 text. Save the file as UTF-8.", line=line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(path: Path, *, most_bytes: int) -> bytes:
    try:
        about = path.stat()
        # A pipe or a device could be read for ever.
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("This is not an ordinary file.")
        if about.st_size <= most_bytes:
            with path.open("rb") as file:
                raw = file.read(most_bytes + 1)
            if len(raw) <= most_bytes:
                return raw
    except FileNotFoundError as error:
        raise Unreadable("There is no such file.") from error
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror}.") from error
    raise Unreadable(
        f"The file has {about.st_size:,} bytes; at most {most_bytes:,} are read from one."
    )
