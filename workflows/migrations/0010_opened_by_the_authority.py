"""The guard of the legal table as it stands now: a dossier of the authority's own motion begins as received."""

from django.db import migrations

from workflows.models.life import guard_sql


class Migration(migrations.Migration):
    dependencies = [("workflows", "0009_extract")]

    operations = [migrations.RunSQL(guard_sql("workflows_dossier"), migrations.RunSQL.noop)]
