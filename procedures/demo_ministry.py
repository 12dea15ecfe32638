"""The ministry of the demonstration, as tables: agencies, units, invented people and enterprises. Data only."""

from dataclasses import dataclass

from procedures.definition.model import Role
from procedures.models import Unit

__all__ = ["AGENCIES", "ENTERPRISES", "PEOPLE", "PLACE", "ROLE_NAMES", "UNITS", "Person"]

PLACE = "Hà Nội"
# code, parent, name, English name, national code (the departments use the ministry's: theirs were not checked)
AGENCIES = (
    ("BYT", "", "Bộ Y tế", "Ministry of Health", "000.00.00.G18"),
    ("HTTB", "BYT", "Cục Hạ tầng và Thiết bị y tế", "Department of Infrastructure and Medical Devices", ""),
    ("QLD", "BYT", "Cục Quản lý Dược", "Drug Administration", ""),
    ("ATTP", "BYT", "Cục An toàn thực phẩm", "Food Safety Authority", ""),
)
_K = Unit.Kind
# code, agency, parent unit, kind, name, English name
UNITS = (
    ("VP", "BYT", "", _K.OFFICE, "Văn phòng Bộ", "Office of the Ministry"),
    ("VP-MC", "BYT", "VP", _K.OFFICE, "Bộ phận Một cửa", "One-stop Office"),
    ("VP-TC", "BYT", "VP", _K.OFFICE, "Phòng Tài chính", "Finance Division"),
    (
        "HTTB",
        "HTTB",
        "",
        _K.LEADERSHIP,
        "Lãnh đạo Cục Hạ tầng và Thiết bị y tế",
        "Leadership, Medical Devices",
    ),
    ("HTTB-QLNK", "HTTB", "HTTB", _K.DIVISION, "Phòng Quản lý nhập khẩu", "Import Division"),
    (
        "HTTB-VT",
        "HTTB",
        "HTTB",
        _K.REGISTRY,
        "Văn thư Cục Hạ tầng và Thiết bị y tế",
        "Registry, Medical Devices",
    ),
    ("QLD", "QLD", "", _K.LEADERSHIP, "Lãnh đạo Cục Quản lý Dược", "Leadership, Drug Administration"),
    ("QLD-KDD", "QLD", "QLD", _K.DIVISION, "Phòng Quản lý kinh doanh dược", "Pharmacy Business Division"),
    ("QLD-VT", "QLD", "QLD", _K.REGISTRY, "Văn thư Cục Quản lý Dược", "Registry, Drug Administration"),
    ("ATTP", "ATTP", "", _K.LEADERSHIP, "Lãnh đạo Cục An toàn thực phẩm", "Leadership, Food Safety"),
    ("ATTP-QLSP", "ATTP", "ATTP", _K.DIVISION, "Phòng Quản lý sản phẩm", "Products Division"),
    ("ATTP-VT", "ATTP", "ATTP", _K.REGISTRY, "Văn thư Cục An toàn thực phẩm", "Registry, Food Safety"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented official, or somebody who files for an enterprise."""

    username: str
    full_name: str
    title: str
    seats: tuple[tuple[Role, str], ...] = ()
    files_for: str = ""
    """Tax code of the enterprise."""
    basis: str = ""
    totp_secret: str = ""
    note: str = ""


_R = Role
PEOPLE = (
    Person("tiepnhan", "Trần Thị Hòa", "Chuyên viên tiếp nhận", ((_R.RECEPTION, "VP-MC"),)),
    Person("traketqua", "Nguyễn Thị Lụa", "Chuyên viên trả kết quả", ((_R.RESULT_DESK, "VP-MC"),)),
    Person("thuquy", "Lê Thị Bích", "Thủ quỹ", ((_R.CASHIER, "VP-TC"),)),
    Person("truongphong", "Phạm Quốc Dũng", "Trưởng phòng", ((_R.HEAD, "HTTB-QLNK"),)),
    Person("chuyenvien", "Đỗ Minh Khôi", "Chuyên viên", ((_R.SPECIALIST, "HTTB-QLNK"),)),
    Person("chuyenvien2", "Vũ Thị Ngọc Ánh", "Chuyên viên chính", ((_R.SPECIALIST, "HTTB-QLNK"),)),
    Person("phocuctruong", "Bùi Thị Thu Hằng", "Phó Cục trưởng", ((_R.DIRECTOR, "HTTB"),)),
    Person(
        "cuctruong",
        "Hoàng Văn Thịnh",
        "Cục trưởng",
        ((_R.LEADER, "HTTB"),),
        totp_secret="MN2WG5DSOVXW4ZZNNNUXEY3IMFXGOLLI",  # noqa: S106 - known to everybody
        note="Ký bằng mã một lần",
    ),
    Person(
        "vanthu",
        "Ngô Thị Mai",
        "Văn thư",
        ((_R.CLERK, "HTTB-VT"),),
        totp_secret="OZQW45DIOUQHMYLOORUHK3LPORRXKYJA",  # noqa: S106 - known to everybody
        note="Đóng dấu bằng mã một lần",
    ),
    Person(
        "kiemsoat", "Đặng Thanh Tùng", "Chuyên viên kiểm soát thủ tục hành chính", ((_R.CONTROLLER, "VP"),)
    ),
    Person("quantri", "Lý Gia Bảo", "Quản trị hệ thống", ((_R.ADMINISTRATOR, "VP"),)),
    Person("kiemtoan", "Mai Thị Tuyết", "Kiểm toán viên nội bộ", ((_R.AUDITOR, "VP"),)),
    Person("truongphong_qld", "Trịnh Công Sơn Hà", "Trưởng phòng", ((_R.HEAD, "QLD-KDD"),)),
    Person("chuyenvien_qld", "Phan Thị Yến", "Chuyên viên", ((_R.SPECIALIST, "QLD-KDD"),)),
    Person("cuctruong_qld", "Dương Hữu Phước", "Cục trưởng", ((_R.LEADER, "QLD"),)),
    Person("vanthu_qld", "Hồ Thị Kim Oanh", "Văn thư", ((_R.CLERK, "QLD-VT"),)),
    Person("truongphong_attp", "Võ Thành Nhân", "Trưởng phòng", ((_R.HEAD, "ATTP-QLSP"),)),
    Person("chuyenvien_attp", "Đinh Thị Quỳnh", "Chuyên viên", ((_R.SPECIALIST, "ATTP-QLSP"),)),
    Person("cuctruong_attp", "Tạ Đức Vinh", "Cục trưởng", ((_R.LEADER, "ATTP"),)),
    Person("vanthu_attp", "Châu Thị Diễm", "Văn thư", ((_R.CLERK, "ATTP-VT"),)),
    Person(
        "doanhnghiep1",
        "Nguyễn Hoàng Nam",
        "Giám đốc",
        files_for="0109998881",
        basis="Người đại diện theo pháp luật",
    ),
    Person(
        "doanhnghiep1b",
        "Lâm Thị Thảo",
        "Nhân viên pháp chế",
        files_for="0109998881",
        basis="Giấy ủy quyền số 02/2024/GUQ ngày 02/01/2024",
    ),
    Person(
        "doanhnghiep2",
        "Huỳnh Thị Xuân",
        "Giám đốc",
        files_for="0319998882",
        basis="Người đại diện theo pháp luật",
    ),
)
# tax code, name, address, phone, mail
ENTERPRISES = (
    (
        "0109998881",
        "Công ty TNHH Thiết bị y tế Sông Hồng",
        "Số 12 phố Giảng Võ, phường Ô Chợ Dừa, thành phố Hà Nội",
        "02439998881",
        "hoso@songhong.example",
    ),
    (
        "0319998882",
        "Công ty Cổ phần Dược phẩm và Thiết bị Cửu Long",
        "Số 88 đường Nguyễn Thị Minh Khai, phường Xuân Hòa, Thành phố Hồ Chí Minh",
        "02839998882",
        "hoso@cuulong.example",
    ),
)
ROLE_NAMES = {
    Role.RECEPTION: "Tiếp nhận",
    Role.CASHIER: "Thu phí",
    Role.HEAD: "Trưởng phòng",
    Role.SPECIALIST: "Thẩm định",
    Role.DIRECTOR: "Lãnh đạo Cục",
    Role.LEADER: "Người ký",
    Role.CLERK: "Văn thư",
    Role.RESULT_DESK: "Trả kết quả",
    Role.CONTROLLER: "Kiểm soát thủ tục",
    Role.ADMINISTRATOR: "Quản trị",
    Role.AUDITOR: "Kiểm toán",
}
