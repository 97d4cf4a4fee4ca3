"""Usage and initials beside the account rows; accounts that are there already get their initials."""

from collections import Counter

from django.db import migrations, models

from fumibako.features.quotas.initials import initial_of, kana_of


def stand_under_initials(apps, schema_editor):
    account, counted = apps.get_model("store", "Account"), Counter()
    rows = []
    for each in account.objects.only("id", "address", "name").order_by("id").iterator(2000):
        each.initial, each.kana = initial_of(each.address), kana_of(each.name)
        counted.update(filter(None, (each.initial, each.kana)))
        rows.append(each)
        if len(rows) == 2000:
            account.objects.bulk_update(rows, ["initial", "kana"], 200)
            rows.clear()
    account.objects.bulk_update(rows, ["initial", "kana"], 200)
    apps.get_model("store", "Initial").objects.bulk_create(
        apps.get_model("store", "Initial")(letter=letter, rows=number) for letter, number in counted.items()
    )
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE store_account ALTER COLUMN name TYPE varchar(200) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0002_byte_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="Initial",
            fields=[
                ("letter", models.CharField(max_length=1, primary_key=True, serialize=False)),
                ("rows", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="UsageHeard",
            fields=[
                ("id", models.IntegerField(default=1, primary_key=True, serialize=False)),
                ("epoch", models.CharField(default="", max_length=40)),
                ("last", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="account",
            name="initial",
            field=models.CharField(default="#", max_length=1),
        ),
        migrations.AddField(
            model_name="account",
            name="kana",
            field=models.CharField(blank=True, default="", max_length=1),
        ),
        migrations.AddField(
            model_name="account",
            name="usage_bytes",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="account",
            name="usage_messages",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["initial", "address"], name="account_initial"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["usage_bytes", "address"], name="account_usage"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["initial", "usage_bytes", "address"], name="account_initial_usage"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("kana", ""), _negated=True), fields=["kana", "address"], name="account_kana"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("kana", ""), _negated=True),
                fields=["kana", "usage_bytes", "address"],
                name="account_kana_usage",
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(condition=models.Q(("name", ""), _negated=True), fields=["name"], name="account_name"),
        ),
        migrations.RunPython(stand_under_initials, migrations.RunPython.noop),
    ]
