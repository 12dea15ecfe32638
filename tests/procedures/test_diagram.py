"""The picture of a route: complete, without overlaps, the same facts as its table, and safe to embed."""

from itertools import combinations, pairwise

import pytest
from lxml import etree

from procedures.catalog import CATALOGUE, folders, load
from procedures.definition import diagram
from procedures.definition.bpmn import bpmn
from procedures.definition.lanes import BOX_HEIGHT, BOX_WIDTH, Canvas, arrange
from procedures.definition.model import Auto, End, Human, Outcome, Role, Route, Term, Text, Unit, Wait
from procedures.definition.route import Gateway
from procedures.definition.walk import states
from procedures.law.life import State

SVG = "{http://www.w3.org/2000/svg}"
DEFINITIONS = [
    pytest.param(load(path).definition, id=f"{path.parent.name}-{path.name}") for path in folders()
]
IMPORT = load(CATALOGUE / "device-import" / "2025-07-01").definition


def text(value: str) -> Text:
    return Text(vi=value, en=value)


def human(node: str, *ways: tuple[str, str], role: Role = Role.HEAD, interrupt: bool = False) -> Human:
    outcomes = tuple(Outcome(id=way, title=text(way), to=to) for way, to in ways)
    share = Term(length=1, unit=Unit.WORKING_DAYS)
    return Human(
        kind="human",
        id=node,
        title=text(node),
        role=role,
        unit="u",
        share=share,
        outcomes=outcomes,
        interrupt=interrupt,
    )


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("system", [False, True])
def test_every_step_is_shown_once_and_the_document_is_sound(definition, lang, system) -> None:
    root = etree.fromstring(diagram.svg(definition.route, lang=lang, system=system).encode())
    shown = [group.get("data-node") for group in root.iter(f"{SVG}g")]
    expected = {
        node.id
        for node in definition.route.nodes
        if system
        or not (isinstance(node, Auto | Gateway) or (isinstance(node, Wait) and node.party == "system"))
    }
    assert sorted(shown) == sorted(expected | {"start"})
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert root.get("aria-labelledby").split() == ids[:2]


def test_what_the_authority_opens_begins_in_the_lane_of_whoever_opens_it() -> None:
    revocation = load(CATALOGUE / "device-registration-revocation" / "2025-07-01").definition
    for definition, lane, begun in (
        (revocation, "specialist:division", "Cơ quan mở hồ sơ"),
        (IMPORT, "applicant", "Nộp hồ sơ"),
    ):
        plan = arrange(definition.route)
        assert plan.lanes[plan.place("start").lane] == lane
        first = diagram.rows(definition.route, lang="vi")[0]
        assert (first.step, first.who) == (begun, diagram.lane_title(lane, lang="vi"))
        assert f'start(["{begun}"])' in diagram.mermaid(definition.route, lang="vi")
        assert f'name="{begun}"' in bpmn(definition, lang="vi")


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("system", [False, True])
def test_no_two_boxes_share_a_place_and_no_arrow_crosses_a_box_of_another_lane(definition, system) -> None:
    plan = arrange(definition.route, system=system)
    for one, other in combinations(plan.places, 2):
        assert (one.lane, one.column) != (other.lane, other.column)
    canvas = Canvas(plan)
    for arrow in plan.arrows:
        points = canvas.points(arrow)
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, "arrows are rectangular"
            for place in plan.places:
                if place.node in {arrow.source, arrow.target} or x1 == x2:
                    continue
                cx, cy = canvas.centre(place)
                inside = (
                    abs(y1 - cy) < BOX_HEIGHT / 2
                    and min(x1, x2) < cx + BOX_WIDTH / 2
                    and max(x1, x2) > cx - BOX_WIDTH / 2
                )
                assert not inside, f"{arrow.source} → {arrow.target} runs through {place.node}"


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_table_tells_every_outcome_of_every_step(definition) -> None:
    told = [(row.step, row.outcome) for row in diagram.rows(definition.route, lang="vi")][1:]
    assert told == [
        (node.title.vi, outcome.title.vi)
        for node in definition.route.nodes
        if not isinstance(node, End)
        for outcome in node.outcomes
    ]
    assert any(row.illustrative for row in diagram.rows(definition.route, lang="vi"))


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_mermaid_names_every_node_and_every_way(definition) -> None:
    drawn = diagram.mermaid(definition.route, lang="vi")
    for node in definition.route.nodes:
        assert f"n_{node.id}" in drawn
    ways = [o for n in definition.route.nodes if not isinstance(n, End) for o in n.outcomes if o.to != "back"]
    assert drawn.count("-->|") == len(ways)


