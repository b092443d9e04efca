"""Doors to companies and what they offer."""

from django.urls import include, path

from companies.views import desk, directory, joining, people

app_name = "companies"

_COMPANIES = [
    path("", directory.companies, name="list"),
    path("join/", joining.join, name="join"),
    path("<slug:slug>/", directory.detail, name="detail"),
]
_DESK = [
    path("", desk.desk, name="desk"),
    path("profile/", desk.profile, name="profile"),
    path("offers/", desk.offers, name="offers"),
    path("offers/<uuid:uuid>/", desk.offer, name="offer"),
    path("offers/<uuid:uuid>/end/", desk.end_offer, name="end_offer"),
    path("people/", people.people, name="people"),
]

urlpatterns = [
    path("companies/", include(_COMPANIES)),
    path("desk/companies/<slug:slug>/", include(_DESK)),
]
