# SPDX-License-Identifier: Apache-2.0
"""A resource of several patients: each of them must be open to one who reads, finds, counts or writes it, and each is priced and stands in the entry (docs/decisions/0008)."""
import json

import pytest

from vault import API

CARE = ("nurse", "physician")


def appointment(*patients, **more):
    return {"resourceType": "Appointment", "status": "booked", "start": "2026-11-18T11:00:00+01:00", "end": "2026-11-18T12:00:00+01:00",
            "participant": [{"actor": {"reference": f"Patient/{p.id}"}, "status": "accepted"} for p in patients], **more}


def machine(h, act, **args):
    a = h.vault.ask(h.vault.machine, ("act", act, args), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def create(h, *patients):
    return machine(h, "fhir_create", type="Appointment", body=json.dumps(appointment(*patients)))


@pytest.fixture(scope="module")
def told(house):
    """Of two of mine; of one of mine and a stranger, named first and second."""
    h = house
    a, b, s = h.stage.mine[0], h.stage.mine[1], h.stage.strangers[0]
    return dict(a=a, b=b, s=s, ours=create(h, a, b), shut=create(h, a, s), shut_too=create(h, s, a))


def reads(t, patient):
    """Every way that leads to it by a patient."""
    p = patient.id
    return [("compartment", "it", "Appointment", p, "_count=200"), ("search", "it", "Appointment", f"patient={p}&_count=200", 200), ("everything", "it", p, "_type=Appointment&_count=200"),
            ("search", "it", "Appointment", f"actor=Patient/{p}&_count=200", 200), ("search", "it", "Patient", f"_id={p}&_revinclude=Appointment:patient", 50)]


@pytest.mark.parametrize("nth", range(5), ids=["compartment", "search", "everything", "actor", "revinclude"])
@pytest.mark.parametrize("role", CARE)
def test_it_is_found_under_each_patient_where_all_are_open(house, told, role, nth):
    h, t = house, told
    for p in (t["a"], t["b"]):
        entries = h.since()
        a = h.vault.ask(h.token[role], reads(t, p)[nth], surface=API, get=[("it", "id")])
        assert a.rc == "OK", (role, a.rc, a.why)
        assert t["ours"] in a["got"][0] and t["shut"] not in a["got"][0] and t["shut_too"] not in a["got"][0]
        assert not t["s"].found_in(a.flat), "a stranger is named"
        e, = [e for e in entries() if e["kind"] == "RELEASE"]
        assert {t["a"].rid, t["b"].rid} <= {rid for rid, *_ in e["patients"]}, "each whom it shows is in the entry"


def test_a_count_sees_only_what_is_open(house, told):
    h, t = house, told
    for p in (t["a"], t["b"]):
        for ask in (("compartment", "it", "Appointment", p.id, "_total=accurate&_count=200"), ("search", "it", "Appointment", f"patient={p.id}&_total=accurate&_count=200", 200)):
            a = h.vault.ask(h.token["physician"], ask, surface=API, get=[("it", "id"), ("it.page", "total")])
            assert a.rc == "OK" and a["got"][1] == [str(len(a["got"][0]))]


def test_one_who_may_open_one_of_them_alone_is_answered_as_if_it_were_not_there(house, told):
    h, t = house, told
    for role in CARE:
        for i in (t["shut"], t["shut_too"]):
            for kind in (("read", "it", "Appointment", i), ("history", "it", "Appointment", i, 50, 0), ("vread", "it", "Appointment", i, "1")):
                entries = h.since()
                a = h.vault.ask(h.token[role], kind, surface=API)
                b = h.vault.ask(h.token[role], (*kind[:3], "00000000-0000-4000-8000-000000000000", *kind[4:]), surface=API)
                assert a.rc == "NOT_FOUND" and a.empty and a.said() == b.said(), (role, kind, a.rc, a.why)
                new = entries()
                assert not [e for e in new if e["kind"] == "RELEASE"]
                assert t["s"].rid in [rid for e in new if e["kind"] == "REFUSAL" for rid, *_ in e["patients"]], "whose it was is in the ledger"


def test_it_is_read_and_recorded_for_both(house, told):
    h, t = house, told
    for kind in (("read", "it", "Appointment", t["ours"]), ("history", "it", "Appointment", t["ours"], 50, 0), ("vread", "it", "Appointment", t["ours"], "1")):
        entries = h.since()
        a = h.vault.ask(h.token["nurse"], kind, surface=API, get=[("it", "id")])
        assert a.rc == "OK" and a["got"][0] == [t["ours"]], (a.rc, a.why)
        e, = [e for e in entries() if e["kind"] == "RELEASE"]
        assert sorted(rid for rid, *_ in e["patients"]) == sorted((t["a"].rid, t["b"].rid))


def test_the_history_of_the_type_passes_over_what_is_not_open(house, told):
    h, t = house, told
    a = h.vault.ask(h.token["physician"], ("changes", "it", "Appointment", "_count=5"), surface=API, get=[("it", "id")])
    assert a.rc == "OK" and t["ours"] in a["got"][0] and not {t["shut"], t["shut_too"]} & set(a["got"][0])


def test_a_machine_finds_it_under_each_and_is_priced_for_all(house, told):
    h, t = house, told
    for p in (t["a"], t["s"]):
        entries = h.since()
        a = h.vault.ask(h.vault.machine, ("compartment", "it", "Appointment", p.id, "_count=200&_total=accurate"), bearer=True, surface=API, get=[("it", "id"), ("it.page", "total")])
        assert a.rc == "OK" and {t["shut"], t["shut_too"]} <= set(a["got"][0]) and a["got"][1] == [str(len(a["got"][0]))]
        e, = [e for e in entries() if e["kind"] == "RELEASE"]
        assert {t["a"].rid, t["s"].rid} <= {rid for rid, *_ in e["patients"]}


def test_writing_it_needs_each_patient_before_and_after(house, told):
    h, t = house, told

    def write(token, act, **args):
        return h.vault.ask(token, ("act", act, args), surface=API, get=[("written", "id"), ("written", "version")])
    nurse = h.token["nurse"]
    patch = json.dumps([{"op": "replace", "path": "/status", "value": "arrived"}])
    for i in (t["shut"], t["shut_too"]):
        body = dict(appointment(t["a"], t["b"]), id=i)
        for a in (write(nurse, "fhir_update", type="Appointment", id=i, body=json.dumps(body)), write(nurse, "fhir_patch", type="Appointment", id=i, patch=patch)):
            assert a.rc == "NOT_FOUND" and not a["got"][0], (a.rc, a.why)
    for body in (appointment(t["a"], t["s"]), appointment(t["s"], t["b"])):
        a = write(nurse, "fhir_create", type="Appointment", body=json.dumps(body))
        assert a.rc == "NOT_FOUND" and not a["got"][0], "a stranger is drawn in"
        a = write(nurse, "fhir_update", type="Appointment", id=t["ours"], body=json.dumps(dict(body, id=t["ours"])))
        assert a.rc == "NOT_FOUND" and not a["got"][0]
    entries = h.since()
    a = write(nurse, "fhir_patch", type="Appointment", id=t["ours"], patch=patch)
    assert a.rc == "OK" and a["got"] == [[t["ours"]], ["2"]], (a.rc, a.why, a["where"])
    told_of = {rid for e in entries() for rid, *_ in e["patients"]}
    assert {t["a"].rid, t["b"].rid} <= told_of, "each whose record was written is in the ledger"


def test_a_condition_finds_only_what_is_open(house, told):
    h, t = house, told
    patch = json.dumps([{"op": "replace", "path": "/status", "value": "fulfilled"}])
    for i, rc in ((t["shut"], "NOT_FOUND"), (t["shut_too"], "NOT_FOUND"), (t["ours"], "OK")):
        a = h.vault.ask(h.token["nurse"], ("act", "fhir_patch", {"type": "Appointment", "query": f"patient={t['a'].id}&_id={i}", "patch": patch}), surface=API)
        assert a.rc == rc, (a.rc, a.why)


def test_a_bundle_takes_the_same_rule(house, told):
    h, t = house, told
    body = {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": f"Appointment/{t['ours']}"}}, {"request": {"method": "GET", "url": f"Appointment/{t['shut']}"}},
        {"request": {"method": "GET", "url": f"Appointment?patient={t['a'].id}&_count=200"}}]}
    entries = h.since()
    a = h.vault.ask(h.vault.machine, ("act", "fhir_bundle", {"body": json.dumps(body)}), bearer=True, surface=API, get=[("bundle", "body")])
    assert a.rc == "OK" and all(i in a["got"][0][0] for i in (t["ours"], t["shut"], t["shut_too"]))
    assert {t["a"].rid, t["b"].rid, t["s"].rid} <= {rid for e in entries() for rid, *_ in e["patients"]}


def test_broken_glass_on_the_other_opens_it(house, told):
    h, t = house, told
    nurse = h.token["nurse"]
    a = h.vault.ask(nurse, ("act", "break_glass", {"patient": t["s"].id, "reason": "emergency", "text": "douleur thoracique aigue"}), surface=API)
    assert a.rc == "OK", (a.rc, a.why)
    entries = h.since()
    a = h.vault.ask(nurse, ("read", "it", "Appointment", t["shut"]), surface=API, get=[("it", "id")])
    assert a.rc == "OK" and a["got"][0] == [t["shut"]], (a.rc, a.why)
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert {rid for rid, *_ in e["patients"]} == {t["a"].rid, t["s"].rid}
