"""A licence as a credential: offered to whoever files for its holder, fetched once by a wallet, and ledgered.

The steps of OpenID4VCI 1.0, "Pre-Authorized Code Flow": an offer with a code for the wallet and six digits for the
person, which the wallet changes for a token, and the token for the credential. No legal act: the right lives in the
register; what a wallet holds tells of it.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from joserfc.jwk import ECKey

from procedures.errors import Invalid, NotFound, Reason, WrongState
from procedures.law.life import State
from procedures.models import User
from procedures.now import now, today
from procedures.policy import Actor
from workflows.credentials.keys import needed_key
from workflows.credentials.licence import LicenceClaims, credential
from workflows.credentials.lists import place_of
from workflows.credentials.proof import ProofProblem, holder_key, new_nonce
from workflows.dossier.entering import enter
from workflows.dossier.telling import CREDENTIAL
from workflows.flow.lock import locked
from workflows.models import CredentialOffer, Licence

__all__ = ["Offered", "challenge", "issue", "kind_uri", "offer", "redeem", "why_not"]

LIFE = timedelta(minutes=10)
"""From the offer to the credential; our choice."""
MOST_TRIES = 5
DIGITS = 6


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Offered:
    """What is shown once: `code` goes to the wallet, `digits` are typed by the person."""

    code: str
    digits: str
    minutes: int


def kind_uri(register: str) -> str:
    """The `vct` of the licences of a register: where the description of the type is served."""
    return f"{settings.BASE_URL}/giay-phep-dien-tu/loai/{register}"


def why_not(licence: Licence) -> Reason | None:
    """Why a licence has no credential now; None where it may be offered. No query if dossier and number are loaded."""
    if licence.dossier.state == State.CONCLUDED:
        message = gettext_noop("The result of the dossier has not been received yet.")
        return Reason("not_received", message)
    if licence.standing(today()) != "in_force":
        return Reason("not_in_force", gettext_noop("This licence is not in force."))
    if licence.paper.state != "published" or place_of(licence.paper) is None:
        message = gettext_noop("The decision is from before the register had a key to sign with.")
        return Reason("no_statement", message)
    return None


def offer(*, actor: Actor, ref: UUID) -> Offered:
    """Offer a licence to a wallet of its holder; an offer of before that nobody took falls away.

    Raises NotFound for a licence of others, WrongState where the licence has no credential now.
    """
    licence = _licence(subject_id__in=actor.subjects, ref=ref)
    if licence is None:
        raise NotFound(Reason("no_licence", gettext_noop("The register has no such licence.")))
    if (reason := why_not(licence)) is not None:
        raise WrongState(reason)
    code, digits = secrets.token_urlsafe(32), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    at = now()
    with transaction.atomic():
        CredentialOffer.objects.filter(licence=licence, token_sha256="").delete()
        CredentialOffer.objects.create(
            licence=licence,
            made_by=User.objects.get(pk=int(actor.id or 0)),
            made_at=at,
            ends_at=at + LIFE,
            code_sha256=_hash(code),
            pin_sha256=_hash(code + digits),
        )
    return Offered(code, digits, int(LIFE.total_seconds() // 60))


def redeem(*, code: str, digits: str) -> tuple[str, int]:
    """(token, seconds that it is good for) for the code of an offer and its digits, once.

    Raises Invalid: "invalid_grant" for a code that is unknown, used or too old, and for wrong digits. After MOST_TRIES
    wrong ones the offer is worth nothing.
    """
    refusal = Invalid(
        Reason("invalid_grant", gettext_noop("The code or its digits are wrong, used or too old."))
    )
    at, hashed = now(), _hash(code)
    waiting = CredentialOffer.objects.filter(code_sha256=hashed, token_sha256="", ends_at__gt=at)
    # Counted before the digits are looked at: of many guesses at once no more than these are compared.
    if not waiting.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise refusal
    found, token = waiting.first(), secrets.token_urlsafe(32)
    if found is None or not hmac.compare_digest(found.pin_sha256, _hash(code + digits)):
        raise refusal
    # Of two at once the second finds no row: the condition is read again when the first is done.
    if not waiting.update(token_sha256=_hash(token)):
        raise refusal
    return token, int((found.ends_at - at).total_seconds())


def challenge() -> str:
    """A fresh value that a wallet puts into the proof of its key."""
    return new_nonce(now())


def issue(*, token: str, proof: str, register: str) -> str:
    """The credential for a token, bound to the key of the wallet's proof, with an entry in the ledger of the dossier.

    Asked again with the same key, a wallet that lost the answer gets another one; with a different key it gets none.
    Raises NotFound ("invalid_token"), Invalid ("invalid_proof", "invalid_nonce", "unknown_credential_configuration",
    "credential_request_denied": the codes of OpenID4VCI 1.0), Busy.
    """
    key = needed_key()
    live = CredentialOffer.objects.filter(token_sha256=_hash(token), ends_at__gt=now())
    found = live.select_related("licence").first()
    if found is None:
        raise NotFound(Reason("invalid_token", gettext_noop("The token is unknown or too old.")))
    if register != found.licence.register:
        message = gettext_noop("The token is not for this credential.")
        raise Invalid(Reason("unknown_credential_configuration", message))
    try:
        public = holder_key(proof, audience=settings.BASE_URL, at=now())
    except ProofProblem as problem:
        raise Invalid(Reason(problem.code, str(problem))) from problem
    with transaction.atomic():
        dossier = locked(found.licence.dossier_id)
        found = CredentialOffer.objects.select_for_update().get(pk=found.pk)
        licence = _licence(pk=found.licence_id)
        assert licence is not None
        thumbprint = ECKey.import_key(dict(public)).thumbprint()
        place = place_of(licence.paper)
        if why_not(licence) is not None or place is None or found.key_thumbprint not in {"", thumbprint}:
            message = gettext_noop("The licence is not in force, or the offer went to another key.")
            raise Invalid(Reason("credential_request_denied", message))
        at = now()
        made = credential(
            _claims(licence),
            issuer=settings.BASE_URL,
            kind=kind_uri(licence.register),
            status=(place[0].uri, place[1]),
            holder_key=public,
            at=at,
            key=key,
        )
        if not found.key_thumbprint:
            found.key_thumbprint = thumbprint
            found.save(update_fields=["key_thumbprint"])
            data = {"licence": str(licence.ref), "key": thumbprint, "offered": found.made_at.isoformat()}
            enter(dossier, act=CREDENTIAL, actor=f"user:{found.made_by_id}", at=at, data=data, tell={})
    return made


def _licence(**wanted: object) -> Licence | None:
    rows = Licence.objects.select_related("subject", "paper__number__series", "dossier__procedure__agency")
    return rows.filter(**wanted).first()


def _claims(licence: Licence) -> LicenceClaims:
    return LicenceClaims(
        register=licence.register,
        number=licence.number,
        issued_on=licence.issued_on,
        valid_until=licence.valid_until,
        agency=licence.dossier.procedure.agency.code,
        href=f"{settings.BASE_URL}/so-dang-ky/{licence.ref}/",
        holder=licence.subject.name,
        tax_code=licence.subject.tax_code or "",
        facts=licence.content,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
