"""The steps of a route in words: who performs each, within what time, and what each outcome does. Pure."""

from collections.abc import Callable, Iterator, Mapping

from procedures.definition.base import Term, Text
from procedures.definition.diagram import lane_title
from procedures.definition.model import Definition, End, Human, Split, Wait
from procedures.definition.phrases import NEEDS, joined, only_when, say, term
from procedures.definition.route import BACK, AnyNode, Outcome, PaperStep
from procedures.law.life import edge

__all__ = ["STEPS", "Line", "Translate", "route"]

Translate = Callable[[str], str]
"""English message id → what the reader reads."""
Line = tuple[str, str, str]
"""Key, name, text."""


def route(definition: Definition, lang: str, translate: Translate) -> Iterator[Line]:
    """Each step, then each of its outcomes."""
    names = definition.route.units
    for node in definition.route.nodes:
        title = node.title.get(lang)
        yield node.id, title, _node(definition, node, names, lang)
        for outcome in node.outcomes:
            yield (
                f"{node.id}.{outcome.id}",
                f"{title}: {outcome.title.get(lang)}",
                _outcome(definition, outcome, lang, translate),
            )


def _title(definition: Definition, node_id: str, lang: str) -> str:
    """What a step is called; its id where a draft names one that is not there."""
    if node_id == BACK:
        return say(lang, "trở lại việc đang làm", "back to what was open")
    found = (node.title.get(lang) for node in definition.route.nodes if node.id == node_id)
    return next(found, node_id)


def _node(definition: Definition, node: AnyNode, units: Mapping[str, str], lang: str) -> str:
    match node:
        case Human():
            others = ", ".join(_title(definition, other, lang) for other in node.different_from)
            return joined(
                f"{lane_title(f'{node.role.value}:{node.unit}', lang=lang)} ({units.get(node.unit, node.unit)})",
                term(node.share, lang),
                say(lang, "người được giao", "whoever is assigned") if node.assigned else "",
                say(lang, f"khác người làm: {others}", f"not who performed: {others}") if others else "",
                say(lang, "xen vào khi xin rút", "when a withdrawal is asked for") if node.interrupt else "",
                _limit(node, node.limit, node.at_limit, lang),
            )
        case Wait():
            return joined(lane_title(node.party, lang=lang), _limit(node, node.limit, node.at_limit, lang))
        case Split():
            meets = _title(definition, node.join, lang)
            return say(lang, f"song song, gặp nhau ở: {meets}", f"side by side, until: {meets}")
        case End():
            return say(lang, "kết thúc: ", "end: ") + ", ".join(node.states)
        case _:
            return say(lang, "hệ thống", "the system")


def _limit(node: AnyNode, limit: Term | None, at_limit: str | None, lang: str) -> str:
    if limit is None:
        return ""
    then = next((o.title.get(lang) for o in node.outcomes if o.id == at_limit), at_limit or "")
    most = term(limit, lang)
    return say(lang, f"tối đa {most}, quá hạn thì: {then}", f"at most {most}, then: {then}")


def _outcome(definition: Definition, outcome: Outcome, lang: str, translate: Translate) -> str:
    paper = definition.papers.get(outcome.paper)
    return joined(
        f"→ {_title(definition, outcome.to, lang)}",
        translate(edge(outcome.act).title) if outcome.act else "",
        _step(outcome, lang),
        paper.title.get(lang) if paper else _RESULT.get(lang) if outcome.paper == "result" else outcome.paper,
        ", ".join(NEEDS[need].get(lang) for need in outcome.needs),
        only_when(definition, outcome.when, lang),
        say(lang, "khi quyết định theo danh mục có hiệu lực", "when a decision over a list takes effect")
        if outcome.by_list
        else "",
    )


_RESULT = Text(
    vi="quyết định hoặc văn bản từ chối, theo dự thảo", en="the decision or the refusal, as drafted"
)


def _step(outcome: Outcome, lang: str) -> str:
    return STEPS[outcome.step].get(lang) if outcome.step else ""


STEPS = {
    PaperStep.MAKE: Text(vi="giữ số, ngày", en="number and date reserved"),
    PaperStep.RENDERED: Text(vi="bản ký đã dựng", en="the paper is rendered"),
    PaperStep.COUNTERSIGN: Text(vi="ký kiểm tra nội dung", en="countersigned as read"),
    PaperStep.COUNTERSIGNED: Text(vi="đã có chữ ký kiểm tra nội dung", en="the countersignature stands"),
    PaperStep.APPROVE: Text(vi="ký", en="signed as read"),
    PaperStep.SIGNED: Text(vi="đã có chữ ký", en="the signature stands"),
    PaperStep.CHECK: Text(vi="đóng dấu", en="sealed as checked"),
    PaperStep.PUBLISH: Text(vi="văn bản có hiệu lực", en="the paper takes effect"),
    PaperStep.VOID: Text(vi="hủy số", en="the number is void"),
}
