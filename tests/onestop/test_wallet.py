"""A licence in a wallet, through HTTP: offered in the portal, fetched by OpenID4VCI, shown to a verifier.

Wallet and verifier are of another library (sd-jwt, on jwcrypto); status lists are read as in tests/credentials.
"""

import html
import json
import re
import warnings
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.holder import SDJWTHolder
from sd_jwt.verifier import SDJWTVerifier

from procedures.now import advance, now
from tests.credentials.test_statuses import opened, places
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.onestop.test_http_rules import signed_in, text
from tests.scenarios import ANSWERS, Play
from workflows import outbox
from workflows.credentials import keys
from workflows.models import CredentialOffer, Licence, Notice

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("credential.wallet")]
GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
VERIFIER, CHALLENGE = "https://hai-quan.example", "n-0S6_WzA2Mj"


def licence_of(play: Play) -> Licence:
    return Licence.objects.select_related("subject", "paper__number").get(dossier=play.dossier_id)


def collected() -> Play:
    """Granted, and the result fetched."""
    play = Play().granted()
    signed_in("doanhnghiep1").post(reverse("portal:result", args=[play.dossier.ref]))
    outbox.drain()
    return play


def offered(play: Play, who: str = "doanhnghiep1") -> tuple[dict[str, Any], str]:
    """The offer in the link of the page, and the digits beside it."""
    page = text(signed_in(who).post(reverse("portal:wallet", args=[licence_of(play).ref])))
    link = re.search(r'href="(openid-credential-offer://[^"]+)"', page)
    digits = re.search(r'class="digits">(\d{6})<', page)
    assert link
    assert digits
    offer: dict[str, Any] = json.loads(
        parse_qs(urlsplit(html.unescape(link[1])).query)["credential_offer"][0]
    )
    return offer, digits[1]