@pytest.mark.promise("screens.route-as-a-picture")
def test_a_step_that_only_interrupts_stands_beside_the_one_it_interrupts() -> None:
    plan = arrange(IMPORT.route)
    assert plan.place("await_supplement").column == plan.place("appraise").column
    assert plan.place("collect_fee").column == plan.place("intake").column
    forward = ["start", "intake", "assign", "appraise", "review", "prepare", "sign", "seal", "concluded"]
    columns = [plan.place(node).column for node in forward]
    assert columns == list(range(len(forward)))
    kinds = {(a.source, a.target): a.kind for a in plan.arrows}
    assert kinds["appraise", "await_supplement"] == "aside"
    assert kinds["await_supplement", "appraise"] == "return"
    assert kinds["review", "appraise"] == "back"
    assert kinds["intake", "not_accepted"] == "exit"
    assert kinds["seal", "concluded"] == "main"


def test_the_position_of_a_dossier_is_marked_in_picture_and_description() -> None:
    route = IMPORT.route
    root = etree.fromstring(
        diagram.svg(route, lang="vi", position={"open": ["appraise"], "done": ["intake"]}).encode()
    )
    marked = {g.get("data-node"): g.get("class") for g in root.iter(f"{SVG}g")}
    assert "is-open" in marked["appraise"]
    assert "is-done" in marked["intake"]
    assert "đang ở đây" in root.find(f"{SVG}desc").text


def test_titles_are_escaped_and_lanes_take_the_names_of_units() -> None:
    evil = '</text><script>alert("1")</script>'
    done = End(kind="end", id="done", title=text(evil), states=(State.CONCLUDED,))
    route = Route(units={"u": "X"}, nodes=(human("a", (evil[:0] + "ok", "done")), done))
    drawn = diagram.svg(route, lang="vi", names={"head:u": "Phòng <A>"})
    assert "<script" not in drawn
    assert "Phòng &lt;A&gt;" in drawn
    etree.fromstring(drawn.encode())


def test_a_route_with_a_loop_and_a_step_entered_from_outside_is_still_drawn() -> None:
    route = Route(
        units={"u": "X"},
        nodes=(
            human("a", ("go", "b")),
            human("b", ("go", "c"), ("again", "a"), role=Role.SPECIALIST),
            human("c", ("go", "done"), ("again", "a"), ("again_b", "b")),
            human("out", ("agree", "stopped"), ("no", "back"), interrupt=True),
            End(kind="end", id="done", title=text("done"), states=(State.CONCLUDED,)),
            End(kind="end", id="stopped", title=text("stopped"), states=(State.STOPPED,)),
        ),
    )
    plan = arrange(route)
    assert [plan.place(node).column for node in "abc"] == [1, 2, 3]
    assert {(a.source, a.target) for a in plan.arrows if a.kind == "back"} == {
        ("b", "a"),
        ("c", "a"),
        ("c", "b"),
    }
    etree.fromstring(diagram.svg(route, lang="en").encode())


def test_no_style_is_carried_so_that_a_strict_policy_allows_it() -> None:
    drawn = diagram.svg(IMPORT.route, lang="vi")
    assert "style" not in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("length", "unit", "lang", "said"),
    [
        (15, Unit.WORKING_DAYS, "vi", "15 ngày làm việc"),
        (1, Unit.WORKING_DAYS, "en", "1 working day"),
        (8, Unit.WORKING_HOURS, "en", "8 working hours"),
        (2, Unit.MONTHS, "vi", "2 tháng"),
    ],
)
def test_terms_in_words(length: int, unit: Unit, lang: str, said: str) -> None:
    assert diagram.term_text(Term(length=length, unit=unit), lang=lang) == said


@pytest.mark.promise("procedures.legal-state-shown")
def test_each_step_bears_the_legal_states_in_which_the_walk_can_stand_there() -> None:
    found = states(IMPORT)
    assert found["intake"] == (State.SUBMITTED,)
    assert found["await_supplement"] == (State.SUPPLEMENT_REQUESTED,)
    assert found["decide_withdrawal"] == (State.WITHDRAWAL_REQUESTED,)
    assert found["concluded"] == (State.CONCLUDED,)
    assert set(found) == {node.id for node in IMPORT.route.nodes}
    picture = etree.fromstring(diagram.svg(IMPORT.route, lang="vi", states=found).encode())
    box = next(group for group in picture.iter(f"{SVG}g") if group.get("data-node") == "await_supplement")
    assert [line.text for line in box.iter(f"{SVG}text")] == ["Chờ bổ sung", "30 ngày · chờ bổ sung"]
    rows = diagram.rows(IMPORT.route, lang="en", states=found)
    assert {row.state for row in rows if row.step == "Intake"} == {"filed"}


@pytest.mark.promise("procedures.legal-state-shown")
def test_a_dossier_is_shown_where_it_stands_with_the_time_that_each_step_took() -> None:
    seen = {"open": ["appraise"], "done": ["start", "intake"]}
    picture = etree.fromstring(
        diagram.svg(IMPORT.route, lang="vi", position=seen, took={"intake": "3 giờ"}).encode()
    )
    boxes = {group.get("data-node"): group for group in picture.iter(f"{SVG}g")}
    assert [line.text for line in boxes["intake"].iter(f"{SVG}text")][-1] == "3 giờ"
    assert "is-open" in boxes["appraise"].get("class")
    assert "đang ở đây" in picture.findtext(f"{SVG}desc")
