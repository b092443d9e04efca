"""The site's own addresses, and one bare view to measure them against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as site_urlpatterns


def hello(_request: HttpRequest) -> HttpResponse:
    """The least that Django can do, behind the same middleware."""
    return HttpResponse("hello")


urlpatterns = [path("bench/hello", hello), *site_urlpatterns]
