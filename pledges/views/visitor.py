"""Who is asking, for views that are only for people signed in."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def person(request: HttpRequest) -> User:
    """The signed-in person.

    Raises:
        PermissionDenied: for a visitor; a view that asks is behind `login_required`.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
