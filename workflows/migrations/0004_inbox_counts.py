"""The figures beside the inbox are counted in its index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_inbox")]

    operations = [
        migrations.RemoveIndex(model_name="task", name="task_inbox"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("finished__isnull", True), ("kind", "human")),
                fields=["unit", "role", "due_at", "id"],
                include=("owner",),
                name="task_inbox",
            ),
        ),
    ]
