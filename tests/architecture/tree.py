"""The code base as data: which files there are, and what stands in them."""

import ast
from functools import cache
from pathlib import Path

from config.proof import BASE_DIR, project_files

__all__ = ["APPS", "BASE_DIR", "files", "modules", "parsed", "text"]

APPS = ("procedures", "workflows", "integrations", "onestop", "config")
"""From the bottom up: an app may know those before it."""


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, relative to its folder."""
    return tuple(project_files())


@cache
def modules() -> tuple[Path, ...]:
    """Every Python module of ours; migrations, which are generated, left out."""
    return tuple(name for name in files() if name.suffix == ".py" and "migrations" not in name.parts)


@cache
def text(name: Path) -> str:
    """The content of a file of the project."""
    return (BASE_DIR / name).read_text(encoding="utf-8")


@cache
def parsed(name: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(text(name), filename=str(name))
