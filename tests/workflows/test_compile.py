"""The names that rows keep: they resolve in any process, and one that does not is found and never passed over."""

from datetime import date

import pytest
from django.core import checks as django_checks
from django.core.management import CommandError, call_command
from django.db import connection
from viewflow.workflow.nodes import Obsolete

from procedures import catalog
from procedures.errors import Invalid
from procedures.models import Procedure, ProcedureVersion
from tests.workflows.acts.stages import Quick, key, somebody
from workflows import service
from workflows.checks import check_references
from workflows.flow import compiled
from workflows.flow.compile import class_name, parse_name
from workflows.flow.references import reference_of, resolve
from workflows.models import Dossier, Task
from workflows.service import Input

NAME = "workflows/flow.compiled.DeviceImportV20250701"


def stored(play: Quick) -> tuple[str, set[str]]:
    """What the rows say, as text: the flow, and the open steps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT flow_class FROM workflows_dossier WHERE id = %s", [play.dossier_id])
        (flow,) = cursor.fetchone()
        cursor.execute(
            "SELECT flow_task FROM workflows_task WHERE dossier_id = %s AND finished IS NULL",
            [play.dossier_id],
        )
        return flow, {step for (step,) in cursor.fetchall()}


@pytest.fixture
def play(declared_play: Quick) -> Quick:
    """A submitted dossier."""
    return declared_play.to("submitted")


def test_rows_keep_permanent_names(play: Quick) -> None:
    assert stored(play) == (NAME, {f"{NAME}.intake"})
    assert reference_of(play.dossier.definition_sha256) == NAME
    assert resolve(NAME) is compiled.DeviceImportV20250701
    assert play.dossier.flow_class is compiled.DeviceImportV20250701


@pytest.mark.parametrize(
    ("code", "version", "name"),
    [
        ("device-import", date(2025, 7, 1), "DeviceImportV20250701"),
        ("a", date(2026, 12, 31), "AV20261231"),
        ("food2-safety", date(2025, 1, 9), "Food2SafetyV20250109"),
    ],
)
def test_a_name_says_which_version(code: str, version: date, name: str) -> None:
    assert class_name(code, version) == name
    assert parse_name(name) == (code, version)


def test_a_code_with_a_part_of_digits_resolves_too_and_a_name_of_two_is_refused(play: Quick) -> None:
    original = ProcedureVersion.objects.get(procedure__code="device-import")

    def another(code: str, sha256: str) -> None:
        procedure = Procedure.objects.create(code=code, title_vi=code, title_en=code)
        ProcedureVersion.objects.create(
            procedure=procedure,
            version=date(2024, 1, 9),
            sha256=sha256,
            content=original.content,
            files=original.files,
            effective_from=date(2024, 1, 9),
        )

    another("food-2", original.sha256)
    assert compiled.__getattr__("Food2V20240109").__name__ == "DeviceImportV20250701"
    another("food2", "f" * 64)
    with pytest.raises(AttributeError, match="food-2 and food2"):
        compiled.__getattr__("Food2V20240109")
    vars(compiled).pop("Food2V20240109")


@pytest.mark.parametrize(
    "name", ["NothingV20250701", "DeviceImportV20991231", "deviceimport", "DeviceImportV2025"]
)
def test_an_unknown_name_is_an_attribute_error(play: Quick, name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(compiled, name)
    assert resolve(f"workflows/flow.compiled.{name}") is None


def test_every_version_in_the_catalogue_compiles_with_every_node(play: Quick) -> None:
    for version in ProcedureVersion.objects.select_related("procedure"):
        flow = resolve(reference_of(version.sha256))
        for node in catalog.definition_of(version.sha256).route.nodes:
            found = flow.instance.node(node.id, no_obsolete=True)
            assert found is not None
            assert not isinstance(found, Obsolete)


# -- what is lost -----------------------------------------------------------------------------------------------------


def spoil(play: Quick, table: str, column: str, value: str) -> None:
    """As a careless migration would."""
    where = "id" if table == "dossier" else "dossier_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE workflows_{table} SET {column} = %s WHERE {where} = %s", [value, play.dossier_id]
        )


LOST = {
    "the flow's class is gone": ("dossier", "flow_class", "workflows/flow.compiled.GoneV20250701", "E001"),
    "the flow is no flow": ("dossier", "flow_class", "workflows/flow.compile.compile_flow", "E001"),
    "the flow's app is gone": ("dossier", "flow_class", "gone/flows.GoneV20250701", "E001"),
    "the version is gone": ("dossier", "definition_sha256", "0" * 64, "E002 E003"),
    "the node is gone": ("task", "node", "gone", "E003"),
    "the reference names another node": ("task", "flow_task", f"{NAME}.sign", "E004"),
    "the reference names a node that is gone": ("task", "flow_task", f"{NAME}.gone", "E004"),
    "the step is of another kind": ("task", "kind", "wait", "E004"),
}


@pytest.mark.promise("engine.lost-references")
@pytest.mark.parametrize(("table", "column", "value", "codes"), LOST.values(), ids=LOST)
def test_the_startup_check_names_every_lost_reference(
    play: Quick, table: str, column: str, value: str, codes: str
) -> None:
    assert check_references(None, databases=["default"]) == []
    spoil(play, table, column, value)
    found = check_references(None, databases=["default"])
    assert [message.id for message in found] == [f"workflows.{code}" for code in codes.split()]
    assert str(play.dossier_id) in str(found[-1].obj)
    assert found[-1].hint


def test_it_is_part_of_the_command_and_fails_it(play: Quick) -> None:
    assert check_references in django_checks.registry.registry.get_checks()
    assert check_references(None) == [], "without a database nothing is asked"
    spoil(play, "task", "node", "gone")
    with pytest.raises(CommandError, match="gone"):
        call_command("check", databases=["default"])


@pytest.mark.promise("engine.no-silent-obsolete")
def test_a_step_whose_node_is_gone_is_refused_in_words_and_stays_open(play: Quick) -> None:
    task = play.task("intake")
    spoil(play, "task", "node", "gone")
    with pytest.raises(Invalid) as refused:
        service.perform_step(
            actor=somebody("tiepnhan"),
            dossier_id=play.dossier_id,
            task_id=task.pk,
            outcome="ask_fee",
            given=Input(),
            idempotency_key=key(),
        )
    assert [reason.code for reason in refused.value.reasons] == ["no_such_step"]
    assert Task.objects.get(pk=task.pk).finished is None
    assert play.dossier.state == "submitted"


@pytest.mark.promise("engine.no-silent-obsolete")
def test_the_walk_never_meets_an_obsolete_node(play: Quick) -> None:
    """viewflow itself would answer with one; what we walk with does not."""
    flow = compiled.DeviceImportV20250701
    assert isinstance(flow.instance.node("gone"), Obsolete)
    spoil(play, "task", "flow_task", f"{NAME}.gone")
    play.step("tiepnhan", "intake", "ask_fee")
    assert play.open_nodes() == {"collect_fee"}
    kinds = {type(task.flow_task).__name__ for task in Task.objects.filter(node="collect_fee")}
    assert kinds == {"Step"}
    assert Dossier.objects.get(pk=play.dossier_id).state == "fee_due"
