"""The addresses of the public pages. The short one stands in QR codes, in capitals too."""

from django.urls import path

from onestop.public import credentials, ledger, machine, offline, open_data, registers, verifying

app_name = "public"
urlpatterns = [
    path("tra-cuu/", registers.track, name="track"),
    path("so-dang-ky/", registers.register, name="register"),
    path("so-dang-ky/du-lieu/", open_data.index, name="open_data"),
    path("so-dang-ky/du-lieu/luoc-do.json", open_data.schema, name="open_schema"),
    path("so-dang-ky/du-lieu/thay-doi.json", open_data.changes, name="open_changes"),
    path("so-dang-ky/du-lieu/<slug:register>.csv", open_data.register_csv, name="open_csv"),
    path("so-dang-ky/du-lieu/<slug:register>.json", open_data.register_json, name="open_json"),
    path("so-dang-ky/<uuid:ref>/", registers.licence, name="licence"),
    path("kiem-tra/", verifying.verify, name="verify"),
    path("kiem-tra/api/", machine.verify, name="verify_api"),
    path("kiem-tra/ngoai-tuyen/", offline.offline, name="offline"),
    path("kiem-tra/ngoai-tuyen/du-lieu.json", offline.data, name="offline_data"),
    path("kiem-tra/ngoai-tuyen/luu.js", offline.worker, name="offline_worker"),
    path("trang-thai/", offline.status_lists, name="status_lists"),
    path("trang-thai/<slug:agency>/<slug:series>/<int:year>", offline.status_list, name="status_list"),
    path(".well-known/jwt-vc-issuer", offline.issuer, name="issuer"),
    path(".well-known/openid-credential-issuer", credentials.issuer, name="credential_issuer"),
    path(
        ".well-known/oauth-authorization-server",
        credentials.authorization_server,
        name="authorization_server",
    ),
    path("giay-phep-dien-tu/loai/<slug:register>", credentials.credential_type, name="credential_type"),
    path("giay-phep-dien-tu/token", credentials.token, name="token"),
    path("giay-phep-dien-tu/nonce", credentials.nonce, name="nonce"),
    path("giay-phep-dien-tu/credential", credentials.credential, name="credential"),
    path("so-cai/", ledger.checkpoints, name="checkpoints"),
    path("so-cai/moc.json", ledger.checkpoints_json, name="checkpoints_json"),
    path("so-cai/<int:number>", ledger.checkpoint, name="checkpoint"),
    path("v/<slug:code>/so-cai.json", ledger.proof, name="proof"),
    path("v/<slug:code>.json", machine.record, name="record"),
    path("v/<slug:code>", verifying.by_code, name="code"),
    path("v/<slug:code>/pdf", verifying.pdf, name="pdf"),
    path("v/<slug:code>/<slug:statement>", verifying.by_code, name="statement"),
    path("V/<slug:code>", verifying.by_code),
    path("V/<slug:code>/<slug:statement>", verifying.by_code),
]
