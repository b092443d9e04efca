"""Words that more than one app needs in the same sense."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an organization may need and a company may offer: one list, so that they can meet."""

    FUNDING = "funding", _("Funding")
    VOLUNTEERS = "volunteers", _("Volunteers")
    MENTORS = "mentors", _("Mentors")
    INTERNSHIPS = "internships", _("Internships")
    INSTRUCTORS = "instructors", _("Instructors")
    MARKETING = "marketing", _("Marketing")
    HARDWARE = "hardware", _("Hardware")
    SOFTWARE = "software", _("Software")
    PROJECT_MANAGEMENT = "project-management", _("Project management")
    BOARD = "board", _("Board members and advisors")
    SPACE = "space", _("Space")
    OUTREACH = "outreach", _("Outreach")
    NETWORK = "network", _("Network")
    RESEARCH = "research", _("Research")
    TRAINING = "training", _("Training")
    OTHER = "other", _("Other")


class Unit(models.TextChoices):
    """What a quantity counts. Time is whole minutes and money whole cents; never a fraction."""

    PERSON = "person", _("people")
    MINUTE = "minute", _("minutes")
    ITEM = "item", _("items")
    LICENCE = "licence", _("licenses")
    CENT = "cent", _("cents")


#: The unit in which each kind is usually counted.
USUAL_UNIT: dict[Kind, Unit] = {
    Kind.FUNDING: Unit.CENT,
    Kind.VOLUNTEERS: Unit.PERSON,
    Kind.MENTORS: Unit.PERSON,
    Kind.INTERNSHIPS: Unit.PERSON,
    Kind.INSTRUCTORS: Unit.PERSON,
    Kind.MARKETING: Unit.MINUTE,
    Kind.HARDWARE: Unit.ITEM,
    Kind.SOFTWARE: Unit.LICENCE,
    Kind.PROJECT_MANAGEMENT: Unit.MINUTE,
    Kind.BOARD: Unit.PERSON,
    Kind.SPACE: Unit.ITEM,
    Kind.OUTREACH: Unit.MINUTE,
    Kind.NETWORK: Unit.ITEM,
    Kind.RESEARCH: Unit.MINUTE,
    Kind.TRAINING: Unit.MINUTE,
    Kind.OTHER: Unit.ITEM,
}
