"""Every door of the site, one line each."""

from django.conf import settings
from django.urls import include, path, re_path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.urls import serve_pattern

from accounts.views.cms import MyAccount
from core import staff, styleguide
from core import views as core_views
from pages import views as pages_views

# Pictures are served from here unless MEDIA_URL_BASE names another host.
uploads = (
    [path(f"{settings.MEDIA_URL.lstrip('/')}<path:path>", pages_views.media, name="media")]
    if settings.MEDIA_URL.startswith("/")
    else []
)

handler400 = "core.views.bad_request"

urlpatterns = [
    # What most people ask for first: an address waits for every door above it to be tried.
    path("", pages_views.page, {"path": ""}, name="home"),
    path("", include("events.urls")),
    path("", include("organizations.urls")),
    path("", include("companies.urls")),
    path("", include("newsletter.urls")),
    path("", include("accounts.urls")),
    path("", include("pledges.urls")),
    path("", include("pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", core_views.readyz, name="readyz"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("desk/staff/outbox/", staff.mails, name="staff_outbox"),
    path("desk/staff/outbox/<str:name>/", staff.mail, name="staff_mail"),
    path("desk/staff/effects/<uuid:effect_id>/retry/", staff.retry, name="staff_retry"),
    path("cms/account/", require_admin_access(MyAccount.as_view()), name="wagtailadmin_account"),
    path("cms/", include(wagtailadmin_urls)),
    # Wagtail asks for this door by its name.
    path(
        "documents/<int:document_id>/<str:document_filename>",
        pages_views.document,
        name="wagtaildocs_serve",
    ),
    *uploads,
    # Last: the CMS answers whatever is left.
    re_path(serve_pattern, pages_views.page, name="wagtail_serve"),
]
