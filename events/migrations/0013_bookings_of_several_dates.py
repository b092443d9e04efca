import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0012_who_waits_is_counted_by_name")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="name",
            field=models.CharField(default="", max_length=150, verbose_name="name"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="booking",
            name="email",
            field=models.EmailField(default="", max_length=254, verbose_name="e-mail address"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="waitingentry",
            name="booking",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="waiting_entries",
                to="events.booking",
            ),
        ),
    ]
