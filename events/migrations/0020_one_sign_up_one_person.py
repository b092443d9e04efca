from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0019_sign_ups_by_name")]

    operations = [
        migrations.RemoveConstraint(model_name="signup", name="signup_party_of_1_to_20"),
        migrations.RemoveField(model_name="signup", name="party_size"),
    ]
