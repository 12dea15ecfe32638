"""Rules that hold for every address: methods, forged ids, damaged parameters, tokens, languages, headers."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from procedures.models import LedgerEntry, User
from tests.matrix.ground import routes, unguarded
from tests.scenarios import Play
from workflows.models import Dossier, Note, Piece, Task

pytestmark = pytest.mark.usefixtures("monday_morning")

PERSON = {"portal": "doanhnghiep1", "office": "tiepnhan"}
"""Who may ask in a room; elsewhere anybody."""


@pytest.fixture
def submitted() -> Dossier:
    """A dossier of the first enterprise at the counter."""
    return Play().submitted().dossier


def signed_in(username: str = "", *, strict: bool = False, **headers: str) -> Client:
    client = Client(enforce_csrf_checks=strict, headers=headers)
    if username:
        client.force_login(User.objects.get(username=username))
    return client


def known(dossier: Dossier) -> dict[str, Any]:
    """Whatever an address may ask for, about a dossier."""
    paper, piece = dossier.papers.latest("pk"), dossier.pieces.earliest("pk")
    return {
        "ref": dossier.ref,
        "code": "device-import",
        "section": "importer",
        "piece": piece.pk,
        "piece_id": piece.pk,
        "paper": paper.ref,
        "copy": paper.ref,
        "uuid": paper.ref,
        "line_act": "pause",
        "message_act": "retry",
        "paper_ref": paper.ref,
        "sha256": paper.file_sha256,
        "task_id": Task.objects.get(process=dossier, finished__isnull=True).pk,
        "outcome": "ask_fee",
        "node": "intake",
        "partner": "vnsw",
        "day": "2025-07-01",
        "act": "check",
        "kind": "control_slip",
        "year": 2026,
        "number": 1,
        "condition": 1,
        "reading": 0,
        "decision": "apply",
        "chapter": "terms",
        "name": "procedure.yaml",
        "statement": "MOTCUA234567",
        "agency": "HTTB",
        "series": "QD",
        "register": "device_import",
    }


def addresses(about: dict[str, Any], *, room: str = "", asking: str = "") -> dict[str, str]:
    """Every address of a room (or all) by its name; with `asking` only those that ask for such an argument."""
    return {
        name: reverse(name, kwargs={argument: about[argument] for argument in asked})
        for name, asked in routes().items()
        if name.startswith(room) and (not asking or asking in asked)
    }


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def traces() -> tuple[int, ...]:
    """What a forbidden request must not have changed."""
    return (LedgerEntry.objects.count(), Piece.objects.count(), Note.objects.count(), Dossier.objects.count())


# -- methods ----------------------------------------------------------------------------------------------------------

POST_ONLY = {
    "portal:sign", "portal:submit", "portal:send_supplement", "portal:result", "portal:mark_read",
    "partner", "office:decide", "office:decide_calendar", "office:begin",
    "office:decide_reading", "public:verify_api", "public:token", "public:nonce", "public:credential",
    "portal:make_copy", "office:act_on_line", "office:act_on_message", "office:settle",
}  # fmt: skip
FOR_PROGRAMS = {"partner", "public:verify_api", "public:token", "public:nonce", "public:credential"}
"""Nobody's browser posts there; they take no cookie and answer in their own form."""
READ_AND_WRITE = {
    "portal:start", "portal:section", "portal:pieces", "portal:supplement", "portal:withdraw", "public:verify",
    "public:code", "public:statement", "office:act", "office:note", "office:procedures", "office:slip",
    "office:calendar", "office:version_dossiers", "office:register", "office:edit", "office:text", "office:preview",
    "office:open", "office:sitting", "office:readings", "portal:wallet",
    "portal:report", "office:report", "office:list",
}  # fmt: skip


@pytest.mark.promise("web.methods")
def test_an_address_answers_to_its_methods_alone(submitted: Dossier) -> None:
    wrong = []
    for name, path in addresses(known(submitted)).items():
        client = signed_in(PERSON.get(name.partition(":")[0], ""))
        cache.clear()
        refused = {"PUT", "PATCH", "DELETE", "TRACE"}
        if name in POST_ONLY:
            refused |= {"GET", "HEAD"}
        elif name not in READ_AND_WRITE:
            refused |= {"POST"}
        for method in sorted(refused):
            answer = client.generic(method, path)
            if answer.status_code != 405 or "Allow" not in answer.headers:
                wrong.append(f"{method} {name}: {answer.status_code}")
            wrong += [f"{method} {name}: {fault}" for fault in unguarded(answer)]
    assert not wrong, "\n".join(wrong)


def test_head_answers_like_get_without_a_body() -> None:
    for name in ("portal:home", "public:register", "public:verify", "livez"):
        answer = Client().head(reverse(name))
        assert (answer.status_code, answer.content) == (200, b""), name


