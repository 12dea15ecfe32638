"""What a definition is made of, read off its models: every key has a name, every kind something to begin with."""

import pytest

from procedures.definition import labels, things
from procedures.definition.base import Frozen
from procedures.definition.model import Definition, History, LicenceKind, Route, Terms
from procedures.folders import folders, load, source

pytestmark = pytest.mark.promise("office.designer")


def kinds() -> list[type[Frozen]]:
    """Every kind of thing that the designer shows."""
    found: list[type[Frozen]] = []
    queue: list[type[Frozen]] = [Definition, Terms, Route, LicenceKind, History, *things.NODES.values()]
    while queue:
        kind = queue.pop(0)
        if kind not in found:
            found.append(kind)
            queue += [one.kind for one in things.held(kind) if one.kind is not None]
            queue += [leaf.inner for leaf in things.leaves(kind) if leaf.inner is not None]
    return found


@pytest.mark.parametrize("kind", kinds())
def test_every_key_has_a_name_in_both_languages(kind: type[Frozen]) -> None:
    name = kind.__name__.rstrip("_")
    for leaf in things.leaves(kind):
        title = labels.label(name, leaf.key)
        assert title.vi != leaf.key, f"{name}.{leaf.key} has no name"
        assert title.vi != title.en
    for one in things.held(kind):
        assert one.key in labels.SINGULAR or f"{name}.{one.key}" in labels.SINGULAR


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind not in {Definition, Route}])
def test_what_one_begins_with_can_be_read(kind: type[Frozen]) -> None:
    content = source(load(folders()[0]).files)
    made = things.blank(kind, content, ident="moi", title="Mới")
    read = kind.model_validate(made)
    assert getattr(read, "illustrative", True)


def test_no_thing_stands_where_none_can() -> None:
    content = source(load(folders()[0]).files)
    for path in (("nothing",), ("code",), ("form", "x", "title", "vi"), ("terms", "decision", "length")):
        with pytest.raises(KeyError):
            things.kind_at(path, content)
