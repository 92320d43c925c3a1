# SPDX-License-Identifier: Apache-2.0
"""A stolen file gives no name: marker patients come in by import, API, pages, a break-glass reason and searches; then every file of the data directory is searched for
each marker in every spelling that a store might use. A control marker in clear shows that the search finds what is there."""
import base64
import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from hygie_server import Server, Stage, base_sql, hygie

MARKS = {"family": "Zorglubenstein", "given": "Quirinette", "line": "17 sentier des Myosotis-Argentés", "city": "Vaucluseville-sur-Orbe", "phone": "+33 6 98 87 76 65", "mail": "quirinette.zorglub@exemple.fr",
         "id": "IPP-99887766554", "note": "Allergique au Tamarinier depuis Quelquepart", "glass": "Appel de sa soeur Hildegonde", "typed": "Erreur de Petronillasse", "search": "Bartholomeusse"}
BORN = "1931-07-23"


def folded(text):
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^0-9a-z]+", " ", plain).strip()


def forms(text):
    """Each spelling as bytes. Base64 stands at three offsets; its first and last letters depend on the neighbours and are left away."""
    plain = {text, text.upper(), text.casefold(), folded(text), folded(text).replace(" ", ""), text[::-1], folded(text)[::-1], json.dumps(text)[1:-1]}
    if sum(c.isdigit() for c in text) > 6:
        plain.add(re.sub(r"\D", "", text))
    out = {t.encode() for t in plain} | {text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode().hex().encode(), text.encode().hex().upper().encode()}
    for raw in (text.encode(), folded(text).encode()):
        for shift in range(3):
            code = base64.b64encode(b"\0" * shift + raw)
            cut = code[4 if shift else 0:len(code) - 4]
            out |= {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}
    return sorted(f for f in out if len(f) >= 6)


def hits(directory, marks):
    """(file, marker) for each marker found in any file of the directory. Blocks of zeros (the ledger's preallocated tail) are stepped over."""
    found = set()
    for path in Path(directory).rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        with open(path, "rb") as f:
            data = b"".join(block for block in iter(lambda: f.read(1 << 16), b"") if block.count(0) != len(block))
        found |= {(path.name, name) for name, text in marks.items() if any(form in data for form in forms(text))}
    return found


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
    server = Server(base_copy).start()
    machine, nurse = server.machine(), server.person("nurse")
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
    assert hits(base_copy, MARKS) == set(), "while it runs: database, log, ledger"
    os.kill(server.proc.pid, 9)
    server.proc.wait(10)
    assert hits(base_copy, MARKS) == set(), "after a kill"
    assert hygie("db", "check", "--dir", base_copy).returncode == 0
    assert hygie("db", "reindex", "--dir", base_copy, "--new-index-key").returncode == 0
    assert hits(base_copy, MARKS) == set(), "after the indexes were built anew"
    bodies = b"".join(bytes(b) for (b,) in base_sql(base_copy, "SELECT body FROM resource"))
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
