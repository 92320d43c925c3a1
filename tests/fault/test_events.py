# SPDX-License-Identifier: Apache-2.0
"""
The ledger as AuditEvents and as DICOM audit messages, beside a running server: IHE BALP's shapes by a table of its own (tests/lib/balp.py), one event a patient, nobody in it,
and the same pseudonym for the same person as long as the key is the same.
"""
import copy
import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as xml

import balp
from hygie_server import BUILD, Server, Stage, hygie


def events(base, *words):
    done = hygie("audit", "events", "--dir", base, *words, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()], int(re.search(r"up to entry (\d+)", done.stderr)[1])


def test_the_ledger_is_told_as_audit_events_and_nobody_is_in_them(base_copy, tmp_path):
    stage, key = Stage(base_copy), tmp_path / "pseudonyms"
    with Server(base_copy) as server:
        machine, nurse = server.machine(), server.person("nurse")
        for p in stage.mine[:5]:
            assert machine.get(f"/Patient/{p.id}").status_code == 200
            nurse.get(f"/patient/{p.id}")
            machine.get(f"/Observation?patient={p.id}")
        nurse.get(f"/patient/{stage.strangers[0].id}")
        made = machine.post("/Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "essai"}, "subject": {"reference": f"Patient/{stage.mine[0].id}"}})
        assert made.status_code == 201, made.text
        one = made.json()
        assert machine.put(f"/Observation/{one['id']}", {**one, "status": "amended"}).status_code == 200 and machine.delete(f"/Observation/{one['id']}").status_code in (200, 204)
        end = time.monotonic() + 10
        while True:  # what came of an act stands in the ledger a moment after its answer (docs/decisions/0011)
            found, last = events(base_copy, "--pseudonyms", key)
            if "PatientDelete" in {balp.kind_of(e) for e in found} or time.monotonic() > end:
                break
            time.sleep(0.1)
    assert key.stat().st_mode & 0o777 == 0o400 and re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    assert not [(e["id"], balp.breaches(e)) for e in found if balp.breaches(e)]
    kinds = {balp.kind_of(e) for e in found}
    assert {"PatientRead", "PatientQuery", "PatientCreate", "PatientUpdate", "PatientDelete"} <= kinds and len({e["id"] for e in found}) == len(found), kinds
    codes = {(e["type"]["code"], e.get("subtype", [{}])[0].get("code")) for e in found}
    assert {("110100", "110120"), ("110114", "110122"), ("110113", "110129")} <= codes, codes   # a start, a sign-in, another key of the ledger
    text = json.dumps(found).encode()
    for p in stage.mine + stage.strangers:
        assert not p.found_in(text) and p.id.encode() not in text
    for login in re.findall(r'"login": ?"([a-z.]+)"', (base_copy / "demo.json").read_text()):
        assert login.encode() not in text
    again, _ = events(base_copy, "--pseudonyms", key)
    assert again[:len(found)] == found
    later, until = events(base_copy, "--pseudonyms", key, "--from", str(last + 1))
    assert found + later == again and until > last
    other, _ = events(base_copy)
    patients = [{e["what"]["identifier"]["value"] for event in events_ for e in event.get("entity", []) if "identifier" in e.get("what", {})} for events_ in (found, again, other)]
    assert patients[0] == patients[1] and not patients[0] & patients[2] and len(patients[0]) >= 5

    done = hygie("audit", "events", "--dir", base_copy, "--format", "syslog", "--pseudonyms", key, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(again)
    for line, event in zip(lines, again):
        head, message = line.split("<?xml", 1)
        assert re.fullmatch(r"<8[45]>1 \S+ hygie/ledger/[0-9a-f]{16} hygie - DICOM\+RFC3881 - ", head)
        root = xml.fromstring("<?xml" + message)
        assert root.tag == "AuditMessage" and root.find("EventIdentification").get("EventDateTime") == event["recorded"] and root.find("EventIdentification").get("EventOutcomeIndicator") == event["outcome"]
        assert len(root.findall("ParticipantObjectIdentification")) == len(event.get("entity", [])) and len(root.findall("ActiveParticipant")) == len(event["agent"])
    (tmp_path / "short").write_text("0123456789abcdef\n")
    for words, says in ((("--format", "cef"), "fhir or syslog"), (("--from", "0"), "--from"), (("--pseudonyms", tmp_path / "short"), "64 hex digits")):
        done = hygie("audit", "events", "--dir", base_copy, *words)
        assert done.returncode != 0 and says in done.stderr


def emitted(tmp_path):
    """Every event of the unit test's table: each kind of entry that the product writes."""
    done = subprocess.run([BUILD / "tests/unit/ledger/test_ledger_event"], env={**os.environ, "HYGIE_EVENTS": str(tmp_path / "events")}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]


def test_each_kind_of_event_is_what_its_profile_says(tmp_path):
    events_ = emitted(tmp_path)
    assert not [(e["id"], e, balp.breaches(e)) for e in events_ if balp.breaches(e)]
    assert {balp.kind_of(e) for e in events_} == {"", *balp.TABLE} - {"PrivacyDisclosure.Recipient", "Update", "Delete"}   # what comes in names its sender, not us; the others are told of patients here


def broken(event):
    """The event with one rule of its profile broken each time, and what was done."""
    def one(doing, change):
        other = copy.deepcopy(event)
        change(other)
        return doing, other
    agents, entities = range(len(event["agent"])), range(len(event["entity"]))
    yield one("another type", lambda e: e["type"].update(code="110109", system=balp.DCM))
    yield one("a type of no value set", lambda e: e["type"].update(code="999"))
    yield one("no subtype", lambda e: e.pop("subtype"))
    yield one("another subtype", lambda e: e["subtype"][0].update(code="110129", system=balp.DCM))
    yield one("another action", lambda e: e.update(action="E" if e["action"] != "E" else "R"))
    yield one("an outcome of no value set", lambda e: e.update(outcome="1"))
    yield one("no recorded", lambda e: e.pop("recorded"))
    yield one("no observer", lambda e: e["source"].pop("observer"))
    yield one("a purpose of no value set", lambda e: e.update(purposeOfEvent=[{"coding": [{"system": balp.ETREAT[0], "code": "ETREATX"}]}]))
    yield one("another profile", lambda e: e["meta"].update(profile=[balp.BASE + "Reading"]))
    yield one("no entity", lambda e: e.pop("entity"))
    for i in agents[:2]:
        yield one(f"agent {i} left out", lambda e, i=i: e["agent"].pop(i))
        yield one(f"agent {i} twice", lambda e, i=i: e["agent"].append(copy.deepcopy(e["agent"][i])))
        yield one(f"agent {i} without who", lambda e, i=i: e["agent"][i].pop("who"))
        yield one(f"agent {i} without network", lambda e, i=i: e["agent"][i].pop("network"))
        yield one(f"agent {i} without requestor", lambda e, i=i: e["agent"][i].pop("requestor"))
        yield one(f"agent {i} of another role", lambda e, i=i: e["agent"][i]["type"]["coding"][0].update(code="110154"))
    if event.get("agent")[2:] and not balp.kind_of(event).startswith("PrivacyDisclosure"):
        yield one("a person with a network", lambda e: e["agent"][2].update(network={"address": "x"}))
        yield one("a person who did not ask", lambda e: e["agent"][2].update(requestor=False))
        yield one("a person of another role", lambda e: e["agent"][2]["type"]["coding"][0].update(code="WIT"))
        yield one("two persons", lambda e: e["agent"].append(copy.deepcopy(e["agent"][2])))
    for i in entities:
        kind = event["entity"][i]["type"]["code"]
        yield one(f"entity {kind} left out", lambda e, i=i: e["entity"].pop(i))
        yield one(f"entity {kind} of nothing", lambda e, i=i: [e["entity"][i].pop(name, None) for name in ("what", "query")])
        if kind == "1":
            yield one("two patients", lambda e, i=i: e["entity"].append(copy.deepcopy(e["entity"][i])))
            yield one("a patient who is none", lambda e, i=i: e["entity"][i]["what"].update(type="Practitioner"))
            yield one("a patient of another role", lambda e, i=i: e["entity"][i]["role"].update(code="2"))
        elif not balp.kind_of(event).startswith("PrivacyDisclosure"):
            yield one("data of another role", lambda e, i=i: e["entity"][i]["role"].update(code="9"))
    if balp.kind_of(event) == "PrivacyDisclosure.Source":
        yield one("another audit source", lambda e: e["source"]["observer"].update(display="another"))


def test_an_event_that_breaks_a_rule_of_its_profile_is_refused(tmp_path):
    tried = {}
    for event in emitted(tmp_path):
        if balp.kind_of(event) and balp.kind_of(event) not in tried:
            tried[balp.kind_of(event)] = 0
            for doing, other in broken(event):
                assert balp.breaches(other), (balp.kind_of(event), doing, other)
                tried[balp.kind_of(event)] += 1
    assert len(tried) >= 9 and min(tried.values()) >= 20, tried
    assert balp.breaches({"resourceType": "AuditEvent"}) and balp.breaches({})
