"""Components that show nothing but what they are handed, drawn once for each such value.

{% drawn "components/organization_card.html" organization=organization %}

A value that cannot stand for itself, such as a row, says by `drawn_by` what is shown of it.
"""

from collections.abc import Hashable
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: How many drawings a worker keeps, of about a kilobyte each; a full shelf is emptied.
MOST_KEPT = 2_000

_kept: dict[Hashable, SafeString] = {}


@register.simple_tag
def drawn(name: str, /, **shown: Any) -> SafeString:
    """Include a component, kept for as long as it would look the same.

    Args:
        name: the template; it sees nothing but `shown`, neither the request nor the page.
        shown: hashable values, or things with a hashable `drawn_by`.
    """
    if settings.DEBUG:  # whoever changes a template wants to see it
        return render_to_string(name, shown)
    # Plain and safe text are equal, but not drawn alike.
    values = tuple((key, type(value), _value(value)) for key, value in shown.items())
    asked = (name, get_language(), values)
    drawing = _kept.get(asked)
    if drawing is None:
        drawing = render_to_string(name, shown)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[asked] = drawing
    return drawing


def _value(thing: Any) -> Hashable:
    value: Hashable = getattr(thing, "drawn_by", thing)
    return value
