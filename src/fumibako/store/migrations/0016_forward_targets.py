"""Which accounts forward to an address."""

from django.db import migrations, models

from fumibako.store.turned import turned


def turn_round(apps, _schema_editor):
    target = apps.get_model("store", "ForwardTarget")
    accounts = apps.get_model("store", "Account").objects.exclude(forward=[]).values_list("address", "forward")
    rows = (
        target(address=address, turned=each)
        for address, targets in accounts.order_by("id").iterator(2000)
        for each in dict.fromkeys(map(turned, targets))
    )
    target.objects.bulk_create(rows, 500)


def compare_bytes(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = "ALTER TABLE store_forwardtarget ALTER COLUMN turned"
        schema_editor.execute(f'{table} TYPE varchar(318) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0015_language_of_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForwardTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(db_index=True, max_length=318)),
                ("turned", models.CharField(max_length=318)),
            ],
        ),
        migrations.AddConstraint(
            model_name="forwardtarget",
            constraint=models.UniqueConstraint(fields=("turned", "address"), name="forward_target"),
        ),
        migrations.RunPython(compare_bytes, migrations.RunPython.noop),
        migrations.RunPython(turn_round, migrations.RunPython.noop),
    ]
