-- As many dossiers as the table `given` (dossiers, flow, answers, at) says, and everything about them.

CREATE TEMP TABLE crowd AS
SELECT n AS id,
       'B' || to_char(n % 100 + 1, 'FM000') AS unit,
       (ARRAY['concluded', 'concluded', 'concluded', 'concluded', 'concluded', 'official', 'official', 'official',
              'applicant', 'reception'])[n / 100 % 10 + 1] AS waits_for,
       n / 100 % 2 = 0 AS at_review,
       given.at - make_interval(days => (n::bigint * 7919 % 700)::int, secs => n % 3600) AS at,
       given.at + make_interval(hours => (n::bigint * 7907 % 960)::int - 240) AS due_at,
       subject.id AS subject_id,
       head.id AS head_id,
       specialist.id AS specialist_id,
       applicant.id AS applicant_id,
       reception.id AS reception_id,
       cashier.id AS cashier_id
FROM given
CROSS JOIN generate_series(1, given.dossiers) n
JOIN procedures_subject subject ON subject.tax_code = '02' || to_char(n % 2000 + 1, 'FM00000000')
JOIN procedures_user head ON head.username = 'bench' || to_char(n % 100 + 1, 'FM000') || '_1'
JOIN procedures_user specialist
  ON specialist.username = 'bench' || to_char(n % 100 + 1, 'FM000') || '_' || (n / 1000 % 4 + 1)
JOIN procedures_user applicant ON applicant.username = 'doanhnghiep1'
JOIN procedures_user reception ON reception.username = 'tiepnhan'
JOIN procedures_user cashier ON cashier.username = 'thuquy';

INSERT INTO workflows_dossier (id, status, created, flow_class, ref, code, definition_sha256, state, interrupted, answers,
    revision, head_sequence, head_hash, applicant_id, handler_id, procedure_id, subject_id, version_id)
SELECT crowd.id, 'NEW', crowd.at, given.flow, gen_random_uuid(), 'bench-' || crowd.id, version.sha256,
       CASE waits_for WHEN 'concluded' THEN 'concluded' WHEN 'official' THEN 'in_process'
                      WHEN 'applicant' THEN 'supplement_requested' ELSE 'submitted' END,
       '{}', given.answers, 5, CASE WHEN at_review THEN 6 ELSE 7 END, repeat(md5(random()::text), 2), applicant_id, specialist_id,
       version.procedure_id, subject_id, version.id
FROM given, crowd
JOIN procedures_procedureversion version ON true
JOIN procedures_procedure procedure ON procedure.id = version.procedure_id AND procedure.code = 'device-import'
ORDER BY crowd.id;

SELECT setval(pg_get_serial_sequence('workflows_dossier', 'id'), (SELECT max(id) FROM workflows_dossier));

-- What is done: five tasks a dossier, written in the order in which they would have been.
INSERT INTO workflows_task (dossier_id, flow_task, flow_task_type, token, status, created, finished, node, kind, unit, role,
    owner_id, performer_id, due_at, outcome)
SELECT id, given.flow || '.' || node, 'HUMAN', 'start', 'DONE', crowd.at + made, crowd.at + done, node, 'human',
       coalesce(fixed_unit, unit), role, CASE role WHEN 'specialist' THEN specialist_id END,
       CASE role WHEN 'reception' THEN reception_id WHEN 'cashier' THEN cashier_id WHEN 'head' THEN head_id
                 ELSE specialist_id END,
       crowd.at + done + interval '8 h', outcome
FROM given, crowd
CROSS JOIN (VALUES
    (1, 'intake', 'VP-MC', 'reception', 'ask_fee', interval '0 h', interval '1 h'),
    (2, 'collect_fee', 'VP-TC', 'cashier', 'paid', '1 h', '2 h'),
    (3, 'intake', 'VP-MC', 'reception', 'accept', '2 h', '3 h'),
    (4, 'assign', NULL, 'head', 'assign', '3 h', '4 h'),
    (5, 'appraise', NULL, 'specialist', 'propose_grant', '4 h', '30 h')
) AS step (place, node, fixed_unit, role, outcome, made, done)
ORDER BY crowd.at + done, place;

INSERT INTO workflows_task (dossier_id, flow_task, flow_task_type, token, status, created, node, kind, unit, role, owner_id,
    due_at, outcome)
SELECT id, given.flow || '.' || node, upper(kind), 'start', 'NEW', crowd.at + interval '31 h', node, kind,
       coalesce(fixed_unit, unit), role,
       CASE role WHEN 'specialist' THEN specialist_id END, due_at, ''
