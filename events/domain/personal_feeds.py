"""A person's own secret calendar: made, rotated, revoked; only a hash of its token is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core import audit
from events.models import PersonalFeed, SignUp, SignUpQuerySet

#: The token's length: 256 bits.
TOKEN_BYTES = 32
#: How far back the feed goes.
GOES_BACK = timedelta(days=365)
#: How exactly is kept when it was last used: calendars ask all day long.
USED_STEP = timedelta(hours=1)


def make(*, by: User, now: datetime) -> str:
    """Make the person's feed, or give it a new token and let the old one die; says the token.

    This is the only moment at which anybody knows it.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        feed, created = PersonalFeed.objects.update_or_create(
            user=by, defaults={"token_hash": hash_of(token), "made_at": now, "used_at": None}
        )
        verb = "events.calendar_made" if created else "events.calendar_rotated"
        audit.record(feed, verb, by=by)
    return token


def revoke(*, by: User) -> None:
    """Let the person's feed die; a second time changes nothing."""
    with transaction.atomic():
        feed = PersonalFeed.objects.filter(user=by).first()
        if feed is not None:
            audit.record(feed, "events.calendar_revoked", by=by)
            feed.delete()


def found(*, token: str, now: datetime) -> PersonalFeed | None:
    """The feed of a token, noted as used; none for a token that is unknown or revoked."""
    feed = (
        PersonalFeed.objects.select_related("user")
        .filter(token_hash=hash_of(token), user__is_active=True)
        .first()
    )
    if feed is not None and (feed.used_at is None or feed.used_at <= now - USED_STEP):
        PersonalFeed.objects.filter(pk=feed.pk).update(used_at=now)
    return feed


def signups_in(feed: PersonalFeed, *, now: datetime, heard: timedelta) -> SignUpQuerySet:
    """What the person signed up for, the latest word on each date last.

    Args:
        feed: whose.
        now: the present.
        heard: how long what fell away stays in, so that every calendar hears of it.
    """
    gone = (SignUp.Status.CANCELLED, SignUp.Status.DECLINED, SignUp.Status.EXCUSED)
    return (
        SignUp.objects.filter(
            Q(status__in=SignUp.HOLDING) | Q(status__in=gone, changed_at__gte=now - heard),
            user=feed.user_id,
            occurrence__ends_at__gte=now - GOES_BACK,
        )
        .select_related("occurrence__series")
        .order_by("changed_at", "pk")
    )


def hash_of(token: str) -> str:
    """What is kept of a token; it is random enough to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
