"""Every compiled flow, by its permanent name, in any process: `compiled.DeviceImportV20250701`.

A class is compiled on first use from the version in the catalogue, so versions need no registry and no restart.
"""

from typing import Any

from procedures import catalog
from procedures.models import ProcedureVersion
from workflows.flow.compile import compile_flow, parse_name


def __getattr__(name: str) -> Any:
    parsed = parse_name(name)
    if parsed is None:
        raise AttributeError(name)
    code, version = parsed
    sha256 = (
        ProcedureVersion.objects.filter(procedure__code=code, version=version)
        .values_list("sha256", flat=True)
        .first()
    )
    if sha256 is None:
        raise AttributeError(f"no procedure version is named {name}")
    flow = compile_flow(catalog.definition_of(sha256))
    globals()[name] = flow
    return flow
