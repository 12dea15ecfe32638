"""A route as BPMN 2.0, with its diagram, for the tools of those who draw processes. Pure.

A step with several outcomes is followed by an exclusive gateway that chooses among them; a split and its join are
inclusive gateways, since branches start by conditions; a limit with a consequence is a timer on the step's edge. What a
withdrawal interrupts has a start of its own. Conditions stand as CEL. Nothing here is meant to be executed elsewhere:
the law of the states and the separation of duties are not in BPMN.
"""

from lxml import etree as ET

from procedures.definition.diagram import begun_title, lane_title
from procedures.definition.lanes import (
    BOX_HEIGHT,
    BOX_WIDTH,
    COLUMN,
    LANE,
    LANE_TITLE,
    START,
    arrange,
    lane_of,
    start_lane,
)
from procedures.definition.model import Auto, Decide, Definition, End, Human, Wait
from procedures.definition.route import BACK, AnyNode, Outcome, Step
from procedures.law.vocabulary import Unit

__all__ = ["bpmn"]

NAMESPACES = {
    "": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
PREFIXES: dict[str | None, str] = {prefix or None: uri for prefix, uri in NAMESPACES.items()}
"""As the document writes them; never registered for the whole process, whose papers have prefixes of their own."""
SMALL = 26
_DURATIONS = {
    Unit.WORKING_HOURS: "PT{}H",
    Unit.WORKING_DAYS: "P{}D",
    Unit.CALENDAR_DAYS: "P{}D",
    Unit.MONTHS: "P{}M",
}
WITHDRAWAL = "withdrawal_asked"
_TITLES = {
    "vi": ("Nộp hồ sơ", "Đề nghị rút hồ sơ", "Trở lại việc đang làm"),
    "en": ("Submitted", "Withdrawal asked for", "Back to what was open"),
}


def _name(prefix: str, local: str) -> str:
    return f"{{{NAMESPACES[prefix]}}}{local}"


class _Drawing:
    """The process and its plane, filled node by node."""

    def __init__(self, definition: Definition, lang: str) -> None:
        self.lang, self.route = lang, definition.route
        self.root = ET.Element(
            _name("", "definitions"),
            {"targetNamespace": "urn:motcua:procedures"},
            nsmap=PREFIXES,  # type: ignore[arg-type]  # its stubs do not know the default prefix
        )
        name = definition.title.get(lang)
        self.process = ET.SubElement(
            self.root, _name("", "process"), id="process", name=name, isExecutable="false"
        )
        self.lanes = ET.SubElement(self.process, _name("", "laneSet"), id="lanes")
        diagram = ET.SubElement(self.root, _name("bpmndi", "BPMNDiagram"), id="diagram")
        self.plane = ET.SubElement(diagram, _name("bpmndi", "BPMNPlane"), id="plane", bpmnElement="process")
        self.plan = arrange(definition.route, system=True)
        self.centres: dict[str, tuple[float, float]] = {}
        self.held: dict[str, list[str]] = {}
        self.flows = 0

    def put(
        self, tag: str, ident: str, name: str, lane: str, centre: tuple[float, float], **more: str
    ) -> ET._Element:
        """A flow node with its shape."""
        wide, high = (BOX_WIDTH, BOX_HEIGHT) if tag.endswith("Task") else (SMALL, SMALL)
        made = ET.SubElement(self.process, _name("", tag), {"id": ident, "name": name, **more})
        shape = ET.SubElement(
            self.plane, _name("bpmndi", "BPMNShape"), id=f"{ident}_shape", bpmnElement=ident
        )
        x, y = centre[0] - wide / 2, centre[1] - high / 2
        ET.SubElement(shape, _name("dc", "Bounds"), x=f"{x:g}", y=f"{y:g}", width=f"{wide}", height=f"{high}")
        self.centres[ident] = centre
        self.held.setdefault(lane, []).append(ident)
        return made

    def flow(self, source: str, target: str, name: str = "", when: str = "") -> None:
        """A sequence flow with its edge."""
        self.flows += 1
        ident = f"flow_{self.flows}"
        made = ET.SubElement(
            self.process, _name("", "sequenceFlow"), id=ident, name=name, sourceRef=source, targetRef=target
        )
        if when:
            said = ET.SubElement(made, _name("", "conditionExpression"))
            said.set(_name("xsi", "type"), "tFormalExpression")
            said.text = when
        edge = ET.SubElement(self.plane, _name("bpmndi", "BPMNEdge"), id=f"{ident}_edge", bpmnElement=ident)
        for x, y in (self.centres[source], self.centres[target]):
            ET.SubElement(edge, _name("di", "waypoint"), x=f"{x:g}", y=f"{y:g}")

    def centre(self, node_id: str) -> tuple[float, float]:
        """Where the plan puts a node."""
        place = self.plan.place(node_id)
        return LANE_TITLE + place.column * COLUMN + COLUMN / 2, place.lane * LANE + LANE / 2


def bpmn(definition: Definition, *, lang: str) -> str:
    """The route as a BPMN 2.0 document, UTF-8 text with its declaration."""
    drawing = _Drawing(definition, lang)
    begun, asked, back = _TITLES["en" if lang == "en" else "vi"]
    begun = begun_title(definition.route).get(lang) if definition.route.opened_by else begun
    drawing.put("startEvent", START, begun, start_lane(definition.route), drawing.centre(START))
    for node in definition.route.nodes:
        _node(drawing, node, asked, back)
    drawing.flow(START, definition.route.first.id)
    for node in definition.route.nodes:
        _ways(drawing, node)
    for number, (lane, held) in enumerate(drawing.held.items(), 1):
        made = ET.SubElement(
            drawing.lanes, _name("", "lane"), id=f"lane_{number}", name=lane_title(lane, lang=lang)
        )
        for ident in held:
            ET.SubElement(made, _name("", "flowNodeRef")).text = ident
    ET.indent(drawing.root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(drawing.root, encoding="unicode") + "\n"


def _tag(node: AnyNode) -> str:
    match node:
        case Human():
            return "userTask"
        case Wait():
            return "receiveTask"
        case Auto():
            return "serviceTask"
        case End():
            return "endEvent"
        case Decide():
            return "exclusiveGateway"
        case _:
            return "inclusiveGateway"


def _node(drawing: _Drawing, node: AnyNode, asked: str, back: str) -> None:
    lane, (x, y) = lane_of(node), drawing.centre(node.id)
    drawing.put(_tag(node), node.id, node.title.get(drawing.lang), lane, (x, y))
    if isinstance(node, Step) and len(_chosen(node)) > 1:
        drawing.put("exclusiveGateway", f"{node.id}__ways", "", lane, (x + BOX_WIDTH / 2, y + BOX_HEIGHT / 2))
    limit, fired = _limit(node)
    if limit is not None and fired is not None:
        edge = drawing.put(
            "boundaryEvent", f"{node.id}__limit", fired.title.get(drawing.lang), lane,
            (x - BOX_WIDTH / 2, y + BOX_HEIGHT / 2), attachedToRef=node.id,
        )  # fmt: skip
        timer = ET.SubElement(edge, _name("", "timerEventDefinition"), id=f"{node.id}__timer")
        ET.SubElement(timer, _name("", "timeDuration")).text = limit
    if isinstance(node, Human) and node.interrupt:
        drawing.put("startEvent", WITHDRAWAL, asked, "applicant", (x - COLUMN / 2, y - BOX_HEIGHT))
        drawing.put("endEvent", BACK, back, lane, (x + COLUMN / 2 + SMALL, y))
        drawing.flow(WITHDRAWAL, node.id)


def _limit(node: AnyNode) -> tuple[str | None, Outcome | None]:
    """The duration of a limit that has a consequence, and the outcome that it fires."""
    if not isinstance(node, Human | Wait) or node.limit is None:
        return None, None
    fired = next((outcome for outcome in node.outcomes if outcome.id == node.at_limit), None)
    return _DURATIONS[node.limit.unit].format(node.limit.length), fired


def _chosen(node: AnyNode) -> list[Outcome]:
    """The outcomes that somebody chooses; the one that a limit fires leaves by the timer."""
    _duration, fired = _limit(node)
    return [outcome for outcome in node.outcomes if outcome is not fired]


def _ways(drawing: _Drawing, node: AnyNode) -> None:
    chosen = _chosen(node)
    source = node.id
    if isinstance(node, Step) and len(chosen) > 1:
        source = f"{node.id}__ways"
        drawing.flow(node.id, source)
    for outcome in chosen:
        drawing.flow(source, outcome.to, outcome.title.get(drawing.lang), outcome.when)
    _duration, fired = _limit(node)
    if fired is not None:
        drawing.flow(f"{node.id}__limit", fired.to, fired.title.get(drawing.lang))
