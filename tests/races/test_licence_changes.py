"""Two licences change at once: whoever reads the feed on from a number misses neither."""

import threading
from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from procedures.now import advance
from tests.scenarios import Play
from workflows import selectors
from workflows.models import Licence, LicenceChange

pytestmark = pytest.mark.promise("register.open-data")


def test_a_change_that_began_first_and_ends_last_is_not_passed_over(ministry: None) -> None:
    first, second = (Licence.objects.get(dossier=Play().granted().dossier_id) for _ in range(2))
    read = selectors.changes(after=0)[-1].pk
    began, go_on, seen = threading.Event(), threading.Event(), []

    def slow() -> None:
        with transaction.atomic():
            one = Licence.objects.get(pk=first.pk)
            one.suspend()
            one.save()
            began.set()
            go_on.wait(10)
        connection.close()

    def quick() -> None:
        began.wait(10)
        other = Licence.objects.get(pk=second.pk)
        other.suspend()
        other.save()
        seen.append("quick")
        connection.close()

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    for thread in threads:
        thread.start()
    began.wait(10)
    threads[1].join(0.5)
    told = [one.pk for one in selectors.changes(after=read)]  # while the first is still under way
    go_on.set()
    for thread in threads:
        thread.join(10)
    last = max(told, default=read)
    told += [one.pk for one in selectors.changes(after=last)]
    assert told == list(LicenceChange.objects.filter(pk__gt=read).order_by("pk").values_list("pk", flat=True))
    assert len(told) == 2


def test_the_application_may_not_change_what_happened(ministry: None) -> None:
    Play().granted()
    advance(timedelta(minutes=1))
    for change in (
        "UPDATE workflows_licencechange SET state = 'revoked'",
        "DELETE FROM workflows_licencechange",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(change)


def test_licences_from_before_are_found_by_the_migration(
    ministry: None, owner_connection: psycopg.Connection
) -> None:
    """As docs/open-data.md says: their publication, and a second change where they are no longer in force."""
    first, second = (Licence.objects.get(dossier=Play().granted().dossier_id) for _ in range(2))
    second.revoke()
    second.save()
    before = list(LicenceChange.objects.order_by("pk").values_list("licence", "at", "before", "state"))
    owner_connection.execute("DELETE FROM workflows_licencechange")
    owner_connection.execute("UPDATE workflows_licence SET changed_at = '2030-01-01 00:00+00'")
    owner_connection.execute(import_module("workflows.migrations.0017_licence_changes").FOUND)
    found = list(LicenceChange.objects.order_by("pk").values_list("licence", "at", "before", "state"))
    assert found[:2] == before[:2]
    upgraded = datetime(2030, 1, 1, tzinfo=UTC)
    assert found[2:] == [(second.pk, upgraded, "in_force", "revoked")]
    first = Licence.objects.select_related("paper").get(pk=first.pk)
    assert first.changed_at == first.paper.published_at
