"""How somebody becomes a reader, changes what comes, and says no.

The address's owner is whoever can read its mail: only the button behind a mailed link turns a
typed address into a reader, and only such a button, pressed after a "no", undoes it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from core import audit, outbox
from core.errors import DomainError
from core.models import Area, FocusArea
from newsletter.models import Cadence, OptIn, Subscriber
from organizations.models import Organization

#: Which words people agree to on the form; a new wording gets a new name.
CONSENT_VERSION = "2026-11"
#: Mails with a link that one address may be sent, whoever asks.
MOST_AN_HOUR = 3
MOST_A_DAY = 6
LINK_HOLDS = timedelta(days=7)
UNCONFIRMED_KEPT = timedelta(days=30)
LONGEST_PAUSE = timedelta(days=366)

Status = Subscriber.Status


class LinkExpired(DomainError):
    """A confirmation link that is too old, or older than a "no"."""

    status = 410


class ImpossibleMove(DomainError):
    """A reader cannot go from where they are to there."""


class PauseOutOfRange(DomainError):
    """A pause that ends in the past, or after more than a year."""

    status = 422


@dataclass(frozen=True)
class Wishes:
    """What somebody wants to read, and how often. Empty areas or topics mean all."""

    areas: Collection[str] = ()
    topics: Collection[str] = ()
    organizations: Collection[str] = ()
    cadence: str = Cadence.WEEKLY
    role: str = Subscriber.Role.READER
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a sign-up keeps them until they are confirmed."""
        return {
            "areas": sorted(self.areas),
            "topics": sorted(self.topics),
            "organizations": sorted(self.organizations),
            "cadence": str(self.cadence),
            "role": str(self.role),
            "name": self.name,
        }


@transaction.atomic
def ask(*, email: str, wishes: Wishes, asked_on: str, now: datetime) -> None:
    """Somebody typed an address: mail it a link, and change nothing else.

    Known or unknown, confirmed or not, within the limits or past them: the caller learns
    nothing, and so neither does whoever typed it.

    Args:
        email: the address as typed.
        wishes: what the person chose; takes effect with the confirmation.
        asked_on: the path of the page whose words they agreed to.
        now: the present.
    """
    local, _at, host = email.strip().rpartition("@")
    reader, _created = Subscriber.objects.get_or_create(
        email__iexact=email.strip(),
        defaults={"email": f"{local}@{host.lower()}", "changed_at": now},
    )
    reader = Subscriber.objects.select_for_update(no_key=True).get(pk=reader.pk)
    asked = reader.opt_ins.filter(asked_at__gt=now - timedelta(days=1))
    last_hour = asked.filter(asked_at__gt=now - timedelta(hours=1)).count()
    if last_hour >= MOST_AN_HOUR or asked.count() >= MOST_A_DAY:
        return
    opt_in = OptIn.objects.create(
        subscriber=reader,
        choices=wishes.as_json(),
        consent_version=CONSENT_VERSION,
        consent_from=asked_on[:200],
        asked_at=now,
    )
    outbox.promise("newsletter.tasks.send_opt_in", now=now, rank=3, opt_in_id=opt_in.pk)


@transaction.atomic
def confirm(*, opt_in: OptIn, now: datetime) -> Subscriber:
    """The button behind the mailed link: from here on the digest comes.

    Raises:
        LinkExpired: if the link is older than seven days, or than a "no".
    """
    reader = _locked(opt_in.subscriber)
    opt_in.refresh_from_db()
    if opt_in.used_at and reader.status == Status.SUBSCRIBED:
        return reader
    said_no_since = reader.ended_at is not None and reader.ended_at >= opt_in.asked_at
    if opt_in.used_at or said_no_since or now - opt_in.asked_at > LINK_HOLDS:
        raise LinkExpired(
            gettext("This link has run out. Sign up again and we will send you a new one.")
        )
    opt_in.used_at = now
    opt_in.save(update_fields=["used_at"])
    reader.consent_version = opt_in.consent_version
    reader.consent_at = opt_in.asked_at
    reader.consent_from = opt_in.consent_from
    reader.confirmed_at = now
    reader.ended_at = None
    _apply(reader, Wishes(**opt_in.choices), now=now)
    if reader.status == Status.SUBSCRIBED:
        reader.save()
    else:
        _move(reader, Status.SUBSCRIBED, now=now)
    return reader


