"""What the database itself refuses, whoever asks: a changed ledger, a broken chain, a changed published version.

`ledger_hash` computes in SQL what `procedures.ledger` computes in Python (docs/ledger.md); a test holds them equal.
The triggers stop owners and superusers too, unless these first disable triggers; `verify_ledger` finds that out.
"""

from django.db import migrations

LEDGER_HASH = """
CREATE FUNCTION ledger_hash(
    subject_kind text, subject_id bigint, sequence bigint, at timestamptz, actor text, on_behalf_of text,
    act text, from_state text, to_state text, node text, data text, definition_sha256 text, prev_hash text
) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(
        '{"act":' || to_json(act)
        || ',"actor":' || to_json(actor)
        || ',"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","data":' || to_json(data)
        || ',"definition_sha256":' || to_json(definition_sha256)
        || ',"from_state":' || to_json(from_state)
        || ',"node":' || to_json(node)
        || ',"on_behalf_of":' || to_json(on_behalf_of)
        || ',"prev_hash":' || to_json(prev_hash)
        || ',"sequence":' || sequence
        || ',"subject_id":' || subject_id
        || ',"subject_kind":' || to_json(subject_kind)
        || ',"to_state":' || to_json(to_state)
        || '}', 'UTF8')), 'hex')
$$;
"""

LEDGER_CHAIN = """
CREATE FUNCTION ledger_check_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    expected text := repeat('0', 64);
BEGIN
    IF NEW.sequence > 1 THEN
        SELECT previous.hash INTO expected FROM procedures_ledgerentry previous
        WHERE previous.subject_kind = NEW.subject_kind AND previous.subject_id = NEW.subject_id
          AND previous.sequence = NEW.sequence - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'ledger: %:% has no entry % to follow', NEW.subject_kind, NEW.subject_id,
                NEW.sequence - 1 USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.prev_hash IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'ledger: %:% #% does not follow the entry before it', NEW.subject_kind, NEW.subject_id,
            NEW.sequence USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.hash IS DISTINCT FROM ledger_hash(
        NEW.subject_kind, NEW.subject_id, NEW.sequence, NEW.at, NEW.actor, NEW.on_behalf_of, NEW.act,
        NEW.from_state, NEW.to_state, NEW.node, NEW.data, NEW.definition_sha256, NEW.prev_hash)
    THEN
        RAISE EXCEPTION 'ledger: %:% #% bears a wrong hash', NEW.subject_kind, NEW.subject_id, NEW.sequence
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_chain BEFORE INSERT ON procedures_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_check_chain();
"""

LEDGER_FROZEN = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % is refused, entries are only ever added', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON procedures_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

VERSION_FROZEN = """
CREATE FUNCTION procedure_version_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('published', 'retired') AND (
        TG_OP = 'DELETE'
        OR (NEW.procedure_id, NEW.version, NEW.sha256, NEW.content, NEW.files, NEW.effective_from,
            NEW.checked_by_id, NEW.published_by_id, NEW.published_at)
           IS DISTINCT FROM
           (OLD.procedure_id, OLD.version, OLD.sha256, OLD.content, OLD.files, OLD.effective_from,
            OLD.checked_by_id, OLD.published_by_id, OLD.published_at)
        OR NEW.state NOT IN ('published', 'retired')
        OR (OLD.state = 'retired' AND NEW.state <> 'retired'))
    THEN
        RAISE EXCEPTION 'procedure version %: what is published never changes', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER procedure_version_frozen BEFORE UPDATE OR DELETE ON procedures_procedureversion
    FOR EACH ROW EXECUTE FUNCTION procedure_version_refuse_change();
"""

UNDO = """
DROP TRIGGER procedure_version_frozen ON procedures_procedureversion;
DROP FUNCTION procedure_version_refuse_change();
DROP TRIGGER ledger_frozen ON procedures_ledgerentry;
DROP FUNCTION ledger_refuse_change();
DROP TRIGGER ledger_chain ON procedures_ledgerentry;
DROP FUNCTION ledger_check_chain();
DROP FUNCTION ledger_hash;
"""


class Migration(migrations.Migration):
    dependencies = [("procedures", "0001_initial")]

    operations = [migrations.RunSQL(LEDGER_HASH + LEDGER_CHAIN + LEDGER_FROZEN + VERSION_FROZEN, UNDO)]
