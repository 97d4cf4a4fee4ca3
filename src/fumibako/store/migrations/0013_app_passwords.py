from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0012_system_users"),
    ]

    operations = [
        migrations.AddField(model_name="account", name="app_passwords", field=models.JSONField(null=True)),
    ]
