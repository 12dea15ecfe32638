"""The door for partners that call us. Trust rests on the signature in the document, not on the address or a session."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import inbox
from integrations.registry import registry

__all__ = ["LARGEST_CALL", "receive"]

LARGEST_CALL = 5 * 1024 * 1024
"""Bytes; answers are small."""


@csrf_exempt
@require_POST
@never_cache
def receive(request: HttpRequest, partner: str) -> HttpResponse:
    """An answer that a partner brings. 404 for an unknown partner, 413 when too large, else see `inbox.receive`."""
    if partner not in registry.names():
        raise Http404
    body = request.read(LARGEST_CALL + 1)
    if len(body) > LARGEST_CALL:
        adapter = registry.get(partner)
        refusal = adapter.refuse(code="unreadable", text=f"larger than {LARGEST_CALL} bytes")
        return HttpResponse(refusal, status=413, content_type=adapter.content_type)
    reply = inbox.receive(partner=partner, body=body)
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
