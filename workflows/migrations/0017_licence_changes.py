"""What becomes of licences, written by the database itself, whoever changes them."""

import django.db.models.deletion
from django.db import migrations, models

import procedures.now

# Those that were given before: how each began, and in what state it is found now, if in another. When that other state
# came, the ledger of a dossier tells.
FOUND = """
UPDATE workflows_licence licence SET changed_at = coalesce(paper.published_at, licence.changed_at)
FROM workflows_paper paper WHERE paper.id = licence.paper_id AND licence.state = 'in_force';
INSERT INTO workflows_licencechange (licence_id, at, before, state)
SELECT licence.id, coalesce(paper.published_at, licence.changed_at), '', 'in_force'
FROM workflows_licence licence JOIN workflows_paper paper ON paper.id = licence.paper_id ORDER BY licence.id;
INSERT INTO workflows_licencechange (licence_id, at, before, state)
SELECT id, changed_at, 'in_force', state FROM workflows_licence WHERE state <> 'in_force' ORDER BY id;
"""
# The lock lasts until the transaction ends: ids become visible in their order, so a feed that is read from an id on never
# misses one that was drawn earlier and committed later.
TRIGGER = """
CREATE FUNCTION workflows_licence_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('motcua.licence_changes', 0));
  INSERT INTO workflows_licencechange (licence_id, at, before, state)
  VALUES (NEW.id, NEW.changed_at, CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.state END, NEW.state);
  RETURN NULL;
END $$;
CREATE TRIGGER licence_given AFTER INSERT ON workflows_licence
  FOR EACH ROW EXECUTE FUNCTION workflows_licence_changed();
CREATE TRIGGER licence_changed AFTER UPDATE OF state ON workflows_licence
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION workflows_licence_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0016_statement")]

    operations = [
        migrations.AddField("licence", "changed_at", models.DateTimeField(default=procedures.now.now)),
        migrations.CreateModel(
            name="LicenceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("before", models.CharField(blank=True, max_length=20)),
                ("state", models.CharField(max_length=20)),
                (
                    "licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="workflows.licence",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FOUND, migrations.RunSQL.noop),
        migrations.RunSQL(
            TRIGGER,
            "DROP TRIGGER licence_changed ON workflows_licence; DROP TRIGGER licence_given ON workflows_licence;"
            "DROP FUNCTION workflows_licence_changed();",
        ),
    ]
