"""Where a series takes place: who comes to its dates is told once it is elsewhere."""

from datetime import datetime

from core import outbox
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Series, SignUp


def tell(series: Series, *, before: dict[str, str], now: datetime) -> None:
    """Promise a mail to everybody who comes to a date ahead, if the place was another before.

    Whoever comes to several dates gets one mail about all of them.

    Args:
        series: as it is now, held by the caller.
        before: its `whereabouts` as people were told them.
        now: the present.
    """
    if series.whereabouts == before:
        return
    rows = SignUp.objects.coming().filter(
        occurrence__series=series,
        occurrence__starts_at__gt=now,
        occurrence__status__in=Occurrence.TAKING_PLACE,
    )
    rows = rows.exclude(email="").one_a_party().order_by("occurrence__starts_at", "pk")
    dates_of: dict[tuple[str, str], list[int]] = {}
    for pk, email, name in rows.values_list("pk", "email", "name"):
        dates_of.setdefault((email.casefold(), name.casefold()), []).append(pk)
    was = Series(area=series.area, **before)
    for signup_ids in dates_of.values():
        outbox.promise(
            "events.tasks.send_elsewhere",
            now=now,
            key=f"events.elsewhere:{signup_ids[0]}:{series.sequence}",
            not_before=now + MAILS_WAIT,
            signup_ids=signup_ids,
            was=was.where_in_full,
        )
