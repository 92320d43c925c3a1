# SPDX-License-Identifier: Apache-2.0
"""The export of a Group by a machine: without a ticket nothing, with one kick-off, progress, manifest, sealed files; and cancel."""
import base64
import json
import subprocess
import time

import pytest

from hygie_server import Server, base_sql, copy_base

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}


@pytest.fixture(scope="module")
def bulk(demo_base, work_dir, tmp_path_factory):
    with Server(copy_base(demo_base, work_dir / "bulk")) as server:
        text = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True).stdout
        private = tmp_path_factory.mktemp("bulk") / "key.txt"
        private.write_text(text)
        server.recipient, server.private = next(line.split(": ")[1] for line in text.splitlines() if line.startswith("# public key")), private
        server.bot = server.machine()
        ids = [i for (i,) in base_sql(server.dir, "SELECT r.id FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Patient' AND r.deleted = 0 ORDER BY r.rid LIMIT 70")]
        a = server.bot.post("/Group", {"resourceType": "Group", "type": "person", "actual": True, "member": [{"entity": {"reference": f"Patient/{i}"}} for i in ids]})
        assert a.status_code == 201, a.text
        server.group, server.ids = a.json()["id"], ids
        server.people = {role: server.person_by_key(role) for role in ("physician", "rssi")}
        yield server


def ticket(server, types="Patient,Encounter"):
    machine = "machine-demo"
    asked = {"purpose": "Copie de recherche pour l'entrepôt", "kind": "fhir", "types": types, "cohort": f"Group/{server.group}", "recipient": server.recipient, "hours": "12", "machine": machine}
    a = server.people["physician"].post("/exports/ask", {**asked, "count": str(len(server.ids)), **server.people["physician"].proof()})
    assert a.status_code == 303, a.text[-2000:]
    no = str(base_sql(server.dir, "SELECT max(no) FROM export_ticket")[0][0])
    page = server.people["rssi"].get(f"/exports/approve?no={no}")
    assert page.status_code == 200
    hash_ = bytes(base_sql(server.dir, "SELECT hash FROM export_ticket WHERE no = ?", int(no))[0][0]).hex()
    assert hash_ in page.text
    return no, hash_


def approve(server, no, hash_):
    a = server.people["rssi"].post("/exports/approve", {"no": no, "hash": hash_, **server.people["rssi"].proof()})
    assert a.status_code == 303, a.text[-2000:]


def test_a_group_is_exported_on_a_ticket_only(bulk):
    a = bulk.bot.get(f"/Group/{bulk.group}/$export", headers=ASYNC)
    assert a.status_code == 403 and "ticket" in a.json()["issue"][0]["details"]["text"] or "ticket" in a.text
    assert "exports" in a.text.lower(), "what to do is said"
    for path in ("/$export", "/Patient/$export"):
        assert bulk.bot.get(path, headers=ASYNC).status_code == 403


@pytest.mark.parametrize("query, headers", [("", {}), ("?_outputFormat=csv", ASYNC), ("?_since=2020-01-01", ASYNC)])
def test_a_kick_off_that_is_not_understood_is_refused(bulk, query, headers):
    assert bulk.bot.get(f"/Group/{bulk.group}/$export{query}", headers=headers).status_code == 400