# -- other people's things --------------------------------------------------------------------------------------------

FORMS = {
    "key": "k", "reason": "x", "revision": "1", "action": "continue", "remove": "1", "importer_name": "x",
    "note-text": "x", "intake-ask_fee-key": "k",
}  # fmt: skip


@pytest.mark.promise("people.foreign-dossier-is-unknown")
def test_a_dossier_of_others_is_unknown_at_every_address_of_the_portal(submitted: Dossier) -> None:
    tried, before = 0, traces()
    for who in ("doanhnghiep2",):
        client = signed_in(who)
        for name, path in addresses(known(submitted), room="portal:", asking="ref").items():
            methods = (
                ["POST"] if name in POST_ONLY else ["GET", "POST"] if name in READ_AND_WRITE else ["GET"]
            )
            for method in methods:
                answer = client.get(path) if method == "GET" else client.post(path, FORMS)
                assert answer.status_code == 404, f"{method} {name}"
                assert "Không tìm thấy" in text(answer), name
                tried += 1
    assert tried > 15
    assert traces() == before


@pytest.mark.promise("people.foreign-dossier-is-unknown")
def test_a_dossier_of_another_unit_is_unknown_at_every_address_of_the_office(submitted: Dossier) -> None:
    tried, before = 0, traces()
    for who in ("chuyenvien_qld", "cuctruong", "quantri"):
        client = signed_in(who)
        for name, path in addresses(known(submitted), room="office:", asking="ref").items():
            answer = client.post(path, FORMS) if name in POST_ONLY else client.get(path)
            assert answer.status_code == 404, f"{name} as {who}"
            tried += 1
    assert tried > 20
    assert traces() == before


@pytest.mark.promise("people.ids-do-not-mix")
def test_an_id_of_another_dossier_leads_nowhere_inside_ones_own(submitted: Dossier) -> None:
    """Own dossier in the address, the other's piece, paper, bytes or task behind it."""
    own = Play(applicant="doanhnghiep2").submitted().dossier
    foreign, before = known(submitted), traces()
    mixed = known(own) | {
        name: foreign[name] for name in ("piece", "piece_id", "paper", "paper_ref", "task_id")
    }
    enterprise, official = signed_in("doanhnghiep2"), signed_in("tiepnhan")
    for name in ("portal:piece", "portal:paper"):
        assert enterprise.get(addresses(mixed)[name]).status_code == 404, name
    for name in ("office:piece", "office:paper"):
        assert official.get(addresses(mixed)[name]).status_code == 404, name
    assert official.post(addresses(mixed)["office:act"], FORMS).status_code == 404
    bytes_of_another = known(own) | {"sha256": foreign["sha256"]}
    assert official.get(addresses(bytes_of_another)["office:paper"]).status_code == 404
    draft = Play(applicant="doanhnghiep2").draft().dossier
    taken = enterprise.post(reverse("portal:pieces", args=[draft.ref]), {"remove": foreign["piece"]})
    assert taken.status_code == 404
    assert Piece.objects.get(pk=foreign["piece"]).superseded_at is None
    assert (LedgerEntry.objects.count(), Note.objects.count()) == (before[0], before[2])


def test_a_subject_of_others_cannot_be_filed_for() -> None:
    from procedures.models import Subject

    foreign = Subject.objects.get(tax_code="0109998881")
    answer = signed_in("doanhnghiep2").post("/thu-tuc/device-import/nop/", {"subject": foreign.pk})
    assert answer.status_code == 422
    assert not Dossier.objects.exists()


@pytest.mark.parametrize("ref", [str(uuid.UUID(int=0)), "1", "x" * 300, "..%2f..%2fetc%2fpasswd", "%00"])
def test_an_invented_reference_is_not_found(ref: str) -> None:
    for room, who in (("", "doanhnghiep1"), ("/van-phong", "tiepnhan")):
        answer = signed_in(who).get(f"{room}/ho-so/{ref}/")
        assert answer.status_code == 404
        assert '<html lang="vi">' in text(answer)


# -- damaged parameters -----------------------------------------------------------------------------------------------

PARAMETERS = (
    "q", "code", "sau", "loc", "xem", "so", "loai", "muc", "giay-to", "tep", "dong", "loi", "next", "page", "lang",
)  # fmt: skip
DAMAGED = (
    "\x00", "-1", "9" * 400, "١٢٣", "²", "'%s%(x)s\\", "a" * 5000, "<script>alert(1)</script>", "\udcff",
)  # fmt: skip


