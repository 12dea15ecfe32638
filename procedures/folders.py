"""One folder a version: reading its definition and files, and the hash that pins them all."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml import YAMLError

from procedures.definition.model import Definition
from procedures.errors import Invalid, Reason
from procedures.reading import read_yaml

__all__ = [
    "AFTER",
    "BASE",
    "CATALOGUE",
    "DEFINITION",
    "Loaded",
    "folder_sha256",
    "folders",
    "laid_over",
    "load",
    "parse",
    "released",
    "source",
]

CATALOGUE = Path(__file__).parent / "catalogue"
DEFINITION = "procedure.yaml"
BASE = "base.yaml"
"""What several procedures have in common: `base: <name>` begins from `catalogue/bases/<name>`."""
AFTER = "after"
"""In a list that a base has, too: the id behind which a thing stands."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Loaded:
    """One folder as read from disk: the definition, every file's text, and the hash that pins them.

    `files` holds the base's files too, where the definition begins from one: a version pins everything.
    """

    definition: Definition
    files: Mapping[str, str]
    sha256: str


def folder_sha256(files: Mapping[str, str]) -> str:
    """The hash that pins a version: over name, length and UTF-8 bytes of every file, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].encode()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def parse(files: Mapping[str, str]) -> Definition:
    """The definition that a folder's files write. Raises Invalid with every error, each naming its place."""
    try:
        return Definition.model_validate(source(files))
    except ValidationError as error:
        raise Invalid(
            *(
                _unreadable(".".join(map(str, found["loc"])) or DEFINITION, found["msg"])
                for found in error.errors()
            )
        ) from error


def source(files: Mapping[str, str]) -> dict[str, Any]:
    """The definition as plain data, laid over its base where it begins from one. Raises Invalid."""
    own = _mapping_of(files[DEFINITION], DEFINITION)
    if own.pop("base", None) is None:
        return own
    if BASE not in files:
        raise Invalid(_unreadable("base", "its base.yaml is not there"))
    whole = laid_over(_mapping_of(files[BASE], BASE), own)
    assert isinstance(whole, dict)
    return whole


def laid_over(base: Any, own: Any) -> Any:
    """`own` over `base`: mappings by key, lists of things with ids by id, anything else replaces; null takes away.

    What is new in a list comes after what the base has. `after` moves a thing, new or the base's, behind the one of
    that id; with an empty id it comes first.
    """
    if isinstance(base, dict) and isinstance(own, dict):
        merged = {key: laid_over(value, own[key]) if key in own else value for key, value in base.items()}
        merged |= {key: value for key, value in own.items() if key not in base}
        return {key: value for key, value in merged.items() if value is not None}
    if _have_ids(base) and _have_ids(own):
        changes = {item["id"]: item for item in own}
        kept = [laid_over(item, changes.pop(item["id"], {})) for item in base]
        return _moved([item for item in kept if not item.get("dropped")] + list(changes.values()))
    return own


def _moved(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each thing that says after which it stands, there; one that names nothing stays at the end."""
    ordered = [thing for thing in things if AFTER not in thing]
    waiting = [thing for thing in things if AFTER in thing]
    while waiting:
        names = [thing["id"] for thing in ordered]
        ready = next((thing for thing in waiting if thing[AFTER] in ("", *names)), None)
        if ready is None:
            return ordered + [_unmarked(thing) for thing in waiting]
        waiting.remove(ready)
        ordered.insert(names.index(ready[AFTER]) + 1 if ready[AFTER] else 0, _unmarked(ready))
    return ordered


def _unmarked(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in thing.items() if key != AFTER}


def _have_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)


def _mapping_of(text: str, name: str) -> dict[str, Any]:
    try:
        content = read_yaml(text)
    except YAMLError as error:
        raise Invalid(_unreadable(name, str(error))) from error
    if not isinstance(content, dict):
        raise Invalid(_unreadable(name, "is not a mapping"))
    return content


def _unreadable(field: str, problem: str) -> Reason:
    return Reason("definition", gettext_noop("%(field)s: %(problem)s"), {"field": field, "problem": problem})


def load(path: Path) -> Loaded:
    """Read one folder. Raises Invalid when it has no readable definition, or a definition that is not its own.

    The folder's name must be the version and its parent's name the code, so that a path says what it holds. Line
    ends are normalised and text is NFC before it is hashed. A base is read from `bases` beside the procedures; a file
    of the folder stands before one of the same name in the base.
    """
    files = _texts(path)
    if DEFINITION not in files:
        raise Invalid(_unreadable(path.name, "has no procedure.yaml"))
    base = _mapping_of(files[DEFINITION], DEFINITION).get("base")
    if base is not None:
        shelf = path.parent.parent / "bases"
        if str(base) not in {found.name for found in shelf.glob("*") if found.is_dir()}:
            raise Invalid(_unreadable("base", f"there is no base {base}"))
        files = _texts(shelf / base) | files
    definition = parse(files)
    if (path.parent.name, path.name) != (definition.code, definition.version.isoformat()):
        problem = f"holds {definition.code}/{definition.version}"
        raise Invalid(_unreadable(f"{path.parent.name}/{path.name}", problem))
    return Loaded(definition, files, folder_sha256(files))


def _texts(path: Path) -> dict[str, str]:
    return {
        file.name: unicodedata.normalize("NFC", file.read_text("utf-8").replace("\r\n", "\n"))
        for file in sorted(path.iterdir())
        if file.suffix in {".yaml", ".html"}
    }


def folders(root: Path = CATALOGUE) -> list[Path]:
    """Every folder of a version, in the order of procedure and date."""
    return sorted(file.parent for file in root.glob(f"*/*/{DEFINITION}"))


def released(root: Path = CATALOGUE) -> dict[str, str]:
    """The hashes of released versions ("code/date" → sha256) that `manage.py check` holds the folders against."""
    file = root / "released.yaml"
    return (
        {str(k): str(v) for k, v in (yaml.safe_load(file.read_text("utf-8")) or {}).items()}
        if file.exists()
        else {}
    )
