"""The addresses of the electronic office and the counter. Prefix: van-phong/."""

from django.urls import path, register_converter

from onestop.office import (
    calendars,
    downloads,
    lines,
    lists,
    messages,
    openings,
    performing,
    procedures,
    readings,
    register,
    signing,
    supervision,
    together,
    versions,
    views,
    work,
)
from onestop.office.designer import pages, playing, texts
from onestop.office.designer.outline import CHAPTER

__all__ = ["app_name", "urlpatterns"]


class Fingerprint:
    """A SHA-256 in lower-case hexadecimal."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


class VersionAct(Fingerprint):
    """What may be done with a version of a procedure."""

    regex = "check|publish|retire|discard"


class Chapter(Fingerprint):
    """A chapter of the designer."""

    regex = CHAPTER


class FileName(Fingerprint):
    """A file of a draft."""

    regex = r"[a-z0-9][a-z0-9_-]*\.(?:yaml|html)"


class CalendarAct(Fingerprint):
    """What may be done with a proposed change of the calendar, or of a reading."""

    regex = "apply|decline"


class MessageAct(Fingerprint):
    """What may be done with a message to a partner."""

    regex = "retry|resend|ask-skip|grant-skip|decline-skip"


class LineAct(Fingerprint):
    """What may be done with the line to a partner."""

    regex = "pause|open|replay"


register_converter(CalendarAct, "calendar_act")
register_converter(LineAct, "line_act")
register_converter(MessageAct, "message_act")
register_converter(Chapter, "chapter")
register_converter(FileName, "file_name")
register_converter(Fingerprint, "sha256")
register_converter(VersionAct, "version_act")

app_name = "office"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("tim/", views.search, name="search"),
    path("so-van-ban/", views.numbers, name="numbers"),
    path("luu-giu/", views.archive, name="archive"),
    path("so-theo-doi/", register.dossier_register, name="register"),
    path("so-theo-doi/<uuid:ref>/", register.extract, name="extract"),
    path("nhieu-ho-so/<slug:code>/<slug:node>/<slug:outcome>/", together.sitting, name="sitting"),
    path("mo-ho-so/", openings.licences, name="openings"),
    path("mo-ho-so/<slug:code>/<uuid:ref>/", openings.open_dossier, name="open"),
    path("danh-muc/<slug:code>/", lists.open_list, name="list"),
    path("sau-cap-phep/", supervision.supervision, name="supervision"),
    path("sau-cap-phep/<int:number>/", supervision.report, name="report"),
    path("sau-cap-phep/<int:number>/<int:piece>/", supervision.paper, name="report_paper"),
    path("lien-thong/", messages.console, name="messages"),
    path("lien-thong/nhan/<int:number>/", messages.inbound, name="inbound"),
    path("lien-thong/duong-day/<slug:partner>/", lines.line, name="line"),
    path("lien-thong/duong-day/<slug:partner>/<line_act:line_act>/", lines.act_on_line, name="act_on_line"),
    path("lien-thong/doi-chieu/", lines.reconciliation, name="reconciliation"),
    path("lien-thong/doi-chieu/<int:number>/", lines.settle, name="settle"),
    path("lien-thong/<uuid:uuid>/", messages.message, name="message"),
    path("lien-thong/<uuid:uuid>/noi-dung/", messages.content, name="message_content"),
    path("lien-thong/<uuid:uuid>/<message_act:message_act>/", messages.act, name="act_on_message"),
    path("lich/", calendars.this_year, name="calendars"),
    path("lich/nhan-muon/", readings.all_readings, name="readings"),
    path("lich/nhan-muon/<int:reading>/<calendar_act:decision>/", readings.decide, name="decide_reading"),
    path("lich/<int:year>/", calendars.year, name="calendar"),
    path("lich/<int:year>/<calendar_act:decision>/", calendars.decide, name="decide_calendar"),
    path("thu-tuc/", procedures.procedures, name="procedures"),
    path("thu-tuc/<slug:code>/<slug:day>/", procedures.version, name="version"),
    path("thu-tuc/<slug:code>/<slug:day>/ban-moi/", pages.begin, name="begin"),
    path("thu-tuc/<slug:code>/<slug:day>/sua/<chapter:chapter>/", pages.edit, name="edit"),
    path("thu-tuc/<slug:code>/<slug:day>/tep/<file_name:name>/", texts.text, name="text"),
    path("thu-tuc/<slug:code>/<slug:day>/xem-thu/<slug:kind>/", texts.preview, name="preview"),
    path("thu-tuc/<slug:code>/<slug:day>/thu/", playing.try_out, name="try_out"),
    path("thu-tuc/<slug:code>/<slug:day>/ho-so/", versions.dossiers, name="version_dossiers"),
    path("thu-tuc/<slug:code>/<slug:day>/tai-ve/", procedures.package, name="package"),
    path("thu-tuc/<slug:code>/<slug:day>/<version_act:act>/", procedures.decide, name="decide"),
    path("ho-so/<uuid:ref>/", work.dossier, name="dossier"),
    path("ho-so/<uuid:ref>/nhat-ky/", work.history, name="history"),
    path("ho-so/<uuid:ref>/phieu/<str:kind>/", work.slip, name="slip"),
    path("ho-so/<uuid:ref>/thoi-han/", work.time_limit, name="time_limit"),
    path("ho-so/<uuid:ref>/ghi-chu/", work.note, name="note"),
    path("ho-so/<uuid:ref>/cho/<int:task_id>/", work.waiting, name="waiting"),
    path("ho-so/<uuid:ref>/viec/<int:task_id>/<slug:outcome>/", performing.act, name="act"),
    path("ho-so/<uuid:ref>/ky/", signing.sign, name="sign"),
    path("ho-so/<uuid:ref>/giay-to/<int:piece_id>/", downloads.piece, name="piece"),
    path("ho-so/<uuid:ref>/van-ban/<uuid:paper_ref>/<sha256:sha256>/", downloads.paper, name="paper"),
]
