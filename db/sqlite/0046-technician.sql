-- SPDX-License-Identifier: Apache-2.0
-- The role of a pharmacy technician. SQLite has no order that changes a rule of a table; the rule is a text of the schema, and to let more through no row has to be looked at
-- (https://www.sqlite.org/lang_altertable.html, section 7). Making the table anew would look for each account in every table that refers to accounts. The index is made anew
-- because that is what tells other connections of another schema.
PRAGMA writable_schema=ON;
UPDATE sqlite_schema SET sql = replace(sql, '''pharmacist'', ''billing''', '''pharmacist'', ''technician'', ''billing''') WHERE type = 'table' AND name = 'account';
PRAGMA writable_schema=RESET;
DROP INDEX account_admins;
CREATE INDEX account_admins ON account(role, disabled);
