-- SPDX-License-Identifier: Apache-2.0
-- Whom the answer of a committed act named, as its outcome in the ledger will say: 10 bytes each (patient, explain, tier). A start after a crash appends the outcome from it.
ALTER TABLE act_done ADD COLUMN patients BLOB;
