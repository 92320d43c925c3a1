-- SPDX-License-Identifier: Apache-2.0
-- Who came to a unit, who left it, who left a bed, by the time that it was done (hospital/occupation.c, docs/decisions/0045); by unit with all that figures ask of a row.
CREATE INDEX movement_unit ON movement(unit, done_ms, no, kind, from_unit) WHERE done_ms IS NOT NULL;
CREATE INDEX movement_from_unit ON movement(from_unit, done_ms, no, kind, stay, unit) WHERE from_unit IS NOT NULL AND done_ms IS NOT NULL;
CREATE INDEX movement_from_bed ON movement(from_bed, done_ms, no) WHERE from_bed IS NOT NULL AND done_ms IS NOT NULL;
