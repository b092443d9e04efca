"""All-day series; those that came from calendars elsewhere lasted until 11:59 PM so far."""

from datetime import timedelta

from django.db import migrations, models

_DAY = 24 * 60


def make_days_whole(apps, _schema_editor):
    Series = apps.get_model("events", "Series")
    Occurrence = apps.get_model("events", "Occurrence")
    lengths = [_DAY * days - 1 for days in range(1, 15)]
    rows = Series.objects.filter(
        incoming__isnull=False, local_start__endswith="T00:00", duration_minutes__in=lengths
    )
    for pk in list(rows.order_by("pk").values_list("pk", flat=True).distinct()):
        whole = models.F("duration_minutes") + 1
        Series.objects.filter(pk=pk).update(is_all_day=True, duration_minutes=whole)
        dates = Occurrence.objects.filter(series=pk, local_end__endswith="T23:59")
        for date in dates.iterator():
            date.local_end += timedelta(minutes=1)
            date.ends_at += timedelta(minutes=1)
            date.save(update_fields=["local_end", "ends_at"])


def make_them_end_before_midnight(apps, _schema_editor):
    Series = apps.get_model("events", "Series")
    Series.objects.filter(is_all_day=True).update(is_all_day=False)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0008_attendance"),
    ]

    operations = [
        migrations.AddField(
            model_name="series",
            name="is_all_day",
            field=models.BooleanField(default=False, verbose_name="all day"),
        ),
        migrations.RunPython(make_days_whole, make_them_end_before_midnight),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_all_day", False),
                    ("duration_minutes__in", tuple(_DAY * days for days in range(1, 15))),
                    _connector="OR",
                ),
                name="series_all_day_lasts_days",
                violation_error_message="An all-day event lasts whole days: 1440 minutes each.",
            ),
        ),
    ]
