"""Every compiled flow, by its permanent name, in any process: `compiled.DeviceImportV20250701`.

A class is compiled on first use from the version in the catalogue, so versions need no registry and no restart.
"""

from typing import Any

from procedures import catalog
from procedures.models import ProcedureVersion
from workflows.flow.compile import class_name, compile_flow, parse_name


def __getattr__(name: str) -> Any:
    parsed = parse_name(name)
    if parsed is None:
        raise AttributeError(name)
    # Not by the code read back from the name: "food-2" and "food2" are both called Food2.
    rows = ProcedureVersion.objects.filter(version=parsed[1]).values_list("procedure__code", "sha256")
    found = {code: sha256 for code, sha256 in rows if class_name(code, parsed[1]) == name}
    if len(found) != 1:
        raise AttributeError(f"{name} names {' and '.join(sorted(found)) or 'no procedure version'}")
    flow = compile_flow(catalog.definition_of(*found.values()))
    globals()[name] = flow
    return flow
