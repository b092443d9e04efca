"""Past issues, for everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import listing
from core.shared_pages import shared_page
from newsletter.mail.issues import in_reading_order
from newsletter.models import Cadence, Digest, DigestItem


@require_safe
@shared_page("newsletter")
def index(request: HttpRequest) -> HttpResponse:
    """What the digest is, the way to get it, and all issues so far."""
    page = listing.page_of(Digest.objects.published(), request.GET.get("page", "1"))
    return render(request, "newsletter/index.html", {"page": page})


@require_safe
@shared_page("newsletter")
def digest(
    request: HttpRequest, year: int, week: int, edition: str = Cadence.WEEKLY
) -> HttpResponse:
    """One issue as it went out."""
    issue = Digest.objects.published().of_week(year, week, edition).first()
    if issue is None:
        raise Http404
    return render(request, "newsletter/digest.html", {"digest": issue, "sections": sections(issue)})


def sections(issue: Digest) -> list[dict[str, object]]:
    """The lines of an issue by section, in reading order, without those left out."""
    lines = in_reading_order(issue.items.exclude(choice=DigestItem.Choice.LEFT_OUT))
    return [
        {"label": label, "items": own}
        for value, label in DigestItem.Section.choices
        if (own := [line for line in lines if line.section == value])
    ]
