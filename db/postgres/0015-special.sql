-- SPDX-License-Identifier: Apache-2.0
-- Specially sensitive data (SECURITY 7.1, T3): which resources carry a label that says so, of whom; and labels of the house's own beside those of HL7. A base that was
-- filled before knows of none until `hygie db reindex`.
CREATE TABLE special(
	patient bigint NOT NULL,
	source bigint NOT NULL, -- surrogate of the resource that carries the label
	PRIMARY KEY(patient, source)
);
CREATE INDEX special_source ON special(source);

-- Shipped empty: the establishment fills it.
CREATE TABLE special_label(
	system text COLLATE "C" NOT NULL,
	code text COLLATE "C" NOT NULL,
	since_ms bigint NOT NULL,
	made_by bigint NOT NULL,
	PRIMARY KEY(system, code)
);

-- How many of a cohort held such data when it was asked for.
ALTER TABLE export_ticket ADD COLUMN special bigint NOT NULL DEFAULT 0;

-- Its sealed files were erased before its time was over: they were received, or taken back.
ALTER TABLE export_ticket ADD COLUMN gone_ms bigint NOT NULL DEFAULT 0;

-- Where an export goes on behind this file when the server ended meanwhile: type, patient, what of the chart was done, its own canaries.
ALTER TABLE export_file ADD COLUMN next_type bigint NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_at bigint NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_after bigint NOT NULL DEFAULT 0;
ALTER TABLE export_file ADD COLUMN next_own bigint NOT NULL DEFAULT 0;
