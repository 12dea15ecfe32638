"""Dossiers to which events can belong, and a registry of the test's own."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from procedures.models import Procedure, ProcedureVersion, Subject, User
from workflows.models import Dossier
from workflows.outbox import put, registry
from workflows.outbox.registry import Registry

KIND = "thing.happened"
MOMENT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def subscriptions() -> Iterator[Registry]:
    """The product's registry, empty for this test."""
    with registry.isolated() as empty:
        yield empty


@pytest.fixture
def make_dossiers() -> Callable[[int], list[int]]:
    """Makes so many drafts and gives their ids."""

    def make(count: int) -> list[int]:
        procedure = Procedure.objects.create(code="outbox-test", title_vi="Thử", title_en="Test")
        version = ProcedureVersion.objects.create(
            procedure=procedure,
            version=date(2026, 1, 1),
            sha256="0" * 64,
            content={},
            effective_from=date(2026, 1, 1),
        )
        subject = Subject.objects.create(kind="enterprise", name="Công ty Thử", address="Hà Nội")
        applicant = User.objects.create(username="outbox-applicant")
        dossiers = [
            Dossier(
                procedure=procedure,
                version=version,
                definition_sha256=version.sha256,
                subject=subject,
                applicant=applicant,
            )
            for _ in range(count)
        ]
        return [dossier.pk for dossier in Dossier.objects.bulk_create(dossiers)]

    return make


@pytest.fixture
def tell() -> Callable[..., None]:
    """Puts one event of the test's kind."""

    def tell(dossier_id: int | None, sequence: int = 1, **payload: str | int | bool | None) -> None:
        put(kind=KIND, dossier_id=dossier_id, sequence=sequence, payload=payload, now=MOMENT)

    return tell
