"""Ports on this machine: whether one is free, and whether somebody listens."""

import socket
from collections.abc import Callable

from config.children import Child, Problem

__all__ = ["listens", "require_free"]


def require_free(who: str, port: int, *, variable: str, other: str) -> None:
    """Raise Problem, naming the variable that chooses another, when the port cannot be had on 127.0.0.1."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except PermissionError:
            remedy = f"choose one above 1023: {variable}={other} make demo"
            raise Problem(f"{who} may not use port {port}", remedy) from None
        except OSError:
            remedy = f"stop what uses it, or choose another: {variable}={other} make demo"
            raise Problem(f"port {port} is busy, and {who} needs it", remedy) from None


def listens(port: int) -> Callable[[Child], bool]:
    """A check that somebody accepts connections on the port."""

    def check(_child: Child) -> bool:
        with socket.socket() as trial:
            trial.settimeout(1)
            return trial.connect_ex(("127.0.0.1", port)) == 0

    return check
