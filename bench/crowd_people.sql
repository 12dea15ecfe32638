-- A hundred units with ten officials each, two thousand enterprises, and one file that all papers share.

INSERT INTO procedures_unit (code, name_vi, name_en, kind, agency_id)
SELECT 'B' || to_char(n, 'FM000'), 'Phòng số ' || n, 'Division ' || n, 'division',
       (SELECT id FROM procedures_agency WHERE code = 'HTTB')
FROM generate_series(1, 100) n;

INSERT INTO procedures_user (password, is_superuser, username, full_name, title, email, phone, language, is_active,
                             is_staff, created_at)
SELECT '!', false, 'bench' || to_char(n, 'FM000') || '_' || k, 'Nguyễn Văn ' || n || '-' || k, 'Chuyên viên', '', '',
       'vi', true, false, '2024-01-01'
FROM generate_series(1, 100) n, generate_series(1, 10) k;

INSERT INTO procedures_membership (since, role, user_id, unit_id)
SELECT '2024-01-01', role, person.id, unit.id
FROM generate_series(1, 100) n
CROSS JOIN (VALUES (1, 'head'), (1, 'specialist'), (2, 'specialist'), (3, 'specialist'), (4, 'specialist'),
                   (5, 'reception'), (6, 'cashier'), (7, 'director'), (8, 'leader'), (9, 'clerk'), (10, 'result_desk'))
           AS seat (k, role)
JOIN procedures_user person ON person.username = 'bench' || to_char(n, 'FM000') || '_' || k
JOIN procedures_unit unit ON unit.code = 'B' || to_char(n, 'FM000');

-- One of them leads two more divisions.
INSERT INTO procedures_membership (since, role, user_id, unit_id)
SELECT '2024-01-01', 'head', person.id, unit.id
FROM procedures_user person, procedures_unit unit
WHERE person.username = 'bench042_1' AND unit.code IN ('B043', 'B044');

INSERT INTO procedures_subject (kind, name, tax_code, address, phone, email)
SELECT 'enterprise', 'Công ty TNHH Thiết bị y tế số ' || n, '02' || to_char(n, 'FM00000000'),
       'Số ' || n || ' đường Giải Phóng, Hà Nội', '0900000000', ''
FROM generate_series(1, 2000) n;

INSERT INTO workflows_storedfile (sha256, size, media_type, state, findings, checked_at, created_at)
VALUES (repeat('0', 64), 1000, 'application/pdf', 'clean', '[]', '2024-01-01', '2024-01-01');
