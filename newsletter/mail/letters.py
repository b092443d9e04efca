"""The one letter that is not a digest: the link that confirms a sign-up."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext

from newsletter import permissions
from newsletter.mail import look
from newsletter.models import OptIn, Subscriber


def opt_in(row: OptIn) -> EmailMultiAlternatives:
    """The mail with the link that confirms; says so where the address reads us already."""
    reader = row.subscriber
    facts = {
        "already": reader.status == Subscriber.Status.SUBSCRIBED,
        "site_name": settings.SITE_NAME,
        "confirm_url": settings.BASE_URL + permissions.confirm_path(row.uuid),
        "preferences_url": settings.BASE_URL + permissions.preferences_path(reader.uuid),
    }
    subject = gettext("Confirm your digest from %(site)s") % {"site": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject,
        look.plain(render_to_string("emails/newsletter/opt_in.txt", facts)),
        to=[reader.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("emails/newsletter/opt_in.html", facts)
    message.attach_alternative(look.inlined(html), "text/html")
    return message
