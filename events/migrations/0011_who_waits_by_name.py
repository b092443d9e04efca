"""A number of people who wait becomes names: "Ana Ruiz, guest 2"."""

from typing import Any

from django.db import migrations


def name_them(apps: Any, _schema_editor: Any) -> None:
    """Call each unnamed guest by whom they come with."""
    for entry in apps.get_model("events", "WaitingEntry").objects.filter(party_size__gt=1):
        numbers = range(2, entry.party_size + 1)
        entry.others = [f"{entry.name[:130]}, guest {number}" for number in numbers]
        entry.save(update_fields=["others"])


def count_them(apps: Any, _schema_editor: Any) -> None:
    """Backwards, they are a number again."""
    for entry in apps.get_model("events", "WaitingEntry").objects.exclude(others=[]):
        entry.party_size = 1 + len(entry.others)
        entry.save(update_fields=["party_size"])


class Migration(migrations.Migration):
    dependencies = [("events", "0010_bookings")]

    operations = [migrations.RunPython(name_them, count_them)]
