-- SPDX-License-Identifier: Apache-2.0
-- Letters. What is signed is a DocumentReference; here are templates, drafts, the states of letters, the files of documents, and what came in and waits to be filed. Patients by
-- surrogate. Words are sealed: with the patient's key, with the house's where no patient is known.

-- A template of the house. Its versions are kept: a letter says by which one it was begun.
CREATE TABLE letter_template(
	no INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK(kind IN ('discharge', 'consultation', 'free')),
	version INTEGER NOT NULL CHECK(version >= 1),
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	ended_ms INTEGER,
	ended_by INTEGER REFERENCES account(no),
	CHECK((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX letter_template_now ON letter_template(kind, no) WHERE ended_ms IS NULL;
CREATE TABLE letter_template_version(
	template INTEGER NOT NULL REFERENCES letter_template(no),
	version INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	content BLOB NOT NULL, -- sealed: name, text
	PRIMARY KEY(template, version)
) STRICT, WITHOUT ROWID;

-- Headings that a kind of letter must have with words under them before it is signed: filled by the house, each with its source. Shipped empty.
CREATE TABLE letter_required(
	no INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK(kind IN ('discharge', 'consultation', 'free')),
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	content BLOB NOT NULL, -- sealed: heading, source
	ended_ms INTEGER,
	ended_by INTEGER REFERENCES account(no),
	CHECK((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX letter_required_now ON letter_required(kind, no) WHERE ended_ms IS NULL;

-- once: of the form that began it, so that a form sent twice begins one. saved: counts what was saved; who saves over an older one is told. set_no: the first of its versions.
CREATE TABLE letter(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	once INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('discharge', 'consultation', 'free')),
	template INTEGER REFERENCES letter_template(no),
	template_version INTEGER,
	state TEXT NOT NULL CHECK(state IN ('draft', 'signed', 'replaced', 'cancelled')),
	saved INTEGER NOT NULL CHECK(saved >= 1),
	version INTEGER NOT NULL CHECK(version >= 1),
	replaces INTEGER REFERENCES letter(no),
	document TEXT, -- FHIR id of the DocumentReference
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	saved_ms INTEGER NOT NULL,
	saved_by INTEGER NOT NULL REFERENCES account(no),
	signed_ms INTEGER,
	signed_by INTEGER REFERENCES account(no),
	ended_ms INTEGER,
	ended_by INTEGER REFERENCES account(no),
	why BLOB, -- sealed: why it was cancelled
	hash BLOB, -- SHA-256 of the PDF, as the ledger has it
	content BLOB NOT NULL, -- sealed: title, recipients, text, blocks
	CHECK((document IS NULL) = (signed_ms IS NULL) AND (signed_ms IS NULL) = (signed_by IS NULL) AND (signed_ms IS NULL) = (hash IS NULL)),
	CHECK(state NOT IN ('signed', 'replaced') OR document IS NOT NULL),
	CHECK(state <> 'draft' OR document IS NULL),
	CHECK((state = 'cancelled') = (ended_ms IS NOT NULL) AND (ended_ms IS NULL) = (ended_by IS NULL) AND (ended_ms IS NULL) = (why IS NULL)),
	CHECK((replaces IS NULL) = (version = 1))
) STRICT;
CREATE UNIQUE INDEX letter_once ON letter(once);
CREATE UNIQUE INDEX letter_document ON letter(document) WHERE document IS NOT NULL;
CREATE INDEX letter_of ON letter(patient, no);
-- One successor that stands: two who correct the same letter at once find each other.
CREATE UNIQUE INDEX letter_next ON letter(replaces) WHERE replaces IS NOT NULL AND state <> 'cancelled';

-- The bytes of a document, beside the DocumentReference that names them: read when it is opened, not by lists. part: 1 what is read (PDF, text), 2 the CDA beside it.
CREATE TABLE document_file(
	source INTEGER NOT NULL, -- of the DocumentReference
	part INTEGER NOT NULL CHECK(part IN (1, 2)),
	patient INTEGER NOT NULL,
	format TEXT NOT NULL CHECK(format IN ('pdf', 'text', 'cda')),
	made_ms INTEGER NOT NULL,
	content BLOB NOT NULL, -- sealed
	PRIMARY KEY(source, part)
) STRICT, WITHOUT ROWID;

-- What came in. content and said are sealed with the house's key while it waits; once it is filed the bytes are in document_file, and said with the patient's key.
CREATE TABLE document_in(
	no INTEGER PRIMARY KEY,
	once INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('waiting', 'filed', 'refused')),
	format TEXT NOT NULL CHECK(format IN ('pdf', 'text')),
	unit TEXT NOT NULL,
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	sealed_ms INTEGER NOT NULL, -- what said and content are bound to
	patient INTEGER NOT NULL, -- whose it was filed under; 0 none
	source INTEGER, -- of the DocumentReference it was filed as
	said BLOB NOT NULL, -- sealed: title, sender, traits as they stand on it
	content BLOB, -- sealed: the bytes; NULL once filed or refused
	CHECK((state = 'filed') = (patient > 0) AND (state = 'filed') = (source IS NOT NULL) AND (state = 'waiting') = (content IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX document_in_once ON document_in(once);
CREATE INDEX document_in_waiting ON document_in(made_ms) WHERE state = 'waiting';
CREATE INDEX document_in_source ON document_in(source) WHERE source IS NOT NULL;
-- What was done with it: came, filed (how: match by INS and traits, hand), taken back out of a record, refused. Never changed.
CREATE TABLE document_in_step(
	document INTEGER NOT NULL REFERENCES document_in(no),
	step INTEGER NOT NULL,
	what TEXT NOT NULL CHECK(what IN ('came', 'matched', 'filed', 'taken_back', 'refused')),
	patient INTEGER NOT NULL,
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	why BLOB, -- sealed: the reason
	PRIMARY KEY(document, step)
) STRICT, WITHOUT ROWID;
