-- SPDX-License-Identifier: Apache-2.0
-- For how many days a status of pregnancy or breastfeeding holds before a check takes it for not known: the house's own word, dated, shipped empty. The newest row counts.
CREATE TABLE pregnancy_age(
	no INTEGER PRIMARY KEY,
	days INTEGER NOT NULL CHECK(days BETWEEN 1 AND 366),
	source TEXT NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	made_ms INTEGER NOT NULL
) STRICT;
