"""A version as one file, and back: the same bytes, the same hash; and what is refused of a stranger's file."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date

import pytest

from procedures import packages, policy
from procedures.errors import Invalid, Refused
from procedures.models import ProcedureVersion, User
from procedures.now import now

pytestmark = [pytest.mark.django_db, pytest.mark.promise("procedures.packages")]
People = Callable[[str], User]


@pytest.fixture
def version(ministry: None) -> ProcedureVersion:
    """The free-sale certificate, which begins from a base."""
    return ProcedureVersion.objects.get(procedure__code="device-free-sale")


def zipped(texts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in texts.items():
            package.writestr(name, text)
    return out.getvalue()


def test_a_package_holds_the_folder_its_base_and_its_history(version: ProcedureVersion) -> None:
    package = packages.pack(version)
    assert packages.pack(version) == package
    assert packages.unpack(package) == version.files
    with zipfile.ZipFile(io.BytesIO(package)) as held:
        assert set(held.namelist()) == {*version.files, packages.HISTORY, *packages.ROUTE}
    with zipfile.ZipFile(io.BytesIO(package)) as held:
        told = json.loads(held.read(packages.HISTORY))
    assert told["sha256"] == version.sha256
    assert [(row["act"], row["by"]) for row in told["history"]] == [
        ("load", "system"),
        ("check", "Đặng Thanh Tùng"),
        ("publish", "Lý Gia Bảo"),
    ]


def test_it_comes_back_as_a_draft_with_the_same_hash_for_the_same_texts(
    version: ProcedureVersion, person: People
) -> None:
    who = policy.actor_of(person("kiemsoat"), now())
    again = packages.take_in(package=packages.pack(version), actor=who)
    assert (again.pk, again.state) == (version.pk, "published")  # nothing new in it
    texts = dict(version.files)
    texts["procedure.yaml"] = texts["procedure.yaml"].replace("version: 2025-07-01", "version: 2027-01-01")
    fresh = packages.take_in(package=zipped(dict(texts)), actor=who)
    assert (fresh.state, fresh.version) == ("draft", date(2027, 1, 1))
    assert dict(fresh.files) == texts


def test_a_published_version_cannot_be_replaced_by_a_package(
    version: ProcedureVersion, person: People
) -> None:
    texts = dict(version.files)
    texts["procedure.yaml"] = texts["procedure.yaml"].replace("amount: 1000000", "amount: 1")
    with pytest.raises(Invalid) as refused:
        packages.take_in(package=zipped(dict(texts)), actor=policy.actor_of(person("kiemsoat"), now()))
    assert [reason.code for reason in refused.value.reasons] == ["published_changed"]


@pytest.mark.parametrize("who", ["truongphong", "kiemtoan", "doanhnghiep1"])
def test_only_who_may_load_takes_in(version: ProcedureVersion, person: People, who: str) -> None:
    with pytest.raises(Refused):
        packages.take_in(package=packages.pack(version), actor=policy.actor_of(person(who), now()))


BOMB = zipped({"procedure.yaml": b"a" * 50_000_000})
HOSTILE: dict[str, tuple[bytes, str]] = {
    "no zip": (b"hello", "no package"),
    "nothing": (b"", "no package"),
    "cut off": (zipped({"procedure.yaml": "a: b"})[:-30], "no package"),
    "no definition": (zipped({"receipt.html": "x"}), "no procedure.yaml"),
    "a bomb": (BOMB, "too large"),
    "too many files": (zipped({f"f{n}.html": "x" for n in range(200)}), "too large"),
    "a path": (zipped({"procedure.yaml": "a: b", "../../etc/x.html": "x"}), "does not belong"),
    "a program": (zipped({"procedure.yaml": "a: b", "run.py": "x"}), "does not belong"),
    "not text": (zipped({"procedure.yaml": b"\xff\xfe\x00"}), "no package"),
    "hostile yaml": (zipped({"procedure.yaml": "a: &a [*a]"}), "anchors"),
    "a base that is not in it": (zipped({"procedure.yaml": "base: one-stop\ncode: x"}), "base"),
}


@pytest.mark.parametrize(("package", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_package_gets_a_sentence(
    version: ProcedureVersion, person: People, package: bytes, said: str
) -> None:
    before = ProcedureVersion.objects.count()
    with pytest.raises(Invalid, match=said):
        packages.take_in(package=package, actor=policy.actor_of(person("kiemsoat"), now()))
    assert ProcedureVersion.objects.count() == before