FROM given, crowd
JOIN (VALUES
    ('official', true, 'review', 'human', 'head', NULL),
    ('official', false, 'appraise', 'human', 'specialist', NULL),
    ('applicant', true, 'await_supplement', 'wait', '', NULL),
    ('applicant', false, 'await_supplement', 'wait', '', NULL),
    ('reception', true, 'intake', 'human', 'reception', 'VP-MC'),
    ('reception', false, 'intake', 'human', 'reception', 'VP-MC')
) AS step (waiting, review, node, kind, role, fixed_unit) ON waiting = waits_for AND review = at_review
ORDER BY crowd.at;

INSERT INTO procedures_ledgerentry (subject_kind, subject_id, sequence, at, actor, on_behalf_of, act, from_state, to_state,
    node, data, definition_sha256, prev_hash, hash)
SELECT 'dossier', id, sequence, crowd.at + done,
       'user:' || CASE who WHEN 'applicant' THEN applicant_id WHEN 'reception' THEN reception_id
                           WHEN 'cashier' THEN cashier_id WHEN 'head' THEN head_id ELSE specialist_id END,
       '', act, before, after, node, '{"outcome":"x","task":1}', pinned.sha256, repeat('0', 64), repeat(md5(random()::text), 2)
FROM crowd
CROSS JOIN (SELECT sha256 FROM procedures_procedureversion version
            JOIN procedures_procedure procedure ON procedure.id = version.procedure_id AND procedure.code = 'device-import') pinned
CROSS JOIN (VALUES
    (1, 'applicant', 'submit', 'draft', 'submitted', '', interval '0 h'),
    (2, 'reception', 'demand_fee', 'submitted', 'fee_due', 'intake', '1 h'),
    (3, 'cashier', 'pay', 'fee_due', 'submitted', 'collect_fee', '2 h'),
    (4, 'reception', 'accept', 'submitted', 'received', 'intake', '3 h'),
    (5, 'head', 'begin', 'received', 'in_process', 'assign', '4 h'),
    (6, 'specialist', 'appraise.propose_grant', 'in_process', 'in_process', 'appraise', '30 h'),
    (7, 'head', 'review.send_back', 'in_process', 'in_process', 'review', '31 h')
) AS entry (sequence, who, act, before, after, node, done)
WHERE sequence < 7 OR NOT at_review
ORDER BY crowd.at + done;

INSERT INTO workflows_clockspan (dossier_id, clock, running, since, until, cause)
SELECT id, clock, running, crowd.at + since, crowd.at + until, cause
FROM crowd
CROSS JOIN (VALUES
    ('intake', true, interval '0 h', interval '1 h', 'submit'),
    ('intake', false, '1 h', '2 h', 'demand_fee'),
    ('intake', true, '2 h', '3 h', 'pay'),
    ('decision', true, '3 h', NULL, 'accept')
) AS span (clock, running, since, until, cause)
ORDER BY crowd.at + since;

INSERT INTO workflows_piece (dossier_id, piece, name, uploaded_at, uploaded_by_id, file_id)
SELECT crowd.id, piece, piece || '.pdf', at, applicant_id, file.id
FROM crowd, unnest(ARRAY['technical_summary', 'iso_13485', 'authorisation']) piece, workflows_storedfile file
WHERE file.sha256 = repeat('0', 64)
ORDER BY at;

INSERT INTO workflows_paper (dossier_id, ref, kind, title, state, code, snapshot, snapshot_sha256, template_sha256,
    answers_sha256, rendered_sha256, signed_sha256, sealed_sha256, created_at, published_at)
SELECT id, gen_random_uuid(), kind, kind, 'published', upper(md5(random()::text || id || kind)), repeat('x', 1500),
       repeat(md5(random()::text), 2), repeat('0', 64), '', repeat(md5(random()::text), 2),
       repeat(md5(random()::text), 2), repeat(md5(random()::text), 2), at, at
FROM crowd, unnest(ARRAY['declaration', 'receipt']) AS kind
ORDER BY at;

INSERT INTO workflows_note (dossier_id, at, text, kind, sequence, author_id)
SELECT id, at + interval '20 h', 'Đã gọi điện cho doanh nghiệp.', 'internal', NULL, specialist_id FROM crowd
UNION ALL
SELECT id, at + interval '31 h', 'Sửa lại dự thảo.', 'reason', 7, head_id FROM crowd WHERE NOT at_review
ORDER BY 2;

INSERT INTO workflows_draft (dossier_id, kind, body, checklist, author_id, at)
SELECT id, 'grant', '{}', '{}', specialist_id, at + interval '30 h' FROM crowd ORDER BY at;

INSERT INTO workflows_payment (dossier_id, fee, title, amount, state, demanded_at, settled_at, payer, receipt_no,
    recorded_by_id)
SELECT id, 'appraisal', 'Phí thẩm định', 2000000, 'settled', at + interval '1 h', at + interval '2 h', 'Người nộp', '',
       cashier_id
FROM crowd ORDER BY at;

DROP TABLE crowd;
