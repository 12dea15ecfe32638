"""The peer: viewflow as its own documentation shows it, stock Process and Task, seven human steps in a row."""

from typing import Any

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.lock import select_for_update_lock
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

__all__ = ["SixSteps", "finish", "open_task", "start"]


def page(_request: Any, **_: Any) -> Any:
    """The screens of the steps; never asked here."""
    raise NotImplementedError


class SixSteps(flow.Flow):
    """Start, seven steps, end. Six are measured: from one open step to the next, as on our side."""

    lock_impl = select_for_update_lock  # the default locks nothing

    start = flow.StartHandle().Next(this.step1)
    step1 = flow.View(page).Next(this.step2)
    step2 = flow.View(page).Next(this.step3)
    step3 = flow.View(page).Next(this.step4)
    step4 = flow.View(page).Next(this.step5)
    step5 = flow.View(page).Next(this.step6)
    step6 = flow.View(page).Next(this.step7)
    step7 = flow.View(page).Next(this.end)
    end = flow.End()


def start() -> int:
    """A new process at its first step; its id."""
    return int(SixSteps.start.run().pk)


def open_task(process_id: int) -> int:
    """The task that a person would have on the screen."""
    return Task.objects.values_list("pk", flat=True).get(process_id=process_id, status=STATUS.NEW)


def finish(user: Any, process_id: int, task_id: int) -> None:
    """One step: read the task as viewflow's views do, lock, take it, complete it, create the next."""
    task = Task.objects.get(pk=task_id, process_id=process_id)
    with task.activation() as activation:
        activation.assign(user)
        activation.start(None)
        activation.execute()
