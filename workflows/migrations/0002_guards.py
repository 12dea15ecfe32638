"""The guard of the legal table, and waking the relay, in the database itself."""

from django.db import migrations

from workflows.models.life import guard_sql

WAKE = """
CREATE OR REPLACE FUNCTION workflows_wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('motcua_outbox', '');
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS wake_relay ON workflows_outboxrow;
CREATE TRIGGER wake_relay AFTER INSERT ON workflows_outboxrow
  FOR EACH STATEMENT EXECUTE FUNCTION workflows_wake_relay();
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        migrations.RunSQL(guard_sql("workflows_dossier"), migrations.RunSQL.noop),
        migrations.RunSQL(WAKE, migrations.RunSQL.noop),
    ]
