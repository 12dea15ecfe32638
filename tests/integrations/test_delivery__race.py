"""Several workers at once: each message is sent by one of them, each written once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from integrations import delivery
from integrations.delivery.leases import begin
from integrations.envelope import OutcomeClass
from integrations.models import Attempt, Connector, Message
from tests.integrations import effects
from tests.integrations.contract import hurry
from tests.integrations.played import Played


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run in so many threads that start together; their results. An exception in one fails the test."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=20)
            results[number] = work(number)
        except BaseException as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


@pytest.mark.promise("messages.many-workers")
def test_four_workers_twelve_messages(
    transactional_db: None,
    line: Callable[[str], Connector],
    running: Callable[[str], Played],
    write: Callable[..., Message],
) -> None:
    effects.clear()
    line("vnsw")
    messages = [write("vnsw", dossier_id=9000 + number % 6, revision=1 + number // 6) for number in range(12)]
    for _ in range(3):
        at_once(4, lambda _: delivery.sweep())
    ids = [entry["wire_id"] for entry in running("vnsw").processed()]
    for message in messages:
        message.refresh_from_db()
        assert message.state == "accepted"
        assert effects.of(message) == ["accepted"]
        assert running("vnsw").entries_of(message.wire_id)[0]["received"] == 1
        assert Attempt.objects.filter(message=message).count() == 1
    for first, second in zip(messages[:6], messages[6:], strict=True):
        assert ids.index(first.wire_id) < ids.index(second.wire_id)


def test_two_writers_write_one_message(
    transactional_db: None, line: Callable[[str], Connector], write: Callable[..., Message]
) -> None:
    line("vnsw")
    for round_ in range(5):
        written = at_once(4, lambda _, dossier=9100 + round_: write("vnsw", dossier_id=dossier).pk)
        assert len(set(written)) == 1


def test_worker_that_lost_its_lease_changes_nothing(
    db: None, line: Callable[[str], Connector], write: Callable[..., Message]
) -> None:
    row = line("vnsw")
    message = write("vnsw")
    [old] = delivery.lease(row=row, dossier_id=message.dossier_id)
    assert delivery.lease(row=row, dossier_id=message.dossier_id) == []
    read_before = Message.objects.select_related("connector").get(pk=message.pk)
    hurry()
    [fresh] = delivery.lease(row=row, dossier_id=message.dossier_id)
    assert delivery.deliver(old) is None
    assert begin(read_before, old) is None
    assert delivery.deliver(fresh) == OutcomeClass.ACCEPTED
    assert delivery.deliver(fresh) is None
    assert effects.of(message) == ["accepted"]
