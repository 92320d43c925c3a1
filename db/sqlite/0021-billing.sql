-- SPDX-License-Identifier: Apache-2.0
-- Billing: what was done and coded for a stay, drafts, posted invoices with what each payer owes, payments, cash desk, journal.
-- Amounts are cents, prices thousandths of a euro, quantities thousandths of one; never a float. Patients by surrogate. Payers: 1 compulsory insurance, 2 complementary, 3 patient.
-- Means: 1 cash, 2 card, 3 cheque, 4 transfer. Accounts of the journal: 1 to 3 what a payer owes, 10 care given, 21 to 24 money by means.

-- What the establishment is, for its tariffs: nothing is assumed before somebody says it.
CREATE TABLE billing_place(
	establishment TEXT PRIMARY KEY, -- FHIR id of the Organization
	kind TEXT NOT NULL CHECK(kind IN ('public', 'private')),
	grid INTEGER NOT NULL CHECK(grid BETWEEN 3 AND 19), -- column of the CCAM's tariffs that lines begin with
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Dated tables that the hospital fills, shipped empty. value: thousandths of a euro; of a rate, hundredths of a per cent. A row is never changed: a later one holds.
CREATE TABLE house_tariff(
	no INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK(kind IN ('ngap', 'room', 'day', 'modifier', 'rate', 'effect')), -- effect: from which day a shipped table without one holds
	code TEXT NOT NULL,
	from_on TEXT NOT NULL,
	value INTEGER NOT NULL CHECK(value >= 0 AND (kind <> 'rate' OR value <= 10000)),
	source BLOB NOT NULL, -- sealed with the house's key: which text says so
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX house_tariff_at ON house_tariff(kind, code, from_on, no);

-- A stay that is coded and billed. Groups are typed by a coder: nothing here is the official grouping.
CREATE TABLE billing_stay(
	stay TEXT PRIMARY KEY, -- FHIR id of the Encounter
	patient INTEGER NOT NULL,
	establishment TEXT NOT NULL,
	task TEXT NOT NULL, -- FHIR id of the Task by which the coders are asked
	open INTEGER NOT NULL CHECK(open IN (0, 1)), -- is anything left to do: while it is, the Task stands open
	state TEXT NOT NULL CHECK(state IN ('to_code', 'coded', 'none')), -- none: no stay in a bed, nothing to group
	version INTEGER NOT NULL,
	dp TEXT NOT NULL,
	dr TEXT NOT NULL,
	das TEXT NOT NULL, -- codes by blanks
	entry TEXT NOT NULL,
	exit TEXT NOT NULL,
	ghm TEXT NOT NULL,
	ghs TEXT NOT NULL,
	coded_by INTEGER NOT NULL,
	coded_ms INTEGER NOT NULL,
	CHECK(state <> 'coded' OR (dp <> '' AND coded_by > 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_stay_to_code ON billing_stay(establishment, stay) WHERE state = 'to_code';

CREATE TABLE bill(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL REFERENCES billing_stay(stay),
	patient INTEGER NOT NULL,
	establishment TEXT NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('draft', 'checked', 'posted', 'dropped')),
	block TEXT NOT NULL, -- why it cannot be posted; empty: nothing stands against it
	version INTEGER NOT NULL,
	shared INTEGER NOT NULL CHECK(shared IN (0, 1)), -- somebody said who pays what, of the lines as they stand
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK(state IN ('draft', 'dropped') OR (block = '' AND shared = 1))
) STRICT;
CREATE UNIQUE INDEX bill_open ON bill(stay) WHERE state IN ('draft', 'checked');
CREATE INDEX bill_work ON bill(establishment, state, no);
CREATE INDEX bill_patient ON bill(patient, no);

-- What was done, said by who did it: the source of an act's line.
CREATE TABLE billing_act(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL REFERENCES billing_stay(stay),
	patient INTEGER NOT NULL,
	establishment TEXT NOT NULL,
	code TEXT NOT NULL,
	activity INTEGER NOT NULL CHECK(activity BETWEEN 1 AND 9),
	phase INTEGER NOT NULL CHECK(phase BETWEEN 0 AND 9),
	modifiers TEXT NOT NULL,
	done_on TEXT NOT NULL,
	nth INTEGER NOT NULL CHECK(nth BETWEEN 1 AND 99), -- the same act more than once a day
	source TEXT NOT NULL, -- FHIR id of the Procedure
	state TEXT NOT NULL CHECK(state IN ('captured', 'billed', 'retracted')),
	bill INTEGER REFERENCES bill(no),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK((state = 'billed') = (bill IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX billing_act_once ON billing_act(stay, code, activity, phase, done_on, nth) WHERE state <> 'retracted';
CREATE INDEX billing_act_stay ON billing_act(stay, no);
CREATE INDEX billing_act_open ON billing_act(establishment, stay, no) WHERE state = 'captured';
CREATE INDEX billing_act_bill ON billing_act(bill) WHERE bill IS NOT NULL;

-- Lines of a draft. Without an amount: not priced, block says why. The shares of the payers make the amount, to the cent.
CREATE TABLE bill_line(
	bill INTEGER NOT NULL REFERENCES bill(no),
	place INTEGER NOT NULL CHECK(place BETWEEN 1 AND 200),
	act INTEGER REFERENCES billing_act(no),
	kind TEXT NOT NULL CHECK(kind IN ('ccam', 'ghs', 'exh', 'sup', 'ngap', 'room', 'day', 'ucd')),
	code TEXT NOT NULL,
	detail TEXT NOT NULL, -- activity and phase, group, modifiers: codes only
	grid INTEGER NOT NULL,
	done_on TEXT NOT NULL,
	quantity_milli INTEGER NOT NULL CHECK(quantity_milli > 0),
	price_milli INTEGER,
	amount_cents INTEGER CHECK(amount_cents >= 0),
	amo_cents INTEGER NOT NULL CHECK(amo_cents >= 0),
	amc_cents INTEGER NOT NULL CHECK(amc_cents >= 0),
	patient_cents INTEGER NOT NULL CHECK(patient_cents >= 0),
	rule TEXT NOT NULL, -- by which table and edition, or typed by hand
	block TEXT NOT NULL,
	PRIMARY KEY(bill, place),
	CHECK((amount_cents IS NULL) = (block <> '')),
	CHECK(COALESCE(amount_cents, 0) = amo_cents + amc_cents + patient_cents)
) STRICT, WITHOUT ROWID;

-- One number after the other, by establishment and year. Taken in the transaction that posts: what is undone gives it back.
CREATE TABLE invoice_number(
	establishment TEXT NOT NULL,
	year INTEGER NOT NULL,
	last INTEGER NOT NULL CHECK(last >= 0),
	PRIMARY KEY(establishment, year)
) STRICT, WITHOUT ROWID;

-- Posted: never changed, never deleted. A number needs the one before it, so there is no gap; a line needs its place among n_lines, so none is added.
CREATE TABLE invoice(
	no INTEGER PRIMARY KEY,
	bill INTEGER UNIQUE REFERENCES bill(no),
	credits INTEGER UNIQUE REFERENCES invoice(no), -- a credit note takes this one back
	stay TEXT NOT NULL,
	patient INTEGER NOT NULL,
	establishment TEXT NOT NULL,
	year INTEGER NOT NULL,
	number INTEGER NOT NULL CHECK(number > 0),
	before INTEGER,
	day TEXT NOT NULL,
	n_lines INTEGER NOT NULL CHECK(n_lines > 0),
	amount_cents INTEGER NOT NULL CHECK(amount_cents <> 0),
	posted_by INTEGER NOT NULL,
	posted_ms INTEGER NOT NULL,
	UNIQUE(establishment, year, number),
	UNIQUE(no, n_lines),
	FOREIGN KEY(establishment, year, before) REFERENCES invoice(establishment, year, number),
	CHECK((number = 1 AND before IS NULL) OR (before IS NOT NULL AND before = number - 1)),
	CHECK((bill IS NULL) <> (credits IS NULL)),
	CHECK((credits IS NULL) = (amount_cents > 0))
) STRICT;
CREATE INDEX invoice_patient ON invoice(patient, no);
CREATE INDEX invoice_stay ON invoice(stay, no);

CREATE TABLE invoice_line(
	invoice INTEGER NOT NULL,
	place INTEGER NOT NULL,
	n_lines INTEGER NOT NULL,
	kind TEXT NOT NULL,
	code TEXT NOT NULL,
	detail TEXT NOT NULL,
	grid INTEGER NOT NULL,
	done_on TEXT NOT NULL,
	quantity_milli INTEGER NOT NULL,
	price_milli INTEGER,
	amount_cents INTEGER NOT NULL,
	amo_cents INTEGER NOT NULL,
	amc_cents INTEGER NOT NULL,
	patient_cents INTEGER NOT NULL,
	rule TEXT NOT NULL,
	PRIMARY KEY(invoice, place),
	FOREIGN KEY(invoice, n_lines) REFERENCES invoice(no, n_lines),
	CHECK(place BETWEEN 1 AND n_lines),
	CHECK(amount_cents = amo_cents + amc_cents + patient_cents)
) STRICT, WITHOUT ROWID;

-- What one payer owes of an invoice. The state follows from the amounts.
CREATE TABLE claim(
	invoice INTEGER NOT NULL REFERENCES invoice(no),
	payer INTEGER NOT NULL CHECK(payer BETWEEN 1 AND 3),
	establishment TEXT NOT NULL,
	patient INTEGER NOT NULL,
	amount_cents INTEGER NOT NULL CHECK(amount_cents > 0),
	paid_cents INTEGER NOT NULL CHECK(paid_cents >= 0),
	credited_cents INTEGER NOT NULL CHECK(credited_cents BETWEEN 0 AND amount_cents),
	refunded_cents INTEGER NOT NULL CHECK(refunded_cents BETWEEN 0 AND paid_cents),
	state TEXT NOT NULL CHECK(state IN ('open', 'sent', 'part', 'rejected', 'settled', 'refund')),
	reason TEXT NOT NULL, -- the payer's code of a rejection
	version INTEGER NOT NULL,
	since_on TEXT NOT NULL,
	reminders INTEGER NOT NULL,
	PRIMARY KEY(invoice, payer),
	CHECK((amount_cents - credited_cents - paid_cents + refunded_cents = 0) = (state = 'settled')),
	CHECK((amount_cents - credited_cents - paid_cents + refunded_cents < 0) = (state = 'refund')),
	CHECK((state = 'rejected') = (reason <> ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_work ON claim(establishment, state, since_on, invoice, payer);

-- One open cash desk an establishment. What was counted by one is closed by another.
CREATE TABLE cash_session(
	no INTEGER PRIMARY KEY,
	establishment TEXT NOT NULL,
	opened_by INTEGER NOT NULL,
	opened_ms INTEGER NOT NULL,
	n_counted INTEGER NOT NULL, -- how many payments it had when it was counted
	counted_by INTEGER,
	counted_ms INTEGER,
	closed_by INTEGER,
	closed_ms INTEGER,
	CHECK(closed_by IS NULL OR (counted_by IS NOT NULL AND closed_by <> counted_by)),
	CHECK((closed_by IS NULL) = (closed_ms IS NULL) AND (counted_by IS NULL) = (counted_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX cash_session_open ON cash_session(establishment) WHERE closed_ms IS NULL;
CREATE INDEX cash_session_last ON cash_session(establishment, no);

CREATE TABLE cash_count(
	session INTEGER NOT NULL REFERENCES cash_session(no),
	means INTEGER NOT NULL CHECK(means BETWEEN 1 AND 4),
	expected_cents INTEGER NOT NULL,
	counted_cents INTEGER NOT NULL,
	PRIMARY KEY(session, means)
) STRICT, WITHOUT ROWID;

-- Money given back waits for a second person.
CREATE TABLE refund(
	no INTEGER PRIMARY KEY,
	invoice INTEGER NOT NULL,
	payer INTEGER NOT NULL,
	establishment TEXT NOT NULL,
	amount_cents INTEGER NOT NULL CHECK(amount_cents > 0),
	means INTEGER NOT NULL CHECK(means BETWEEN 1 AND 4),
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	signed_by INTEGER,
	signed_ms INTEGER,
	dropped_ms INTEGER,
	FOREIGN KEY(invoice, payer) REFERENCES claim(invoice, payer),
	CHECK(signed_by IS NULL OR signed_by <> asked_by),
	CHECK((signed_by IS NULL) = (signed_ms IS NULL) AND (signed_ms IS NULL OR dropped_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX refund_one ON refund(invoice, payer) WHERE signed_ms IS NULL AND dropped_ms IS NULL;
CREATE INDEX refund_open ON refund(establishment, no) WHERE signed_ms IS NULL AND dropped_ms IS NULL;

-- Money in (and out, of a signed refund). seen: the version of the claim that the payer's slip was filled in on: the same slip twice is one payment.
CREATE TABLE payment(
	no INTEGER PRIMARY KEY,
	invoice INTEGER NOT NULL,
	payer INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	session INTEGER NOT NULL REFERENCES cash_session(no),
	means INTEGER NOT NULL CHECK(means BETWEEN 1 AND 4),
	amount_cents INTEGER NOT NULL CHECK(amount_cents <> 0),
	refund INTEGER UNIQUE REFERENCES refund(no),
	reference BLOB, -- sealed with the patient's key: number of a cheque, of a transfer
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	FOREIGN KEY(invoice, payer) REFERENCES claim(invoice, payer),
	UNIQUE(invoice, payer, seen),
	CHECK((amount_cents < 0) = (refund IS NOT NULL))
) STRICT;
CREATE INDEX payment_session ON payment(session, means, amount_cents);

-- The journal: each row debits one account and credits another, so every row, every day and the whole balance. Never changed, never deleted.
CREATE TABLE posting(
	invoice INTEGER NOT NULL REFERENCES invoice(no),
	seq INTEGER NOT NULL CHECK(seq > 0),
	kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 4), -- invoice, payment, credit note, refund
	payer INTEGER NOT NULL CHECK(payer BETWEEN 1 AND 3),
	establishment TEXT NOT NULL,
	day TEXT NOT NULL,
	debit INTEGER NOT NULL CHECK(debit IN (1, 2, 3, 10, 21, 22, 23, 24)),
	credit INTEGER NOT NULL CHECK(credit IN (1, 2, 3, 10, 21, 22, 23, 24)),
	amount_cents INTEGER NOT NULL CHECK(amount_cents > 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(invoice, seq),
	CHECK(debit <> credit)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_day ON posting(establishment, day, invoice, seq);

-- Sums by day, kept as postings come; the nightly count makes them anew and compares.
CREATE TABLE journal_day(
	establishment TEXT NOT NULL,
	day TEXT NOT NULL,
	account INTEGER NOT NULL,
	debit_cents INTEGER NOT NULL CHECK(debit_cents >= 0),
	credit_cents INTEGER NOT NULL CHECK(credit_cents >= 0),
	PRIMARY KEY(establishment, day, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_recount(
	no INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	postings INTEGER NOT NULL,
	differences INTEGER NOT NULL,
	took_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER invoice_changed BEFORE UPDATE ON invoice BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER invoice_deleted BEFORE DELETE ON invoice BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER invoice_line_changed BEFORE UPDATE ON invoice_line BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER invoice_line_deleted BEFORE DELETE ON invoice_line BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER posting_changed BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER posting_deleted BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER payment_changed BEFORE UPDATE ON payment BEGIN SELECT RAISE(ABORT, 'posted'); END;
CREATE TRIGGER payment_deleted BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'posted'); END;
