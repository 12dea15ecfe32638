"""A process that has compiled nothing yet understands what the rows say."""

import subprocess
import sys

import pytest

from tests.workflows.acts.stages import Quick


@pytest.mark.promise("engine.names-resolve")
def test_a_fresh_interpreter_resolves_what_the_rows_say(
    committed_monday: None, child_environment: dict[str, str]
) -> None:
    """In the order in which a worker meets them: the task's row first, nothing compiled before."""
    play = Quick().declared().to("submitted")
    code = f"""
import django; django.setup()
from workflows.models import Dossier, Task
task = Task.objects.get(process_id={play.dossier_id}, finished__isnull=True)
print(task.flow_task.name, type(task.flow_task).__name__, task.flow_task.flow_class.__name__)
dossier = Dossier.objects.get(pk={play.dossier_id})
print(dossier.flow_class.__module__, dossier.flow_class.__name__)
"""
    environment = child_environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    fresh = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert fresh.stdout.split("\n")[:2] == [
        "intake Step DeviceImportV20250701",
        "workflows.flow.compiled DeviceImportV20250701",
    ], fresh.stderr