@pytest.mark.promise("input.no-fault-of-ours")
def test_damaged_parameters_never_break_a_page(submitted: Dossier) -> None:
    wrong = []
    for name, path in addresses(known(submitted)).items():
        client = signed_in(PERSON.get(name.partition(":")[0], ""))
        client.raise_request_exception = False
        if name in POST_ONLY:
            continue
        for value in DAMAGED:
            cache.clear()
            query = "&".join(f"{key}={_quoted(value)}" for key in PARAMETERS)
            answer = client.get(f"{path}?{query}")
            if answer.status_code >= 500:
                wrong.append(f"{name} {value[:20]!r}: {answer.status_code}")
            elif "<script>alert(1)" in (b"".join(answer) if answer.streaming else answer.content).decode(
                "latin-1"
            ):
                wrong.append(f"{name}: a parameter becomes markup")
    assert not wrong, "\n".join(wrong)


def _quoted(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogateescape"))


@pytest.mark.promise("input.no-fault-of-ours")
def test_damaged_forms_never_break_a_page(submitted: Dossier) -> None:
    """Every control of every form that a page offers, filled with what no form would send."""
    draft = Play().draft().dossier
    portal, office = signed_in("doanhnghiep1"), signed_in("tiepnhan")
    pages = [
        (portal, path)
        for name, path in addresses(known(submitted) | {"ref": draft.ref}, room="portal:").items()
        if name not in POST_ONLY | {"portal:piece", "portal:paper"}
    ]
    pages += [(office, path) for path in addresses(known(submitted), room="office:").values()]
    pages += [(Client(), reverse("public:verify")), (Client(), reverse("account_login"))]
    sent, wrong = 0, []
    for client, page in pages:
        client.raise_request_exception = False
        shown = client.get(page)
        if shown.status_code != 200 or "html" not in shown.headers["Content-Type"]:
            continue
        for action, names in forms_of(text(shown), page):
            if action.startswith(("/tai-khoan/logout", "/i18n/")):
                continue
            for value in ("\x00", "9" * 400, "-1", "²", "{" * 2000, "\ud800"):
                cache.clear()
                fields = "&".join(f"{name}={_quoted_wide(value)}" for name in names)
                answer = client.post(action, fields, content_type="application/x-www-form-urlencoded")
                sent += 1
                if answer.status_code >= 500:
                    wrong.append(f"POST {action} with {value[:6]!r}: {answer.status_code}")
                wrong += [f"POST {action}: {fault}" for fault in unguarded(answer)]
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert sent >= 60


def _quoted_wide(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))


def forms_of(page: str, here: str) -> list[tuple[str, list[str]]]:
    """(address, names of the controls) of every form that posts."""
    found = []
    for head, body in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.DOTALL):
        if 'method="post"' not in head:
            continue
        action = re.search(r'action="([^"]+)"', head)
        names = re.findall(r'name="([^"]+)"', body)
        found.append(
            (
                action[1] if action else here,
                sorted(
                    name for name in {*names} if name != "csrfmiddlewaretoken" and not name.endswith("-more")
                ),
            )
        )
    return found


