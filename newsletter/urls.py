"""Doors to the digest and its readers."""

from django.urls import include, path

from newsletter import feeds
from newsletter.views import archive, desk, mailchimp, readers

app_name = "newsletter"

_NEWSLETTER = [
    path("", archive.index, name="subscribe"),
    path("feed.xml", feeds.feed, name="feed"),
    path("sign-up/", readers.sign_up, name="sign_up"),
    path("sign-up/sent/", readers.sent, name="sent"),
    path("confirm/<str:token>/", readers.confirm, name="confirm"),
    path("preferences/<str:token>/", readers.preferences, name="preferences"),
    path("preferences/<str:token>/delete/", readers.erase, name="erase"),
    path("unsubscribe/<str:token>/", readers.unsubscribe, name="unsubscribe"),
    path("mailchimp/<str:secret>/", mailchimp.webhook, name="mailchimp"),
    path("<int:year>/<int:week>/", archive.digest, name="digest"),
    path("<int:year>/<int:week>/<slug:edition>/", archive.digest, name="edition"),
]
_ISSUE = [
    path("", desk.detail, name="desk_digest"),
    path("build/", desk.build, name="desk_build"),
    path("words/", desk.write, name="desk_words"),
    path("step/", desk.step, name="desk_step"),
    path("lines/<int:item>/", desk.line, name="desk_line"),
    path("preview.<slug:kind>", desk.preview, name="desk_preview"),
]

urlpatterns = [
    path("newsletter/", include(_NEWSLETTER)),
    path("desk/staff/digests/", desk.index, name="desk_digests"),
    path("desk/staff/digests/<int:year>/<int:week>/<slug:edition>/", include(_ISSUE)),
]
