"""The catalogue in the office: every version in the words of the law, what differs, what the verifier says; checked by
one person, published by another."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import actor, officials
from onestop.forms import DateField, Form, UploadField, error_links
from onestop.office.faults import fault_text
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.words import spoken
from onestop.office.work import see_other
from procedures import catalog, packages, policy
from procedures import selectors as organisation
from procedures.definition.walk import states
from procedures.definition.words import (
    CHAPTERS,
    Change,
    Statement,
    differences,
    statements,
    template_differences,
)
from procedures.errors import Invalid, Refused
from procedures.models import ProcedureVersion, User

__all__ = ["BeginForm", "decide", "found_version", "package", "procedures", "version"]

STATES = {
    "draft": (gettext_lazy("Draft"), "pen", "grey"),
    "checked": (gettext_lazy("Checked"), "check", "blue"),
    "published": (gettext_lazy("Published"), "check", "green"),
    "retired": (gettext_lazy("Retired"), "clock", "grey"),
}
LARGEST = packages.MOST_BYTES + 1
NEXT = {"draft": "check", "checked": "publish", "published": "retire"}
"""State → the act that may follow."""
DONE = {
    "check": gettext_lazy("Checked. Another person publishes it."),
    "publish": gettext_lazy("Published. It applies from its first day in force."),
    "retire": gettext_lazy("Retired. Dossiers under way stay on it."),
}


class PackageForm(Form):
    """A package to take in."""

    package = UploadField(
        label=gettext_lazy("Package of a version (.zip)"),
        help_text=gettext_lazy(
            "As another Motcua gives it, or made by hand: procedure.yaml and its templates."
        ),
    )


class RetireForm(Form):
    """The last day on which a new dossier may use the version."""

    last_day = DateField(label=gettext_lazy("Last day in force"))


class BeginForm(Form):
    """A draft from a version that is there."""

    day = DateField(label=gettext_lazy("It applies from"))
    code = forms.CharField(
        label=gettext_lazy("Code, if it shall be another procedure"),
        help_text=gettext_lazy(
            "Words of a-z and 0-9 joined by hyphens. Empty: a new version of this procedure."
        ),
        max_length=40,
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure with its versions, newest first; who may, takes in a package as a draft."""
    who = actor(request)
    form = PackageForm() if policy.can(who, "procedure.load") else None
    if request.method == "POST":
        policy.must(who, "procedure.load")
        form = PackageForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                row = packages.take_in(package=form.cleaned_data["package"].read(LARGEST), actor=who)
            except (Refused, Invalid) as error:
                for reason in error.reasons:
                    form.add_error("package", spoken(reason))
            else:
                messages.success(request, gettext("Taken in as a draft."))
                return see_other(
                    reverse("office:version", args=[row.procedure.code, row.version.isoformat()])
                )
    with_rail(request)
    rows = ProcedureVersion.objects.select_related("procedure__agency").defer("files", "content")
    ordered = sorted(
        rows, key=lambda row: (organisation.folded(row.procedure.title_vi), -row.version.toordinal())
    )
    groups = [
        (procedure, [(row, STATES[row.state]) for row in versions])
        for procedure, versions in groupby(ordered, key=lambda row: row.procedure)
    ]
    context = {
        "groups": [(procedure.title(language()), procedure, versions) for procedure, versions in groups],
        "waiting": sum(row.state in {"draft", "checked"} for row in ordered),
        "form": form,
    }
    return render(request, "office/procedures.html", context, status=422 if form and form.errors else 200)


