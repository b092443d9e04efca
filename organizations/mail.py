"""The mails about submissions and reviews, composed."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from organizations.models import Need, Organization, Submission

#: Signs the private link to a submission's page.
STATUS_SALT = "organizations.submission"


def status_path(submission: Submission) -> str:
    """The private page of a submission, by a link that nobody can guess."""
    token = signing.Signer(salt=STATUS_SALT).sign(str(submission.uuid))
    return reverse("organizations:submission", args=[token])


def receipt(submission: Submission) -> EmailMultiAlternatives:
    """To whoever sent an organization in: we have it, and here it can be followed."""
    facts = {"name": submission.organization.name, "site": settings.SITE_NAME}
    return _letter(
        _("We have received %(name)s") % facts,
        _("Thank you for adding %(name)s to %(site)s.") % facts,
        _("A moderator reads it before it appears, usually within two working days."),
        _("Follow it here:") + " " + settings.BASE_URL + status_path(submission),
        to=[submission.email],
    )


def question(submission: Submission) -> EmailMultiAlternatives:
    """To whoever sent it in: a moderator asks something."""
    facts = {"name": submission.organization.name}
    return _letter(
        _("A question about %(name)s") % facts,
        _("Before %(name)s can appear, our moderators ask:") % facts,
        submission.question,
        _("Answer on this page:") + " " + settings.BASE_URL + status_path(submission),
        to=[submission.email],
    )


def welcome(submission: Submission) -> EmailMultiAlternatives:
    """To whoever sent it in: it is public, and what they can do next."""
    organization = submission.organization
    facts = {"name": organization.name, "site": settings.SITE_NAME}
    if submission.user_id:
        desk = settings.BASE_URL + reverse("organizations:desk", args=[organization.slug])
        next_step = _("Your desk, where you say what you need:") + " " + desk
    else:
        next_step = _("A second mail invites you to look after it.")
    return _letter(
        _("%(name)s is on %(site)s") % facts,
        _("%(name)s is public now:") % facts
        + " "
        + settings.BASE_URL
        + organization.get_absolute_url(),
        next_step,
        to=[submission.email],
    )


def moderators(thing: Organization | Need, addresses: Iterable[str]) -> EmailMultiAlternatives:
    """To the moderators: something waits for them. Nobody sees the others' addresses."""
    view = f"wagtailsnippets_organizations_{thing._meta.model_name}:edit"
    facts = {"kind": thing._meta.verbose_name, "name": str(thing)}
    return _letter(
        _("To review: %(name)s") % facts,
        _("A new %(kind)s waits for a moderator: %(name)s.") % facts,
        settings.BASE_URL + reverse(view, args=[thing.pk]),
        bcc=list(addresses),
    )


def need_reviewed(need: Need, addresses: Iterable[str], comment: str) -> EmailMultiAlternatives:
    """To the organization's people: their need is open, or came back and why."""
    facts = {"title": need.title}
    if need.is_asking:
        return _letter(
            _("Open now: %(title)s") % facts,
            _("A moderator has read your need, and everybody can see it:"),
            settings.BASE_URL + need.get_absolute_url(),
            bcc=list(addresses),
        )
    desk = reverse("organizations:desk", args=[need.organization.slug])
    return _letter(
        _("Please look again: %(title)s") % facts,
        _("A moderator has handed your need back:"),
        comment or _("No reason was given. Reply to this mail to ask."),
        _("Change it and send it again:") + " " + settings.BASE_URL + desk,
        bcc=list(addresses),
    )


def _letter(
    subject: str, *paragraphs: str, to: list[str] | None = None, bcc: list[str] | None = None
) -> EmailMultiAlternatives:
    one_line = " ".join(subject.split())
    message = EmailMultiAlternatives(one_line, "\n\n".join(paragraphs) + "\n", to=to, bcc=bcc)
    html = render_to_string("emails/letter.html", {"subject": one_line, "paragraphs": paragraphs})
    message.attach_alternative(html, "text/html")
    return message
