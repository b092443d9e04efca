from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0025_signup_sequence"),
    ]

    operations = [
        # Who was asked is asked again at the next reading, and then about what is gone by then.
        migrations.RemoveField(model_name="incomingcalendar", name="asks_about_vanished"),
        migrations.AddField(
            model_name="incomingcalendar",
            name="vanished",
            field=models.CharField(blank=True, max_length=32),
        ),
    ]
