"""An edit taken back in its minute: every row as it was, no mail sent.

    with undo.recorded(series, by=by, now=now):
        ...  # change rows, promise mails for `now + MAILS_WAIT`

What the edit touches is compared before and after it, in its own transaction and under its locks.
Taking it back writes the former values again. For calendars that is one more change: SEQUENCE goes
on rising. Nothing is taken back once a mail is on its way, or once anybody acted on what the edit
left: a sign-up, a place given back, another edit of the same dates.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox
from core.errors import DomainError
from events import permissions
from events.domain import catalogue
from events.models import Edit, Occurrence, Series

#: How long the mails of an edit wait, for who sees at once that it was wrong.
MAILS_WAIT = timedelta(minutes=1)
#: How long an edit is remembered, without what was there before.
REMEMBERED = timedelta(days=1)
#: What an edit changes of a series itself.
_OF_SERIES = (
    *("status", "local_start", "duration_minutes", "rrule", "more_times", "extra_dates"),
    *("excluded_dates", "materialized_until", "cancel_reason", "cancelled_at", "ended_at"),
)
#: What hosts decide beside that: undone with a change of these unseen, dates would contradict them.
_DECIDED = ("capacity", "slots", "questions")
type Row = dict[str, Any]
#: Table -> key -> column -> value as JSON holds it.
type Image = dict[str, dict[int, Row]]


class MailsGone(DomainError):
    """The minute is over: people were told."""


class ActedOn(DomainError):
    """Somebody signed up, gave a place back, or changed the same dates since."""


@contextmanager
def recorded(
    series: Series, *, held: Iterable[int], by: User | None, now: datetime
) -> Iterator[None]:
    """Keep what the edit inside changes; the caller holds the series, in its transaction.

    Edits without a person, such as those that a calendar from elsewhere asks for, are not kept.

    Args:
        series: which is edited.
        held: keys of the dates that the edit may touch, and that the caller holds too: what others
            do at any other date meanwhile is theirs, and not taken back with the edit.
        by: who acts.
        now: the present.
    """
    if by is None:
        yield
        return
    held = list(held)
    family = _family(series)
    known = set(_dates_of(family))
    before = _image(family, held)
    with outbox.gathered() as promised:
        yield
    family = _family(series)
    # Nobody else makes dates of a series that is held.
    after = _image(family, [*held, *(pk for pk in _dates_of(family) if pk not in known)])
    difference = _difference(before, after)
    Edit.objects.create(
        series=series,
        made_by=by,
        made_at=now,
        until=now + MAILS_WAIT,
        before=difference,
        after=_digest(difference, family),
        effects=[str(effect.pk) for effect in promised],
    )


def undo(*, edit: Edit, by: User, now: datetime) -> Edit:
    """Take an edit back completely; a second time changes nothing.

    Args:
        edit: which.
        by: who acts.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        MailsGone: if its minute is over, or one of its mails is on its way.
        ActedOn: if what it left is no longer as it left it.
    """
    if not permissions.can_edit(by, edit.series):
        raise PermissionDenied
    with transaction.atomic():
        family = _locked(edit)
        edit = Edit.objects.select_for_update(of=("self",), no_key=True).get(pk=edit.pk)
        if edit.undone_at is not None:
            return edit
        if now >= edit.until:
            raise MailsGone(_("The minute is over: the mails are on their way."))
        if _digest(edit.before, [row.pk for row in family]) != edit.after:
            raise ActedOn(_("Somebody signed up or changed something since. Look at it again."))
        if not outbox.take_all_back(edit.effects):
            raise MailsGone(_("The first mails are out. Change it again, and people are told."))
        _restore(edit.before, now=now)
        edit.undone_at = now
        edit.before = {}
        edit.save(update_fields=["undone_at", "before"])
        audit.record(family[0], "events.edit_undone", by=by, edit=str(edit.uuid))
        for row in Series.objects.filter(pk__in=[row.pk for row in family]):
            row.sequence += 1
            catalogue.refresh(row, now=now)
    return edit


def forget_old(*, now: datetime) -> int:
    """Forget what was there before edits that stand, and old edits; says how many it looked at."""
    stood = Edit.objects.filter(until__lte=now).exclude(before={}).update(before={})
    gone, _tables = Edit.objects.filter(made_at__lt=now - REMEMBERED).delete()
    return stood + gone


def _family(series: Series) -> list[int]:
    """The series, and those that go on from it."""
    goes_on = Series.objects.filter(continues=series).order_by("pk").values_list("pk", flat=True)
    return [series.pk, *goes_on]


def _dates_of(family: list[int]) -> list[int]:
    rows = Occurrence.objects.filter(series__in=family)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _locked(edit: Edit) -> list[Series]:
    """The series and the dates that were touched, held in the order of every edit."""
    family = _family(edit.series)
    rows = (
        Series.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=family)
        .order_by("pk")
    )
    held = sorted(rows, key=lambda row: row.pk != edit.series_id)
    touched = _touched(edit.before).get("events.occurrence", [])
    dates = Occurrence.objects.filter(pk__in=touched).order_by("pk")
    list(dates.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return held


def _image(family: Iterable[int], dates: Iterable[int]) -> Image:
    """The rows of these series and dates, and all that hangs on the dates."""
    dates = list(dates)
    return {
        "events.series": {
            row.pk: _encoded(row, _OF_SERIES) for row in Series.objects.filter(pk__in=family)
        },
        "events.occurrence": {
            row.pk: _encoded(row) for row in Occurrence.objects.filter(pk__in=dates)
        },
        **{
            table: {row.pk: _encoded(row) for row in _all(model).filter(**{f"{path}__in": dates})}
            for table, model, path in of_dates()
        },
    }


@cache
def of_dates() -> tuple[tuple[str, type[models.Model], str], ...]:
    """Every table whose rows go with a date, and the way from there to the date.

    Whatever is hung on dates one day comes along without being named here.
    """
    found: dict[str, tuple[type[models.Model], str]] = {}
    ahead: list[tuple[type[models.Model], str]] = [(Occurrence, "")]
    for model, path in ahead:  # grows while it is walked
        for relation in model._meta.related_objects:
            of = relation.related_model
            if relation.on_delete is models.CASCADE and of._meta.label_lower not in found:
                way = f"{relation.field.name}__{path}" if path else relation.field.name
                found[of._meta.label_lower] = of, way
                ahead.append((of, way))
    return tuple((table, model, path) for table, (model, path) in found.items())


def _tables() -> list[tuple[str, type[models.Model]]]:
    # In any order: the databases look at references when the transaction ends.
    first: list[tuple[str, type[models.Model]]] = [
        ("events.series", Series),
        ("events.occurrence", Occurrence),
    ]
    return [*first, *((table, model) for table, model, _path in of_dates())]


def _all(model: type[models.Model]) -> models.QuerySet[Any]:
    return models.QuerySet(model)


def _encoded(row: models.Model, names: tuple[str, ...] | None = None) -> Row:
    fields = [
        field
        for field in row._meta.concrete_fields
        if (not field.primary_key if names is None else field.name in names)
    ]
    return {field.attname: _as_json(getattr(row, field.attname)) for field in fields}


def _as_json(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, str)) else value


def _decoded(model: type[models.Model], row: Row) -> Row:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in row.items()}


def _difference(before: Image, after: Image) -> dict[str, Any]:
    """By table: changed rows with their former values, rows that went, rows that came."""
    return {
        table: {
            "changed": {
                str(pk): {
                    name: value for name, value in was.items() if value != after[table][pk][name]
                }
                for pk, was in rows.items()
                if pk in after[table] and was != after[table][pk]
            },
            "gone": {str(pk): was for pk, was in rows.items() if pk not in after[table]},
            "made": sorted(after[table].keys() - rows.keys()),
        }
        for table, rows in before.items()
    }


def _digest(difference: dict[str, Any], family: Iterable[int]) -> str:
    """Of all rows that the edit touched, with all that hangs on its dates, as they are now.

    And of what the host decided for the series and those that go on from it.
    """
    touched = _touched(difference)
    image = _image(touched["events.series"], touched["events.occurrence"])
    rows = [
        (table, sorted((pk, sorted(row.items())) for pk, row in rows.items()))
        for table, rows in sorted(image.items())
    ]
    decided = Series.objects.filter(pk__in=list(family)).order_by("pk")
    said = repr((rows, list(decided.values_list("pk", *_DECIDED))))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _touched(difference: dict[str, Any]) -> dict[str, list[int]]:
    """By table: the rows that were changed or made, and are there to be looked at."""
    return {
        table: sorted([*map(int, found["changed"]), *found["made"]])
        for table, found in difference.items()
    }


def _restore(difference: dict[str, Any], *, now: datetime) -> None:
    """Write the former rows; what the edit made goes first, for it may stand in their place."""
    Occurrence.objects.filter(pk__in=difference["events.occurrence"]["made"]).delete()
    for table, model in _tables():
        for pk, was in difference[table]["changed"].items():
            _write(model, int(pk), _decoded(model, was), now=now)
        gone = difference[table]["gone"].items()
        _all(model).bulk_create(
            [model(pk=int(pk), **_risen(model, _decoded(model, was), now=now)) for pk, was in gone]
        )
    for row in Series.objects.filter(pk__in=difference["events.series"]["made"]):
        catalogue.forget(row)
        row.delete()


def _write(model: type[models.Model], pk: int, was: Row, *, now: datetime) -> None:
    if model is Occurrence:
        was = {**was, "sequence": models.F("sequence") + 1, "changed_at": now}
    _all(model).filter(pk=pk).update(**was)


def _risen(model: type[models.Model], row: Row, *, now: datetime) -> Row:
    """A row that comes back; a date newer than calendars know it."""
    if model is Occurrence:
        return {**row, "sequence": row["sequence"] + 1, "changed_at": now}
    return row
