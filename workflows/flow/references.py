"""The names under which viewflow's rows know our flows: text in the database, for ever."""

from django.utils.module_loading import import_string
from viewflow.workflow.base import Flow

from procedures import catalog
from procedures.errors import MotcuaError
from workflows.flow.compile import MODULE, class_name

__all__ = ["reference_of", "resolve"]

APP = "workflows"


def reference_of(definition_sha256: str) -> str | None:
    """How rows name the flow of a pinned version; None for a version that is gone."""
    try:
        definition = catalog.definition_of(definition_sha256)
    except MotcuaError:
        return None
    return f"{APP}/{MODULE.removeprefix(f'{APP}.')}.{class_name(definition.code, definition.version)}"


def resolve(reference: str) -> type[Flow] | None:
    """The flow class that a stored reference names; None when there is none (any more)."""
    app, _, path = reference.partition("/")
    if app != APP:
        return None
    try:
        flow = import_string(f"{APP}.{path}")
    except ImportError:
        return None
    return flow if isinstance(flow, type) and issubclass(flow, Flow) else None
