# SPDX-License-Identifier: Apache-2.0
"""
The ledger as AuditEvents and as DICOM audit messages, beside a running server: IHE BALP's shapes by rules written here anew, one event a patient, nobody in it,
and the same pseudonym for the same person as long as the key is the same.
"""
import json
import re
import xml.etree.ElementTree as xml

from hygie_server import Server, Stage, hygie

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


def events(base, *words):
    done = hygie("audit", "events", "--dir", base, *words, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()], int(re.search(r"up to entry (\d+)", done.stderr)[1])


def shape_is_kept(event):
    """Read, PatientRead, Query, PatientQuery of BALP 1.1, as its profiles say."""
    (profile,) = event["meta"]["profile"]
    kind = profile.removeprefix(BALP)
    roles = [a["type"]["coding"][0]["code"] for a in event["agent"]]
    entities = {e["type"]["code"]: e for e in event["entity"]}
    query = kind.endswith("Query")
    assert kind in ("Read", "PatientRead", "Query", "PatientQuery") and len(entities) == len(event["entity"])
    assert event["type"]["code"] == "rest" and event["outcome"] == "0" and event["action"] == ("E" if query else "R") and event["subtype"][0]["code"] == ("search" if query else "read")
    assert roles[:2] == (["110153", "110152"] if query else ["110152", "110153"]) and all("who" in a and ("network" in a) == (i < 2) for i, a in enumerate(event["agent"]))
    assert roles[2:] in ([], ["IRCP"]) and [a["requestor"] for a in event["agent"]] == [False, False, True][:len(roles)]
    assert entities["2"]["role"]["code"] == ("24" if query else "4") and ("query" in entities["2"]) == query and ("what" in entities["2"]) == (not query)
    if kind.startswith("Patient"):
        assert len(entities) == 2 and entities["1"]["role"]["code"] == "1" and entities["1"]["what"]["type"] == "Patient"
    else:
        assert len(entities) == 1
    return kind


def test_the_ledger_is_told_as_audit_events_and_nobody_is_in_them(base_copy, tmp_path):
    stage, key = Stage(base_copy), tmp_path / "pseudonyms"
    with Server(base_copy) as server:
        machine, nurse = server.machine(), server.person("nurse")
        for p in stage.mine[:5]:
            assert machine.get(f"/Patient/{p.id}").status_code == 200
            nurse.get(f"/patient/{p.id}")
            machine.get(f"/Observation?patient={p.id}")
        nurse.get(f"/patient/{stage.strangers[0].id}")
        found, last = events(base_copy, "--pseudonyms", key)
    assert key.stat().st_mode & 0o777 == 0o400 and re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    kinds = [shape_is_kept(e) for e in found if "meta" in e]
    assert {"PatientRead", "PatientQuery"} <= set(kinds) and len({e["id"] for e in found}) == len(found)
    codes = {(e["type"]["code"], e.get("subtype", [{}])[0].get("code")) for e in found}
    assert ("110100", "110120") in codes and ("110114", "110122") in codes
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
