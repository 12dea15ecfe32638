"""One folder a version: reading its definition and files, and the hash that pins them all."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from procedures.definition.model import Definition
from procedures.errors import Invalid, Reason

__all__ = ["CATALOGUE", "DEFINITION", "Loaded", "folder_sha256", "folders", "load", "parse", "released"]

CATALOGUE = Path(__file__).parent / "catalogue"
DEFINITION = "procedure.yaml"


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Loaded:
    """One folder as read from disk: the definition, every file's text, and the hash that pins them."""

    definition: Definition
    files: Mapping[str, str]
    sha256: str


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):  # type: ignore[misc]
    """YAML that refuses a key written twice, of which the plain loader would silently keep the last."""


def _mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _value in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(
            None, None, f"key written twice: {', '.join(twice)}", node.start_mark
        )
    return dict(loader.construct_mapping(node, deep=True))


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def folder_sha256(files: Mapping[str, str]) -> str:
    """The hash that pins a version: over name, length and UTF-8 bytes of every file, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].encode()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def parse(text: str) -> Definition:
    """The definition written in a procedure.yaml. Raises Invalid with every error, each naming its place."""
    try:
        content = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
        return Definition.model_validate(content)
    except yaml.YAMLError as error:
        raise Invalid(_unreadable(DEFINITION, str(error))) from error
    except ValidationError as error:
        raise Invalid(
            *(
                _unreadable(".".join(map(str, found["loc"])) or DEFINITION, found["msg"])
                for found in error.errors()
            )
        ) from error


def _unreadable(field: str, problem: str) -> Reason:
    return Reason("definition", gettext_noop("%(field)s: %(problem)s"), {"field": field, "problem": problem})


def load(path: Path) -> Loaded:
    """Read one folder. Raises Invalid when it has no readable definition, or a definition that is not its own.

    The folder's name must be the version and its parent's name the code, so that a path says what it holds. Line
    ends are normalised and text is NFC before it is hashed.
    """
    files = {
        file.name: unicodedata.normalize("NFC", file.read_text("utf-8").replace("\r\n", "\n"))
        for file in sorted(path.iterdir())
        if file.suffix in {".yaml", ".html"}
    }
    if DEFINITION not in files:
        raise Invalid(_unreadable(path.name, "has no procedure.yaml"))
    definition = parse(files[DEFINITION])
    if (path.parent.name, path.name) != (definition.code, definition.version.isoformat()):
        problem = f"holds {definition.code}/{definition.version}"
        raise Invalid(_unreadable(f"{path.parent.name}/{path.name}", problem))
    return Loaded(definition, files, folder_sha256(files))


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
