from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0010_zone_checks"),
    ]

    operations = [
        migrations.AddField(model_name="account", name="forward", field=models.JSONField(default=list)),
        migrations.AddField(model_name="account", name="keep_copy", field=models.BooleanField(default=True)),
        migrations.AddField(model_name="account", name="vacation", field=models.JSONField(null=True)),
    ]
