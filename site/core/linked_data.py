"""schema.org facts about a page for search engines, as JSON-LD."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: The only characters that could end the script element or start another.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def script(facts: dict[str, Any]) -> SafeString:
    """A data block for the page's head; empty values are left out.

    It is data, not script: the page's policy, which allows none inline, does not concern it.
    """
    text = json.dumps(_without_empty(facts), ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        full = {name: _without_empty(part) for name, part in value.items()}
        return {name: part for name, part in full.items() if part not in (None, "", [], {})}
    return value
