"""Who may touch what: readers by a private link, issues by role.

A link in a mail names a reader by a signed, random id, and each purpose has its own salt, so
that a forwarded "unsubscribe" does not open the preferences.
"""

from uuid import UUID

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.urls import reverse

from newsletter.models import OptIn, Subscriber

CONFIRM = "newsletter.confirm"
PREFERENCES = "newsletter.preferences"
UNSUBSCRIBE = "newsletter.unsubscribe"


def token(purpose: str, subject: UUID) -> str:
    """The private part of a link, safe in an address."""
    return Signer(salt=purpose).sign(subject.hex).replace(":", ".")


def _subject(purpose: str, written: str) -> UUID:
    try:
        return UUID(Signer(salt=purpose).unsign(written.replace(".", ":")))
    except (BadSignature, ValueError) as error:
        raise Http404 from error


def reader_of(purpose: str, written: str) -> Subscriber:
    """The reader whom a private link names.

    Raises:
        Http404: for a link that is not ours, or a reader whose data was deleted.
    """
    reader = Subscriber.objects.filter(uuid=_subject(purpose, written)).first()
    if reader is None:
        raise Http404
    return reader


def opt_in_of(written: str) -> OptIn:
    """The sign-up that a confirmation link names.

    Raises:
        Http404: for a link that is not ours, or a sign-up that was deleted.
    """
    opt_in = OptIn.objects.select_related("subscriber").filter(uuid=_subject(CONFIRM, written))
    found = opt_in.first()
    if found is None:
        raise Http404
    return found


def confirm_path(opt_in: UUID) -> str:
    """Where a sign-up is confirmed, without host."""
    return reverse("newsletter:confirm", args=[token(CONFIRM, opt_in)])


def preferences_path(reader: UUID) -> str:
    """Where a reader changes what comes, without host."""
    return reverse("newsletter:preferences", args=[token(PREFERENCES, reader)])


def unsubscribe_path(reader: UUID) -> str:
    """Where a reader says no, without host; takes the one-click POST of RFC 8058 too."""
    return reverse("newsletter:unsubscribe", args=[token(UNSUBSCRIBE, reader)])


def can_edit_digests(user: AbstractUser | AnonymousUser) -> bool:
    """Whether somebody may pin, leave out, write and schedule."""
    return user.is_active and user.has_perm("newsletter.change_digest")
