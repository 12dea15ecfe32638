"""One verifier a kind of file. They run in a process of their own and import nothing of ours but each other.

A parser fed by strangers may crash, hang or be taken over; so it gets limits, no environment and no database, and its
answer is only a list of findings (`__main__`). The parent is `workflows.files.checking`.
"""

from pathlib import Path

from . import kinds
from .findings import EICAR, Finding, malware, unreadable

__all__ = ["Finding", "verify"]


def verify(*, path: Path, media_type: str) -> list[Finding]:
    """Every ground to refuse the file at `path`, which claims nothing but is judged as `media_type`."""
    if EICAR in path.read_bytes():
        return [malware(name="EICAR")]
    if kinds.media_type_of(path=path) != media_type:
        return [unreadable()]
    if media_type == kinds.PDF:
        from . import pdf

        return pdf.verify(path=path)
    if media_type in (kinds.JPEG, kinds.PNG):
        from . import image

        return image.verify(path=path, media_type=media_type)
    if media_type in (kinds.DOCX, kinds.XLSX):
        from . import office

        return office.verify(path=path, media_type=media_type)
    return [unreadable()]
