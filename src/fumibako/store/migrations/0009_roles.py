"""Domain administrators: their domains, their one-time codes, and which revisions touch which domains."""

from collections import Counter
from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = ("domains/", "accounts/", "aliases/")
CHUNK = 1000


def count_domains(apps, _schema_editor):
    """What `store.revisions.create` writes from now on, for the revisions that there are."""
    made = apps.get_model("store", "RevisionDomain")
    counts = Counter()
    edits = apps.get_model("store", "RevisionEdit").objects.values_list("revision_id", "path")
    for revision, path in edits.iterator():
        if path.startswith(TABLES):
            counts[revision, path.split("/")[1].rpartition("@")[2]] += 1
    rows = (made(revision_id=number, name=name, edits=edits) for (number, name), edits in counts.items())
    while chunk := list(islice(rows, CHUNK)):
        made.objects.bulk_create(chunk)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0008_signing_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires", models.DateTimeField()),
                (
                    "operator",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OperatorDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=253)),
                (
                    "operator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RevisionDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=253)),
                ("edits", models.IntegerField()),
                (
                    "revision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="store.revision",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["domain", "initial", "kana"], name="account_domain_initial"),
        ),
        migrations.AddIndex(
            model_name="operatordomain",
            index=models.Index(fields=["name"], name="operator_domain_name"),
        ),
        migrations.AddConstraint(
            model_name="operatordomain",
            constraint=models.UniqueConstraint(fields=("operator", "name"), name="operator_domain"),
        ),
        migrations.AddIndex(
            model_name="revisiondomain",
            index=models.Index(fields=["name", "revision"], name="revision_domain_name"),
        ),
        migrations.AddConstraint(
            model_name="revisiondomain",
            constraint=models.UniqueConstraint(fields=("revision", "name"), name="revision_domain"),
        ),
        migrations.RunPython(count_domains, migrations.RunPython.noop),
    ]