def test_a_machine_takes_the_export_of_a_group_that_two_people_made_for_it(bulk):
    no, hash_ = ticket(bulk)
    a = bulk.bot.get(f"/Group/{bulk.group}/$export", headers=ASYNC)
    assert a.status_code == 409, "it waits for its approval"
    approve(bulk, no, hash_)
    assert bulk.bot.get(f"/Group/{bulk.group}/$export?_type=Condition", headers=ASYNC).status_code == 400
    a = bulk.bot.get(f"/Group/{bulk.group}/$export?_type=Patient,Encounter&_outputFormat=application/fhir%2Bndjson", headers=ASYNC)
    assert a.status_code == 202, a.text
    status = a.headers["Content-Location"].split("/fhir", 1)[1]
    end, progress = time.time() + 60, []
    while (a := bulk.bot.get(status)).status_code == 202:
        progress.append(a.headers["X-Progress"])
        assert time.time() < end
        time.sleep(0.2)
    manifest = a.json()
    assert a.status_code == 200 and manifest["requiresAccessToken"] and [o["type"] for o in manifest["output"]] == ["Patient", "Encounter"]
    got = []
    for output in manifest["output"]:
        sealed = bulk.bot.get(output["url"].split("/fhir", 1)[1])
        assert sealed.status_code == 200
        plain = subprocess.run(["age", "-d", "-i", str(bulk.private)], input=sealed.content, capture_output=True, check=True).stdout
        lines = [json.loads(line) for line in plain.decode().splitlines()]
        assert len(lines) == output["count"] and {r["resourceType"] for r in lines} == {output["type"]}
        got += lines
    assert {r["id"] for r in got if r["resourceType"] == "Patient"} == set(bulk.ids)
    assert bulk.bot.get(f"/Group/{bulk.group}/$export", headers=ASYNC).status_code == 403, "a ticket is taken once"


PDF = b"%PDF-1.7\n" + bytes(range(256)) * 6000 + b"\n%%EOF\n"  # more than a piece of an export holds


def test_documents_of_an_export_by_ticket_carry_their_bytes(bulk):
    who = bulk.people["physician"]
    made = []
    mine = [i for i in bulk.ids if who.get(f"/patient/{i}/documents").status_code == 200][:2]
    for n, patient in enumerate(mine * 2):
        typed = {"once": f"bulk{n}", "family": "ZZ", "given": "Y", "born_on": "14/02/1957", "sex": "female", "kind": "free", "dated_on": "05/01/2026", "author": "Dr Loin"}
        a = who.post("/incoming/add", typed, files={"file": ("x.pdf", PDF, "application/pdf")})
        assert a.status_code == 303, a.text[-2000:]
        assert who.post(f"/patient/{patient}/incoming/file", {"document": a.headers["Location"].split("=")[1] + "/1", "reason": "essai"}).status_code == 303
        made.append(patient)
    assert len(made) == 4
    no, hash_ = ticket(bulk, types="DocumentReference")
    approve(bulk, no, hash_)
    a = bulk.bot.get(f"/Group/{bulk.group}/$export", headers=ASYNC)
    assert a.status_code == 202, a.text
    status, end = a.headers["Content-Location"].split("/fhir", 1)[1], time.time() + 60
    while (a := bulk.bot.get(status)).status_code == 202:
        assert time.time() < end
        time.sleep(0.2)
    lines = []
    for output in a.json()["output"]:
        plain = subprocess.run(["age", "-d", "-i", str(bulk.private)], input=bulk.bot.get(output["url"].split("/fhir", 1)[1]).content, capture_output=True, check=True).stdout
        lines += [json.loads(line) for line in plain.decode().splitlines()]
    with_bytes = [r for r in lines if any(c["attachment"].get("url", "").startswith("Binary/") for c in r["content"])]
    assert sorted(r["subject"]["reference"].split("/")[1] for r in with_bytes) == sorted(made)
    assert all(base64.b64decode(r["content"][0]["attachment"]["data"]) == PDF and r["meta"]["versionId"] == "1" for r in with_bytes)
    for r in lines:
        stored = bulk.bot.get(f"/DocumentReference/{r['id']}").json()
        for one in r["content"]:
            if one["attachment"].get("url", "").startswith("Binary/"):
                del one["attachment"]["data"]
        assert r == stored, "but for the bytes nothing else is said"


def test_a_machine_cancels_its_export(bulk):
    no, hash_ = ticket(bulk, types="Patient")
    approve(bulk, no, hash_)
    a = bulk.bot.get(f"/Group/{bulk.group}/$export", headers=ASYNC)
    status = a.headers["Content-Location"].split("/fhir", 1)[1]
    a = bulk.bot.delete(status)
    assert a.status_code in (202, 409), a.text
    if a.status_code == 202:
        assert bulk.bot.get(status).status_code == 409
