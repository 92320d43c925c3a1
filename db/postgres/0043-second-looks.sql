-- SPDX-License-Identifier: Apache-2.0
-- A count whose counter is not shown the books before he signed (docs/decisions/0052). Those that were begun before were not.
ALTER TABLE stock_count ADD COLUMN blind bigint NOT NULL DEFAULT 0 CHECK(blind IN (0, 1));

-- Why a narcotic was given without a second person at the dose; empty: nobody was asked for, or somebody was there. The second signature of the register stays owed.
ALTER TABLE dose ADD COLUMN alone text COLLATE "C" NOT NULL DEFAULT '' CHECK(alone IN ('', 'nobody', 'urgent', 'other'));
