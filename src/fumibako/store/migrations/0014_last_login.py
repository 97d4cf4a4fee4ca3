"""When somebody last logged in to each mailbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0013_app_passwords"),
    ]

    operations = [
        migrations.AddField(model_name="account", name="last_login", field=models.BigIntegerField(null=True)),
        migrations.AddField(model_name="systemuser", name="last_login", field=models.BigIntegerField(null=True)),
    ]
