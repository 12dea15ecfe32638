"""The player of the demonstration: a process that knows an address and the accounts, and nothing else.

It plays the scenario over HTTP as its people would, prints a line a step with the time it took, keeps the signed
decision that it downloaded, and ends with the verdict. An import contract bars it from the product's packages.
"""

import argparse
import json
import sys
from pathlib import Path

from tests.journeys.http_driver import HttpDriver
from tests.journeys.scenario import People, Story, play
from tests.journeys.script import Lost

__all__ = ["main"]


def main() -> int:
    """Play; 0 when every step went well and the paper is valid."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--base-url", required=True)
    arguments.add_argument("--accounts", required=True, type=Path)
    arguments.add_argument("--output", required=True, type=Path)
    given = arguments.parse_args()
    accounts = json.loads(given.accounts.read_text(encoding="utf-8"))
    people = People(
        passwords={a["username"]: a["password"] for a in accounts},
        secrets={a["username"]: a["totp_secret"] for a in accounts if a.get("totp_secret")},
    )
    steps = 0

    def report(title: str, seconds: float) -> None:
        nonlocal steps
        steps += 1
        print(f"✓ {steps:>2}  {title} ({seconds:.1f} s)", flush=True)

    story = Story(open=lambda: HttpDriver(given.base_url), people=people, report=report)
    try:
        play(story)
    except Lost as lost:
        print(f"✗ {steps + 1:>2}  {lost}", flush=True)
        print("VERDICT none", flush=True)
        return 1
    given.output.mkdir(parents=True, exist_ok=True)
    kept = given.output / f"quyet-dinh-{story.dossier_code}.pdf"
    kept.write_bytes(story.decision)
    print(f"PDF {kept}", flush=True)
    print(f"VERDICT {story.verdict}", flush=True)
    return 0 if story.verdict == "valid" else 1


if __name__ == "__main__":
    sys.exit(main())
