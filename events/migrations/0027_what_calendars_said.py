from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0026_what_vanished"),
    ]

    operations = [
        migrations.AddField(
            model_name="incomingevent",
            name="said",
            field=models.JSONField(default=dict),
        ),
    ]