def test_a_body_of_too_many_fields_is_refused() -> None:
    fields = "&".join(f"a{n}=1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 2))
    client = signed_in("doanhnghiep1")
    form = "application/x-www-form-urlencoded"
    answer = client.post("/thu-tuc/device-import/nop/", fields, content_type=form)
    assert answer.status_code == 400
    assert "không đọc được yêu cầu" in text(answer)


def test_a_field_of_many_megabytes_is_refused() -> None:
    body = b"subject=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    form = "application/x-www-form-urlencoded"
    answer = signed_in("doanhnghiep1").post("/thu-tuc/device-import/nop/", body, content_type=form)
    assert answer.status_code in {400, 413}
    assert '<html lang="vi">' in text(answer)


# -- the token of our own pages ---------------------------------------------------------------------------------------


@pytest.mark.promise("input.clear-errors")
@pytest.mark.parametrize(
    ("lang", "sentence"), [("vi", "Trang đã mở quá lâu"), ("en", "The page was open for too long")]
)
def test_a_post_from_elsewhere_is_refused_in_our_look_and_the_readers_language(
    submitted: Dossier, lang: str, sentence: str
) -> None:
    before, wrong = traces(), []
    for name, path in addresses(known(submitted)).items():
        if name not in POST_ONLY | READ_AND_WRITE or name in FOR_PROGRAMS:
            continue
        client = signed_in(PERSON.get(name.partition(":")[0], ""), strict=True)
        client.cookies["django_language"] = lang
        answer = client.post(path, FORMS)
        page = text(answer)
        if answer.status_code != 403 or sentence not in page or "govuk.css" not in page or unguarded(answer):
            wrong.append(f"{name}: {answer.status_code}")
        assert f'<html lang="{lang}">' in page, name
    assert not wrong, "\n".join(wrong)
    assert traces() == before


def test_a_token_from_another_site_is_refused() -> None:
    client = signed_in("doanhnghiep1", strict=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    given = {"csrfmiddlewaretoken": token}
    assert client.post("/thong-bao/da-doc/", given).status_code == 303
    elsewhere = client.post("/thong-bao/da-doc/", given, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403


# -- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("input.clear-errors")
@pytest.mark.parametrize(
    ("accepted", "cookie", "spoken"),
    [
        ("xx", "", "vi"), ("", "", "vi"), ("en", "", "en"), ("en;q=0.1,vi", "", "vi"), ("fr,de", "", "vi"),
        ("en", "vi", "vi"), ("en", "xx", "en"), ("vi", "../../etc/passwd", "vi"), ("x" * 3000, "", "vi"),
    ],
)  # fmt: skip
def test_an_unknown_language_is_answered_in_one_that_we_speak(
    accepted: str, cookie: str, spoken: str
) -> None:
    client = Client(headers={"Accept-Language": accepted})
    if cookie:
        client.cookies["django_language"] = cookie
    assert f'<html lang="{spoken}">' in text(client.get("/"))


@pytest.mark.parametrize("wanted", ["xx", "", "vi\x00", "e" * 500])
def test_choosing_an_unknown_language_changes_nothing(wanted: str) -> None:
    client = Client()
    answer = client.post("/i18n/setlang/", {"language": wanted, "next": "/thu-tuc/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/thu-tuc/")
    assert '<html lang="vi">' in text(client.get("/"))


def test_choosing_a_language_leads_to_no_other_site() -> None:
    for elsewhere in ("https://evil.example/", "//evil.example/x", "javascript:alert(1)"):
        answer = Client().post("/i18n/setlang/", {"language": "en", "next": elsewhere})
        assert answer.headers["Location"] == "/"


# -- errors are pages of ours -----------------------------------------------------------------------------------------


@pytest.mark.promise("web.strict-headers-everywhere")
@pytest.mark.parametrize(
    "path", ["/khong-co/", "/ho-so", "/thu-tuc/khong-co/", "/static/khong-co.css", "/tai-khoan/email/"]
)
def test_what_is_not_there_is_said_with_every_header(path: str) -> None:
    answer = signed_in("doanhnghiep1").get(path, follow=path == "/ho-so")
    assert answer.status_code == (200 if path == "/ho-so" else 404)
    assert unguarded(answer) == []
    assert '<html lang="vi">' in text(answer)


@pytest.mark.promise("web.strict-headers-everywhere")
@pytest.mark.parametrize(("lang", "sentence"), [("vi", "gặp lỗi"), ("en", "Something broke on our side")])
def test_a_fault_of_ours_is_a_page_without_details(
    monkeypatch: pytest.MonkeyPatch, lang: str, sentence: str
) -> None:
    def broken(**_given: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("workflows.selectors.register", broken)
    client = Client(raise_request_exception=False, headers={"Accept-Language": lang})
    answer = client.get("/so-dang-ky/")
    assert answer.status_code == 500
    assert "secret" not in text(answer)
    assert "Traceback" not in text(answer)
    assert sentence.lower() in text(answer).lower()
    assert unguarded(answer) == []


def test_another_host_name_is_refused() -> None:
    answer = Client(headers={"Host": "evil.example"}).get("/")
    assert answer.status_code == 400
    assert "evil.example" not in text(answer)


def test_the_gallery_is_for_demonstrations() -> None:
    assert "gallery" not in routes()
    assert Client().get("/bo-giao-dien/portal/").status_code == 404


def test_only_the_capital_twins_of_short_addresses_have_no_name() -> None:
    """The matrix asks by name; an address without one would escape it."""

    def nameless(patterns: list[Any], path: str) -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from nameless(one.url_patterns, path + str(one.pattern))
            elif isinstance(one, URLPattern) and not one.name:
                yield path + str(one.pattern)

    assert list(nameless(get_resolver().url_patterns, "")) == [
        "V/<slug:code>",
        "V/<slug:code>/<slug:statement>",
    ]


def test_nothing_is_told_to_caches_that_are_shared(submitted: Dossier) -> None:
    for name, path in addresses(known(submitted)).items():
        if name in POST_ONLY or not name.startswith(("portal:d", "portal:p", "office:")):
            continue
        answer = signed_in(PERSON[name.partition(":")[0]]).get(path)
        control = answer.headers.get("Cache-Control", "")
        assert "public" not in control, name
        if name in {"portal:piece", "portal:paper", "office:piece", "office:paper"}:
            assert "no-store" in control, name
        elif answer.status_code == 200:
            assert "Cookie" in answer.headers.get("Vary", ""), name
    assert connection.in_atomic_block  # nothing here was committed
