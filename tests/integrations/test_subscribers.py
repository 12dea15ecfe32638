"""From a granted licence to both windows and back into the dossier's ledger: everything real, nothing in between."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from lxml import etree

from integrations import delivery, registry, selectors
from integrations.models import Connector, Message
from procedures.models import LedgerEntry
from procedures.now import advance
from tests.integrations.contract import hurry
from tests.integrations.played import Played
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import NARCOTICS, PLAN
from tests.scenarios import ANSWERS, Play
from workflows import outbox
from workflows.models.outbox import OutboxRow


@pytest.fixture
def windows(monday_morning: None, running: Callable[[str], Played]) -> dict[str, Played]:
    """Both simulators, with the lines pointed at them; answers go where they really go."""
    found = {}
    for name in registry.NAMES:
        found[name] = running(name).ensure()
        found[name].behave("ok")
        row = registry.connector(name)
        Connector.objects.filter(pk=row.pk).update(endpoint=found[name].address, patience=10)
    return found


@pytest.mark.promise("messages.licence-reaches-both-windows")
def test_granted_licence_reaches_both_windows_and_their_answers_the_ledger(
    windows: dict[str, Played],
) -> None:
    play = Play().granted()
    outbox.drain()
    delivery.sweep()
    dossier = play.dossier
    messages = {message.connector.name: message for message in Message.objects.filter(dossier_id=dossier.pk)}
    assert set(messages) == {"vnsw", "asw"}
    for name, message in messages.items():
        assert message.state == "accepted", message.last_error
        [entry] = windows[name].entries_of(message.wire_id)
        assert entry["received"] == 1
        assert entry["summary"]["licence"] == message.subject
    entries = LedgerEntry.objects.filter(
        subject_kind="dossier", subject_id=dossier.pk, act="partner.accepted"
    )
    told = [json.loads(entry.data) for entry in entries]
    assert {one["message"] for one in told} == {str(message.uuid) for message in messages.values()}
    assert all(one["reference"] == dossier.code and one["faults"] == [] for one in told)
    views = selectors.for_dossier(dossier.pk)
    assert [view.settled for view in views] == [True, True]

    # The same event once more, as the outbox may hand it out: nothing new.
    subscription = outbox.registry.find(kind="licence.granted", name="integrations.vnsw")
    row = OutboxRow.objects.get(kind="licence.granted", subscriber="integrations.vnsw", dossier_id=dossier.pk)
    assert subscription is not None
    subscription.handler(
        outbox.Event(
            uuid=row.uuid,
            kind=row.kind,
            dossier_id=row.dossier_id,
            sequence=row.sequence,
            payload=row.payload,
            occurred_at=row.created_at,
            attempt=2,
        )
    )
    assert Message.objects.filter(dossier_id=dossier.pk).count() == 2
    hurry()
    assert delivery.sweep().tried == 0
    assert entries.count() == 2


@pytest.mark.promise("messages.of-other-procedures")
def test_customs_are_told_of_medicines_too(windows: dict[str, Played]) -> None:
    play = Journey("narcotic-import", NARCOTICS, PLAN, applicant="doanhnghiep2").filed().played()
    delivery.sweep()
    message = Message.objects.get(dossier_id=play.dossier_id)
    assert (message.connector.name, message.state) == ("vnsw", "accepted"), message.last_error
    [entry] = windows["vnsw"].entries_of(message.wire_id)
    assert entry["summary"]["licence"] == play.licence.number


@pytest.mark.promise("messages.of-other-procedures")
def test_both_windows_are_told_which_licence_an_amended_one_replaces(windows: dict[str, Played]) -> None:
    held = Journey("device-import", ANSWERS, PLAN).filed().played().licence
    advance(timedelta(days=30))
    devices = [{name: value for name, value in one.items() if name != "year"} for one in ANSWERS["devices"]]
    answers = {"licence_held": held.number, "why": "Giảm số lượng.", "devices": devices[:1]}
    play = Journey("device-import-amendment", answers, PLAN).filed().played()
    delivery.sweep()
    for message in Message.objects.filter(dossier_id=play.dossier_id).select_related("connector"):
        assert message.state == "accepted", message.last_error
        [entry] = windows[message.connector.name].entries_of(message.wire_id)
        assert entry["summary"]["licence"] == play.licence.number
        assert entry["summary"]["replaces"] == held.number
        assert {"vnsw": "12", "asw": "5"}[message.connector.name] == message.function
    told = dict(Message.objects.filter(dossier_id=play.dossier_id).values_list("connector__name", "content"))
    assert set(told) == {"vnsw", "asw"}
    customs, asean = (httpx.get(windows[name].address, trust_env=False).text for name in ("vnsw", "asw"))
    assert 'action="/_use"' in customs, "what was cleared is reported there"
    assert play.licence.number in customs
    assert 'action="/_use"' not in asean
    root = etree.fromstring(bytes(told["vnsw"]))
    assert root.findtext(".//PurposeCode") == "02", "what was not amended stands"
    assert [one.findtext("Quantity") for one in root.iter("Device")] == ["4"]
