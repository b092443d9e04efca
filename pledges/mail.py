"""The mails about pledges, deliveries and hours, composed."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import MembershipState, User
from companies.models import CompanyMembership
from organizations.models import OrganizationMembership
from pledges.models import Delivery, HoursEntry, Pledge

Letters = list[EmailMultiAlternatives]
#: Subject, paragraphs, path of the page with the button, words of the link.
Words = tuple[str, list[str], str, str]


def pledge_announced(pledge: Pledge) -> Letters:
    """To the organization's people: somebody promises something, say yes or no."""
    facts = {"company": pledge.company.name, "what": pledge.in_words, "until": pledge.until}
    return _letters(
        _receivers(pledge),
        lambda: (
            _("%(company)s pledges %(what)s") % facts,
            [
                _("%(company)s wants to give you %(what)s by %(until)s.") % facts,
                _("Nothing is promised to you until you accept it."),
                pledge.message,
            ],
            _desk_of_receiver(pledge),
            _("Look at the pledge"),
        ),
    )


def pledge_accepted(pledge: Pledge) -> Letters:
    """To the company's people: the organization says yes, and what comes next."""
    facts = {"organization": str(pledge.organization), "what": pledge.in_words}
    return _letters(
        _givers(pledge),
        lambda: (
            _("%(organization)s accepts your pledge of %(what)s") % facts,
            [_("Say when it comes, and mark it delivered when it has left.")],
            pledge.get_absolute_url(),
            _("Schedule a delivery"),
        ),
    )


def pledge_withdrawn(pledge: Pledge, *, by_company: bool) -> Letters:
    """To the side that did not decide it: the pledge is off, and why."""
    facts = {
        "company": pledge.company.name,
        "organization": str(pledge.organization),
        "what": pledge.in_words,
    }
    if by_company:
        return _letters(
            _receivers(pledge),
            lambda: (
                _("%(company)s takes back its pledge of %(what)s") % facts,
                [pledge.closed_reason, _("The need is open for others again.")],
                _desk_of_receiver(pledge),
                _("Open your pledges"),
            ),
        )
    return _letters(
        _givers(pledge),
        lambda: (
            _("%(organization)s declines your pledge of %(what)s") % facts,
            [pledge.closed_reason, _("Other needs are open and may fit better.")],
            reverse("organizations:needs"),
            _("See open needs"),
        ),
    )


def delivery_made(delivery: Delivery) -> Letters:
    """To the organization's people: the company says it handed something over."""
    pledge = delivery.line.pledge
    facts = {"company": pledge.company.name, "what": delivery.in_words}
    return _letters(
        _receivers(pledge),
        lambda: (
            _("Did %(what)s from %(company)s arrive?") % facts,
            [_("It counts once you confirm it. If something is missing, say what arrived.")],
            _desk_of_receiver(pledge),
            _("Confirm or dispute"),
        ),
    )


def delivery_disputed(delivery: Delivery) -> Letters:
    """To the company's people: less arrived than was sent."""
    pledge = delivery.line.pledge
    facts = {
        "organization": str(pledge.organization),
        "received": delivery.received_in_words,
        "what": delivery.in_words,
    }
    return _letters(
        _givers(pledge),
        lambda: (
            _("%(organization)s received %(received)s of %(what)s") % facts,
            [delivery.dispute, _("Agree, and the rest stays owed; or write to them.")],
            pledge.get_absolute_url(),
            _("Settle it"),
        ),
    )


def hours_submitted(entry: HoursEntry) -> Letters:
    """To the organization's people: somebody logged hours, confirm or decline them."""
    facts = {"who": entry.user.get_full_name(), "long": entry.in_words, "day": entry.day}
    return _letters(
        _people_of(entry.organization_id, but=entry.user),
        lambda: (
            _("%(who)s logged %(long)s on %(day)s") % facts,
            [entry.what, _("They count once you approve them.")],
            reverse("pledges:organization_hours", args=[entry.organization.slug]),
            _("Approve or decline"),
        ),
    )


def hours_decided(entry: HoursEntry) -> Letters:
    """To the volunteer: what the organization said about their hours."""
    facts = {
        "organization": entry.organization.name,
        "long": entry.in_words,
        "day": entry.day,
        "counted": entry.counted_in_words,
    }

    def words() -> Words:
        where = (reverse("pledges:me"), _("See your hours"))
        if entry.status == HoursEntry.Status.DECLINED:
            subject = _("%(organization)s declined your %(long)s of %(day)s") % facts
            return subject, [entry.reason, _("You can log them again, corrected.")], *where
        if entry.status == HoursEntry.Status.REVERSED:
            subject = _("%(organization)s took back your %(long)s of %(day)s") % facts
            return subject, [entry.reason], *where
        subject = _("%(organization)s confirmed your %(long)s of %(day)s") % facts
        lines = [_("Thank you for your time.")]
        if entry.counted_minutes < entry.minutes:
            lines.append(
                _("%(counted)s hours count: the rest overlaps hours that were confirmed before.")
                % facts
            )
        return subject, lines, *where

    return _letters([entry.user], words)


def _letters(people: Iterable[User], words: Callable[[], Words]) -> Letters:
    letters = []
    for person in people:
        if not person.email:
            continue
        with override(person.locale):
            subject, lines, path, action = words()
            subject = " ".join(subject.split())  # a name with a line break stops no mail
            context = {
                "person": person,
                "subject": subject,
                "lines": [line for line in lines if line],
                "url": settings.BASE_URL + path,
                "action": action,
                "site_name": settings.SITE_NAME,
            }
            letter = EmailMultiAlternatives(
                subject, render_to_string("emails/pledges/letter.txt", context), to=[person.email]
            )
            html = render_to_string("emails/pledges/letter.html", context)
            letter.attach_alternative(html, "text/html")
        letters.append(letter)
    return letters


def _receivers(pledge: Pledge) -> list[User]:
    if pledge.organization_id is None:
        return list(User.objects.filter(is_staff=True, is_active=True))
    return _people_of(pledge.organization_id)


def _people_of(organization_id: int, *, but: User | None = None) -> list[User]:
    roles = (OrganizationMembership.Role.ADMIN, OrganizationMembership.Role.ORGANIZER)
    people = User.objects.filter(
        is_active=True,
        organizationmembership__organization=organization_id,
        organizationmembership__state=MembershipState.ACTIVE,
        organizationmembership__role__in=roles,
    )
    return [person for person in people.distinct().order_by("pk") if person != but]


def _givers(pledge: Pledge) -> list[User]:
    leads = User.objects.filter(
        is_active=True,
        companymembership__company=pledge.company_id,
        companymembership__state=MembershipState.ACTIVE,
        companymembership__role=CompanyMembership.Role.CSR_LEAD,
    )
    people = {person.pk: person for person in (*leads, pledge.created_by)}
    return [person for _pk, person in sorted(people.items())]


def _desk_of_receiver(pledge: Pledge) -> str:
    if pledge.organization is None:
        return pledge.get_absolute_url()
    return reverse("pledges:organization_pledges", args=[pledge.organization.slug])
