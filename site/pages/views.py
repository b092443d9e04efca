"""The CMS's pages as visitors share them, the search, and the ways into the desks."""

import mimetypes
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe
from django.views.static import serve as static_serve
from wagtail import views as wagtail_views
from wagtail.documents.views import serve as wagtail_documents
from wagtail.models import Page

from accounts.models import MembershipState, User
from companies.models import Company
from core import search as index
from core.listing import BadQuery, NoSuchPage
from core.shared_pages import CLOCK, kept, shared_page
from organizations.models import Organization
from pages.domain import results, waiting

#: Whatever a page or one of its blocks may show.
SHOWN = ("companies", "events", "needs", "newsletter", "organizations", "pages", "pledges")
SEARCH_WORDS = frozenset({"q", "kind", "page"})
#: A document is read where it cannot do anything, whatever it holds.
DOCUMENT_POLICY = "sandbox; default-src 'none'"
EVERYTHING = gettext_lazy("Everything")


@require_safe
@shared_page(*SHOWN, CLOCK)
def page(request: HttpRequest, path: str) -> HttpResponse:
    """A page of the CMS, kept until something that it may show changes."""
    # Which page lies at an address stands for longer than what it shows; Wagtail looks here first.
    vars(request)["_wagtail_route_for_request"] = kept(
        request,
        f"route {request.get_host()} {path}",
        lambda: Page.route_for_request(request, path),
        "pages",
    )
    answer: HttpResponse = wagtail_views.serve(request, path)
    if isinstance(answer, SimpleTemplateResponse):
        answer.render()
    return answer


@require_safe
def document(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponse:
    """A document, always as a download and never as a page of this site."""
    answer: HttpResponse = wagtail_documents.serve(request, document_id, document_filename)
    answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    return answer


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the site has on some words: everything, or one kind of thing.

    Raises:
        BadQuery: for a kind or a page that does not exist. Words are never wrong.
    """
    text = request.GET.get("q", "").strip()[: results.MOST_LETTERS]
    kind = request.GET.get("kind", "")
    if kind and kind not in index.KINDS:
        raise BadQuery(
            gettext("“kind” must be one of %(known)s.") % {"known": ", ".join(index.KINDS)}
        )
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and int(number) > 0):
        raise BadQuery(gettext("“page” must be a whole number from 1 up."))
    counts = index.counts(text)
    total = counts.get(kind, 0) if kind else sum(counts.values())
    pages = Paginator(range(total), results.PER_PAGE)
    if int(number) > pages.num_pages:
        raise NoSuchPage(
            gettext("There is no page %(number)s: the list ends at page %(last)s.")
            % {"number": number, "last": pages.num_pages}
        )
    context: dict[str, Any] = {
        "text": text,
        "kind": kind,
        "total": total,
        "page": pages.page(int(number)),
        "tabs": results.tabs(counts, chosen=kind, everything=EVERYTHING),
        "findings": results.findings(text, kind=kind, page=int(number)) if total else [],
    }
    is_part = request.headers.get("HX-Target") == "results"
    template = "pages/search.html#results" if is_part else "pages/search.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The way to work: the one desk that is mine, or a choice among mine."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  (login_required lets nobody else through)
    mine = {"memberships__user": user, "memberships__state": MembershipState.ACTIVE}
    organizations = list(Organization.objects.filter(**mine).order_by("name").distinct())
    companies = list(Company.objects.filter(**mine).order_by("name").distinct())
    addresses = [
        *(reverse("organizations:desk", args=[one.slug]) for one in organizations),
        *(reverse("companies:desk", args=[one.slug]) for one in companies),
        *([reverse("pages:staff")] if user.is_staff else []),
    ]
    if len(addresses) == 1:
        return redirect(addresses[0])
    context = {"organizations": organizations, "companies": companies, "is_staff": user.is_staff}
    return render(request, "pages/desk.html", context)


@require_safe
@login_required
def staff(request: HttpRequest) -> HttpResponse:
    """The team's rooms, and what waits in them. Nobody else learns that there is such a page."""
    if not request.user.is_staff:
        raise Http404
    return render(request, "pages/staff.html", {"waiting": waiting.for_the_team()})


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture as the CMS made it from an upload: a new encoding of the right size.

    Raises:
        Http404: for anything else. Documents have their own door, and an original, which may
            say where and by whom it was taken, is for editors.
    """
    kind, _encoding = mimetypes.guess_type(path)
    folder = path.split("/", 1)[0]
    is_for_all = folder == "images"
    is_for_editors = folder == "original_images"
    if not (kind or "").startswith("image/") or not (is_for_all or is_for_editors):
        raise Http404
    if is_for_editors and not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404
    answer = static_serve(request, path, document_root=str(settings.MEDIA_ROOT))
    answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # A rendition's name carries what made it: another crop is another name.
    shared = "public, max-age=31536000, immutable"
    answer.headers["Cache-Control"] = shared if is_for_all else "private, no-cache"
    return answer
