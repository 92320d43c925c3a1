-- SPDX-License-Identifier: Apache-2.0
-- Whether a score is held back for whom is pregnant: a limit like its ages, typed and signed with them. What was signed before says nothing of it: it is computed as it was until it is typed anew.
ALTER TABLE score ADD COLUMN not_pregnant bigint NOT NULL DEFAULT 0 CHECK(not_pregnant IN (0, 1));
