"""Files, kept by content: temporary file → fsync → rename → row; then quarantine until the checks pass.

Other rooms enter here. What a person may see is read with `read_clean`; `read` is for our own papers and for checks.
The whole life, the limits and what is refused: docs/files.md.
"""

from workflows.files.checking import check, read_clean
from workflows.files.disk import path, read
from workflows.files.errors import FileDamaged, FileNotClean, FileRefused
from workflows.files.intake import LIMIT, put_bytes, store
from workflows.files.names import clean_name, declared_extension
from workflows.files.sweeping import Swept, sweep

__all__ = [
    "LIMIT",
    "FileDamaged",
    "FileNotClean",
    "FileRefused",
    "Swept",
    "check",
    "clean_name",
    "declared_extension",
    "path",
    "put_bytes",
    "read",
    "read_clean",
    "store",
    "sweep",
]
