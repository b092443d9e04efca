"""What mail programs need: styles beside the words they dress, and plain text without gaps."""

import re

import css_inline

#: Media queries stay in the head, where the programs that know dark mode look for them.
_INLINER = css_inline.CSSInliner(
    keep_style_tags=True,
    keep_at_rules=True,
    remove_inlined_selectors=True,
    load_remote_stylesheets=False,
)


def inlined(html: str) -> str:
    """The page with its style sheet written into each element."""
    return _INLINER.inline(html)


def plain(text: str) -> str:
    """No trailing spaces, at most one empty line in a row, and one line end at the end."""
    lines = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
