"""Doors to the digest and its readers."""

from django.urls import URLPattern, path

from newsletter import feeds
from newsletter.views import archive, desk, mailchimp, readers

app_name = "newsletter"

_ISSUE = "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/"

urlpatterns: list[URLPattern] = [
    path("newsletter/", archive.index, name="subscribe"),
    path("newsletter/feed.xml", feeds.feed, name="feed"),
    path("newsletter/sign-up/", readers.sign_up, name="sign_up"),
    path("newsletter/sign-up/sent/", readers.sent, name="sent"),
    path("newsletter/confirm/<str:token>/", readers.confirm, name="confirm"),
    path("newsletter/preferences/<str:token>/", readers.preferences, name="preferences"),
    path("newsletter/preferences/<str:token>/delete/", readers.erase, name="erase"),
    path("newsletter/unsubscribe/<str:token>/", readers.unsubscribe, name="unsubscribe"),
    path("newsletter/mailchimp/<str:secret>/", mailchimp.webhook, name="mailchimp"),
    path("newsletter/<int:year>/<int:week>/", archive.digest, name="digest"),
    path("newsletter/<int:year>/<int:week>/<slug:edition>/", archive.digest, name="edition"),
    path("desk/staff/digests/", desk.index, name="desk_digests"),
    path(_ISSUE, desk.detail, name="desk_digest"),
    path(f"{_ISSUE}build/", desk.build, name="desk_build"),
    path(f"{_ISSUE}words/", desk.write, name="desk_words"),
    path(f"{_ISSUE}step/", desk.step, name="desk_step"),
    path(f"{_ISSUE}lines/<int:item>/", desk.line, name="desk_line"),
    path(f"{_ISSUE}preview.<slug:kind>", desk.preview, name="desk_preview"),
]
