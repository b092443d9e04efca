"""A number beside a name becomes people: "Ana Ruiz, guest 2", each with a row."""

from typing import Any

from django.db import migrations

_COPIED = (
    *("occurrence_id", "email", "company_id", "status", "hold_until", "checked_in_at"),
    *("checked_out_at", "changed_at", "kept_at", "created_at"),
)


def name_them(apps: Any, _schema_editor: Any) -> None:
    """Give each unnamed guest a row of their own beside who signed them up."""
    sign_ups = apps.get_model("events", "SignUp").objects
    for row in sign_ups.filter(party_size__gt=1):
        row.booking = apps.get_model("events", "Booking").objects.create(
            user_id=row.user_id, name=row.name, email=row.email, created_at=row.created_at
        )
        shared = {name: getattr(row, name) for name in _COPIED}
        for number in range(2, row.party_size + 1):
            name = f"{row.name[:130]}, guest {number}"
            sign_ups.create(booking=row.booking, name=name, **shared)
        row.party_size = 1
        row.save(update_fields=["booking", "party_size"])


class Migration(migrations.Migration):
    dependencies = [("events", "0018_several_starts_a_day")]

    operations = [migrations.RunPython(name_them, migrations.RunPython.noop)]
