"""The route as BPMN: every reference leads somewhere, every node is in a lane and drawn, every way is told."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from procedures import catalog
from procedures.definition.bpmn import NAMESPACES, bpmn
from procedures.definition.model import End, Human

pytestmark = pytest.mark.promise("procedures.bpmn")

FOLDERS = [pytest.param(folder, id=folder.parent.name) for folder in catalog.folders()]
MODEL = f"{{{NAMESPACES['']}}}"
DRAWN = f"{{{NAMESPACES['bpmndi']}}}"
FLOW_NODES = {
    "startEvent", "endEvent", "boundaryEvent", "userTask", "receiveTask", "serviceTask", "exclusiveGateway",
    "inclusiveGateway",
}  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_reference_leads_somewhere_and_everything_is_drawn(folder: Path, lang: str) -> None:
    definition = catalog.load(folder).definition
    root = etree.fromstring(bpmn(definition, lang=lang).encode())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    process = root.find(f"{MODEL}process")
    nodes = {one.get("id") for one in process if one.tag.removeprefix(MODEL) in FLOW_NODES}
    assert {node.id for node in definition.route.nodes} <= nodes
    flows = process.findall(f"{MODEL}sequenceFlow")
    for flow in flows:
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= nodes
    in_lanes = [ref.text for ref in process.iter(f"{MODEL}flowNodeRef")]
    assert sorted(in_lanes) == sorted(nodes)
    assert {shape.get("bpmnElement") for shape in root.iter(f"{DRAWN}BPMNShape")} == nodes
    assert {edge.get("bpmnElement") for edge in root.iter(f"{DRAWN}BPMNEdge")} == {f.get("id") for f in flows}
    # What leaves a node leads, perhaps over its choice or its timer, to each of its ways.
    for node in definition.route.nodes:
        own = re.compile(rf"{node.id}(__ways|__limit)?")
        reached = {f.get("targetRef") for f in flows if own.fullmatch(f.get("sourceRef"))} - {
            f"{node.id}__ways"
        }
        assert reached == {outcome.to for outcome in node.outcomes}, node.id
        entered = any(f.get("targetRef") == node.id for f in flows)
        assert entered, f"nothing leads to {node.id}"
        if isinstance(node, End):
            assert not reached


def test_people_conditions_and_limits_are_told() -> None:
    definition = catalog.load(catalog.CATALOGUE / "device-registration-cd" / "2025-07-01").definition
    root = etree.fromstring(bpmn(definition, lang="vi").encode())
    tasks = {one.get("id") for one in root.iter(f"{MODEL}userTask")}
    assert tasks == {node.id for node in definition.route.nodes if isinstance(node, Human)}
    conditions = {one.text for one in root.iter(f"{MODEL}conditionExpression")}
    assert "invasive == 'yes' || device_class == 'd'" in conditions
    timers = {
        one.getparent().getparent().get("attachedToRef"): one.text
        for one in root.iter(f"{MODEL}timeDuration")
    }
    assert timers["await_supplement"] == "P90D"
    lanes = [one.get("name") for one in root.iter(f"{MODEL}lane")]
    assert {"Người nộp", "Chuyên gia", "Hội đồng, đoàn", "Hệ thống"} <= set(lanes)


def test_drawing_a_route_leaves_no_trace_in_the_process() -> None:
    """Prefixes registered for all of ElementTree would change the metadata, and so the bytes, of every later paper."""
    before = dict(ElementTree._namespace_map)  # type: ignore[attr-defined]
    bpmn(catalog.load(catalog.CATALOGUE / "device-import" / "2025-07-01").definition, lang="vi")
    assert ElementTree._namespace_map == before  # type: ignore[attr-defined]
