"""Keys are read by ranges in the order of their bytes. SQLite compares so anyway; PostgreSQL must be told, or its
language rules decide what comes after what."""

from django.db import migrations

COLUMNS = [
    ("store_domain", "name", "varchar(253)"),
    ("store_account", "address", "varchar(318)"),
    ("store_draftedit", "path", "varchar(400)"),
    ("store_revisionedit", "path", "varchar(400)"),
]


def compare_bytes(_apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column, kind in COLUMNS:
        schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [migrations.RunPython(compare_bytes, migrations.RunPython.noop)]
