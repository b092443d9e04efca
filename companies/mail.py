"""The mails about companies, composed."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company


def company_joined(company: Company) -> list[EmailMessage]:
    """To staff: a company waits to be looked at."""
    path = reverse(company.snippet_viewset.get_url_name("edit"), args=[company.pk])
    letters = []
    for person in User.objects.filter(is_staff=True, is_active=True).exclude(email=""):
        context = {
            "person": person,
            "company": company,
            "url": settings.BASE_URL + path,
            "site_name": settings.SITE_NAME,
        }
        letters.append(
            EmailMessage(
                _("%(company)s wants to join") % {"company": company.name},
                render_to_string("emails/companies/joined.txt", context),
                to=[person.email],
            )
        )
    return letters
