-- SPDX-License-Identifier: Apache-2.0
-- Patients who are to be told that their chart was opened without a reason: a work list that somebody finishes. And the order by time of what the security officer reads and counts.
CREATE TABLE to_tell(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	number INTEGER NOT NULL, -- of the stop
	made_by INTEGER NOT NULL, -- the second person who found no reason
	at_ms INTEGER NOT NULL,
	told_by INTEGER,
	told_ms INTEGER,
	how TEXT CHECK(how IN ('letter', 'phone', 'meeting', 'not_told')),
	comment BLOB, -- sealed with the patient's key
	CHECK((told_by IS NULL) = (told_ms IS NULL) AND (told_by IS NULL) = (how IS NULL))
) STRICT;
INSERT INTO to_tell(patient, number, made_by, at_ms)
	SELECT n.patient, n.number, (SELECT min(r.by_account) FROM stop_review r WHERE r.number = n.number AND r.verdict = 'kept'), n.at_ms FROM patient_notice n ORDER BY n.number, n.patient;
DROP TABLE patient_notice;
CREATE UNIQUE INDEX to_tell_of ON to_tell(number, patient);
CREATE INDEX to_tell_open ON to_tell(no) WHERE told_ms IS NULL;
CREATE INDEX to_tell_waits ON to_tell(patient) WHERE told_ms IS NULL;

CREATE INDEX access_trouble_day ON access(at_ms, kind, rc, number) WHERE rc <> 0;
CREATE INDEX access_alarm ON access(at_ms) WHERE kind = 13;
CREATE INDEX proof_day ON proof(at_ms);
CREATE INDEX stop_review_day ON stop_review(at_ms);
CREATE INDEX plan_signed ON plan(signed_ms) WHERE signed_ms IS NOT NULL;
CREATE INDEX break_glass_day ON break_glass(at_ms);
CREATE INDEX export_day ON export_ticket(asked_ms);
CREATE INDEX plan_day ON plan(asked_ms);
CREATE INDEX to_tell_day ON to_tell(at_ms);
CREATE INDEX to_tell_told_day ON to_tell(told_ms) WHERE told_ms IS NOT NULL;
