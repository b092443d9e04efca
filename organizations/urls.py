"""Doors to organizations and their needs."""

from django.urls import include, path

from organizations.views import desk, directory, people, submission

app_name = "organizations"

_ORGANIZATIONS = [
    path("", directory.organizations, name="list"),
    path("submit/", submission.submit, name="submit"),
    path("submissions/<str:token>/", submission.status, name="submission"),
    path("<slug:slug>/", directory.detail, name="detail"),
]
_NEEDS = [
    path("", directory.needs, name="needs"),
    path("<slug:slug>/", directory.need, name="need"),
]
_DESK = [
    path("", desk.overview, name="desk"),
    path("people/", people.people, name="people"),
    path("profile/", desk.profile, name="desk-profile"),
    path("needs/new/", desk.new_need, name="desk-need-new"),
    path("needs/<slug:need_slug>/", desk.edit_need, name="desk-need"),
    path("needs/<slug:need_slug>/<slug:word>/", desk.act, name="desk-need-act"),
]

urlpatterns = [
    path("organizations/", include(_ORGANIZATIONS)),
    path("needs/", include(_NEEDS)),
    path("desk/organizations/<slug:slug>/", include(_DESK)),
]
