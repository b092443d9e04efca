"""Parts of a shared page that are drawn once for each version of what they show.

{% kept "cards" by="organizations needs" page.number %} … {% endkept %}

Whatever is only looked at inside, a queryset or a function, is not even read where the part is
kept. A page that nobody shares, such as a desk or a preview, is drawn as if the tag were not there.
"""

from typing import Any

from django import template
from django.conf import settings
from django.core.cache import cache
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString, mark_safe

from core.shared_pages import KEPT_SECONDS, is_shared, key_of

register = template.Library()


@register.tag
def kept(parser: Parser, token: Token) -> "Kept":
    """Keep what is inside, by the versions in `by` and by every further value.

    Args:
        parser: reads up to the closing tag.
        token: a name that no other part has, `by="…"` with names of the page's own list versions
            and `clock` where the passing of time changes the part too, and further values.

    Raises:
        TemplateSyntaxError: without a name or without versions.
    """
    _tag, *bits = token.split_contents()
    by = [parser.compile_filter(bit[3:]) for bit in bits if bit.startswith("by=")]
    values = [parser.compile_filter(bit) for bit in bits if not bit.startswith("by=")]
    if len(by) != 1 or not values:
        message = 'kept takes the part\'s name and by="…"'
        raise template.TemplateSyntaxError(message)
    inside = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(by[0], values, inside)


class Kept(template.Node):
    """A part of a page, and what it stands for."""

    def __init__(
        self, by: FilterExpression, values: list[FilterExpression], nodelist: NodeList
    ) -> None:
        self.by = by
        self.values = values
        self.nodelist = nodelist

    def render(self, context: Any) -> SafeString:
        """The part as it was drawn for these versions, or drawn now."""
        request = context.get("request")
        if settings.DEBUG or not is_shared(request):
            return self.nodelist.render(context)
        what = repr([str(value.resolve(context)) for value in self.values])
        key = key_of(request, f"part:{what}", *str(self.by.resolve(context)).split())
        drawn: str | None = cache.get(key)
        if drawn is None:
            drawn = str(self.nodelist.render(context))
            cache.set(key, drawn, KEPT_SECONDS)
        return mark_safe(drawn)  # it was escaped when it was drawn
