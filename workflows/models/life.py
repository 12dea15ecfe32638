"""The legal table of procedures.law.life, turned into django-fsm transitions.

The mixin is built before the model class, so that `get_available_state_transitions` knows every act. A method of
it changes its row in memory only; the act path saves, and effects leave by the outbox.
"""

from collections.abc import Callable
from typing import Any

from django_fsm import RETURN_VALUE, transition

from procedures.law.life import LIFE, Act, Edge, State, legal_pairs, targets


def enabled(act: Act) -> Callable[[Any], bool]:
    """A condition: the version that the dossier is pinned to enables this act."""

    def condition(dossier: Any) -> bool:
        return act in dossier.definition.acts

    condition.__name__ = f"{act.value}_enabled"
    return condition


def _method(row: Edge) -> Callable[[Any], str | None]:
    def perform(dossier: Any) -> str | None:
        before = dossier.state
        if row.interrupts:
            dossier.interrupted = [*dossier.interrupted, before]
            return None
        if row.target is None:
            *outer, remembered = dossier.interrupted
            dossier.interrupted = outer
            return str(remembered)
        dossier.interrupted = []
        return None

    perform.__name__ = row.act.value
    perform.__doc__ = f"{row.title}. {row.source}."
    return perform


def fsm_mixin() -> type:
    """A class with one @transition method for each act of the table."""
    namespace: dict[str, Any] = {"__doc__": "One transition for each legal act.", "__module__": __name__}
    for row in LIFE:
        goal: Any = (
            row.target.value
            if row.target is not None
            else RETURN_VALUE(*sorted(state.value for state in targets(row)))
        )
        namespace[row.act.value] = transition(
            field="state",
            source=sorted(state.value for state in row.sources),
            target=goal,
            conditions=[enabled(row.act)],
        )(_method(row))
    return type("LegalLife", (), namespace)


LegalLife = fsm_mixin()
"""Built before the model class, once."""


def guard_sql(table: str) -> str:
    """SQL of the trigger that refuses every (old, new) pair outside the table."""
    pairs = ",\n    ".join(f"('{old.value}', '{new.value}')" for old, new in legal_pairs())
    return f"""
CREATE OR REPLACE FUNCTION workflows_guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> '{State.DRAFT.value}' THEN
      RAISE EXCEPTION 'a dossier begins as a draft, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    {pairs}
  ) THEN
    RAISE EXCEPTION 'no legal act leads from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS guard_state ON {table};
CREATE TRIGGER guard_state BEFORE INSERT OR UPDATE OF state ON {table}
  FOR EACH ROW EXECUTE FUNCTION workflows_guard_state();
"""
