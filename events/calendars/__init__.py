"""Events as calendars write them: for feeds, and for the mails that carry one date."""
