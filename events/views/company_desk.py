"""What is held for a company's people, and what they have signed up for in its name."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from companies import permissions as companies
from companies.models import Company
from core.errors import DomainError
from events.domain import blocks
from events.forms.blocks import KeepForm
from events.mail import blocks as block_letters
from events.models import SeatBlock, SignUp
from events.views.hosts import signed_in

#: People, and held places, that the room lists.
LISTED = 200


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def coming(request: HttpRequest, slug: str) -> HttpResponse:
    """Which places are held for the company, and who of it comes where, soonest first."""
    user = signed_in(request)
    company = get_object_or_404(Company.objects.with_desk_of(user), slug=slug)
    if not companies.can_edit(user, company):
        raise PermissionDenied
    now = timezone.now()
    refusal, status = "", 200
    if request.method == "POST":
        try:
            _act(request, company)
        except DomainError as error:
            refusal, status = error.sentence, error.status
        else:
            return redirect("events:company-desk", slug)
    held = list(SeatBlock.objects.of_company(company, now=now)[:LISTED])
    for block in held:
        block.url = block_letters.claim_url(block)  # type: ignore[attr-defined]
        block.can_claim = block.is_open(now=now)  # type: ignore[attr-defined]
    rows = SignUp.objects.of_company(company, now=now)[: LISTED + 1]
    context = {
        "company": company,
        "room": "sign-ups",
        "may_edit": True,
        "blocks": held,
        "signups": rows[:LISTED],
        "has_more": len(rows) > LISTED,
        "refusal": refusal,
    }
    return render(request, "events/company_desk.html", context, status=status)


def _act(request: HttpRequest, company: Company) -> None:
    number, by, now = request.POST.get("block", ""), signed_in(request), timezone.now()
    rows = SeatBlock.objects.of_company(company, now=now)
    block = next((one for one in rows if str(one.uuid) == number), None)
    if block is None:
        raise Http404
    match request.POST.get("act"):
        case "keep":
            blocks.keep(block=block, places=KeepForm(request.POST).places_wanted(), by=by, now=now)
            messages.success(request, _("Saved: the other places went back."))
        case "end":
            blocks.end(block=block, by=by, now=now)
            messages.success(request, _("Given back. Who claimed a place keeps it."))
        case "renew":
            blocks.renew_link(block=block, by=by, now=now)
            messages.success(request, _("The link is a new one. The old one stopped working."))
        case _:
            raise Http404
