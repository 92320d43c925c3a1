# SPDX-License-Identifier: Apache-2.0
"""A stolen file gives no name: marker patients come in by import, API, pages, a break-glass reason and searches; then every file of the data directory is searched for
each marker in every spelling that a store might use. A control marker in clear shows that the search finds what is there."""
import hashlib
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
import requests

import postgres
from markers import forms, found_in, hits
from hygie_server import Person, Server, Stage, base_sql, hygie

MARKS = {"family": "Zorglubenstein", "given": "Quirinette", "line": "17 sentier des Myosotis-Argentés", "city": "Vaucluseville-sur-Orbe", "phone": "+33 6 98 87 76 65", "mail": "quirinette.zorglub@exemple.fr",
         "id": "IPP-99887766554", "note": "Allergique au Tamarinier depuis Quelquepart", "glass": "Appel de sa soeur Hildegonde", "typed": "Erreur de Petronillasse", "search": "Bartholomeusse"}
BORN = "1931-07-23"


HOUSE = {"login": "fulgence.tarabiscotte", "name": "Fulgence Tarabiscotte-Deux", "address": "127.83.94.105"}


def house_markers(base):
    """An account with a login and a name that are nowhere else, and somebody who signs in from an address of his own."""
    done = hygie("user", "add", HOUSE["login"], "--dir", base, "--role", "nurse", "--name", HOUSE["name"], input="Azerty-Tulipe-4417-Vert\n")
    assert done.returncode == 0, done.stderr
    return re.search(r"secret=([A-Z2-7]+)", done.stdout).group(1)


class From(requests.adapters.HTTPAdapter):
    """Requests that come from an address of the loopback net."""

    def init_poolmanager(self, *args, **more):
        super().init_poolmanager(*args, source_address=(HOUSE["address"], 0), **more)


def sign_in_from_there(server, secret):
    person = Person(server, {"login": HOUSE["login"], "password": "Azerty-Tulipe-4417-Vert", "totp_secret": secret, "role": "nurse"})
    person.http.mount("http://", From())
    person.sign_in()
    assert person.get("/").status_code in (200, 303)
    refused = Person(server, {"login": HOUSE["login"], "password": "wrong", "totp_secret": secret, "role": "nurse"})
    refused.http.mount("http://", From())
    assert refused.http.post(server.http_url + "/sign-in", data={"login": HOUSE["login"], "password": "wrong-Tulipe-4417", "code": "000000"}, allow_redirects=False).status_code != 303
    return person


def marker_patient(nth):
    return {"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": MARKS["id"] + str(nth)}], "birthDate": BORN, "gender": "female",
            "name": [{"use": "official", "family": MARKS["family"], "given": [MARKS["given"]]}],
            "telecom": [{"system": "phone", "value": MARKS["phone"]}, {"system": "email", "value": MARKS["mail"]}], "address": [{"line": [MARKS["line"]], "city": MARKS["city"]}]}


def observation(patient):
    return {"resourceType": "Observation", "status": "final", "code": {"text": MARKS["note"]}, "subject": {"reference": f"Patient/{patient}", "display": MARKS["family"]}, "valueString": MARKS["note"],
            "note": [{"text": MARKS["note"]}]}


def test_a_marker_in_a_clear_place_is_found_in_every_spelling(tmp_path):
    """The control: without it, a search that finds nothing proves nothing."""
    for name, text in MARKS.items():
        for n, form in enumerate(forms(text)):
            at = tmp_path / f"f{n}"
            at.mkdir(exist_ok=True)
            (at / "page").write_bytes(os.urandom(5000) + form + os.urandom(100))
            assert ("page", name) in hits(at, {name: text}), (name, form)


