"""The YAML between two lines of dashes at the top of a Markdown file.

    fields = front_matter.parse(text)
    fields["title"].text, fields["title"].line

Read from the parser's events and not by a loader: every scalar stays the text that was written,
no tag makes an object, and no alias can blow a small file up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.reader import Reader

from organizations.archive.files import Unreadable

FENCE = "---"
#: The archive nests two deep; nothing honest nests deeper than this.
MOST_DEPTH = 6
MOST_EVENTS = 20_000

#: The C parser is ten times as fast; where it was not built, the other reads the same.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: Letters of no width that only steer a screen; the archive has them inside EINs.
_STEERING = dict.fromkeys(map(ord, "\u200b\u200e\u200f\ufeff"))


@dataclass(frozen=True, slots=True)
class Field:
    """What stands under one key, as texts, and the line of the file where it starts."""

    texts: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The first text, or nothing."""
        return self.texts[0] if self.texts else ""


def parse(text: str) -> dict[str, Field]:
    """The fields of a file's front matter, in order, keyed as written but for stray spaces.

    Raises:
        Unreadable: if there is no front matter, or it is not a plain YAML mapping.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise Unreadable("There is no front matter: the first line must be “---”.", line=1)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise Unreadable("The front matter has no end: a second line “---” is missing.", line=1)
    try:
        return _mapping(_bounded(yaml.parse("\n".join(lines[1:end]) + "\n", Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(
            f"This is not YAML: {error.problem or error.context}.", line=_line(mark)
        ) from error
    except yaml.YAMLError as error:
        odd = Reader.NON_PRINTABLE.search(text)
        raise Unreadable(
            "This is not YAML: it holds a control character.",
            line=text.count("\n", 0, odd.start()) + 1 if odd else 1,
        ) from error


def _line(mark: Any) -> int:
    # Marks count from 0 within the YAML, which starts on the file's second line.
    return 0 if mark is None else mark.line + 2


def _bounded(events: Iterator[Any]) -> Iterator[Any]:
    depth = 0
    for number, event in enumerate(events):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable("Anchors and aliases (& and *) are not accepted.", line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH or number > MOST_EVENTS:
            raise Unreadable("This is nested too deep or too long to be front matter.", line=line)
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            yield event


def _mapping(events: Iterator[Any]) -> dict[str, Field]:
    first = next(events)
    if not isinstance(first, yaml.MappingStartEvent):
        raise Unreadable("The front matter must be lines such as “title: A name”.", line=2)
    fields: dict[str, Field] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = _line(event.start_mark)
        if not isinstance(event, yaml.ScalarEvent):
            raise Unreadable("A key must be plain text.", line=line)
        key = event.value.strip()
        if key in fields:
            raise Unreadable(f"The key “{key[:80]}” stands here a second time.", line=line)
        fields[key] = Field(tuple(_texts(events)), line)
    return fields


def _texts(events: Iterator[Any]) -> Iterator[str]:
    """The scalars of the value that comes next; a list's items one by one."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            if written := _said(event):
                yield written
        elif isinstance(event, yaml.MappingStartEvent):
            raise Unreadable(
                "A value must be text or a list of texts.", line=_line(event.start_mark)
            )
        elif isinstance(event, yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.SequenceEndEvent):
            depth -= 1
        if depth == 0:
            return


def _said(event: Any) -> str:
    """The scalar's text without letters of no width, or nothing for a null."""
    written: str = event.value.translate(_STEERING).strip()
    return "" if event.implicit[0] and written in {"~", "null", "Null", "NULL"} else written
