"""What the database itself refuses: another content, hash, wire id or place of a message, other bytes of an answer."""

from django.db import migrations

FROZEN = """
CREATE FUNCTION integrations_message_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       (NEW.uuid, NEW.connector_id, NEW.dossier_id, NEW.dossier_code, NEW.document, NEW.type, NEW.function,
        NEW.revision, NEW.sequence, NEW.wire_id, NEW.content, NEW.content_type, NEW.sha256)
       IS DISTINCT FROM
       (OLD.uuid, OLD.connector_id, OLD.dossier_id, OLD.dossier_code, OLD.document, OLD.type, OLD.function,
        OLD.revision, OLD.sequence, OLD.wire_id, OLD.content, OLD.content_type, OLD.sha256)
    THEN
        RAISE EXCEPTION 'message %: what was written to a partner never changes', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER integrations_message_frozen
    BEFORE DELETE OR UPDATE OF uuid, connector_id, dossier_id, dossier_code, document, type, function, revision,
        sequence, wire_id, content, content_type, sha256
    ON integrations_message FOR EACH ROW EXECUTE FUNCTION integrations_message_refuse_change();

CREATE FUNCTION integrations_inbound_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       (NEW.connector_id, NEW.peer_id, NEW.sha256, NEW.raw) IS DISTINCT FROM
       (OLD.connector_id, OLD.peer_id, OLD.sha256, OLD.raw)
    THEN
        RAISE EXCEPTION 'inbound %: what a partner sent never changes', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER integrations_inbound_frozen
    BEFORE DELETE OR UPDATE OF connector_id, peer_id, sha256, raw
    ON integrations_inbound FOR EACH ROW EXECUTE FUNCTION integrations_inbound_refuse_change();
"""

UNDO = """
DROP TRIGGER integrations_inbound_frozen ON integrations_inbound;
DROP FUNCTION integrations_inbound_refuse_change();
DROP TRIGGER integrations_message_frozen ON integrations_message;
DROP FUNCTION integrations_message_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [migrations.RunSQL(FROZEN, UNDO)]
