-- SPDX-License-Identifier: Apache-2.0
-- People who do not exist and stand in one export only, so that a copy that turns up names it: never patients, in no other table. Sealed with the house's key.
CREATE TABLE export_own(
	ticket bigint PRIMARY KEY REFERENCES export_ticket(no),
	people bytea NOT NULL -- a line each: the patient before whom it stands, the resource
);
CREATE INDEX export_ticket_sealed ON export_ticket(no) WHERE ended = 'sealed';
