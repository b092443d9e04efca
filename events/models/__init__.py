"""What happens when and where, and who comes: series, their dates, and sign-ups."""

from events.models.answers import Answer
from events.models.blocks import SeatBlock, SeatBlockQuerySet
from events.models.bookings import Booking
from events.models.doors import DoorCode
from events.models.edits import Edit, EditQuerySet
from events.models.incoming import IncomingCalendar, IncomingCalendarQuerySet, IncomingEvent
from events.models.occurrences import ADDRESS_FORMAT, Occurrence, OccurrenceQuerySet
from events.models.personal_feeds import PersonalFeed
from events.models.questions import Question, QuestionKind
from events.models.reminders import NoReminders
from events.models.roster_messages import LONGEST_SUBJECT, LONGEST_TEXT, RosterMessage
from events.models.series import (
    MINUTES_A_DAY,
    MOST_DAYS,
    Host,
    Series,
    SeriesQuerySet,
    hosted_by,
)
from events.models.signups import SignUp, SignUpQuerySet
from events.models.slots import Slot
from events.models.waiting import Offer, WaitingEntry, WaitingEntryQuerySet

__all__ = (
    "ADDRESS_FORMAT",
    "LONGEST_SUBJECT",
    "LONGEST_TEXT",
    "MINUTES_A_DAY",
    "MOST_DAYS",
    "Answer",
    "Booking",
    "DoorCode",
    "Edit",
    "EditQuerySet",
    "Host",
    "IncomingCalendar",
    "IncomingCalendarQuerySet",
    "IncomingEvent",
    "NoReminders",
    "Occurrence",
    "OccurrenceQuerySet",
    "Offer",
    "PersonalFeed",
    "Question",
    "QuestionKind",
    "RosterMessage",
    "SeatBlock",
    "SeatBlockQuerySet",
    "Series",
    "SeriesQuerySet",
    "SignUp",
    "SignUpQuerySet",
    "Slot",
    "WaitingEntry",
    "WaitingEntryQuerySet",
    "hosted_by",
)
