"""`make clean-demo`: forgets what the demonstration kept, and nothing else. Standard library only."""

import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
FOLDERS = ("demo", "files", "keys", "mail", "postgres", "static")


def main() -> int:
    """Remove the folders of the demonstration. Returns 1 when it is running or a folder may not be removed."""
    data = Path(os.environ.get("DATA_DIR") or "var")
    data = data if data.is_absolute() else BASE_DIR / data
    elsewhere = Path("/var/lib/motcua") / hashlib.sha256(str(data).encode()).hexdigest()[:12]
    try:
        with (data / "demo.lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("The demonstration is running. Stop it first (Ctrl-C in its terminal).")
                return 1
            for folder in (*(data / name for name in FOLDERS), elsewhere):
                if folder.exists():
                    shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # nothing was ever kept
    except OSError as error:
        print(
            f"{error.filename} may not be removed ({error.strerror}). Do it as the user who ran the demonstration."
        )
        return 1
    print(f"Forgotten. Logs stay in {data / 'log'}. A database given by DATABASE_URL is yours to empty.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
