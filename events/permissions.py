"""Who may do what with events, and the private links of those who signed up as guests."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db.models import Q, QuerySet

from accounts.models import MembershipState, User
from companies import permissions as companies
from companies.models import Company, CompanyMembership, CompanyQuerySet
from events.models import (
    Booking,
    DoorCode,
    Host,
    IncomingCalendar,
    Occurrence,
    SeatBlock,
    Series,
    SeriesQuerySet,
    SignUp,
    WaitingEntry,
)
from organizations import permissions as organizations
from organizations.models import Organization, OrganizationMembership

_SALT = "events.signup"
_WAITING_SALT = "events.waiting"
_BOOKING_SALT = "events.booking"
_SEATS_SALT = "events.seats"
_KIOSK_SALT = "events.kiosk"
_KIOSK_START_SALT = "events.kiosk.start"
#: How long the way from the desk to a tablet stays open.
KIOSK_STARTS_WITHIN = timedelta(minutes=15)


def visible_to(user: User | AnonymousUser) -> SeriesQuerySet:
    """The series that this person may know of: the public ones, and those of their hosts.

    Look objects up through this: what is not in it is answered with 404.
    """
    if not isinstance(user, User) or not user.is_active:
        return Series.objects.public()
    if user.is_staff:
        return Series.objects.all()
    hosts = OrganizationMembership.objects.filter(user=user, state=MembershipState.ACTIVE)
    firms = CompanyMembership.objects.filter(user=user, state=MembershipState.ACTIVE)
    return Series.objects.filter(
        Q(pk__in=Series.objects.public().values("pk"))
        | Q(organization__in=hosts.values("organization"))
        | Q(company__in=firms.values("company"))
    )


def can_host(user: User | AnonymousUser, host: Host) -> bool:
    """Whether they may invite in the host's name; for the site itself only its staff may."""
    match host:
        case Organization():
            return organizations.can_edit(user, host)
        case Company():
            return companies.can_edit(user, host)
        case None:
            return isinstance(user, User) and user.is_active and user.is_staff


def can_edit(user: User | AnonymousUser, series: Series) -> bool:
    """Whether they may change the series, its dates and its roster."""
    return can_host(user, series.host)


def calendars_visible_to(
    user: User | AnonymousUser, host: Organization
) -> QuerySet[IncomingCalendar]:
    """The calendars from elsewhere that this person may look after; others are a 404."""
    calendars = IncomingCalendar.objects.filter(organization=host).select_related("organization")
    return calendars if can_host(user, host) else calendars.none()


def can_see_roster(user: User | AnonymousUser, occurrence: Occurrence) -> bool:
    """Whether they may see who comes: only those who may also act on it."""
    return can_edit(user, occurrence.series)


def companies_of(user: User | None) -> CompanyQuerySet:
    """The companies in whose name this person may come: those that they belong to."""
    if user is None:
        return Company.objects.none()
    mine = CompanyMembership.objects.filter(user=user, state=MembershipState.ACTIVE)
    return Company.objects.filter(pk__in=mine.values("company")).order_by("name", "pk")


def manage_token(signup: SignUp) -> str:
    """What stands in a guest's private link."""
    return signing.Signer(salt=_SALT).sign(signup.uuid.hex)


def signup_of(token: str) -> SignUp | None:
    """The sign-up of a private link; none if the link was not made here."""
    try:
        number = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return (
        SignUp.objects.select_related(
            "occurrence__series__organization",
            "occurrence__series__company",
            "occurrence__series__area",
            "user",
        )
        .filter(uuid=number)
        .first()
    )


def booking_token(booking: Booking) -> str:
    """What stands in the private link of several dates."""
    return signing.Signer(salt=_BOOKING_SALT).sign(booking.uuid.hex)


def booking_of(token: str) -> Booking | None:
    """The booking of a private link; none if the link was not made here."""
    try:
        number = signing.Signer(salt=_BOOKING_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return Booking.objects.filter(uuid=number).first()


def waiting_token(entry: WaitingEntry) -> str:
    """What stands in the private link of somebody who waits."""
    return signing.Signer(salt=_WAITING_SALT).sign(entry.uuid.hex)


def entry_of(token: str) -> WaitingEntry | None:
    """The place in line of a private link; none if the link was not made here."""
    try:
        number = signing.Signer(salt=_WAITING_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return WaitingEntry.objects.for_page().filter(uuid=number).first()


def seats_token(block: SeatBlock) -> str:
    """What stands in the link by which a company's people claim their places."""
    return signing.Signer(salt=_SEATS_SALT).sign(block.secret.hex)


def is_seats_token(token: str) -> bool:
    """Whether a claim link was made here, though it may have been renewed since."""
    try:
        signing.Signer(salt=_SEATS_SALT).unsign(token)
    except signing.BadSignature:
        return False
    return True


def block_of(token: str) -> SeatBlock | None:
    """The block of a claim link, if the public may know of its date; none of an old link."""
    if not is_seats_token(token):
        return None
    rows = SeatBlock.objects.for_page().filter(occurrence__in=Occurrence.objects.public())
    return rows.filter(secret=signing.Signer(salt=_SEATS_SALT).unsign(token)).first()


def kiosk_start_token(door: DoorCode, host: User) -> str:
    """What stands in the way from the desk to a tablet; soon nobody can use it any more."""
    return signing.TimestampSigner(salt=_KIOSK_START_SALT).sign(_kiosk(door, host))


def kiosk_starter(door: DoorCode, token: str) -> User | None:
    """The host who wants a tablet to be the door's kiosk; none if the link was not made for it,
    or too long ago.
    """
    signer = signing.TimestampSigner(salt=_KIOSK_START_SALT)
    try:
        return _kiosk_host(door, signer.unsign(token, max_age=KIOSK_STARTS_WITHIN))
    except signing.BadSignature:
        return None


def kiosk_token(door: DoorCode, host: User) -> str:
    """What a tablet keeps: the right to be the kiosk of one door, and no other."""
    return signing.Signer(salt=_KIOSK_SALT).sign(_kiosk(door, host))


def is_kiosk(door: DoorCode, token: str) -> bool:
    """Whether that is the right to be this door's kiosk, from a host who still is one.

    With another code for the door it is over.
    """
    try:
        return _kiosk_host(door, signing.Signer(salt=_KIOSK_SALT).unsign(token)) is not None
    except signing.BadSignature:
        return False


def _kiosk(door: DoorCode, host: User) -> str:
    return f"{door.code}.{host.uuid.hex}"


def _kiosk_host(door: DoorCode, kiosk: str) -> User | None:
    code, _dot, number = kiosk.partition(".")
    host = User.objects.filter(uuid=number).first() if code == door.code else None
    return host if host is not None and can_edit(host, door.occurrence.series) else None
