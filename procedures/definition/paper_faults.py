"""Faults of the papers of a definition: kinds, numbers, what their texts speak of, and the notice of silence. Pure."""

from collections.abc import Collection, Iterator, Mapping
from string import Formatter

from procedures.definition.findings import Finding
from procedures.definition.model import Definition, Outcome, Step
from procedures.definition.papers import places
from procedures.law.life import Act

__all__ = ["outcomes", "papers"]

_DECIDES = {Act.GRANT: "decision", Act.REFUSE: "refusal"}
"""By which paper an act takes effect."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def outcomes(definition: Definition) -> Iterator[tuple[str, Step, Outcome]]:
    for node in definition.route.steps:
        for outcome in node.outcomes:
            yield f"{node.id}.{outcome.id}", node, outcome


def papers(
    definition: Definition,
    *,
    templates: Collection[str] | None,
    placeholders: Mapping[str, Collection[str]] | None,
    sources: Collection[str] | None,
) -> Iterator[Finding]:
    """Every such fault; see `procedures.definition.verify.verify` for the parameters."""
    yield from _kinds(definition, templates)
    yield from _made(definition)
    yield from _articles(definition)
    yield from _translations(definition)
    yield from _places(definition, placeholders, sources)
    yield from _silence(definition)


def _kinds(definition: Definition, templates: Collection[str] | None) -> Iterator[Finding]:
    for name, kind in definition.papers.items():
        where = f"papers.{name}"
        if templates is not None and kind.template not in templates:
            message = gettext_noop("%(where)s: the template %(template)s is not in the folder")
            yield Finding("paper_without_template", where, message, {"template": kind.template})
        by_step = name in _made_by_steps(definition)
        if kind.on_request and (by_step or kind.signers[0] != "officer"):
            message = gettext_noop("%(where)s: what an official may ask for is a slip that no step makes")
            yield Finding("paper_on_request", where, message)
        if kind.annex_of and not _is_annex(definition, name):
            message = gettext_noop(
                "%(where)s: an annex has the seal alone, no number, no retention and no step of its own, and belongs "
                "to what the leader signs"
            )
            yield Finding("annex_of_nothing", where, message)
        if not by_step and not kind.on_request:
            yield Finding("paper_never_made", where, gettext_noop("%(where)s: no step makes this paper"))
        if bool(kind.series) != bool(kind.pattern):
            yield Finding(
                "number_pattern", where, gettext_noop("%(where)s: a series and its pattern belong together")
            )
        elif kind.pattern and not _numbers(kind.pattern):
            message = gettext_noop("%(where)s: the pattern “%(pattern)s” does not tell numbers apart")
            yield Finding("number_pattern", where, message, {"pattern": kind.pattern})


def _is_annex(definition: Definition, name: str) -> bool:
    kind = definition.papers[name]
    main = definition.papers.get(kind.annex_of)
    own_step = any(outcome.paper == name for _where, _node, outcome in outcomes(definition))
    signed = main is not None and "leader" in main.signers
    own = kind.series or kind.on_request or kind.retention or own_step
    return signed and kind.signers == ("seal",) and not own


def _made(definition: Definition) -> Iterator[Finding]:
    """Each act takes effect by its paper."""
    for where, _node, outcome in outcomes(definition):
        decides = _DECIDES.get(outcome.act) if outcome.act else None
        if decides and outcome.paper != decides:
            message = gettext_noop("%(where)s: “%(act)s” takes effect by the paper “%(paper)s”")
            yield Finding("other_paper", where, message, {"act": str(outcome.act), "paper": decides})
        elif outcome.step and not outcome.paper:
            message = gettext_noop("%(where)s: “%(step)s” names no paper")
            yield Finding("other_paper", where, message, {"step": str(outcome.step)})
        if not outcome.paper:
            continue
        # "result" is the decision or the refusal, as the draft says.
        names = ("decision", "refusal") if outcome.paper == "result" else (outcome.paper,)
        for name in names:
            if name not in definition.papers:
                message = gettext_noop("%(where)s: makes the paper “%(paper)s”, which is not defined")
                yield Finding("unknown_paper", where, message, {"paper": name})
        made = definition.papers.get(outcome.paper)
        if (
            made is not None
            and outcome.act in {Act.GRANT, Act.REFUSE}
            and not made.is_result
            and not {"leader", "seal"} <= set(made.signers)
        ):
            message = gettext_noop("%(where)s: a decision needs the leader's signature and the agency's seal")
            yield Finding("one_signature", where, message)


def _made_by_steps(definition: Definition) -> set[str]:
    """The applicant's declaration is made outside the route; "result" is the decision or the refusal."""
    made = {outcome.paper for _where, _node, outcome in outcomes(definition)} | {"declaration"}
    made |= {"tacit_notice"} if definition.terms.tacit else set()
    made |= {"decision", "refusal"} if "result" in made else set()
    return made | {name for name, kind in definition.papers.items() if kind.annex_of in made - {""}}


