"""Places that are kept for a company's people, whose names nobody knows yet."""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from companies.models import Company
from core import times
from events.models.occurrences import Occurrence


class SeatBlockQuerySet(models.QuerySet["SeatBlock"]):
    """Blocks of places, in the domain's words."""

    def held(self) -> Self:
        """Those whose unclaimed places nobody else can have."""
        return self.filter(status=SeatBlock.Status.HELD)

    def of_date(self, occurrence: Occurrence) -> Self:
        """Those of one date, by the company's name."""
        return self.filter(occurrence=occurrence).for_page().order_by("company__name", "pk")

    def of_company(self, company: Company, *, now: datetime) -> Self:
        """What is or was kept for a company at dates that have not ended, soonest first."""
        rows = self.filter(company=company, occurrence__ends_at__gt=now).for_page()
        return rows.order_by("occurrence__starts_at", "pk")

    def for_page(self) -> Self:
        """With the company, the date and its host, in one query."""
        return self.select_related(
            "company",
            "occurrence__series__organization",
            "occurrence__series__company",
            "occurrence__series__area",
        )


class SeatBlock(models.Model):
    """So many places of one date for one company: its people claim them by a link.

    The sign-ups that came by it count their own places; what is left of it counts as taken while
    it is held.
    """

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        RELEASED = "released", _("Went back")
        ENDED = "ended", _("Given back")

    #: The life of a block. The clock releases it; company, host, or a date called off end it.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        Status.HELD: frozenset({Status.RELEASED, Status.ENDED}),
        Status.RELEASED: frozenset(),
        Status.ENDED: frozenset(),
    }
    #: How long before the start the places that nobody claimed go back.
    GOES_BACK: ClassVar[timedelta] = timedelta(hours=72)

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="blocks")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="seat_blocks")
    places = models.PositiveSmallIntegerField(_("places"))
    #: How many of them nobody has claimed; of a block that is over, how many went back.
    unclaimed = models.PositiveSmallIntegerField(_("unclaimed places"))
    #: What the claim link is made of; with another one the old link leads nowhere.
    secret = models.UUIDField(default=uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.HELD)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="seat_blocks",
    )
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = SeatBlockQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("block of places")
        verbose_name_plural = _("blocks of places")
        constraints = (
            models.UniqueConstraint(
                fields=("occurrence", "company"),
                condition=Q(status="held"),
                name="block_once_per_company",
            ),
            models.CheckConstraint(
                condition=Q(unclaimed__gte=0) & Q(unclaimed__lte=F("places")),
                name="block_unclaimed_are_of_its_places",
            ),
        )

    def __str__(self) -> str:
        return f"{self.uuid.hex[:8]} ({self.get_status_display()})"

    @property
    def claimed(self) -> int:
        """How many of its places somebody took."""
        return self.places - self.unclaimed

    @property
    def is_held(self) -> bool:
        """Whether its unclaimed places are kept."""
        return self.status == SeatBlock.Status.HELD

    @property
    def goes_back_at(self) -> datetime:
        """When what nobody claimed goes back: never so late that nobody else could sign up."""
        return min(self.occurrence.starts_at - self.GOES_BACK, self.occurrence.signup_closes_at)

    @property
    def goes_back(self) -> str:
        """The same by the clock where the event is: "Fri, Dec 4, 4:30 PM"."""
        local = times.local_of(self.goes_back_at, self.occurrence.series.time_zone)
        return f"{times.day(local)}, {times.clock(local)}"

    @property
    def left(self) -> str:
        """What can still be claimed, in words."""
        words = ngettext(
            "%(n)d place left for %(company)s", "%(n)d places left for %(company)s", self.unclaimed
        )
        return words % {"n": self.unclaimed, "company": self.company.name}

    def is_open(self, *, now: datetime) -> bool:
        """Whether places can be claimed: also the clock's word, which the timer only follows."""
        return self.is_held and now < self.goes_back_at
