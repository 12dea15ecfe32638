"""The addresses of the public pages. The short one stands in QR codes, in capitals too."""

from django.urls import path

from onestop.public import machine, registers, verifying

app_name = "public"
urlpatterns = [
    path("tra-cuu/", registers.track, name="track"),
    path("so-dang-ky/", registers.register, name="register"),
    path("so-dang-ky/<uuid:ref>/", registers.licence, name="licence"),
    path("kiem-tra/", verifying.verify, name="verify"),
    path("kiem-tra/api/", machine.verify, name="verify_api"),
    path("v/<slug:code>.json", machine.record, name="record"),
    path("v/<slug:code>", verifying.by_code, name="code"),
    path("v/<slug:code>/pdf", verifying.pdf, name="pdf"),
    path("V/<slug:code>", verifying.by_code),
]
