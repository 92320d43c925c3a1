-- SPDX-License-Identifier: Apache-2.0
-- Letters. What is signed is a DocumentReference; here are templates, drafts, the states of letters, and the files of documents. Patients by
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
