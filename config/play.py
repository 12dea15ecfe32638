"""The player's part of the demonstration: starting it, passing on what it says, and the closing lines.

The player (tests/journeys/player.py) is a process that gets an address and the accounts and nothing else. It prints a
line a step, a line `PDF <path>` for the signed decision that it downloaded, and at last `VERDICT <verdict>`; it exits
non-zero when a step failed.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.children import Child
from config.proof import BASE_DIR
from config.terminal import say, shown

__all__ = ["Heard", "listen", "start", "tell"]

LONGEST_PLAY = 900  # seconds
PASSED_ON = ("PATH", "LANG", "HOME", "TZ")
PLACES = {"Office": "/van-phong/", "Registers": "/so-dang-ky/", "Check": "/kiem-tra/", "Look up": "/tra-cuu/"}
"""Where to go, besides the portal."""
COLUMNS = ("role", "username", "password", "totp_secret")


@dataclass
class Heard:
    """What the player told."""

    verdict: str = ""
    paper: str = ""
    failed: bool = True


def start(base_url: str, *, accounts: Path, output: Path, log: Path) -> Child:
    """Start the player. What would let it past the front door, such as DATABASE_URL, is kept from it."""
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    environment |= {"PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(BASE_DIR)}
    command = [sys.executable, "-m", "tests.journeys.player", "--base-url", base_url]
    command += ["--accounts", str(accounts), "--output", str(output)]
    errors = log.with_name("player-errors.log")  # a traceback is for us, not for the person watching
    return Child("player", command, environment=environment, log=log, errors=errors)


def listen(player: Child) -> Heard:
    """Pass the player's lines on until it ends, and keep the paper's path and the verdict for the end."""
    heard = Heard()
    until = time.monotonic() + LONGEST_PLAY
    passed = 0
    while True:
        over = player.ended is not None
        said = player.said()
        lines = said.splitlines() if over else said.split("\n")[:-1]
        for line in lines[passed:]:
            _hear(line, heard)
        passed = len(lines)
        if over:
            break
        if time.monotonic() > until:
            player.stop()
            say(
                "✗",
                "player",
                f"did not end after {LONGEST_PLAY} s; read {shown(player.log.with_name('player-errors.log'))}",
            )
            return heard
        time.sleep(0.05)
    if player.process.returncode and not heard.verdict:
        code = player.process.returncode
        say(
            "✗",
            "player",
            f"broke off (exit code {code}); read {shown(player.log.with_name('player-errors.log'))}",
        )
    heard.failed = bool(player.process.returncode) or not heard.verdict
    return heard


def _hear(line: str, heard: Heard) -> None:
    if line.startswith("VERDICT "):
        heard.verdict = line
    elif line.startswith("PDF "):
        heard.paper = line.removeprefix("PDF ").strip()
    else:
        print(line, flush=True)


def tell(
    heard: Heard,
    *,
    base_url: str,
    simulators: Mapping[str, str],
    mail: Path,
    logs: Path,
    accounts: Path,
    staying: bool,
) -> None:
    """The closing lines: addresses, accounts, the signed paper, and the verdict as the very last line."""
    print(f"\nPortal      {base_url}/")
    for name, path in PLACES.items():
        print(f"{name:<11} {base_url}{path}")
    for name, address in simulators.items():
        print(f"{name:<11} {address}  (simulated partner)")
    print(f"Mail        {shown(mail)}/  (what applicants were sent, one file a mail)")
    print(f"Logs        {shown(logs)}/")
    try:
        known = json.loads(accounts.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = []
    if known:
        print("Accounts    role, sign-in name, password, secret of the one-time codes where there is one")
    rows = [[str(account.get(key) or "") for key in COLUMNS] for account in known]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))] if rows else []
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        print(f"            {'  '.join(cells)}".rstrip())
    if heard.paper:
        print(f"Signed PDF  {heard.paper}")
    if staying:
        print("Everything stays up until Ctrl-C.")
    print(heard.verdict or "VERDICT none", flush=True)