@pytest.mark.skipif(bool(os.environ.get("HYGIE_PG")), reason="files of a server's base are the server's; its dump is searched by the other test")
def test_no_file_of_the_data_directory_holds_a_marker(base_copy, tmp_path):
    given = tmp_path / "given.ndjson"
    known = {**marker_patient(1), "id": "m1"}
    given.write_text("\n".join(json.dumps(r) for r in (known, {**observation("m1"), "id": "mo1"}, {**observation("m-late"), "id": "mo2"}, {**marker_patient(2), "id": "m-late"})) + "\n")
    done = hygie("import", str(given), "--dir", base_copy)
    assert done.returncode == 0, done.stdout + done.stderr
    secret = house_markers(base_copy)
    server = Server(base_copy).start()
    machine, nurse = server.machine(), server.person("nurse")
    sign_in_from_there(server, secret)
    made = machine.post("/Patient", marker_patient(3))
    assert made.status_code == 201, made.text
    patient = made.json()["id"]
    for _ in range(2):
        assert machine.post("/Observation", observation(patient)).status_code == 201
    changed = {**made.json(), "gender": "unknown"}
    assert machine.put(f"/Patient/{patient}", changed).status_code == 200
    for query in (f"family={MARKS['family']}", f"family:contains={MARKS['family'][3:9]}", f"birthdate={BORN}", f"identifier={MARKS['id']}3", f"name:exact={MARKS['given']}", f"family={MARKS['search']}",
                  f"birthdate=ge1931-07-01&birthdate=le1931-07-31&_sort=family&_count=1", f"address-city={MARKS['city'][:6]}"):
        a = machine.get(f"/Patient?{query}&_total=accurate")
        assert a.status_code == 200, (query, a.text)
        assert a.json()["total"] == (0 if MARKS["search"] in query else 1 if "identifier" in query else 3), (query, a.json().get("total"))
    nurse.post(f"/patient/{patient}/glass", {"reason": "other", "text": MARKS["glass"]})
    assert base_sql(base_copy, "SELECT count(*) FROM break_glass")[0][0] >= 1, "the grant is part of what is searched"
    assert hits(base_copy, {**MARKS, **HOUSE}) == set(), "while it runs: database, log, ledger"
    server.kill()
    assert hits(base_copy, {**MARKS, **HOUSE}) == set(), "after a kill"
    assert hygie("db", "check", "--dir", base_copy).returncode == 0
    assert hygie("db", "reindex", "--dir", base_copy, "--new-index-key").returncode == 0
    assert hits(base_copy, {**MARKS, **HOUSE}) == set(), "after the indexes were built anew"
    bodies = b"".join(bytes(b) for (b,) in base_sql(base_copy, "SELECT body FROM resource"))
    assert base_sql(base_copy, "SELECT login, name FROM account WHERE login = ?", HOUSE["login"]) == [(HOUSE["login"], HOUSE["name"])], "the account is there for one who has the key"
    assert base_sql(base_copy, "SELECT count(*) FROM session")[0][0] >= 2
    assert MARKS["family"].encode() in bodies and MARKS["note"].encode() in bodies, "the markers are there for one who has the key"


def test_an_erased_patient_is_gone_and_all_else_is_whole(base_copy):
    stage = Stage(base_copy)
    gone, other = stage.mine[0], stage.mine[1]
    done = hygie("keys", "erase", gone.id, "--dir", base_copy)
    assert done.returncode == 0, done.stderr
    server = Server(base_copy).start()
    machine, nurse = server.machine(), server.person("nurse")
    assert machine.get(f"/Patient/{gone.id}").status_code == 410
    assert not gone.found_in(machine.get(f"/Patient?birthdate={gone.birth}&_count=200").content)
    assert not gone.found_in(nurse.get("/unit").content)
    assert machine.get(f"/Patient/{other.id}").status_code == 200
    assert nurse.get(f"/patient/{other.id}").status_code == 200
    assert server.stop() == 0
    assert hygie("db", "check", "--dir", base_copy).returncode == 0
    assert any(e["route"] == "keys_erase" for e in server.ledger())


def test_another_instance_key_opens_the_same_base_and_the_old_one_nothing(base_copy):
    stage = Stage(base_copy)
    key = Path(base_copy) / "keys" / "instance.key"
    old = key.read_bytes()
    done = hygie("keys", "rotate", "--dir", base_copy)
    assert done.returncode == 0, done.stderr
    assert key.read_bytes() != old and key.stat().st_mode & 0o777 == 0o400
    assert hygie("db", "check", "--dir", base_copy).returncode == 0
    server = Server(base_copy).start()
    assert server.machine().get(f"/Patient/{stage.mine[0].id}").status_code == 200
    assert server.stop() == 0
    new = key.read_bytes()
    key.unlink()
    key.write_bytes(old)
    key.chmod(0o400)
    done = hygie("db", "check", "--dir", base_copy)
    assert done.returncode == 1 and "instance key" in done.stderr, done.stderr
    key.chmod(0o600)
    key.write_bytes(new)
    key.chmod(0o444)
    done = hygie("db", "check", "--dir", base_copy)
    assert done.returncode == 1 and "0400" in done.stderr, done.stderr


