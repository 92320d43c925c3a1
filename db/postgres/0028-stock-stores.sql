-- SPDX-License-Identifier: Apache-2.0
-- A store that is closed: nothing goes in any more, what it did stays. 0: open.
ALTER TABLE stock_account ADD COLUMN closed_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE stock_account ADD COLUMN closed_by bigint NOT NULL DEFAULT 0;
