"""How many edits of a revision are alike."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0016_forward_targets"),
    ]

    operations = [
        migrations.AddField(model_name="revision", name="alike", field=models.JSONField(default=dict)),
    ]
