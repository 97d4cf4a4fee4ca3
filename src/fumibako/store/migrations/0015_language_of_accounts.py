"""The language of an account's owner."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0014_last_login"),
    ]

    operations = [
        migrations.AddField(model_name="account", name="language", field=models.CharField(max_length=8, null=True)),
    ]
