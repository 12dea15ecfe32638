"""Two at once over one list: a dossier stands on one list only, and none leaves a list that is being signed."""

from uuid import uuid4

import pytest

from procedures import ledger
from procedures.errors import Invalid
from tests.journeys.catalogue_play import MEETING, pieces_for
from tests.journeys.test_catalogue__list import BY, over, take_back, waiting
from tests.races.test_acts__races import at_once
from tests.scenarios import actor
from workflows import service
from workflows.models import ListedDossier, Task
from workflows.selectors.versions import in_force
from workflows.service import Done

pytestmark = pytest.mark.promise("licence.lists")


def test_two_lists_at_once_over_one_dossier_have_one_winner(ministry: None) -> None:
    first, second = waiting("Máy thở"), waiting("Máy gây mê")
    definition = next(one for one in in_force() if one.lists)

    def opening(*dossiers: int) -> Done:
        return service.open_list(
            actor=actor(BY),
            procedure=definition.code,
            dossiers=dossiers,
            answers=MEETING,
            files=pieces_for(definition, MEETING),
            idempotency_key=str(uuid4()),
        )

    answers = at_once(
        lambda: opening(first.dossier_id, second.dossier_id),
        lambda: opening(second.dossier_id, first.dossier_id),
        lambda: opening(second.dossier_id),
    )
    assert [type(answer) for answer in answers].count(Done) == 1, answers
    assert [type(answer) for answer in answers].count(Invalid) == 2, answers
    assert len(ListedDossier.objects.values("list").distinct()) == 1


def test_signing_a_list_while_a_dossier_leaves_it_ends_in_one_of_two_ways(ministry: None) -> None:
    for _round in range(3):
        leaves, stays = waiting("Máy thở"), waiting("Máy gây mê")
        sheet = over(leaves, stays).walked(until="sign")
        task = Task.objects.get(process=sheet.dossier_id, node="sign", finished=None)
        node = sheet.definition.route.node("sign")

        def sign() -> Done:
            sheet.perform(task, node, node.outcomes[0])  # noqa: B023 - called in this round

        def leave() -> Done:
            take_back(leaves)  # noqa: B023 - called in this round

        signed, left = at_once(sign, leave)
        refused = [answer for answer in (signed, left) if answer is not None]
        assert len(refused) == 1, (signed, left)
        decision = sheet.dossier.papers.get(kind="decision")
        assert decision.state == ("approved" if signed is None else "rendered")
        stands = Task.objects.filter(process=leaves.dossier_id, node="listed", finished=None).exists()
        assert stands is (signed is None)
    assert not list(ledger.verify(subject_kind="dossier"))
