from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0011_who_waits_by_name")]

    operations = [
        migrations.RemoveConstraint(model_name="waitingentry", name="waiting_party_of_1_to_20"),
        migrations.RemoveField(model_name="waitingentry", name="party_size"),
    ]
