-- SPDX-License-Identifier: Apache-2.0
-- Specially sensitive data (SECURITY 7.1, T3): which resources carry a label that says so, of whom; and labels of the house's own beside those of HL7. A base that was
-- filled before knows of none until `hygie db reindex`.
CREATE TABLE special(
	patient INTEGER NOT NULL,
	source INTEGER NOT NULL, -- surrogate of the resource that carries the label
	PRIMARY KEY(patient, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX special_source ON special(source);

-- Shipped empty: the establishment fills it.
CREATE TABLE special_label(
	system TEXT NOT NULL,
	code TEXT NOT NULL,
	since_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	PRIMARY KEY(system, code)
) STRICT, WITHOUT ROWID;

-- How many of a cohort held such data when it was asked for.
ALTER TABLE export_ticket ADD COLUMN special INTEGER NOT NULL DEFAULT 0;

-- Its sealed files were erased before its time was over: they were received, or taken back.
ALTER TABLE export_ticket ADD COLUMN gone_ms INTEGER NOT NULL DEFAULT 0;

-- Where an export goes on behind this file when the server ended meanwhile: type, patient, what of the chart was done, its own canaries.
ALTER TABLE export_file ADD COLUMN next_type INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_own INTEGER NOT NULL DEFAULT 0;
