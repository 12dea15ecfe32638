"""What time does by itself: limits that pass, silence that decides, licences that end, answers that are called to mind.

Set-based where many dossiers are treated alike. One failure never stops a sweep, and running it twice changes nothing.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from procedures import catalog, ledger
from procedures.definition.model import Definition
from procedures.errors import MotcuaError
from procedures.law.life import State
from procedures.models import LedgerEntry, ProcedureVersion
from procedures.now import now, today
from procedures.policy import SYSTEM
from procedures.selectors import versions_in_force
from workflows import files, service
from workflows.dossier import renewal, supervision
from workflows.dossier.acts import mass
from workflows.dossier.clock import forget_calendar
from workflows.dossier.recount import calendar_heads
from workflows.dossier.telling import REMINDER
from workflows.models import Dossier, Licence, LicenceCondition, Notice, Task
from workflows.models.licence import LIVING
from workflows.timers import every

__all__ = [
    "expire_licences",
    "fire_limits",
    "fire_silence",
    "recount",
    "remind",
    "sweep_conditions",
    "sweep_files",
    "sweep_limits",
    "sweep_renewals",
]

COUNTED = "counted"
"""Ledger subject that keeps by which state of the calendar the dates were counted."""
HANDS = 2
"""Batches under way side by side: while one waits for the disk, the other computes."""
BATCH = 500
"""Dossiers a statement: locks are held for some hundredths of a second."""
REMINDED_BEFORE = timedelta(days=3)
CALLED_TO_MIND_BEFORE = timedelta(days=30)
"""A condition of a licence takes longer to meet than a question to answer; our choice."""
WAITING_FOR_APPLICANT = [State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED, State.FEE_DUE]

log = structlog.get_logger(__name__)


@every(60, name="limits")
def sweep_limits() -> int:
    """Fire every limit that has passed, with more than one hand."""
    return fire_limits(hands=HANDS)


def fire_limits(*, batch: int = BATCH, hands: int = 1) -> int:
    """Fire the outcome of every step whose limit has passed; how many took effect.

    What ends dossiers alike is done in batches, a statement each, by so many `hands` side by side; everything else in
    a transaction of its own, under the dossier's lock, with an idempotency key of its task. A wait that only alarms is
    logged for the officials and stays open, and never stands in the way of those behind it. Only a lost database ends
    the sweep.
    """
    fired = 0
    for sha256, node in list(_late_tasks().values_list("process__definition_sha256", "node").distinct()):
        definition = _definition(sha256)
        closing = definition and mass.at_limit(definition, sha256, node)
        if closing:
            late = _late_tasks().filter(process__definition_sha256=sha256, node=node)
            fired += _in_batches(
                late, "process_id", partial(mass.close_together, closing, now=now()), batch, hands
            )
    for task in _late(batch):
        fired += _fired(partial(service.lapse, task=task), "a limit could not be fired", task=task.pk)
    return fired


@every(60, name="silence")
def fire_silence(*, batch: int = BATCH) -> int:
    """What silence decides, for every dossier whose promised date has passed; how many took effect."""
    late = Dossier.objects.filter(due_at__lt=now(), finished__isnull=True, state=State.IN_PROCESS)
    fired = 0
    for sha256 in list(late.values_list("definition_sha256", flat=True).distinct()):
        definition = _definition(sha256)
        if definition is None or not definition.silent:
            continue
        own = late.filter(definition_sha256=sha256)
        if closing := mass.by_silence(definition, sha256):
            fired += _in_batches(own, "id", partial(mass.close_together, closing, now=now()), batch)
        for number in list(own.values_list("pk", flat=True)):
            silence = partial(service.pass_in_silence, dossier_id=number)
            fired += _fired(silence, "silence decided nothing", dossier=number)
    return fired


@every(60, name="calendar")
def recount() -> int:
    """When the calendar has changed since the last time: count the dates of every running dossier; how many moved.

    The ledger keeps which state of the calendar they were counted by, so that a sweep that was cut off goes on.
    """
    heads = calendar_heads()
    last = LedgerEntry.objects.filter(subject_kind=COUNTED, subject_id=0).order_by("-sequence").first()
    if last is not None and json.loads(last.data) == heads:
        return 0
    forget_calendar()
    running = Dossier.objects.filter(finished__isnull=True, head_sequence__gt=0)
    failed = "the dates of a dossier could not be counted anew"
    moved = _one_by_one(running, lambda number: service.recount(dossier_id=number, heads=heads), failed)
    ledger.append(subject_kind=COUNTED, subject_id=0, actor=SYSTEM.ref, act="counted", data=dict(heads))
    return moved


@every(3600, name="licences")
def expire_licences(*, batch: int = BATCH) -> int:
    """Licences whose last day has passed expire; how many. The register shows it from that day on, swept or not."""
    over = Licence.objects.filter(state__in=LIVING, valid_until__lt=today())
    return _in_batches(over, "id", partial(mass.expire_together, now=now(), on=today()), batch)


@every(3600, name="conditions")
def sweep_conditions() -> int:
    """Conditions of licences: those that fall due within thirty days are called to mind once, those whose day has
    passed are overdue; how many of both."""
    binding = LicenceCondition.objects.filter(state="due", licence__state__in=LIVING)
    soon = binding.filter(due_on__gte=today(), due_on__lte=today() + CALLED_TO_MIND_BEFORE)
    reminded = _one_by_one(
        soon.exclude(reminded_for=F("due_on")), supervision.remind, "a condition could not be called to mind"
    )
    late = binding.filter(due_on__lt=today())
    return reminded + _one_by_one(late, supervision.fall_overdue, "a condition could not fall overdue")


@every(3600, name="renewals")
def sweep_renewals() -> int:
    """Holders whose licence can be renewed are told so when the first day to ask has come, and once more thirty days
    before the last; how many were told."""
    told = 0
    for version in versions_in_force(on=today()).select_related("procedure"):
        definition = catalog.definition_of(version.sha256)
        kind = definition.licence
        if kind is None or kind.window is None:
            continue
        ending = Licence.objects.filter(
            register=kind.register_id,
            state__in=LIVING,
            valid_until__gte=today(),
            valid_until__lte=today() + timedelta(kind.window.opens),
            renewal_notices__lt=2,
        )
        told += _one_by_one(
            ending, partial(renewal.remind, by=definition), "a holder could not be told to renew"
        )
    return told


@every(3600, name="reminders")
def remind(*, batch: int = BATCH) -> int:
    """Tell the applicants whose time to answer ends within three days, once for each request; how many."""
    told = Notice.objects.filter(dossier=OuterRef("process"), kind=REMINDER, at__gte=OuterRef("created"))
    soon = Task.objects.filter(
        Q(kind="wait") | Q(node__in=_limited_nodes()),
        finished__isnull=True,
        due_at__gt=now(),
        due_at__lt=now() + REMINDED_BEFORE,
        process__state__in=WAITING_FOR_APPLICANT,
    ).exclude(Exists(told))
    return _in_batches(soon, "process_id", service.remind, batch)


def _one_by_one(rows: QuerySet[Any], act: Callable[[int], bool], failed: str) -> int:
    """Give the key of each row to the act; on how many it took effect. What fails is logged and stops nothing but a
    lost database does."""
    done = 0
    for key in rows.order_by("pk").values_list("pk", flat=True).iterator():
        try:
            done += act(key)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception(failed, key=key)
    return done


def _fired(act: Callable[[], service.Done | None], failed: str, **about: object) -> bool:
    """Whether one act of a sweep took effect; what fails is logged and stops nothing but a lost database does."""
    try:
        done = act()
    except MotcuaError as refusal:
        log.warning(failed, reason=str(refusal), **about)
        return False
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception(failed, **about)
        return False
    if done is None:
        log.warning("a step waits beyond its limit", **about)
    return done is not None and not done.repeated


def _in_batches(
    rows: QuerySet[Any], key: str, act: Callable[[list[int]], int], batch: int, hands: int = 1
) -> int:
    """Give the keys of the rows to the act, a batch at a time; how many it took effect on.

    A row that stands in the way is found by halving, logged and passed over.
    """
    ids = list(rows.order_by(key).values_list(key, flat=True))
    batches = [ids[start : start + batch] for start in range(0, len(ids), batch)]
    if hands == 1 or len(batches) < hands:
        return sum(_halving(one, act) for one in batches)

    def share(number: int) -> int:
        try:
            return sum(_halving(one, act) for one in batches[number::hands])
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return sum(pool.map(share, range(hands)))


def _halving(ids: list[int], act: Callable[[list[int]], int]) -> int:
    try:
        return act(ids)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        if len(ids) == 1:
            log.exception("a row stands in the way of a mass act", key=ids[0])
            return 0
    half = len(ids) // 2
    return _halving(ids[:half], act) + _halving(ids[half:], act)


def _late_tasks() -> QuerySet[Task]:
    """Open steps beyond their limit. While a withdrawal is decided, work rests, and so do limits."""
    late: QuerySet[Task] = Task.objects.filter(
        Q(kind="wait") | Q(node__in=_limited_nodes()), due_at__lt=now(), finished__isnull=True
    ).exclude(process__state=State.WITHDRAWAL_REQUESTED)
    return late


def _definition(sha256: str) -> Definition | None:
    try:
        return catalog.definition_of(sha256)
    except MotcuaError as lost:
        log.error("a version of running dossiers is gone", sha256=sha256, reason=str(lost))
        return None


def _late(batch: int) -> Iterator[Task]:
    """Every open step beyond its limit, the oldest first, read in pages: some stay open, so the next page goes on."""
    late = _late_tasks().order_by("due_at", "id")
    page = list(late.select_related("process")[:batch])
    while page:
        yield from page
        last = page[-1]
        behind = late.filter(Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, id__gt=last.pk))
        page = list(behind.select_related("process")[:batch])


def _limited_nodes() -> set[str]:
    """Human steps that wait for the applicant in truth, e.g. a fee: those with a limit, in any version in use."""
    shas = ProcedureVersion.objects.filter(state__in=["published", "retired"]).values_list(
        "sha256", flat=True
    )
    found: set[str] = set()
    for definition in filter(None, map(_definition, shas)):
        found |= {
            node.id for node in definition.route.nodes if node.kind == "human" and node.limit is not None
        }
    return found


@every(3600, name="files")
def sweep_files() -> None:
    """Remove what nobody names, and check again what could not be checked."""
    files.sweep()