@pytest.mark.full
def test_a_dump_of_a_server_holds_no_marker(tmp_path, monkeypatch):
    """The same through pg_dump, of a throw-away cluster; with a control row that the dump does hold."""
    with postgres.Cluster() as pg:
        monkeypatch.setenv("HYGIE_PG", pg.url())
        base = tmp_path / "base"
        hygie("demo", "--dir", base, "--patients", 30, "--db", postgres.make(), check=True, timeout=300)
        secret = house_markers(base)
        with Server(base) as server:
            machine = server.machine()
            sign_in_from_there(server, secret)
            made = machine.post("/Patient", marker_patient(1))
            assert made.status_code == 201, made.text
            patient = made.json()["id"]
            assert machine.post("/Observation", observation(patient)).status_code == 201
            assert machine.put(f"/Patient/{patient}", {**made.json(), "gender": "unknown"}).status_code == 200
            nurse = server.person("nurse")
            nurse.post(f"/patient/{patient}/glass", {"reason": "other", "text": MARKS["glass"]})
            url = postgres.url_of(base)
            dumps = [subprocess.run([f"{pg.bin}/pg_dump", *how, url], capture_output=True, check=True).stdout for how in ([], ["--inserts"], ["-Fc", "-Z0"])]
            for dump in dumps:
                assert b"sealed_key" in dump and found_in(dump, {**MARKS, **HOUSE}) == set()
            assert hits(base, {**MARKS, **HOUSE}) == set(), "ledger and keys"
            postgres.psql(url, f"CREATE TABLE hygie.control(t text); INSERT INTO hygie.control VALUES ('{MARKS['family']}')")
            control = subprocess.run([f"{pg.bin}/pg_dump", url], capture_output=True, check=True).stdout
            assert found_in(control, MARKS) == {"family"}
            postgres.psql(url, "DROP TABLE hygie.control")


# ---- what an erased patient takes along, and what not ----

def rows_of_base(base):
    """(table, primary key, digest of the row) of the whole database, as it lies on the disk."""
    c = sqlite3.connect(f"file:{base}/hygie.db?mode=ro", uri=True)
    out = {}
    for (table,) in c.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'feed'").fetchall():
        info = c.execute(f"PRAGMA table_info({table})").fetchall()
        key = [i for i, r in enumerate(info) if r[5]] or list(range(len(info)))
        columns = ", ".join(r[1] for r in info)
        for row in c.execute(f"SELECT {columns} FROM {table}"):
            out[(table, tuple(row[i] for i in key))] = (hashlib.sha256(repr(row).encode()).hexdigest(), row, [r[1] for r in info])
    c.close()
    return out


@pytest.mark.skipif(bool(os.environ.get("HYGIE_PG")), reason="rows are compared as the file holds them")
def test_erasing_takes_her_rows_and_changes_no_other_byte(base_copy):
    stage = Stage(base_copy)
    gone = stage.mine[0]
    before = rows_of_base(base_copy)
    assert hygie("keys", "erase", gone.id, "--dir", base_copy).returncode == 0
    after = rows_of_base(base_copy)
    hers = {rid for (rid,) in base_sql(base_copy, "SELECT rid FROM resource WHERE patient = ?", gone.rid)}
    assert len(hers) > 3
    bookkeeping = {"state", "house"}
    changed = {k for k in before.keys() & after.keys() if before[k][0] != after[k][0] and k[0] not in bookkeeping}
    assert changed == {("sealed_key", (gone.rid,))}, changed
    assert not {k for k in after.keys() - before.keys() if k[0] not in bookkeeping}
    derived = {"facts", "by_type", "by_updated", "by_patient", "by_token", "by_string", "by_date", "by_date_end", "by_number", "by_reference", "by_uri", "by_veiled", "known", "known_name", "relation", "stay_now"}
    for key in before.keys() - after.keys():
        table, row, names = key[0], *before[key][1:]
        of = dict(zip(names, row))
        assert table in derived, f"{key} is gone: history and bodies stay, unreadable"
        assert of.get("rid") in hers or of.get("patient") == gone.rid, f"{key} was not hers"
    for (table, key), (_, row, names) in after.items():
        of = dict(zip(names, row))
        assert not (table in derived and (of.get("rid") in hers or of.get("patient") == gone.rid)), f"{table} {key} of hers is left"
    assert after[("sealed_key", (gone.rid,))][1][2] == b""
    assert sum(k[0] == "history" for k in before) == sum(k[0] == "history" for k in after)
    with Server(base_copy) as server:
        machine = server.machine()
        assert machine.get(f"/Patient/{gone.id}").status_code == 410
        for p in stage.patients[:40]:
            if p.rid != gone.rid:
                assert machine.get(f"/Patient/{p.id}").json()["name"] == p.body["name"]
                assert p.id in machine.get(f"/Patient?family={p.family}&birthdate={p.birth}").text
