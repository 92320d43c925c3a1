-- SPDX-License-Identifier: Apache-2.0
-- Whether a score is held back for whom is pregnant: a limit like its ages, typed and signed with them. What was signed before says nothing of it: it is computed as it was until it is typed anew.
ALTER TABLE score ADD COLUMN not_pregnant INTEGER NOT NULL DEFAULT 0 CHECK(not_pregnant IN (0, 1));

-- A ticket may be for fewer than 51 patients where their establishment is closed (docs/decisions/0040): the act judges it, which knows. The column's check goes with the column.
ALTER TABLE export_ticket ADD COLUMN people INTEGER NOT NULL DEFAULT 1 CHECK(people > 0);
UPDATE export_ticket SET people = patients;
ALTER TABLE export_ticket DROP COLUMN patients;
ALTER TABLE export_ticket RENAME COLUMN people TO patients;
