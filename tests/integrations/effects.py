"""Where tests note each effect that an answer had: a real table, written in the transaction that marks the message.

It has no unique key on purpose: an effect that happens twice shall be seen.
"""

from typing import Any

import psycopg
from django.db import connection

from integrations.envelope import Answer
from integrations.models import Message

CREATE = """
CREATE TABLE IF NOT EXISTS test_effects (message uuid NOT NULL, outcome text NOT NULL, detail text NOT NULL);
GRANT SELECT, INSERT, DELETE ON test_effects TO PUBLIC;
"""


def make_table(address: str) -> None:
    """Create the table as the owner of the database."""
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(CREATE)


def record(*, message: Message, answer: Answer) -> None:
    """Stands where `integrations.answers.record` stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO test_effects VALUES (%s, %s, %s)",
            [message.uuid, answer.kind.value, str(message.answer)],
        )


def of(message: Message) -> list[str]:
    """The outcomes that took effect for a message, each as often as it did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome FROM test_effects WHERE message = %s", [message.uuid])
        return [outcome for (outcome,) in cursor.fetchall()]


def clear(_: Any = None) -> None:
    """Forget all."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM test_effects")
