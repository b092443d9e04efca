"""Doors to organizations and their needs."""

from django.urls import path

from organizations.views import desk, directory, people, submission

app_name = "organizations"

_DESK = "desk/organizations/<slug:slug>/"

urlpatterns = [
    path("organizations/", directory.organizations, name="list"),
    path("organizations/submit/", submission.submit, name="submit"),
    path("organizations/submissions/<str:token>/", submission.status, name="submission"),
    path("organizations/<slug:slug>/", directory.detail, name="detail"),
    path("needs/", directory.needs, name="needs"),
    path("needs/<slug:slug>/", directory.need, name="need"),
    path(_DESK, desk.overview, name="desk"),
    path(f"{_DESK}people/", people.people, name="people"),
    path(f"{_DESK}profile/", desk.profile, name="desk-profile"),
    path(f"{_DESK}needs/new/", desk.new_need, name="desk-need-new"),
    path(f"{_DESK}needs/<slug:need_slug>/", desk.edit_need, name="desk-need"),
    path(f"{_DESK}needs/<slug:need_slug>/<slug:word>/", desk.act, name="desk-need-act"),
]
