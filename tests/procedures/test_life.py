"""The legal table: its codes, its edges, and what derives from it."""

import pytest

from procedures.law.life import (
    FINAL,
    INTERRUPTING,
    LIFE,
    Act,
    Clock,
    Party,
    State,
    edge,
    legal_pairs,
    targets,
)

PORTAL = {
    State.DRAFT: None,
    State.SUBMITTED: 1,
    State.RECEIVED: 2,
    State.NOT_ACCEPTED: 3,
    State.IN_PROCESS: 4,
    State.INTAKE_SUPPLEMENT: 5,
    State.SUPPLEMENT_REQUESTED: 5,
    State.FEE_DUE: 6,
    State.WITHDRAWAL_REQUESTED: 7,
    State.STOPPED: 8,
    State.CONCLUDED: 9,
    State.RETURNED: 10,
}


@pytest.mark.parametrize("state", State)
def test_the_national_portals_codes(state: State) -> None:
    assert state.portal_code == PORTAL[state]


def test_one_row_an_act_each_with_its_source() -> None:
    assert [row.act for row in LIFE] == list(Act)
    for row in LIFE:
        assert row.source
        assert row.title
        assert row.sources
        assert edge(row.act) is row


def test_every_state_can_be_reached_and_only_final_ones_are_left_for_ever() -> None:
    pairs = set(legal_pairs())
    assert {new for _old, new in pairs} == set(State) - {State.DRAFT}
    left = {old for old, _new in pairs}
    assert set(State) - left == FINAL - {State.CONCLUDED}


def test_nothing_leaves_a_final_state_but_the_handing_over() -> None:
    assert [(old, new) for old, new in legal_pairs() if old in FINAL] == [(State.CONCLUDED, State.RETURNED)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (State.DRAFT, State.IN_PROCESS),
        (State.SUBMITTED, State.IN_PROCESS),
        (State.RECEIVED, State.CONCLUDED),
        (State.NOT_ACCEPTED, State.SUBMITTED),
        (State.SUPPLEMENT_REQUESTED, State.CONCLUDED),
        (State.CONCLUDED, State.IN_PROCESS),
    ],
)
def test_what_the_law_does_not_know(old: State, new: State) -> None:
    assert (old, new) not in set(legal_pairs())


def test_an_interruption_goes_back_to_what_it_interrupted() -> None:
    assert {State.FEE_DUE, State.WITHDRAWAL_REQUESTED} == INTERRUPTING
    assert targets(edge(Act.PAY)) == {State.SUBMITTED, State.IN_PROCESS}
    assert targets(edge(Act.RESUME)) == edge(Act.REQUEST_WITHDRAWAL).sources
    assert edge(Act.DEMAND_FEE).interrupts
    assert not edge(Act.REQUEST_SUPPLEMENT).interrupts


@pytest.mark.parametrize(
    ("act", "clock", "party"),
    [
        (Act.SUBMIT, Clock.INTAKE, Party.APPLICANT),
        (Act.OPEN, Clock.START, Party.OFFICIAL),
        (Act.ACCEPT, Clock.START, Party.OFFICIAL),
        (Act.REQUEST_SUPPLEMENT, Clock.STOP, Party.OFFICIAL),
        (Act.SUPPLY_SUPPLEMENT, Clock.AS_PROCEDURE, Party.APPLICANT),
        (Act.LAPSE, Clock.CLOSE, Party.SYSTEM),
        (Act.GRANT, Clock.CLOSE, Party.OFFICIAL),
        (Act.REFUSE, Clock.CLOSE, Party.OFFICIAL),
        (Act.RESUME, Clock.BACK, Party.OFFICIAL),
    ],
)
def test_who_acts_and_what_the_clock_does(act: Act, clock: Clock, party: Party) -> None:
    assert (edge(act).clock, edge(act).party) == (clock, party)
