"""Named points at which a test may kill this process, to prove that nothing is lost there.

A call costs one look-up and does nothing, unless MOTCUA_FAULT names the point: then the process gets SIGKILL, so no
handler, no `finally` and no rollback of ours can help. In production it does nothing (and the
configuration does not even start with the variable set).
"""

import os
import signal

from django.conf import settings

VARIABLE = "MOTCUA_FAULT"


def fault(point: str) -> None:
    """Die here, if this process was started to die here."""
    if os.environ.get(VARIABLE) == point and not settings.PRODUCTION:
        os.kill(os.getpid(), signal.SIGKILL)
