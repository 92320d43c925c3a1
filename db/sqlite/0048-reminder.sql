-- SPDX-License-Identifier: Apache-2.0
-- Reminders of what patients owe, on paper (hospital/reminder.c, docs/decisions/0053): the house's wording by day, one batch a press, each reminder with what it said. Never changed, never deleted.

-- Shipped empty: where no row holds, the program's own neutral words stand.
CREATE TABLE reminder_wording(
	no INTEGER PRIMARY KEY,
	establishment TEXT NOT NULL, -- FHIR id of the Organization
	from_on TEXT NOT NULL,
	words BLOB NOT NULL, -- sealed with the house's key
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX reminder_wording_at ON reminder_wording(establishment, from_on, no);

-- form: the key of the form that asked for it: sent twice it is one batch.
CREATE TABLE reminder_batch(
	no INTEGER PRIMARY KEY,
	establishment TEXT NOT NULL,
	form TEXT NOT NULL,
	day TEXT NOT NULL,
	due_days INTEGER NOT NULL CHECK(due_days >= 0), -- as the house typed it: posted, and not reminded, for so many days
	n INTEGER NOT NULL CHECK(n > 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	UNIQUE(made_by, form)
) STRICT;
CREATE INDEX reminder_batch_last ON reminder_batch(establishment, no);

-- What one letter said. nth: which reminder of this claim. Two on one day are not written.
CREATE TABLE reminder(
	no INTEGER PRIMARY KEY,
	batch INTEGER NOT NULL REFERENCES reminder_batch(no),
	invoice INTEGER NOT NULL,
	payer INTEGER NOT NULL,
	nth INTEGER NOT NULL CHECK(nth > 0),
	patient INTEGER NOT NULL,
	day TEXT NOT NULL,
	amount_cents INTEGER NOT NULL,
	paid_cents INTEGER NOT NULL,
	credited_cents INTEGER NOT NULL,
	refunded_cents INTEGER NOT NULL,
	due_cents INTEGER NOT NULL CHECK(due_cents > 0),
	wording INTEGER REFERENCES reminder_wording(no), -- NULL: the program's own words
	letter BLOB NOT NULL, -- sealed with the patient's key: to whom and where, from which establishment, the words: as they stood
	FOREIGN KEY(invoice, payer) REFERENCES claim(invoice, payer),
	UNIQUE(invoice, payer, day),
	UNIQUE(invoice, payer, nth),
	CHECK(due_cents = amount_cents - credited_cents - paid_cents + refunded_cents)
) STRICT;
CREATE INDEX reminder_of_batch ON reminder(batch, no);

-- What patients owe, by the order of posting: the list of who is to be reminded walks it.
CREATE INDEX claim_patient_due ON claim(establishment, invoice) WHERE payer = 3 AND state IN ('open', 'sent', 'part');

CREATE TRIGGER reminder_changed BEFORE UPDATE ON reminder BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER reminder_deleted BEFORE DELETE ON reminder BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER reminder_batch_changed BEFORE UPDATE ON reminder_batch BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER reminder_batch_deleted BEFORE DELETE ON reminder_batch BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER reminder_wording_changed BEFORE UPDATE ON reminder_wording BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER reminder_wording_deleted BEFORE DELETE ON reminder_wording BEGIN SELECT RAISE(ABORT, 'posted'); END;