class Wallet:
    """An app on a telephone: knows an offer and digits, finds the rest where the protocol says."""

    def __init__(self, offer: dict[str, Any], digits: str) -> None:
        self.offer, self.digits = offer, digits
        self.key = JWK.generate(kty="EC", crv="P-256")
        self.http = Client(enforce_csrf_checks=True)
        self.issuer = self.get("/.well-known/openid-credential-issuer")
        self.server = self.get("/.well-known/oauth-authorization-server")

    def get(self, path: str) -> dict[str, Any]:
        answer = self.http.get(path)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def post(self, address: str, body: Any, **more: Any) -> Any:
        assert address.startswith(settings.BASE_URL)
        return self.http.post(address.removeprefix(settings.BASE_URL), body, **more)

    def ask_token(self, **changed: str) -> Any:
        code = self.offer["grants"][GRANT]["pre-authorized_code"]
        said = {"grant_type": GRANT, "pre-authorized_code": code, "tx_code": self.digits} | changed
        return self.post(self.server["token_endpoint"], said)

    def proof(self) -> str:
        nonce = self.post(self.issuer["nonce_endpoint"], {})
        assert nonce["Cache-Control"].count("no-store") == 1
        claims = {
            "aud": self.offer["credential_issuer"],
            "iat": int(now().timestamp()),
            "nonce": nonce.json()["c_nonce"],
        }
        header = {
            "alg": "ES256",
            "typ": "openid4vci-proof+jwt",
            "jwk": self.key.export_public(as_dict=True),
        }
        signed = JWS(json.dumps(claims))
        signed.add_signature(self.key, alg="ES256", protected=json.dumps(header))
        return str(signed.serialize(compact=True))

    def ask_credential(self, token: str, **changed: Any) -> Any:
        body = {
            "credential_configuration_id": self.offer["credential_configuration_ids"][0],
            "proofs": {"jwt": [self.proof()]},
        } | changed
        return self.post(
            self.issuer["credential_endpoint"],
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    def fetch(self) -> str:
        """The credential, by all the steps."""
        token = self.ask_token()
        assert (token.status_code, token.json()["token_type"]) == (200, "Bearer")
        answer = self.ask_credential(token.json()["access_token"])
        assert answer.status_code == 200, answer.content
        (one,) = answer.json()["credentials"]
        return str(one["credential"])

    def presents(self, credential: str, shown: dict[str, Any]) -> str:
        """To VERIFIER, with its challenge, showing these claims and no others."""
        holder = SDJWTHolder(credential)
        holder.create_presentation(shown, CHALLENGE, VERIFIER, self.key)
        return str(holder.sd_jwt_presentation)


def verified(presentation: str, *, challenge: str = CHALLENGE) -> dict[str, Any]:
    """What a verifier who knows our address believes of it."""

    def key_of(issuer: str, header: dict[str, Any]) -> JWK:
        assert issuer == settings.BASE_URL
        known = Client().get("/.well-known/jwt-vc-issuer").json()
        assert known["issuer"] == issuer
        return JWK(**next(one for one in known["jwks"]["keys"] if one["kid"] == header["kid"]))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said: dict[str, Any] = SDJWTVerifier(presentation, key_of, VERIFIER, challenge).get_verified_payload()
    return said


def status_of(said: dict[str, Any]) -> int:
    """What the signed list says at the place that the credential names."""
    cache.clear()
    named = said["status"]["status_list"]
    answer = Client().get(named["uri"].removeprefix(settings.BASE_URL))
    signer = keys.signing_key()
    assert signer
    _head, claims = opened(answer.content.decode(), signer)
    assert claims["sub"] == named["uri"]
    return places(claims)[named["idx"]]


def test_a_wallet_fetches_the_licence_and_another_library_believes_it() -> None:
    play = collected()
    licence, wallet = licence_of(play), Wallet(*offered(play))
    credential = wallet.fetch()
    everything = {"holder": True, "tax_code": True, "facts": dict.fromkeys(licence.content, True)}
    said = verified(wallet.presents(credential, everything))
    assert (said["number"], said["register"], said["issued_on"]) == (
        licence.number,
        "device_import",
        f"{licence.issued_on}",
    )
    assert (said["holder"], said["tax_code"]) == (licence.subject.name, licence.subject.tax_code)
    assert said["facts"] == {"purpose": licence.facts["purpose"], "devices": licence.facts["devices"]}
    assert said["cnf"]["jwk"]["x"] == wallet.key.export_public(as_dict=True)["x"]
    assert Client().get(said["href"].removeprefix(settings.BASE_URL)).status_code == 200
    assert status_of(said) == 0


def test_a_holder_shows_only_what_they_choose() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    presentation = wallet.presents(wallet.fetch(), {"holder": True})
    said = verified(presentation)
    assert said["holder"]
    assert "tax_code" not in said
    assert said["facts"] == {}
    assert {"number", "issued_on", "register", "agency", "status"} <= said.keys()
    licence = licence_of(play)
    assert licence.subject.tax_code
    assert licence.subject.tax_code not in presentation


def test_what_a_wallet_reads_of_the_issuer_is_what_it_gets() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    (register,) = wallet.offer["credential_configuration_ids"]
    assert wallet.offer["credential_issuer"] == wallet.issuer["credential_issuer"] == wallet.server["issuer"]
    assert wallet.server["grant_types_supported"] == [GRANT]
    described = wallet.issuer["credential_configurations_supported"][register]
    said = verified(wallet.presents(wallet.fetch(), {}))
    assert (described["format"], described["vct"]) == ("dc+sd-jwt", said["vct"])
    kind = wallet.get(said["vct"].removeprefix(settings.BASE_URL))
    assert (kind["vct"], kind["name"]) == (said["vct"], "Giấy phép nhập khẩu trang thiết bị y tế")
    told = {tuple(one["path"]): one for one in kind["claims"]}
    assert told["facts", "devices"]["display"][0]["label"] == "Danh sách thiết bị"
    always = {path[0] for path, one in told.items() if one["sd"] == "never"}
    assert always == said.keys() & {path[0] for path in told} - {"facts"}
    assert {tuple(one["path"]) for one in described["credential_metadata"]["claims"]} == told.keys()


def test_an_amended_licence_is_described_with_what_it_kept() -> None:
    """Its own form asks for what is amended; the rest was asked by the form of the first."""
    first = licence_of(collected())
    advance(timedelta(days=3))
    answers = {"licence_held": first.number, "why": "Giảm số lượng.", "devices": ANSWERS["devices"][:1]}
    Journey("device-import-amendment", answers, PLAN).filed().played()
    kind = Client().get("/giay-phep-dien-tu/loai/device_import").json()
    assert {("facts", "purpose"), ("facts", "devices")} <= {tuple(one["path"]) for one in kind["claims"]}


# -- what becomes of it -----------------------------------------------------------------------------------------------


def test_a_licence_that_rests_shows_in_the_list_and_is_offered_no_more() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    said = verified(wallet.presents(wallet.fetch(), {}))
    second = Wallet(*offered(play))
    token = second.ask_token().json()["access_token"]
    licence = licence_of(play)
    licence.suspend()
    licence.save()
    assert status_of(said) == 2
    denied = second.ask_credential(token)
    assert (denied.status_code, denied.json()["error"]) == (400, "credential_request_denied")
    page = signed_in("doanhnghiep1").post(reverse("portal:wallet", args=[licence_of(play).ref]))
    assert page.status_code == 409
    assert "Giấy phép này không còn hiệu lực" in text(page)
    own = reverse("portal:licence", args=[licence.ref])
    assert reverse("portal:wallet", args=[licence.ref]) not in text(signed_in("doanhnghiep1").get(own))


def test_a_licence_with_a_last_day_says_so() -> None:
    play = collected()
    Licence.objects.filter(dossier=play.dossier_id).update(valid_until=now().date() + timedelta(days=30))
    wallet = Wallet(*offered(play))
    said = verified(wallet.presents(wallet.fetch(), {}))
    assert said["valid_until"] == f"{now().date() + timedelta(days=30)}"
    assert said["exp"] - said["iat"] > 30 * 86400


def test_the_dossier_keeps_that_a_wallet_fetched_it_and_the_holder_is_told() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    wallet.fetch()
    outbox.drain()
    page = text(signed_in("doanhnghiep1").get(reverse("portal:dossier", args=[play.dossier.ref])))
    assert "Giấy phép đã được đưa vào ví" in page
    assert Notice.objects.filter(dossier=play.dossier_id, kind="issue_credential").count() == 1


# -- who may, how often, how long -------------------------------------------------------------------------------------


def test_the_offer_is_the_holders_alone_and_needs_a_result_that_was_fetched() -> None:
    play = Play().granted()
    path = reverse("portal:wallet", args=[licence_of(play).ref])
    waiting = signed_in("doanhnghiep1").post(path)
    assert waiting.status_code == 409
    assert "Kết quả của hồ sơ chưa được nhận" in text(waiting)
    for who, status in (("doanhnghiep2", 404), ("tiepnhan", 403)):
        assert signed_in(who).post(path).status_code == status
    assert Client().post(path).status_code == 302
    assert not CredentialOffer.objects.exists()


def test_a_dossier_without_a_licence_has_nothing_for_a_wallet() -> None:
    play = Play().submitted()
    page = signed_in("doanhnghiep1").post(reverse("portal:wallet", args=[play.dossier.ref]))
    assert page.status_code == 404
    assert not CredentialOffer.objects.exists()


def test_a_code_is_taken_once_and_a_newer_offer_ends_the_older() -> None:
    play = collected()
    first = Wallet(*offered(play))
    second = Wallet(*offered(play))
    assert first.ask_token().json()["error"] == "invalid_grant"
    assert second.ask_token().status_code == 200
    again = second.ask_token()
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_wrong_digits_are_taken_five_times_at_most() -> None:
    wallet = Wallet(*offered(collected()))
    wrong = f"{(int(wallet.digits) + 1) % 10**6:06}"
    assert [wallet.ask_token(tx_code=wrong).status_code for _ in range(5)] == [400] * 5
    assert wallet.ask_token().json()["error"] == "invalid_grant"  # right now, and too late


def test_an_offer_and_its_token_end_after_ten_minutes() -> None:
    play = collected()
    late = Wallet(*offered(play))
    advance(timedelta(minutes=10))
    assert late.ask_token().json()["error"] == "invalid_grant"
    slow = Wallet(*offered(play))
    advance(timedelta(minutes=9))
    token = slow.ask_token().json()
    assert 0 < token["expires_in"] <= 60
    advance(timedelta(minutes=1))
    refused = slow.ask_credential(token["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_a_wallet_that_lost_the_answer_asks_again_and_another_key_gets_nothing() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    token = wallet.ask_token().json()["access_token"]
    assert [wallet.ask_credential(token).status_code for _ in range(2)] == [200, 200]
    wallet.key = JWK.generate(kty="EC", crv="P-256")
    assert wallet.ask_credential(token).json()["error"] == "credential_request_denied"
    outbox.drain()
    assert Notice.objects.filter(dossier=play.dossier_id, kind="issue_credential").count() == 1


def test_no_secret_is_kept() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    token = wallet.ask_token().json()["access_token"]
    assert wallet.ask_credential(token).status_code == 200
    row = str(CredentialOffer.objects.values().get())
    for secret in (wallet.offer["grants"][GRANT]["pre-authorized_code"], wallet.digits, token):
        assert secret not in row


def test_a_damaged_request_for_a_token_is_told_what_is_wrong() -> None:
    wallet = Wallet(*offered(collected()))
    for changed, error in (
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"tx_code": ""}, "invalid_request"),
        ({"pre-authorized_code": ""}, "invalid_request"),
        ({"pre-authorized_code": "\x00"}, "invalid_grant"),
        ({"tx_code": "x" * 5000}, "invalid_grant"),
    ):
        answer = wallet.ask_token(**changed)
        assert (answer.status_code, answer.json()["error"]) == (400, error), changed
        assert answer.json()["error_description"].isascii()
    assert wallet.ask_token().status_code == 200


def test_a_damaged_request_for_a_credential_is_told_what_is_wrong() -> None:
    wallet = Wallet(*offered(collected()))
    token = wallet.ask_token().json()["access_token"]
    for changed, error in (
        ({"credential_configuration_id": "khong_co"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": None}, "unknown_credential_configuration"),
        ({"proofs": None}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": ["a.b.c"]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["a.b.c", "a.b.c"]}}, "invalid_proof"),
        ({"proofs": {"jwt": [7]}}, "invalid_proof"),
    ):
        answer = wallet.ask_credential(token, **changed)
        assert (answer.status_code, answer.json()["error"]) == (400, error), changed
    assert wallet.ask_credential(token).status_code == 200


@pytest.mark.parametrize("body", ["", "[]", "{", "7", "[" * 5000, "x" * 30_000])
def test_a_body_that_is_no_request_is_refused(body: str) -> None:
    answer = Client().post(
        "/giay-phep-dien-tu/credential",
        body,
        content_type="application/json",
        headers={"Authorization": "Bearer x"},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_credential_request")
    no_token = Client().post("/giay-phep-dien-tu/credential", "{}", content_type="application/json")
    assert (no_token.status_code, no_token.json()["error"]) == (401, "invalid_token")


# -- forged, changed, shown by somebody else --------------------------------------------------------------------------


def test_a_changed_or_strange_credential_is_not_believed() -> None:
    play = collected()
    wallet = Wallet(*offered(play))
    credential = wallet.fetch()
    good = wallet.presents(credential, {"holder": True})
    assert verified(good)["holder"]
    signed, disclosure, binding = good.split("~")
    head, payload, signature = signed.split(".")
    other = wallet.presents(credential, {"tax_code": True}).split("~")[1]

    def is_refused(text: str, challenge: str = CHALLENGE) -> None:
        with pytest.raises((JWException, ValueError, KeyError)):
            verified(text, challenge=challenge)

    changed = payload[:40] + ("A" if payload[40] != "A" else "B") + payload[41:]
    is_refused("~".join([f"{head}.{changed}.{signature}", disclosure, binding]))  # what was signed
    is_refused("~".join([signed, disclosure[:-4] + "AAAA", binding]))  # a claim that is told
    is_refused("~".join([signed, disclosure, other, binding]))  # one more claim than the holder showed
    is_refused("~".join([signed, binding]))  # one fewer
    is_refused(good, challenge="another")  # played again before another verifier
    thief = Wallet(wallet.offer, wallet.digits)
    is_refused(thief.presents(credential, {"holder": True}))  # shown by who does not hold the key
    signer = keys.signing_key()
    assert signer
    forged = JWS(json.dumps(verified(good) | {"number": "99/QĐ-HTTB"}))
    header = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": signer.jwk["kid"]}
    forged.add_signature(JWK.generate(kty="EC", crv="P-256"), alg="ES256", protected=json.dumps(header))
    is_refused(wallet.presents(f"{forged.serialize(compact=True)}~", {}))  # made by somebody else
