from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0011_forwarding"),
    ]

    operations = [
        migrations.CreateModel(
            name="SystemUser",
            fields=[
                ("name", models.CharField(max_length=256, primary_key=True, serialize=False)),
                ("uid", models.BigIntegerField()),
                ("gecos", models.CharField(blank=True, default="", max_length=200)),
                ("address", models.CharField(blank=True, db_index=True, default="", max_length=512)),
                ("usage_bytes", models.BigIntegerField(default=0)),
                ("usage_messages", models.BigIntegerField(default=0)),
            ],
        ),
    ]
