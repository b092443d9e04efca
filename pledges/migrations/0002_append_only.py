"""The database itself refuses to change or delete the ledger and the facts of hours."""

from django.db import migrations

APPEND_ONLY = ("pledges_ledgertransaction", "pledges_posting")
FACTS = (
    "uuid",
    "user_id",
    "organization_id",
    "company_id",
    "need_id",
    "source",
    "leave",
    "served_on",
    "starts_minute",
    "ends_minute",
    "minutes",
    "what",
    "signup_uuid",
    "reverses_id",
    "created_at",
)
DECIDED = "OLD.status IN ('approved', 'declined', 'reversed')"


def _sqlite(name, table, event, condition, sentence):
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )


def _postgres(name, table, event, condition, sentence):
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{sentence}' USING ERRCODE = '23001'; END $$; "
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition} "
        f"EXECUTE FUNCTION {name}()"
    )


def _triggers(vendor):
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    for table in APPEND_ONLY:
        yield f"{table}_no_update", table, "UPDATE", "", f"{table} is append-only"
        yield f"{table}_no_delete", table, "DELETE", "", f"{table} is append-only"
    hours = "pledges_hoursentry"
    changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in FACTS)
    yield (
        f"{hours}_no_edit",
        hours,
        "UPDATE",
        f"WHEN ({DECIDED} OR {changed})",
        ("the facts of hours and a decision about them never change"),
    )
    yield f"{hours}_no_delete", hours, "DELETE", "", "hours are never deleted"


def add(_apps, schema_editor):
    vendor = schema_editor.connection.vendor
    write = _sqlite if vendor == "sqlite" else _postgres
    for trigger in _triggers(vendor):
        schema_editor.execute(write(*trigger))


def take_away(_apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, *_rest in _triggers(vendor):
        if vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        else:
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("pledges", "0001_initial")]

    operations = [migrations.RunPython(add, take_away)]
