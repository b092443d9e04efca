"""The whole feed with every part of it written again, beside icalendar's writing of it.

python -m tests.bench.feeds -> JSON, CPU milliseconds: {"anew": …, "icalendar": …}
"""

import json
import sys

import django

from tests.bench.works import in_turns


def main() -> None:
    """Measure both in turns, and print."""
    django.setup()
    import icalendar  # noqa: PLC0415  (beside the apps)
    from django.db.models import Prefetch  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from events.calendars import vevents  # noqa: PLC0415
    from events.models import Occurrence, Series  # noqa: PLC0415

    now = timezone.now()
    special = Occurrence.objects.filter(status__in=("moved", "cancelled"))
    in_feed = Series.objects.in_feeds(now=now).order_by("pk").with_hosts()
    in_feed = in_feed.prefetch_related(Prefetch("occurrences", special))

    def anew() -> str:
        rows = list(in_feed.all())
        return vevents.calendar_text(
            name="x",
            about="x",
            url="/",
            zones={zone for row in rows for zone in vevents.zones_of(row)},
            texts=[vevents.text_of(row, row.occurrences.all(), now=now) for row in rows],
        )

    calendar = icalendar.Calendar.from_ical(anew())
    ours, theirs = in_turns(anew, 1, calendar.to_ical, 1)
    sys.stdout.write(json.dumps({"anew": ours, "icalendar": theirs}))


if __name__ == "__main__":
    main()
