-- SPDX-License-Identifier: Apache-2.0
-- Incoming documents that are nobody's: dropped with a reason, taken up again, what was typed of them corrected. What stood there before stays beside.

ALTER TABLE incoming ADD COLUMN dropped_ms INTEGER NOT NULL DEFAULT 0 CHECK(dropped_ms = 0 OR state = 'waits'); -- 0: it waits, or it is filed
DROP INDEX incoming_waits;
CREATE INDEX incoming_waits ON incoming(no) WHERE state = 'waits' AND dropped_ms = 0;
CREATE INDEX incoming_dropped ON incoming(no) WHERE dropped_ms > 0;

-- Never changed but for the key that seals it: the house's while the document is nobody's, the patient's once it is filed.
CREATE TABLE incoming_note(
	no INTEGER PRIMARY KEY,
	incoming INTEGER NOT NULL REFERENCES incoming(no),
	saved INTEGER NOT NULL, -- the state that it made
	kind TEXT NOT NULL CHECK(kind IN ('corrected', 'dropped', 'restored')),
	ground TEXT NOT NULL CHECK(ground IN ('', 'nobody', 'twice', 'unreadable', 'elsewhere')),
	at_ms INTEGER NOT NULL,
	by_account INTEGER NOT NULL REFERENCES account(no),
	content BLOB NOT NULL, -- sealed: the reason; of a correction what was typed before
	CHECK((kind = 'dropped') = (ground <> ''))
) STRICT;
CREATE UNIQUE INDEX incoming_note_of ON incoming_note(incoming, saved);
