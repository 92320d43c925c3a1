-- SPDX-License-Identifier: Apache-2.0
-- What was dispensed by name, of one patient: how much of a line was dispensed already (hospital/stock_round.c, docs/decisions/0049). Doses that were given are many more movements.
CREATE INDEX stock_movement_dispensed ON stock_movement(patient, at_ms) WHERE substr(key, 1, 9) = 'dispense:';
