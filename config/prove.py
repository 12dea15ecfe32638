"""`make prove`: every promise of docs/promises.md → the tests that show it → their result.

A promise is kept when at least one test marked `@pytest.mark.promise("its-id")` passed and none of them failed, or when
its row names a bench (`bench:inbox.py`) that is in bench/. Results of a whole `make test` of this very tree are
reused; otherwise the marked tests run now. Fails on a promise that nothing shows and on a marker with an unknown id.
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from config.proof import BASE_DIR, Results, load_results, tree_hash

__all__ = ["Promise", "judge", "main", "read_promises"]

DOCUMENT = BASE_DIR / "docs" / "promises.md"
ROW = re.compile(r"^\|\s*`?(?P<id>[a-z0-9]+(?:[.-][a-z0-9]+)+)`?\s*\|\s*(?P<rest>.+?)\s*\|\s*$")
BENCH = re.compile(r"bench:([\w./-]+)")


@dataclass(frozen=True)
class Promise:
    """One row of the document."""

    id: str
    text: str
    benches: tuple[str, ...] = ()


@dataclass
class Judgement:
    """What the results say about all promises."""

    lines: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def read_promises(text: str) -> list[Promise]:
    """The rows `| id | promise |` of a Markdown table. Raises ValueError for an id given twice."""
    found: dict[str, Promise] = {}
    for line in text.splitlines():
        if not (row := ROW.match(line)):
            continue
        if row["id"] in found:
            raise ValueError(f"docs/promises.md promises {row['id']} twice")
        found[row["id"]] = Promise(
            row["id"], row["rest"].split("|")[0].strip(), tuple(BENCH.findall(row["rest"]))
        )
    return list(found.values())


def judge(*, promises: list[Promise], results: Results, bench_folder: Path) -> Judgement:
    """Hold each promise against the outcomes of its tests and the benches that it names."""
    said = Judgement()
    for promise in promises:
        tests = results.promises.get(promise.id, [])
        outcomes = [results.outcomes[test] for test in tests]
        benches = {name: (bench_folder / name).is_file() for name in promise.benches}
        shown = "passed" in outcomes or any(benches.values())
        kept = shown and "failed" not in outcomes and all(benches.values())
        said.lines.append(f"{'✓' if kept else '✗'} {promise.id}  {promise.text}")
        said.lines += [f"    {outcome:7} {test}" for test, outcome in zip(tests, outcomes, strict=True)]
        said.lines += [
            f"    {'present' if there else 'missing'} bench/{name}" for name, there in benches.items()
        ]
        if not kept:
            said.broken.append(f"{promise.id} is not shown by a passing test or a bench")
            said.broken += [
                f"{test} failed: {results.reasons[test]}" for test in tests if test in results.reasons
            ]
    for unknown in sorted(results.promises.keys() - {promise.id for promise in promises}):
        said.broken.append(
            f"{results.promises[unknown][0]} is marked with {unknown}, which docs/promises.md lacks"
        )
    return said


def run_marked_tests(tree: str) -> Results | None:
    """Run the tests that carry a promise, and read what they left."""
    print("No results of this very tree: running the marked tests.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        environment = os.environ | {"MOTCUA_TEST_RESULTS": str(path), "MOTCUA_TEST_TREE": tree}
        command = [
            sys.executable,
            "-m",
            "config.testing",
            "-m",
            "promise",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadscope",
        ]
        subprocess.run(command, env=environment, cwd=BASE_DIR, check=False)
        return load_results(path=path, tree=tree)


def main() -> int:
    """Print the table. Returns 0 when every promise is kept."""
    try:
        promises = read_promises(DOCUMENT.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"prove: {error}")
        return 1
    tree = tree_hash()
    results = load_results(tree=tree) or run_marked_tests(tree)
    if results is None:
        print("prove: the tests did not come to an end, so nothing is shown")
        return 1
    said = judge(promises=promises, results=results, bench_folder=BASE_DIR / "bench")
    print("\n".join(said.lines))
    for line in said.broken:
        print(f"prove: {line}")
    print(
        f"{len(promises) - sum('is not shown' in line for line in said.broken)} of {len(promises)} promises kept"
    )
    return 1 if said.broken or not promises else 0


if __name__ == "__main__":
    sys.exit(main())
