from datetime import UTC, datetime

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from newsletter.models import Digest, DigestItem, Subscriber

AGREED_AT = datetime(2026, 11, 2, 18, 0, tzinfo=UTC)


class SubscriberFactory(DjangoModelFactory[Subscriber]):
    """A reader who confirmed and wants everything, every Monday."""

    class Meta:
        model = Subscriber

    email = Sequence(lambda n: f"reader{n}@example.org")
    status = Subscriber.Status.SUBSCRIBED
    consent_version = "2026-11"
    consent_at = AGREED_AT
    consent_from = "/newsletter/sign-up/"
    confirmed_at = AGREED_AT
    changed_at = AGREED_AT


class DigestFactory(DjangoModelFactory[Digest]):
    """The issue of the week of December 7, 2026, in review."""

    class Meta:
        model = Digest

    year = 2026
    week = 50
    subject = "What STEM in Los Angeles needs this week"
    status = Digest.Status.REVIEW


class DigestItemFactory(DjangoModelFactory[DigestItem]):
    """A need, for everybody."""

    class Meta:
        model = DigestItem

    digest = SubFactory(DigestFactory)
    section = DigestItem.Section.NEEDS
    kind = "need"
    slug = Sequence(lambda n: f"need-{n}")
    title = Sequence(lambda n: f"{n} laptops for a coding lab")
    facts = "12 of 20 items pledged"
    url = LazyAttribute(lambda item: f"/needs/{item.slug}/")
