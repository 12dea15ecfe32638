"""From a procedure definition to a viewflow Flow class.

A class is built with `type()` and lives under a permanent name, `workflows.flow.compiled.<Procedure>V<date>`,
which viewflow stores in its rows: a definition is therefore never deleted.
"""

import re
from datetime import date
from typing import Any, cast

from viewflow.workflow.base import Flow

from procedures.definition.model import Definition, End, Human
from procedures.definition.route import Gateway
from workflows.flow.gateways import Pass
from workflows.flow.lock import dossier_lock
from workflows.flow.nodes import Enter, Finish, Step
from workflows.models import Dossier, Task

MODULE = "workflows.flow.compiled"
START = "start"
_NAME = re.compile(r"(?P<code>[A-Z][A-Za-z0-9]*)V(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")


def class_name(code: str, version: date) -> str:
    """The permanent class name of a version: "device-import" of 2025-07-01 is "DeviceImportV20250701"."""
    return "".join(part.capitalize() for part in code.split("-")) + f"V{version:%Y%m%d}"


def parse_name(name: str) -> tuple[str, date] | None:
    """The procedure code and version of a class name; None when it is not one."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    code = re.sub(r"(?<!^)(?=[A-Z])", "-", match["code"]).lower()
    return code, date(int(match["year"]), int(match["month"]), int(match["day"]))


def enter_name(node_id: str) -> str:
    """Name of the entry beside an interrupting node."""
    return f"enter_{node_id}"


def compile_flow(definition: Definition) -> type[Flow]:
    """Build the Flow class of one version. Pure: reads no database."""
    namespace: dict[str, Any] = {
        "__module__": MODULE,
        "__doc__": definition.title.vi,
        "process_class": Dossier,
        "task_class": Task,
        "lock_impl": staticmethod(dossier_lock),
        "process_title": definition.title.vi,
        START: Enter(definition.route.first.id),
    }
    for node in definition.route.nodes:
        if isinstance(node, End):
            namespace[node.id] = Finish(node)
            continue
        if isinstance(node, Gateway):
            namespace[node.id] = Pass(node)
            continue
        if not isinstance(node, Human):
            namespace[node.id] = Step(node)
            continue
        namespace[node.id] = Step(node, definition.route.units[node.unit])
        if node.interrupt:
            namespace[enter_name(node.id)] = Enter(node.id)
    return cast("type[Flow]", type(class_name(definition.code, definition.version), (Flow,), namespace))
