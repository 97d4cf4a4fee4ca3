"""Secrets beside the settings, sealed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_aliases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("name", models.CharField(max_length=280, primary_key=True, serialize=False)),
                ("sealed", models.TextField()),
                ("changed", models.DateTimeField(auto_now=True)),
            ],
        ),
    ]
