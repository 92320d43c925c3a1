-- SPDX-License-Identifier: Apache-2.0
-- The FHIR record. Bodies are the truth; `facts` and every id_… and by_… table are derived from them and can be rebuilt (hygie db reindex).
-- A resource has one integer surrogate (rid) for life; rids grow in commit order. Times are ms since 1970 UTC.

-- Persisted names of types (kind 1: "Patient") and search parameters (kind 2: "Patient.birthdate"): small numbers that never change meaning.
CREATE TABLE vocabulary(
  kind INTEGER NOT NULL,
  no   INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY(kind, no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vocabulary_name ON vocabulary(kind, name);

-- Keys (src/record/keys.c). instance_key: which keys outside of this database wrap the keys below, each told by a mark that is nothing of the key itself;
-- two while one takes the other's place. sealed_key: patient's surrogate, 0 the house, -1 the index key; wrapped: empty once it was erased.
CREATE TABLE instance_key(no INTEGER PRIMARY KEY, mark BLOB NOT NULL) STRICT;
CREATE TABLE sealed_key(patient INTEGER PRIMARY KEY, wrapped_by INTEGER NOT NULL, wrapped BLOB NOT NULL) STRICT;

-- A resource of several patients has a key of its own, sealed here with the key of each of them; another one from the version on that has other patients (since).
CREATE TABLE shared_key(rid INTEGER NOT NULL, since INTEGER NOT NULL, patient INTEGER NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY(rid, since, patient)) STRICT, WITHOUT ROWID;
CREATE INDEX shared_key_patient ON shared_key(patient, rid);

-- The current version of each resource. body: minified JSON with id and meta.versionId/lastUpdated in place, packed (codec/pack.h) and sealed with the patient's key (0: the house's);
-- empty when deleted.
-- patient: rid of the Patient whose compartment this is in (a Patient: its own), 0 none.
CREATE TABLE resource(
  rid        INTEGER PRIMARY KEY,
  type       INTEGER NOT NULL,
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  txn        INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  patient    INTEGER NOT NULL,
  body       BLOB NOT NULL
) STRICT;

-- Earlier versions. at = rid * 1048576 + version: one tree, in order of resource and version. patient: whose key the body is sealed with.
CREATE TABLE history(
  at         INTEGER PRIMARY KEY,
  patient    INTEGER NOT NULL,
  txn        INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  body       BLOB NOT NULL
) STRICT;

-- Versions that by_updated does not show (earlier ones, and deletions) in order of time: the history of a type is these two merged.
CREATE TABLE by_change(type INTEGER NOT NULL, updated_ms INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(type, updated_ms, at)) STRICT, WITHOUT ROWID;

-- 64-bit hash of "Type/id" → rid. Unique: a second resource with the same hash is refused, so a hash names one resource.
CREATE TABLE id_key(
  key INTEGER PRIMARY KEY,
  rid INTEGER NOT NULL
) STRICT;

-- Search values of a resource, all in one row (see src/record/facts.c): what a search filters by and what an update is compared with. data: sealed.
CREATE TABLE facts(
  rid        INTEGER PRIMARY KEY,
  key        INTEGER NOT NULL,
  type       INTEGER NOT NULL,
  patient    INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  data       BLOB NOT NULL
) STRICT;

-- Resources whose Patient is not stored yet: target = key of the missing Patient.
CREATE TABLE waiting(
  target INTEGER NOT NULL,
  rid    INTEGER NOT NULL,
  PRIMARY KEY(target, rid)
) STRICT, WITHOUT ROWID;

-- Walks. Deleted resources are in none of the tables below.
CREATE TABLE by_type(type INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(type, rid)) STRICT, WITHOUT ROWID;
CREATE TABLE by_updated(type INTEGER NOT NULL, updated_ms INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(type, updated_ms, rid)) STRICT, WITHOUT ROWID;
CREATE TABLE by_patient(patient INTEGER NOT NULL, type INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(patient, type, rid)) STRICT, WITHOUT ROWID;

-- Value → resource, one table a kind of value. param is a vocabulary number (type and parameter in one). group_code: 0, or for a composite
-- the hash of its first component's code, so that a composite seeks both components. Hashes are keyed (keys_hash in src/record/keys.h), but for those of
-- "Type/id", which id_key holds too.
-- 48 bits of their hashes, where a wrong meeting is seen: all of by_veiled, systems of by_token, units of by_number, group_code of dates and numbers (decisions/0009).
-- token: hash of the code; a second row with the hash of "|system" and system 1 serves "system|".
CREATE TABLE by_token(param INTEGER NOT NULL, group_code INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, system INTEGER NOT NULL,
  PRIMARY KEY(param, group_code, value, rid, system)) STRICT, WITHOUT ROWID;
-- string: in clear for types that say nothing of a person (src/record/veiled.c names them); all other texts and dates of birth are in by_veiled.
CREATE TABLE by_string(param INTEGER NOT NULL, group_code INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(param, group_code, value, rid)) STRICT, WITHOUT ROWID;
-- date: [low, high). What is longer than a second and no civil day has a second row in by_date_end, so that an open lower bound seeks too.
CREATE TABLE by_date(param INTEGER NOT NULL, group_code INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(param, group_code, low, high, rid)) STRICT, WITHOUT ROWID;
CREATE TABLE by_date_end(param INTEGER NOT NULL, group_code INTEGER NOT NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(param, group_code, high, low, rid)) STRICT, WITHOUT ROWID;
-- number, quantity: the value itself; unit: hash of its code, 0 none.
CREATE TABLE by_number(param INTEGER NOT NULL, group_code INTEGER NOT NULL, value REAL NOT NULL, unit INTEGER NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(param, group_code, value, unit, rid)) STRICT, WITHOUT ROWID;
-- reference: hash of "Type/id" (a local resource, stored or not) or of the text as written.
CREATE TABLE by_reference(param INTEGER NOT NULL, target INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(param, target, rid)) STRICT, WITHOUT ROWID;
CREATE TABLE by_uri(param INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(param, value, rid)) STRICT, WITHOUT ROWID;
-- Names, birth dates and every text that may speak of a person: keyed hashes of prefixes, wholes, trigrams, days, months and years (src/record/veiled.c).
CREATE TABLE by_veiled(param INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(param, value, rid)) STRICT, WITHOUT ROWID;
