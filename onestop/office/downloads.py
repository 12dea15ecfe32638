"""The bytes of papers and pieces, for the frames of our own pages and for download."""

import csv
from collections.abc import Iterable, Sequence
from uuid import UUID

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from onestop.access import actor, officials
from onestop.components import formats
from onestop.office.reading import INLINE
from workflows import files, selectors
from workflows.models import StoredFile

__all__ = ["clean_file", "paper", "piece", "spreadsheet"]

FRAMED = {"frame-ancestors": ["'self'"]}
"""Only our own pages may show a paper in a frame."""


@require_safe
@officials
@xframe_options_sameorigin
@csp_replace(FRAMED)  # type: ignore[arg-type]
@cache_control(private=True, no_store=True)
def piece(request: HttpRequest, ref: UUID, piece_id: int) -> HttpResponse:
    """A paper that the applicant handed in, once it has passed the checks. Raises FileNotClean before."""
    found = selectors.dossier_of(actor=selectors.as_official(actor(request)), ref=ref)
    row = selectors.piece_file(found, piece_id=piece_id)
    if row is None:
        raise Http404
    return clean_file(row.file, row.name)


@require_safe
@officials
@xframe_options_sameorigin
@csp_replace(FRAMED)  # type: ignore[arg-type]
@cache_control(private=True, no_store=True)
def paper(request: HttpRequest, ref: UUID, paper_ref: UUID, sha256: str) -> HttpResponse:
    """A paper of ours: exactly the bytes of that fingerprint, which must be among those that the paper has had."""
    found = selectors.dossier_of(actor=selectors.as_official(actor(request)), ref=ref)
    row = selectors.paper_of(found, ref=paper_ref)
    if row is None or sha256 not in {
        row.rendered_sha256,
        row.signed_sha256,
        row.sealed_sha256,
        row.archived_sha256,
    }:
        raise Http404
    number = row.number.text.replace("/", "-") if row.number else row.kind
    return _send(files.read(sha256), "application/pdf", f"{number}.pdf")


def spreadsheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A table to take along, as CSV: `name` without its ending; texts in it cannot run as formulas."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")  # so that spreadsheets read UTF-8
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(answer)
    writer.writerow(head)
    writer.writerows([formats.cell(one) if isinstance(one, str) else one for one in row] for row in rows)
    return answer


def clean_file(file: StoredFile, name: str) -> HttpResponse:
    """A file that was handed in, once it has passed the checks. Raises FileNotClean before."""
    return _send(files.read_clean(file), file.media_type, name)


def _send(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    inline = media_type in INLINE
    header = content_disposition_header(not inline, name)
    if header:
        response["Content-Disposition"] = header
    return response
