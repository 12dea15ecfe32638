"""The ministry of the demonstration, as tables: agencies, units, invented people and enterprises. Data only."""

from base64 import b32encode
from dataclasses import dataclass

from procedures.definition.model import Role
from procedures.models import Unit

__all__ = ["AGENCIES", "ENTERPRISES", "PEOPLE", "PERSONS", "PLACE", "ROLE_NAMES", "UNITS", "Person"]

PLACE = "Hà Nội"
# code, parent, name, English name, national code (the departments use the ministry's: theirs were not checked)
AGENCIES = (
    ("BYT", "", "Bộ Y tế", "Ministry of Health", "000.00.00.G18"),
    ("HTTB", "BYT", "Cục Hạ tầng và Thiết bị y tế", "Department of Infrastructure and Medical Devices", ""),
    ("QLD", "BYT", "Cục Quản lý Dược", "Drug Administration", ""),
    ("ATTP", "BYT", "Cục An toàn thực phẩm", "Food Safety Authority", ""),
    ("KCB", "BYT", "Cục Quản lý Khám, chữa bệnh", "Medical Services Administration", ""),
    ("PB", "BYT", "Cục Phòng bệnh", "Disease Prevention Department", ""),
    (
        "VKN",
        "BYT",
        "Viện Kiểm nghiệm an toàn vệ sinh thực phẩm quốc gia",
        "National Institute for Food Control",
        "",
    ),
    ("SYT", "", "Sở Y tế", "Provincial Health Department", "000.00.01.H22"),
    ("BCA", "", "Bộ Công an", "Ministry of Public Security", ""),
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
    ("HTTB-DKLH", "HTTB", "HTTB", _K.DIVISION, "Phòng Đăng ký lưu hành", "Registration Division"),
    ("HTTB-CG", "HTTB", "HTTB", _K.DIVISION, "Các tiểu ban chuyên gia", "Expert Groups"),
    ("HTTB-HD", "HTTB", "HTTB", _K.DIVISION, "Hội đồng tư vấn cấp số lưu hành", "Registration Council"),
    ("QLD-MP", "QLD", "QLD", _K.DIVISION, "Phòng Quản lý mỹ phẩm", "Cosmetics Division"),
    ("QLD-DDG", "QLD", "QLD", _K.DIVISION, "Đoàn đánh giá thực hành tốt", "Good Practice Team"),
    ("VKN", "VKN", "", _K.DIVISION, "Khoa Kiểm nghiệm", "Laboratory"),
    ("KCB", "KCB", "", _K.LEADERSHIP, "Lãnh đạo Cục Quản lý Khám, chữa bệnh", "Leadership, Medical Services"),
    ("KCB-QLHN", "KCB", "KCB", _K.DIVISION, "Phòng Quản lý hành nghề", "Practice Division"),
    ("KCB-DTD", "KCB", "KCB", _K.DIVISION, "Đoàn thẩm định cơ sở", "Facility Team"),
    ("KCB-HD", "KCB", "KCB", _K.DIVISION, "Hội đồng tư vấn cấp giấy phép hành nghề", "Practice Council"),
    (
        "KCB-VT",
        "KCB",
        "KCB",
        _K.REGISTRY,
        "Văn thư Cục Quản lý Khám, chữa bệnh",
        "Registry, Medical Services",
    ),
    ("PB", "PB", "", _K.LEADERSHIP, "Lãnh đạo Cục Phòng bệnh", "Leadership, Disease Prevention"),
    ("PB-ATSH", "PB", "PB", _K.DIVISION, "Phòng An toàn sinh học", "Biosafety Division"),
    ("PB-HD", "PB", "PB", _K.DIVISION, "Hội đồng thẩm định an toàn sinh học", "Biosafety Council"),
    ("PB-VT", "PB", "PB", _K.REGISTRY, "Văn thư Cục Phòng bệnh", "Registry, Disease Prevention"),
    ("SYT-MC", "SYT", "", _K.OFFICE, "Bộ phận Một cửa Sở Y tế", "One-stop Office, Health Department"),
    ("SYT-NV", "SYT", "", _K.DIVISION, "Phòng Nghiệp vụ Sở Y tế", "Medical Affairs, Health Department"),
    ("C04", "BCA", "", _K.DIVISION, "Cục Cảnh sát điều tra tội phạm về ma túy", "Drug Crime Police"),
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


_SIGNS = {
    Role.LEADER: "Ký bằng mã một lần",
    Role.CLERK: "Đóng dấu bằng mã một lần",
    Role.HEAD: "Ký kiểm tra nội dung bằng mã một lần",
}


def _signer(username: str, full_name: str, title: str, role: Role, unit: str) -> Person:
    """Somebody who signs or seals with a one-time code; the secret follows from the name and is known to everybody."""
    secret = b32encode(f"motcua {username}".ljust(25).encode()).decode()
    return Person(username, full_name, title, ((role, unit),), totp_secret=secret, note=_SIGNS[role])


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
    Person("tichhop", "Đoàn Khánh Vân", "Cán bộ tích hợp", ((_R.INTEGRATION, "VP"),)),
    Person("tichhop2", "Nghiêm Xuân Trường", "Cán bộ tích hợp", ((_R.INTEGRATION, "VP"),)),
    Person("truongphong_qld", "Trịnh Công Sơn Hà", "Trưởng phòng", ((_R.HEAD, "QLD-KDD"),)),
    Person("chuyenvien_qld", "Phan Thị Yến", "Chuyên viên", ((_R.SPECIALIST, "QLD-KDD"),)),
    _signer("cuctruong_qld", "Dương Hữu Phước", "Cục trưởng", _R.LEADER, "QLD"),
    _signer("vanthu_qld", "Hồ Thị Kim Oanh", "Văn thư", _R.CLERK, "QLD-VT"),
    Person("truongphong_attp", "Võ Thành Nhân", "Trưởng phòng", ((_R.HEAD, "ATTP-QLSP"),)),
    Person("chuyenvien_attp", "Đinh Thị Quỳnh", "Chuyên viên", ((_R.SPECIALIST, "ATTP-QLSP"),)),
    _signer("cuctruong_attp", "Tạ Đức Vinh", "Cục trưởng", _R.LEADER, "ATTP"),
    _signer("vanthu_attp", "Châu Thị Diễm", "Văn thư", _R.CLERK, "ATTP-VT"),
    _signer("truongphong_dklh", "Lưu Quang Huy", "Trưởng phòng", _R.HEAD, "HTTB-DKLH"),
    Person("chuyenvien_dklh", "Cao Thị Hạnh", "Chuyên viên", ((_R.SPECIALIST, "HTTB-DKLH"),)),
    Person("chuyengia1", "Tống Văn Lâm", "Chuyên gia pháp lý", ((_R.EXPERT, "HTTB-CG"),)),
    Person("chuyengia2", "Kiều Thị Minh", "Chuyên gia chất lượng", ((_R.EXPERT, "HTTB-CG"),)),
    Person("chuyengia3", "Đoàn Trọng Nghĩa", "Chuyên gia lâm sàng", ((_R.EXPERT, "HTTB-CG"),)),
    Person("hoidong_httb", "Vương Đình Phong", "Chủ tịch Hội đồng", ((_R.COUNCIL, "HTTB-HD"),)),
    Person("truongphong_mp", "Quách Thị Thanh", "Trưởng phòng", ((_R.HEAD, "QLD-MP"),)),
    Person("chuyenvien_mp", "Thái Văn Sáng", "Chuyên viên", ((_R.SPECIALIST, "QLD-MP"),)),
    Person("truongdoan_qld", "Bành Thị Tâm", "Trưởng đoàn đánh giá", ((_R.COUNCIL, "QLD-DDG"),)),
    Person("kiemnghiem", "Lục Văn Uy", "Trưởng khoa Kiểm nghiệm", ((_R.EXPERT, "VKN"),)),
    Person("truongphong_kcb", "Giáp Thị Vân", "Trưởng phòng", ((_R.HEAD, "KCB-QLHN"),)),
    Person("chuyenvien_kcb", "Khúc Văn Xuyên", "Chuyên viên", ((_R.SPECIALIST, "KCB-QLHN"),)),
    Person("truongdoan_kcb", "Âu Thị Yên", "Trưởng đoàn thẩm định", ((_R.COUNCIL, "KCB-DTD"),)),
    Person("hoidong_kcb", "La Văn An", "Chủ tịch Hội đồng", ((_R.COUNCIL, "KCB-HD"),)),
    _signer("cuctruong_kcb", "Mạc Thị Bảo", "Cục trưởng", _R.LEADER, "KCB"),
    _signer("vanthu_kcb", "Nhữ Văn Cảnh", "Văn thư", _R.CLERK, "KCB-VT"),
    Person("truongphong_pb", "Ông Thị Dung", "Trưởng phòng", ((_R.HEAD, "PB-ATSH"),)),
    Person("chuyenvien_pb", "Phùng Văn Đạt", "Chuyên viên", ((_R.SPECIALIST, "PB-ATSH"),)),
    Person("hoidong_pb", "Quản Thị Giang", "Chủ tịch Hội đồng thẩm định", ((_R.COUNCIL, "PB-HD"),)),
    _signer("cuctruong_pb", "Sầm Văn Hiếu", "Cục trưởng", _R.LEADER, "PB"),
    _signer("vanthu_pb", "Tiêu Thị Khuê", "Văn thư", _R.CLERK, "PB-VT"),
    Person(
        "tiepnhan_syt",
        "Từ Văn Lộc",
        "Chuyên viên tiếp nhận",
        ((_R.RECEPTION, "SYT-MC"), (_R.CASHIER, "SYT-MC")),
    ),
    Person("truongphong_syt", "Ung Thị My", "Trưởng phòng Nghiệp vụ", ((_R.HEAD, "SYT-NV"),)),
    Person("canbo_c04", "Viên Văn Nam", "Cán bộ đầu mối", ((_R.EXPERT, "C04"),)),
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
    Person("bacsi", "Trương Thị Ngân", "Bác sĩ", files_for="8109998883", basis="Chính mình"),
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
PERSONS = (
    (
        "8109998883",
        "Trương Thị Ngân",
        "Số 5 đường Lê Lợi, phường Vĩnh Ninh, thành phố Huế",
        "0912345678",
        "ngan.truong@motcua.example",
    ),
)
ROLE_NAMES = {
    Role.RECEPTION: "Tiếp nhận",
    Role.CASHIER: "Thu phí",
    Role.HEAD: "Trưởng phòng",
    Role.SPECIALIST: "Thẩm định",
    Role.EXPERT: "Chuyên gia",
    Role.COUNCIL: "Hội đồng, đoàn thẩm định",
    Role.DIRECTOR: "Lãnh đạo Cục",
    Role.LEADER: "Người ký",
    Role.CLERK: "Văn thư",
    Role.RESULT_DESK: "Trả kết quả",
    Role.CONTROLLER: "Kiểm soát thủ tục",
    Role.ADMINISTRATOR: "Quản trị",
    Role.AUDITOR: "Kiểm toán",
    Role.INTEGRATION: "Tích hợp",
}
