-- SPDX-License-Identifier: Apache-2.0
-- Names of medicines that are taken for one another, with the letters that tell them apart in capitals ("tall man"): the pharmacist's own table, dated, shipped empty. A row that was
-- ended stays. plain: the same in small letters, by which the name is found in what is shown.
CREATE TABLE tall_name(
	no INTEGER PRIMARY KEY,
	tall TEXT NOT NULL CHECK(tall <> ''),
	plain TEXT NOT NULL CHECK(plain <> ''),
	source TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER NOT NULL DEFAULT 0,
	ended_ms INTEGER NOT NULL DEFAULT 0,
	CHECK((ended_by = 0) = (ended_ms = 0))
) STRICT;
CREATE UNIQUE INDEX tall_name_now ON tall_name(plain) WHERE ended_ms = 0;

-- Points of a measure's second scale, which counts instead of the first for whom a prescriber ordered it.
ALTER TABLE score_band ADD COLUMN scale INTEGER NOT NULL DEFAULT 1 CHECK(scale IN (1, 2));
