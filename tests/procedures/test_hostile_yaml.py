"""A definition from a stranger: whatever it holds, the answer is a sentence, in bounded time and memory."""

import time
import tracemalloc

import pytest

from procedures import folders
from procedures.errors import Invalid

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
HOSTILE = {
    "anchors bomb": (BOMB, "anchors"),
    "one anchor": ("code: &x a\ntitle: b\n", "anchors"),
    "alias to itself": ("a: &a [*a]", "anchors"),
    "deep lists": ("[" * 5000, "nested deeper"),
    "deep mappings": ("".join("  " * n + "k:\n" for n in range(400)), "nested deeper"),
    "huge text": ("code: " + "x" * 30_000, "longer than"),
    "huge file": ("# " + "x" * 600_000, "longer than"),
    "many parts": ("[" + "1," * 50_000 + "1]", "more than"),
    "code tag": ("code: !!python/object/apply:os.system ['true']", "tags"),
    "own tag": ("code: !secret x", "tags"),
    "binary tag": ("code: !!binary aGVsbG8=", "tags"),
    "merge key": ("<<: {code: x}\ntitle: y\nterms: 3", "procedure.yaml|terms"),
    "key twice": ("code: a\ncode: b", "written twice"),
    "key that is a list": ("? [a, b]\n: c", "procedure.yaml"),
    "several documents": ("code: a\n---\ncode: b", "procedure.yaml"),
    "not a mapping": ("- a\n- b", "not a mapping"),
    "only a text": ("hello", "not a mapping"),
    "nothing": ("", "not a mapping"),
    "control character": ("code: a\x07b", "procedure.yaml"),
    "zero byte": ("code: a\x00b", "procedure.yaml"),
    "lone surrogate": ("code: '\ud800'", "procedure.yaml"),
    "numbers as keys": ("1: 2\n3: 4", "."),
    "endless number": ("version: " + "9" * 15_000, "version|procedure.yaml"),
    "date that is none": ("version: 2025-13-45", "version|procedure.yaml"),
    "sexagesimal": ("version: 190:20:30", "."),
}


@pytest.mark.promise("procedures.hostile-yaml")
@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_gets_a_sentence_in_bounded_time_and_memory(text: str, said: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(Invalid, match=said):
            folders.parse({"procedure.yaml": text})
        spent, (_now, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert spent < 5  # a bound against growth, far above what any of these takes
    assert peak < 64_000_000
