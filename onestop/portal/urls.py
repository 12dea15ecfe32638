"""The addresses of the portal. Mounted at the root of the site."""

from django.urls import path

from onestop.portal import catalogue, dossiers, filling, handing_in, licences, notices, supplements, wallet

app_name = "portal"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("thu-tuc/", catalogue.procedures, name="procedures"),
    path("thu-tuc/<slug:code>/", catalogue.procedure, name="procedure"),
    path("thu-tuc/<slug:code>/nop/", filling.start, name="start"),
    path("ho-so/", dossiers.dossiers, name="dossiers"),
    path("ho-so/<uuid:ref>/", dossiers.dossier, name="dossier"),
    path("ho-so/<uuid:ref>/to-khai/<slug:section>/", filling.section, name="section"),
    path("ho-so/<uuid:ref>/giay-to/", handing_in.pieces, name="pieces"),
    path("ho-so/<uuid:ref>/giay-to/<int:piece>/", dossiers.piece, name="piece"),
    path("ho-so/<uuid:ref>/kiem-tra/", handing_in.check, name="check"),
    path("ho-so/<uuid:ref>/ky/", handing_in.sign, name="sign"),
    path("ho-so/<uuid:ref>/nop/", handing_in.submit, name="submit"),
    path("ho-so/<uuid:ref>/bo-sung/", supplements.supplement, name="supplement"),
    path("ho-so/<uuid:ref>/bo-sung/gui/", supplements.send_supplement, name="send_supplement"),
    path("ho-so/<uuid:ref>/rut/", dossiers.withdraw, name="withdraw"),
    path("ho-so/<uuid:ref>/ket-qua/", dossiers.result, name="result"),
    path("ho-so/<uuid:ref>/van-ban/<uuid:paper>/", dossiers.paper, name="paper"),
    path("giay-phep/", licences.licences, name="licences"),
    path("giay-phep/<uuid:ref>/", licences.licence, name="licence"),
    path("giay-phep/<uuid:ref>/ban-sao/", licences.make_copy, name="make_copy"),
    path("giay-phep/<uuid:ref>/ban-sao/<uuid:copy>/", licences.copy, name="copy"),
    path("giay-phep/<uuid:ref>/vi/", wallet.wallet, name="wallet"),
    path("giay-phep/<uuid:ref>/dieu-kien/<int:condition>/", licences.report, name="report"),
    path(
        "giay-phep/<uuid:ref>/dieu-kien/<int:condition>/<int:piece>/",
        licences.report_paper,
        name="report_paper",
    ),
    path("thong-bao/", notices.notices, name="notices"),
    path("thong-bao/da-doc/", notices.mark_read, name="mark_read"),
]
