"""What a wallet and a verifier must know of the licences as credentials: which there are, and what stands in them."""

from dataclasses import dataclass

from procedures.definition.model import Text
from procedures.errors import Reason
from workflows.credentials.licence import OPEN, SELECTIVE
from workflows.dossier.offering import kind_uri, why_not
from workflows.models import Licence

__all__ = ["CredentialType", "credential_type", "credential_types", "no_credential"]


@dataclass(frozen=True, slots=True)
class CredentialType:
    """The licences of one register as credentials."""

    register: str
    uri: str
    """Its `vct`."""
    title: Text
    claims: tuple[tuple[tuple[str, ...], Text, bool], ...]
    """(path, title, whether the holder may keep it back), in order."""


_TITLES = {
    "register": Text(vi="Sổ đăng ký", en="Register"),
    "number": Text(vi="Số giấy phép", en="Licence number"),
    "issued_on": Text(vi="Ngày cấp", en="Issued"),
    "valid_until": Text(vi="Có giá trị đến", en="Valid until"),
    "agency": Text(vi="Cơ quan cấp", en="Agency"),
    "href": Text(vi="Trang trong sổ đăng ký", en="Page in the register"),
    "holder": Text(vi="Tổ chức được cấp", en="Holder"),
    "tax_code": Text(vi="Mã số thuế", en="Tax code"),
}


def credential_types() -> list[CredentialType]:
    """One for each register that a licence stands in, by its code."""
    rows = Licence.objects.order_by("register", "-pk").distinct("register").select_related("dossier")
    return [found for row in rows if (found := _type(row)) is not None]


def credential_type(register: str) -> CredentialType | None:
    """None where no licence stands in such a register."""
    row = Licence.objects.filter(register=register).order_by("-pk").select_related("dossier").first()
    return _type(row) if row else None


def no_credential(licence: Licence) -> Reason | None:
    """Why a licence can't be put into a wallet now; None where it can. No query if dossier and number are loaded."""
    return why_not(licence)


def _type(row: Licence) -> CredentialType | None:
    """As the newest licence of the register shows it."""
    kind = row.dossier.definition.licence
    if kind is None:
        return None
    titles: dict[str, Text] = {}
    for section in row.sections():
        titles.setdefault(section.id, section.title)
        for one in section.fields:
            titles.setdefault(one.id, one.title)
    claims = (
        *(((name,), _TITLES[name], False) for name in OPEN),
        *(((name,), _TITLES[name], True) for name in SELECTIVE),
        *((("facts", name), title, True) for name, title in titles.items() if name in row.content),
    )
    return CredentialType(row.register, kind_uri(row.register), kind.title, claims)
