"""What Mailchimp tells us: form posts to an address with a secret in it, for it signs nothing.

It checks the address by a GET. What it says is believed only where it means "no"; anything that
may be overtaken is read again from its API at the next `sync`.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.channels.port import Standing
from newsletter.domain import audience, subscribers

_STANDINGS = {"unsubscribe": Standing.UNSUBSCRIBED, "cleaned": Standing.CLEANED}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """Heed a "no", follow a new address; 200 to whatever else it may say one day."""
    expected = settings.MAILCHIMP_WEBHOOK_SECRET
    if not expected or not constant_time_compare(secret, expected):
        raise Http404
    if request.method != "POST":
        return HttpResponse(content_type="text/plain")
    said = request.POST
    if settings.MAILCHIMP_AUDIENCE_ID not in {"", said.get("data[list_id]", "")}:
        return HttpResponse("another audience", content_type="text/plain")
    now = timezone.now()
    kind, email = said.get("type", ""), said.get("data[email]", "")
    if kind in _STANDINGS and email:
        said_at = _fired_at(said.get("fired_at", ""), now)
        audience.heed(email=email, standing=_STANDINGS[kind], said_at=said_at, now=now)
    elif kind == "upemail":
        old, new = said.get("data[old_email]", ""), said.get("data[new_email]", "")
        if old and new:
            subscribers.readdress(old=old, new=new, now=now)
    elif kind in {"profile", "subscribe"} and email:
        audience.look_again(email=email)
    return HttpResponse(content_type="text/plain")


def _fired_at(text: str, now: datetime) -> datetime:
    """Their moment has no zone and is UTC; one that cannot be read is now."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return now