@require_safe
@officials
def package(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """The version and its history as one file."""
    row = found_version(code, day)
    answer = HttpResponse(packages.pack(row), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{code}-{day}.zip"'
    return answer


def found_version(code: str, day: str) -> ProcedureVersion:
    """The version of an address. Raises Http404."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        on = date.min
    return get_object_or_404(
        ProcedureVersion.objects.select_related("procedure", "checked_by", "published_by"),
        procedure__code=code,
        version=on,
    )


@require_safe
@officials
def version(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """One version: what it says, what differs from the one before (or `so-voi`), and what may be done with it."""
    return _page(request, found_version(code, day))


def _page(
    request: HttpRequest,
    row: ProcedureVersion,
    *,
    refused: Refused | Invalid | None = None,
    form: RetireForm | None = None,
    status: int = 200,
) -> HttpResponse:
    with_rail(request)
    lang, who = language(), actor(request)
    definition = catalog.definition_of(row.sha256)
    others = list(row.procedure.versions.exclude(pk=row.pk).order_by("-version").defer("files", "content"))
    other = _compared(request, row, others)
    act = NEXT.get(row.state, "")
    verdict = policy.can(who, f"procedure.{act}", row) if act else None
    may_write = bool(policy.can(who, "procedure.load", row))
    may_edit = may_write and row.state in {"draft", "checked"}
    found = catalog.findings(
        catalog.Loaded(definition, row.files, row.sha256), roles=organisation.held_roles()
    )
    codes = {node.unit: definition.route.units.get(node.unit, node.unit) for node in definition.route.people}
    names = organisation.unit_names(codes=codes.values(), lang=lang)
    context = {
        "row": row,
        "title": definition.title.get(lang),
        "state": STATES[row.state],
        "definition": definition,
        "names": {key: names.get(unit, unit) for key, unit in codes.items()},
        "legal": states(definition) if not found else {},
        "findings": [fault_text(definition, one, lang=lang) for one in found],
        "act": act if verdict else "",
        "closed": [spoken(reason) for reason in verdict.reasons]
        if verdict is not None and not verdict
        else [],
        "refused": error_links([], [spoken(reason) for reason in refused.reasons]) if refused else [],
        "form": (form or RetireForm()) if act == "retire" else None,
        "begin": BeginForm() if may_write and not may_edit else None,
        "may_edit": may_edit,
        "others": others,
        "other": other,
        "changes": _by_chapter(_changes(other, row, lang), lang) if other else [],
        "rules": _by_chapter(statements(definition, lang=lang, translate=gettext), lang),
    }
    return render(request, "office/version.html", context, status=status)


def _compared(
    request: HttpRequest, row: ProcedureVersion, others: list[ProcedureVersion]
) -> ProcedureVersion | None:
    """The version named in the address, else the one before this."""
    wanted = request.GET.get("so-voi", "")
    named = next((one for one in others if one.version.isoformat() == wanted), None)
    return named or next((one for one in others if one.version < row.version), None)


def _changes(before: ProcedureVersion, after: ProcedureVersion, lang: str) -> list[Change]:
    """What differs in the rules, then in the text of the papers."""
    old, new = catalog.definition_of(before.sha256), catalog.definition_of(after.sha256)
    found = differences(old, new, lang=lang, translate=gettext)
    texts = template_differences(catalog.templates_of(before), catalog.templates_of(after))
    return sorted(found + texts, key=lambda change: list(CHAPTERS).index(change.chapter))


def _by_chapter(rules: Iterable[Change | Statement], lang: str) -> list[tuple[str, list[Change | Statement]]]:
    grouped = groupby(rules, key=lambda rule: rule.chapter)
    return [(CHAPTERS[chapter].get(lang), list(found)) for chapter, found in grouped]


@require_POST
@officials
def decide(request: HttpRequest, code: str, day: str, act: str) -> HttpResponse:
    """Check, publish, retire, or throw away a draft. What is refused comes back with every reason."""
    row = found_version(code, day)
    by = request.user
    assert isinstance(by, User)  # `officials` has seen to it
    if act == "discard":
        return _discard(request, row, by)
    form = RetireForm(request.POST) if act == "retire" else None
    if form is not None and not form.is_valid():
        return _page(request, row, form=form, status=422)
    try:
        if form is not None:
            catalog.retire(version=row, by=by, last_day=form.cleaned_data["last_day"])
        else:
            (catalog.check if act == "check" else catalog.publish)(version=row, by=by)
    except (Refused, Invalid) as error:
        return _page(request, found_version(code, day), refused=error, status=error.status)
    messages.success(request, str(DONE[act]))
    return see_other(reverse("office:version", args=[code, day]))


def _discard(request: HttpRequest, row: ProcedureVersion, by: User) -> HttpResponse:
    try:
        catalog.discard(version=row, by=by)
    except Refused as error:
        return _page(request, row, refused=error, status=error.status)
    messages.success(request, gettext("The draft is thrown away. The ledger keeps that it was there."))
    return see_other(reverse("office:procedures"))
