"""The table of the cache named `counters`, which all workers share."""

from django.conf import settings
from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute(
        schema_editor.sql_delete_table
        % {"table": schema_editor.quote_name(settings.CACHES["counters"]["LOCATION"])}
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0003_los_angeles")]

    operations = [migrations.RunPython(create, drop)]
