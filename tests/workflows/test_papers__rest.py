"""A paper under way while a withdrawal is decided: it waits, is not given up, and then goes on or is void."""

import pytest
from django.db.models import QuerySet

from tests.workflows.acts.stages import Quick
from workflows import outbox
from workflows.models import OutboxRow


@pytest.fixture
def play(declared_play: Quick) -> Quick:
    """The decision is to be rendered; everything before is told."""
    declared_play.to("prepare")
    outbox.drain()
    declared_play.to("rendering")
    declared_play.withdraw()
    return declared_play


def waiting() -> QuerySet[OutboxRow]:
    """Papers that are still to be made."""
    return OutboxRow.objects.filter(subscriber="papers", state="queued")


def the_pause_is_over() -> None:
    """A minute later."""
    waiting().update(due_at=None)
    outbox.drain()


@pytest.mark.promise("papers.rest")
def test_it_waits_without_an_attempt_counted_and_goes_on_when_declined(play: Quick) -> None:
    for _ in range(2):
        the_pause_is_over()
        row = waiting().get()
        assert (row.attempts, row.due_at is not None) == (0, True)
    play.step("truongphong", "decide_withdrawal", "decline", reason="Sắp có kết quả")
    the_pause_is_over()
    assert not waiting().exists()
    assert play.open_nodes() == {"sign"}


@pytest.mark.promise("papers.rest")
def test_it_is_void_when_agreed_to_and_the_notice_follows(play: Quick) -> None:
    the_pause_is_over()
    play.step("truongphong", "decide_withdrawal", "agree")
    the_pause_is_over()
    assert not waiting().exists()
    papers = dict(play.dossier.papers.values_list("kind", "state"))
    assert (papers["decision"], papers["stop_notice"]) == ("void", "published")
