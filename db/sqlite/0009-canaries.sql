-- SPDX-License-Identifier: Apache-2.0
-- Canary patients: whom nobody has a reason to open. Which of the Patients they are is in no row of their own: their surrogates lie here, sealed with the house's
-- key, sixty-four to a row, a short row filled up.
CREATE TABLE canary(no INTEGER PRIMARY KEY, patients BLOB NOT NULL) STRICT;
