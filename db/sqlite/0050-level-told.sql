-- SPDX-License-Identifier: Apache-2.0
-- How far under its thresholds a store's product was when that was last told (docs/decisions/0057): 0 in order, 1 the minimum, 2 the critical one, 3 nothing left; -1 nothing was told since they were set.
ALTER TABLE stock_level ADD COLUMN told INTEGER NOT NULL DEFAULT -1 CHECK(told BETWEEN -1 AND 3);
