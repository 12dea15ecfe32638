"""The lists of the office in ten times as many dossiers: an index in their order, and waits that know their unit."""

from django.db import migrations, models

import procedures.now

UNITS = """
UPDATE workflows_task wait SET unit = before.unit
FROM workflows_task before
WHERE wait.prev_id = before.id AND wait.kind = 'wait' AND wait.unit = ''
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0002_guards")]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="created",
            field=models.DateTimeField(default=procedures.now.now),
        ),
        migrations.RunSQL(UNITS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("finished__isnull", True)),
                fields=["unit", "kind", "due_at", "id"],
                name="task_unit",
            ),
        ),
    ]
