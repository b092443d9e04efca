"""A new organization, sent in by anybody: kept, queued for the moderators, followed by a link."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, limits, outbox
from core.errors import DomainError
from organizations.domain import lifecycle, needs, profiles, slugs
from organizations.mail import STATUS_SALT
from organizations.models import Need, Organization, Submission

#: What one origin, and one address, may send in.
FROM_ONE_ORIGIN = (limits.Limit(5, timedelta(hours=1)), limits.Limit(20, timedelta(days=1)))
FROM_ONE_ADDRESS = (limits.Limit(3, timedelta(hours=1)), limits.Limit(6, timedelta(days=1)))


class NothingAsked(DomainError):
    """There is no open question to answer."""


class NoSuchSubmission(DomainError):
    """The link is cut off or was never ours."""

    status = 404


def twins(*, ein: str, website: str) -> list[Organization]:
    """Organizations that share the EIN or the website's host: perhaps the same one."""
    same = Q()
    if ein:
        same |= Q(ein=ein)
    if host := profiles.site_host(website):
        same |= Q(site_host=host)
    if not same:
        return []
    living = Organization.objects.exclude(status=Organization.Status.ARCHIVED)
    return list(living.filter(same).order_by("name", "pk")[:5])


def send(
    *,
    organization: Organization,
    need: Need | None,
    name: str,
    email: str,
    origin: str,
    by: User | None,
    now: datetime,
) -> Submission:
    """Take in a new organization, with a first need if there is one, for the moderators.

    The same words from the same address while they wait are the same submission. The words too:
    a name and an address can be guessed, and the answer is a private link.

    Args:
        organization: an unsaved one with its words.
        need: an unsaved one with its words, or none.
        name: who sends it.
        email: where the moderators' answer goes.
        origin: where the request came from, to slow floods.
        by: the account that sends it; `None` for a guest.
        now: the present.

    Raises:
        core.limits.TooOften: if this origin or address has sent in too many lately.
    """
    address = email.strip().lower()
    with transaction.atomic():
        waiting = Submission.objects.filter(
            email=address,
            organization__name=organization.name,
            organization__mission=organization.mission,
            organization__status=Organization.Status.SUBMITTED,
        ).first()
        if waiting is not None:
            return waiting
        sentence = _("You have sent in several lately. Try again in an hour.")
        for what, key, share in (
            ("submission-origin", origin, FROM_ONE_ORIGIN),
            ("submission-address", address, FROM_ONE_ADDRESS),
        ):
            limits.take_or_refuse(what, key, *share, now=now, sentence=sentence)
        organization.slug = slugs.free_slug(Organization, organization.name)
        organization.live = False
        organization.status = Organization.Status.DRAFT
        profiles.complete(organization)
        organization.save()
        submission = Submission.objects.create(
            organization=organization, name=name, email=address, user=by, created_at=now
        )
        if need is not None:
            need.organization = organization
            needs.draft_with_submission(need=need, now=now)
        audit.record(organization, "organizations.organization_submitted", by=by)
        lifecycle.submit(organization=organization, by=None, now=now)
        outbox.promise(
            "organizations.tasks.send_receipt", now=now, submission_id=str(submission.uuid)
        )
    return submission


def by_token(token: str) -> Submission:
    """The submission that a private link stands for.

    Raises:
        NoSuchSubmission: if the link is forged or cut off.
    """
    try:
        uuid = signing.Signer(salt=STATUS_SALT).unsign(token)
    except signing.BadSignature as error:
        raise NoSuchSubmission(
            _("This link is not complete. Copy all of it from the mail.")
        ) from error
    found = Submission.objects.select_related("organization").filter(uuid=uuid).first()
    if found is None:
        raise NoSuchSubmission(_("This submission was deleted."))
    return found


def answer(*, submission: Submission, text: str, now: datetime) -> Submission:
    """Answer the moderators' question and put the organization back into their queue.

    The private link is the permission; the door has checked it.

    Raises:
        NothingAsked: if no question is open.
    """
    with transaction.atomic():
        row = Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)
        organization = Organization.objects.get(pk=row.organization_id)
        if organization.status != Organization.Status.NEEDS_INFO:
            if row.answer == text:
                return row
            raise NothingAsked(_("There is no open question about this organization."))
        row.answer, row.answered_at = text, now
        row.save(update_fields=["answer", "answered_at"])
        audit.record(organization, "organizations.organization_answered", by=row.user)
        lifecycle.submit(organization=organization, by=None, now=now)
    return row
