"""The mails about accounts and memberships, composed."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Letter, Membership

#: What a signed link of an invitation can be used for, and for nothing else.
INVITATION_SALT = "accounts.invitation"


def letter(row: Letter) -> EmailMultiAlternatives:
    """A finished letter as the message that goes out."""
    message = EmailMultiAlternatives(row.subject, row.text, to=[row.to])
    if row.html:
        message.attach_alternative(row.html, "text/html")
    return message


def invitation(row: Membership) -> EmailMultiAlternatives:
    """The mail that asks somebody to become a member, with a link to a page with a button."""
    token = signing.dumps([row._meta.label_lower, str(row.uuid)], salt=INVITATION_SALT)
    facts = {
        "membership": row,
        "role": row.Role(row.role).label,
        "url": settings.BASE_URL + reverse("accounts:invitation", args=[token]),
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
    }
    text = render_to_string("emails/invitation.txt", facts).strip() + "\n"
    subject = _("Join %(whole)s on %(site)s") % {
        "whole": " ".join(str(row.whole).split()),  # a line break in a name stops no mail
        "site": settings.SITE_NAME,
    }
    message = EmailMultiAlternatives(subject, text, to=[row.invited_email])
    paragraphs = text.strip().split("\n\n")
    html = render_to_string("emails/letter.html", {"subject": subject, "paragraphs": paragraphs})
    message.attach_alternative(html, "text/html")
    return message
