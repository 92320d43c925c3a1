-- SPDX-License-Identifier: Apache-2.0
-- What one person entrusts another with (SECURITY 7.2): who is on call for a unit and when, and a patient handed over. Never by whom it serves.
-- work: what an account does beside its role, for its budgets; emergency: an emergency unit, replacements, on call.
ALTER TABLE account ADD COLUMN work TEXT NOT NULL DEFAULT '' CHECK(work IN ('', 'emergency'));

CREATE TABLE on_call(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	unit TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER, -- taken off the list, before or while it held
	ended_ms INTEGER,
	CHECK(made_by <> account AND until_ms > from_ms AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE INDEX on_call_of ON on_call(account, until_ms) WHERE ended_ms IS NULL;
CREATE INDEX on_call_unit ON on_call(unit, until_ms);
CREATE INDEX on_call_made ON on_call(made_ms);

CREATE TABLE hand_over(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	to_account INTEGER NOT NULL REFERENCES account(no),
	from_account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	ended_by INTEGER, -- taken back, or given back
	ended_ms INTEGER,
	CHECK(to_account <> from_account AND until_ms > at_ms AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE INDEX hand_over_to ON hand_over(to_account, patient, until_ms) WHERE ended_ms IS NULL;
CREATE INDEX hand_over_from ON hand_over(from_account, until_ms) WHERE ended_ms IS NULL;
CREATE INDEX hand_over_at ON hand_over(at_ms);

-- What the limits learnt of a unit's week stands in the access index as the ledger has it (kind 12): for the journal of the limits.
CREATE INDEX access_learnt ON access(at_ms) WHERE kind = 12;
CREATE INDEX plan_ended ON plan(ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX rule_signed ON rule(signed_ms) WHERE signed_ms > 0;
