"""What is open of the library that signs people in: the doors that we need, and 404 for everything else."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.accounts import OPEN
from procedures.models import User
from tests.onestop.office_desk import code_of

pytestmark = pytest.mark.usefixtures("monday_morning")
PREFIX = "/tai-khoan/"
PASSWORD = "motcua-demo-2026"

# What each open page answers to a GET: somebody who has not signed in, an applicant without an authenticator, the
# leader who has one, without recovery codes. 302 of the stranger leads to the sign-in page. The authenticator is only
# touched right after a password was typed: hence the leader's 302 to “confirm that it is you”. 404: nothing to show.
PAGES = {
    "account_login": (200, 302, 302),
    "account_logout": (302, 200, 200),
    "account_inactive": (200, 200, 200),
    "account_reauthenticate": (302, 200, 200),
    "account_change_password": (302, 200, 200),
    "mfa_index": (302, 200, 200),
    "mfa_authenticate": (302, 302, 302),
    "mfa_reauthenticate": (302, 302, 200),
    "mfa_activate_totp": (302, 302, 302),
    "mfa_deactivate_totp": (302, 404, 302),
    "mfa_view_recovery_codes": (302, 404, 404),
    "mfa_generate_recovery_codes": (302, 302, 302),
    "mfa_download_recovery_codes": (302, 404, 404),
}


def addresses() -> dict[str, str]:
    """Every address of the library that is routed at all, by name."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], path: str) -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns, path + str(one.pattern))
            elif isinstance(one, URLPattern) and (path + str(one.pattern)).startswith(PREFIX[1:]):
                found[str(one.name)] = "/" + path + str(one.pattern)

    walk(get_resolver().url_patterns, "")
    return found


def plain(address: str) -> str:
    """An address that a regular expression stands for, with something in its places."""
    address = re.sub(r"\(\?P<uidb36>[^)]*\)", "1", address)
    return re.sub(r"\(\?P<\w+>[^)]*\)", "x1-y2", address).replace("^", "").replace("$", "")


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


@pytest.mark.promise("people.accounts-closed")
def test_what_we_do_not_need_is_not_there_for_anybody() -> None:
    known = addresses()
    closed = set(known) - OPEN
    assert {"account_signup", "account_email", "account_reset_password", "account_set_password"} <= closed
    people = [Client(), signed_in("doanhnghiep1"), signed_in("cuctruong")]
    for name in sorted(closed):
        for person in people:
            for answer in (
                person.get(plain(known[name])),
                person.post(plain(known[name]), {"email": "a@b.example"}),
            ):
                assert answer.status_code == 404, (name, known[name])
                assert "Không tìm thấy trang" in answer.content.decode()


@pytest.mark.promise("people.accounts-closed")
def test_what_is_open_answers_as_written_down() -> None:
    assert set(PAGES) == OPEN
    assert set(addresses()) >= OPEN
    people = (Client(), signed_in("doanhnghiep1"), signed_in("cuctruong"))
    wrong = []
    for name, expected in PAGES.items():
        for person, status, who in zip(people, expected, ("stranger", "applicant", "leader"), strict=True):
            answer = person.get(reverse(name))
            if answer.status_code != status:
                wrong.append(f"{name} as {who}: {answer.status_code}, not {status}")
            if who == "stranger" and answer.status_code == 302 and name != "account_logout":
                assert answer.headers["Location"].startswith(reverse("account_login")), name
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_stranger_learns_nothing_from_a_wrong_name_or_password() -> None:
    said = []
    for login in ("cuctruong", "khong_co_ai"):
        answer = Client().post(reverse("account_login"), {"login": login, "password": "sai-mat-khau-dai"})
        assert answer.status_code == 200
        said.append(
            re.findall(r"<li>(.*?)</li>", answer.content.decode().partition("error-summary__body")[2])[:1]
        )
    assert said[0] == said[1] == ["Tên đăng nhập hoặc mật khẩu chưa đúng."]


def test_a_session_begins_only_after_the_second_factor() -> None:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "cuctruong", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_authenticate"))
    assert client.get("/van-phong/").status_code == 302  # half a sign-in opens nothing
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.get("/van-phong/").status_code == 302
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of("cuctruong")})
    assert answer.status_code == 302
    assert client.get("/van-phong/").status_code == 200


def test_signing_out_takes_a_post_and_leads_nowhere_else() -> None:
    client = signed_in("doanhnghiep1")
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get("/ho-so/").status_code == 200  # a link alone signs nobody out
    answer = client.post(reverse("account_logout"), {"next": "https://evil.example/"})
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    assert client.get("/ho-so/").status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(elsewhere: str) -> None:
    given = {"login": "doanhnghiep1", "password": PASSWORD, "next": elsewhere}
    answer = Client().post(reverse("account_login"), given)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


def test_after_a_few_wrong_passwords_the_right_one_does_not_help_either() -> None:
    client = Client()
    given = {"login": "doanhnghiep1", "password": "sai-mat-khau-dai"}
    for _ in range(6):
        assert client.post(reverse("account_login"), given).status_code == 200
    late = client.post(reverse("account_login"), given | {"password": PASSWORD})
    assert "Hãy thử lại sau" in late.content.decode()
    assert client.get("/ho-so/").status_code == 302


def test_too_many_tries_are_told_in_our_words() -> None:
    client = Client()
    answers = (
        client.post(reverse("account_login"), {"login": f"khong{n}", "password": ""}) for n in range(40)
    )
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert '<html lang="vi">' in refused.content.decode()
    assert "govuk.css" in refused.content.decode()
