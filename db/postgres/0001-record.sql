-- SPDX-License-Identifier: Apache-2.0
-- The FHIR record. Bodies are the truth; `facts` and every id_… and by_… table are derived from them and can be rebuilt (hygie db reindex).
-- A resource has one integer surrogate (rid) for life; rids grow in commit order. Times are ms since 1970 UTC.

-- Persisted names of types (kind 1: "Patient") and search parameters (kind 2: "Patient.birthdate"): small numbers that never change meaning.
CREATE TABLE vocabulary(
  kind bigint NOT NULL,
  no   bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY(kind, no)
);
CREATE UNIQUE INDEX vocabulary_name ON vocabulary(kind, name);

-- Keys (src/record/keys.c). instance_key: which keys outside of this database wrap the keys below, each told by a mark that is nothing of the key itself;
-- two while one takes the other's place. sealed_key: patient's surrogate, 0 the house, -1 the index key; wrapped: empty once it was erased.
CREATE TABLE instance_key(no bigint PRIMARY KEY, mark bytea NOT NULL);
CREATE TABLE sealed_key(patient bigint PRIMARY KEY, wrapped_by bigint NOT NULL, wrapped bytea NOT NULL);

-- A resource of several patients has a key of its own, sealed here with the key of each of them; another one from the version on that has other patients (since).
CREATE TABLE shared_key(rid bigint NOT NULL, since bigint NOT NULL, patient bigint NOT NULL, wrapped bytea NOT NULL, PRIMARY KEY(rid, since, patient));
CREATE INDEX shared_key_patient ON shared_key(patient, rid);

-- The current version of each resource. body: minified JSON with id and meta.versionId/lastUpdated in place, packed (codec/pack.h) and sealed with the patient's key (0: the house's);
-- empty when deleted.
-- patient: rid of the Patient whose compartment this is in (a Patient: its own), 0 none.
CREATE TABLE resource(
  rid        bigint NOT NULL,
  type       bigint NOT NULL,
  id         text COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  txn        bigint NOT NULL,
  updated_ms bigint NOT NULL,
  deleted    bigint NOT NULL,
  patient    bigint NOT NULL,
  body       bytea NOT NULL,
  PRIMARY KEY(rid, patient)
);

-- Earlier versions. at = rid * 1048576 + version: one tree, in order of resource and version. patient: whose key the body is sealed with.
CREATE TABLE history(
  at         bigint NOT NULL,
  patient    bigint NOT NULL,
  txn        bigint NOT NULL,
  updated_ms bigint NOT NULL,
  deleted    bigint NOT NULL,
  body       bytea NOT NULL,
  PRIMARY KEY(at, patient)
);

-- Versions that by_updated does not show (earlier ones, and deletions) in order of time: the history of a type is these two merged.
CREATE TABLE by_change(type bigint NOT NULL, updated_ms bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY(type, updated_ms, at));

-- 64-bit hash of "Type/id" → rid. Unique: a second resource with the same hash is refused, so a hash names one resource.
CREATE TABLE id_key(
  key bigint PRIMARY KEY,
  rid bigint NOT NULL
);

-- Search values of a resource, all in one row (see src/record/facts.c): what a search filters by and what an update is compared with. data: sealed.
CREATE TABLE facts(
  rid        bigint NOT NULL,
  key        bigint NOT NULL,
  type       bigint NOT NULL,
  patient    bigint NOT NULL,
  updated_ms bigint NOT NULL,
  data       bytea NOT NULL,
  PRIMARY KEY(rid, patient)
);

-- Resources whose Patient is not stored yet: target = key of the missing Patient.
CREATE TABLE waiting(
  target bigint NOT NULL,
  rid    bigint NOT NULL,
  PRIMARY KEY(target, rid)
);

-- Walks. Deleted resources are in none of the tables below.
CREATE TABLE by_type(type bigint NOT NULL, rid bigint NOT NULL, PRIMARY KEY(type, rid));
CREATE TABLE by_updated(type bigint NOT NULL, updated_ms bigint NOT NULL, rid bigint NOT NULL, PRIMARY KEY(type, updated_ms, rid));
CREATE TABLE by_patient(patient bigint NOT NULL, type bigint NOT NULL, rid bigint NOT NULL, PRIMARY KEY(patient, type, rid));

-- Value → resource, one table a kind of value. param is a vocabulary number (type and parameter in one). group_code: 0, or for a composite
-- the hash of its first component's code, so that a composite seeks both components. Hashes are keyed (keys_hash in src/record/keys.h), but for those of
-- "Type/id", which id_key holds too.
-- 48 bits of their hashes, where a wrong meeting is seen: all of by_veiled, systems of by_token, units of by_number, group_code of dates and numbers (decisions/0009).
-- token: hash of the code; a second row with the hash of "|system" and system 1 serves "system|".
CREATE TABLE by_token(param bigint NOT NULL, group_code bigint NOT NULL, value bigint NOT NULL, rid bigint NOT NULL, system bigint NOT NULL,
  patient bigint NOT NULL, PRIMARY KEY(param, group_code, value, rid, system, patient));
-- string: in clear for types that say nothing of a person (src/record/veiled.c names them); all other texts and dates of birth are in by_veiled.
CREATE TABLE by_string(param bigint NOT NULL, group_code bigint NOT NULL, value bytea NOT NULL, rid bigint NOT NULL,
  patient bigint NOT NULL, PRIMARY KEY(param, group_code, value, rid, patient));
-- date: [low, high). What is longer than a second and no civil day has a second row in by_date_end, so that an open lower bound seeks too.
CREATE TABLE by_date(param bigint NOT NULL, group_code bigint NOT NULL, low bigint NOT NULL, high bigint NOT NULL, rid bigint NOT NULL,
  patient bigint NOT NULL, PRIMARY KEY(param, group_code, low, high, rid, patient));
CREATE TABLE by_date_end(param bigint NOT NULL, group_code bigint NOT NULL, high bigint NOT NULL, low bigint NOT NULL, rid bigint NOT NULL,
  patient bigint NOT NULL, PRIMARY KEY(param, group_code, high, low, rid, patient));
-- number, quantity: the value itself; unit: hash of its code, 0 none.
CREATE TABLE by_number(param bigint NOT NULL, group_code bigint NOT NULL, value double precision NOT NULL, unit bigint NOT NULL, rid bigint NOT NULL,
  patient bigint NOT NULL, PRIMARY KEY(param, group_code, value, unit, rid, patient));
-- reference: hash of "Type/id" (a local resource, stored or not) or of the text as written.
CREATE TABLE by_reference(param bigint NOT NULL, target bigint NOT NULL, rid bigint NOT NULL, patient bigint NOT NULL, PRIMARY KEY(param, target, rid, patient));
CREATE TABLE by_uri(param bigint NOT NULL, value bigint NOT NULL, rid bigint NOT NULL, patient bigint NOT NULL, PRIMARY KEY(param, value, rid, patient));
-- Names, birth dates and every text that may speak of a person: keyed hashes of prefixes, wholes, trigrams, days, months and years (src/record/veiled.c).
CREATE TABLE by_veiled(param bigint NOT NULL, value bigint NOT NULL, rid bigint NOT NULL, patient bigint NOT NULL, PRIMARY KEY(param, value, rid, patient));
