"""What every answer carries."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.shortcuts import redirect, render
from django.utils.csp import CSP
from django.utils.translation import gettext as _

from accounts.permissions import needs_second_factor
from core.errors import DomainError


class ContentSecurityPolicyByPath(ContentSecurityPolicyMiddleware):
    """The strict policy everywhere, and the looser one that Wagtail's admin cannot do without.

    A policy that a view sets itself (`django.views.decorators.csp`) wins.
    """

    def process_response(  # noqa: D102  (Django names it)
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if request.path.startswith("/cms/"):
            if CSP.HEADER_ENFORCE in response.headers:
                # A preview: drawn by a request of its own for the page that it shows, which came
                # this way too. The same policy, but the editor stands around it.
                del response.headers[CSP.HEADER_ENFORCE]
                vars(response)["_csp_config"] = settings.PREVIEW_CSP
            vars(response).setdefault("_csp_config", settings.CMS_CSP)
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        answer: HttpResponse = super().process_response(request, response)
        return answer


class RefusalsAsPages:
    """Turns a rule's "no" that no view caught into a page that says it, with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass everything on; only exceptions concern it."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a `DomainError`; leave everything else to Django."""
        if not isinstance(error, DomainError):
            return None
        return render(request, "refusal.html", {"sentence": error.sentence}, status=error.status)


class SecondFactorAtTheDesk:
    """Leads staff and administrators who have no second factor to where they set one up.

    Only the desks and the CMS ask for it, and only where the installation does: elsewhere this
    costs nothing, and with `REQUIRE_MFA` off it is not there.
    """

    PATHS = ("/desk/", "/cms/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.REQUIRE_MFA:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the way to the second factor, or pass on."""
        if request.path.startswith(self.PATHS) and needs_second_factor(request.user):
            messages.warning(
                request,
                _("Your role needs a second factor: add a passkey or an authenticator app."),
            )
            return redirect("mfa_index")
        return self.get_response(request)