def _numbers(pattern: str) -> bool:
    """Whether a pattern writes different numbers differently, and asks for nothing but number and year."""
    try:
        return pattern.format(n=1, year=2026, year2="26") != pattern.format(n=2, year=2026, year2="26")
    except (ValueError, KeyError, IndexError, AttributeError):
        return False


def _articles(definition: Definition) -> Iterator[Finding]:
    """What the fixed texts of a paper speak of must be what `definition.papers` can fill in."""
    known = places(definition)
    for name, kind in definition.papers.items():
        for article in (*kind.articles, *kind.recipients):
            try:
                asked = _asked(article)
            except ValueError as error:
                message = gettext_noop("%(where)s: an article cannot be read: %(problem)s")
                yield Finding("place_without_source", f"papers.{name}", message, {"problem": str(error)})
                continue
            for place in sorted(asked - known):
                message = gettext_noop("%(where)s: an article speaks of “%(place)s”, which nothing provides")
                yield Finding("place_without_source", f"papers.{name}", message, {"place": place})


def _asked(article: str) -> set[str]:
    """The names that an article speaks of. Raises ValueError for one that cannot be read."""
    return {place for _text, place, _spec, _conversion in Formatter().parse(article) if place is not None}


def _translations(definition: Definition) -> Iterator[Finding]:
    """Line for line the same: as many bases and articles as in Vietnamese, and each speaks of the same things."""
    for name, kind in definition.papers.items():
        english, where = kind.translation, f"papers.{name}.translation"
        if english is None:
            continue
        if (len(english.bases), len(english.articles), bool(english.proposal)) != (
            len(definition.legal_bases),
            len(kind.articles),
            bool(kind.proposal),
        ):
            message = gettext_noop(
                "%(where)s: has a line for each basis, article and proposal of the Vietnamese text"
            )
            yield Finding("translation_incomplete", where, message)
            continue
        for number, (ours, theirs) in enumerate(zip(kind.articles, english.articles, strict=True), 1):
            try:
                same = _asked(ours) == _asked(theirs)
            except ValueError:
                same = False
            if not same:
                message = gettext_noop(
                    "%(where)s: article %(number)s does not speak of what the Vietnamese does"
                )
                yield Finding("translation_differs", where, message, {"number": number})


def _places(
    definition: Definition,
    placeholders: Mapping[str, Collection[str]] | None,
    sources: Collection[str] | None,
) -> Iterator[Finding]:
    if placeholders is None or sources is None:
        return
    for name, kind in definition.papers.items():
        asked = placeholders.get(kind.template)
        if asked is None:
            continue
        for place in sorted(set(asked) - set(sources)):
            message = gettext_noop("%(where)s: the template asks for “%(place)s”, which nothing provides")
            yield Finding("place_without_source", f"papers.{name}", message, {"place": place})
        if kind.countersigners and "countersigners.title" not in asked:
            message = gettext_noop("%(where)s: the template has no place for the countersignatures")
            yield Finding("countersigners_without_place", f"papers.{name}", message)
        names_holder = "subject.name" in asked or any("{subject_name" in text for text in kind.articles)
        if not names_holder and definition.lists is None and not kind.annex_of:
            # An answer that was filled in with the holder's name may have been changed since.
            message = gettext_noop("%(where)s: does not name its holder: write {subject_name} in an article")
            yield Finding("holder_unnamed", f"papers.{name}", message)


def _silence(definition: Definition) -> Iterator[Finding]:
    """What silence decides rests on an article, is told by a slip of its own, and is no step of the route."""
    for where, _node, outcome in outcomes(definition):
        if outcome.act in (Act.TACIT_GRANT, Act.TACIT_REFUSAL):
            message = gettext_noop("%(where)s: what silence decides is a term of the procedure, not a step")
            yield Finding("silence_in_route", where, message)
    tacit = definition.terms.tacit
    if tacit is None:
        return
    if not tacit.basis and not tacit.illustrative:
        message = gettext_noop("%(where)s: silence decides only by an article of sector law")
        yield Finding("silence_without_law", "terms.tacit", message)
    notice = definition.papers.get("tacit_notice")
    if notice is None or notice.signers != ("officer", "seal") or not notice.series:
        message = gettext_noop(
            "%(where)s: needs the paper “tacit_notice”, numbered, of the officer and the seal"
        )
        yield Finding("silence_without_notice", "terms.tacit", message)