@transaction.atomic
def change(
    *, reader: Subscriber, wishes: Wishes, paused_until: date | None, now: datetime
) -> Subscriber:
    """Take over what a reader chose on the page behind their private link.

    Raises:
        PauseOutOfRange: if the pause ends before tomorrow or after more than a year.
    """
    reader = _locked(reader)
    if paused_until and not now.date() < paused_until <= now.date() + LONGEST_PAUSE:
        raise PauseOutOfRange(gettext("Choose a day within the coming year."))
    reader.paused_until = paused_until
    _apply(reader, wishes, now=now)
    reader.save()
    return reader


@transaction.atomic
def unsubscribe(*, reader: Subscriber, now: datetime, why: str) -> Subscriber:
    """Say no. Asking twice is the same as asking once.

    Args:
        reader: who does not want mail any more.
        now: the present.
        why: where it came from: `page`, `one_click`, `mailchimp`.
    """
    reader = _locked(reader)
    if reader.status != Status.UNSUBSCRIBED:
        reader.ended_at = now
        _move(reader, Status.UNSUBSCRIBED, now=now, why=why)
    return reader


@transaction.atomic
def clean(*, reader: Subscriber, now: datetime, why: str) -> Subscriber:
    """The address does not take mail. Somebody who said no stays a "no"."""
    reader = _locked(reader)
    if reader.status not in {Status.CLEANED, Status.UNSUBSCRIBED}:
        reader.ended_at = now
        _move(reader, Status.CLEANED, now=now, why=why)
    return reader


@transaction.atomic
def readdress(*, old: str, new: str, now: datetime) -> Subscriber | None:
    """A reader changed their address elsewhere; nothing if we know neither or both."""
    reader = Subscriber.objects.select_for_update(no_key=True).addressed(old).first()
    if reader is None or Subscriber.objects.addressed(new).exists():
        return None
    reader.email = new.strip()
    reader.changed_at = now
    reader.save(update_fields=["email", "changed_at"])
    audit.record(reader, "newsletter.reader_readdressed", by=None)
    return reader


@transaction.atomic
def erase(*, reader: Subscriber, now: datetime) -> None:
    """Delete all that we hold about a reader, and have the channel do the same."""
    reader = _locked(reader)
    audit.record(reader, "newsletter.reader_erased", by=None)
    outbox.promise(
        "newsletter.tasks.forget_member", now=now, address_hash=address_hash(reader.email)
    )
    reader.delete()


def purge(*, now: datetime) -> int:
    """Delete addresses that nobody confirmed within thirty days; says how many."""
    waiting = Subscriber.objects.filter(
        status=Status.PENDING, created_at__lt=now - UNCONFIRMED_KEPT
    ).exclude(opt_ins__asked_at__gte=now - UNCONFIRMED_KEPT)
    _rows, by_model = waiting.delete()
    return by_model.get("newsletter.Subscriber", 0)


def address_hash(email: str) -> str:
    """How Mailchimp names a member: MD5 of the address in lower case (their published rule)."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()


def _locked(reader: Subscriber) -> Subscriber:
    return Subscriber.objects.select_for_update(no_key=True).get(pk=reader.pk)


def _apply(reader: Subscriber, wishes: Wishes, *, now: datetime) -> None:
    reader.areas.set(Area.objects.filter(slug__in=wishes.areas))
    reader.topics.set(FocusArea.objects.filter(slug__in=wishes.topics))
    reader.organizations.set(Organization.objects.public().filter(slug__in=wishes.organizations))
    reader.cadence = wishes.cadence
    reader.role = wishes.role
    reader.name = wishes.name or reader.name
    reader.changed_at = now


def _move(reader: Subscriber, status: str, *, now: datetime, **why: str) -> None:
    if status not in Subscriber.MOVES[reader.status]:
        raise ImpossibleMove(
            gettext("That is not possible: this address is %(status)s.")
            % {"status": reader.get_status_display()}
        )
    was, reader.status = reader.status, status
    reader.changed_at = now
    reader.save()
    audit.record(reader, "newsletter.reader_moved", by=None, was=was, now=status, **why)
