"""One file a concept; everything that another app may name in a foreign key."""

from workflows.models.archive import ArchiveStamp
from workflows.models.checkpoint import Checkpoint
from workflows.models.clock import ClockSpan
from workflows.models.condition import ConditionReport, LicenceCondition
from workflows.models.content import Draft, Note, Opinion, Payment, Piece, Supplement, SupplementItem
from workflows.models.dossier import ActRecord, Dossier, DossierCounter
from workflows.models.extract import Extract
from workflows.models.file import StoredFile
from workflows.models.licence import Licence, LicenceChange
from workflows.models.listing import ListedDossier
from workflows.models.notice import Notice
from workflows.models.offer import CredentialOffer
from workflows.models.outbox import OutboxRow
from workflows.models.paper import RESULTS, Countersignature, NumberReservation, NumberSeries, Paper
from workflows.models.quantity import LicenceGoods, LicenceLine, LicenceUse
from workflows.models.signature import RemoteSignature, SignerCertificate
from workflows.models.task import Task
from workflows.models.timestamp import Timestamp

__all__ = [
    "RESULTS",
    "ActRecord",
    "ArchiveStamp",
    "Checkpoint",
    "ClockSpan",
    "ConditionReport",
    "Countersignature",
    "CredentialOffer",
    "Dossier",
    "DossierCounter",
    "Draft",
    "Extract",
    "Licence",
    "LicenceChange",
    "LicenceCondition",
    "LicenceGoods",
    "LicenceLine",
    "LicenceUse",
    "ListedDossier",
    "Note",
    "Notice",
    "NumberReservation",
    "NumberSeries",
    "Opinion",
    "OutboxRow",
    "Paper",
    "Payment",
    "Piece",
    "RemoteSignature",
    "SignerCertificate",
    "StoredFile",
    "Supplement",
    "SupplementItem",
    "Task",
    "Timestamp",
]
