# SPDX-License-Identifier: Apache-2.0
"""The wider FHIR asks (a compartment, everything, lastn, match, changes) and conditional writes, by person: what is not open is neither shown, counted nor found."""
import json

import pytest

from gate_tables import PEOPLE, WIDE, may, name
from vault import API

NOBODY = "00000000-0000-4000-8000-000000000000"
CARE = ("nurse", "physician")


def wide(p):
    return [("compartment", "it", "Encounter", p, ""), ("everything", "it", p, ""), ("lastn", "it", f"patient={p}")]


def wide_ids():
    return ["compartment", "everything", "lastn"]


# Each wide read of the table, as it is asked about one patient (p: its id; body: of a Patient).
ASK = {
    "compartment": lambda p, body: ("compartment", "it", "Condition", p, ""),
    "everything":  lambda p, body: ("everything", "it", p, ""),
    "stay":        lambda p, body: ("stay", "it", NOBODY, ""),
    "lastn":       lambda p, body: ("lastn", "it", f"patient={p}"),
    "match":       lambda p, body: ("match", "it", json.dumps({k: v for k, v in body.items() if k in ("resourceType", "name", "gender", "birthDate")})),
    "changes":     lambda p, body: ("changes", "it", "Patient", "_count=200"),
}


def test_every_wide_read_is_asked_here():
    assert {r["name"] for r in WIDE} == set(ASK), "a new wide read: say here how it is asked, so that it comes under test"


@pytest.mark.parametrize("row", WIDE, ids=name)
def test_who_has_not_the_right_gets_nothing(house, row):
    h = house
    p = h.stage.mine[0]
    ask = ASK[row["name"]](p.id, p.body)
    shut = [r for r in PEOPLE if not may(r, row)]
    assert {"rssi", "admin"} <= set(shut)
    for role in shut:
        entries = h.since()
        a = h.vault.ask(h.token[role], ask, surface=API)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED") and a.empty and not p.found_in(json.dumps(a)), f"{role}: {a.rc} {a.why}"
        assert [e for e in entries() if e["kind"] == "REFUSAL" and e["account"] == h.account_no(role)]
    a = h.vault.ask("", ask, surface=API)
    assert a.rc == "STEP_UP" and a.empty


@pytest.mark.parametrize("row", WIDE, ids=name)
def test_who_has_the_right_is_not_told_that_he_has_not(house, row):
    """The table says who may: neither more nor less than what is done."""
    h = house
    p = h.stage.mine[0]
    for role in [r for r in PEOPLE if may(r, row)]:
        a = h.vault.ask(h.token[role], ASK[row["name"]](p.id, p.body), surface=API)
        assert a.why != "NOT_ALLOWED" or (role not in CARE and row["name"] == "compartment"), f"{role}: {a.rc} {a.why}"
        assert a.rc == "OK" or a.empty


@pytest.mark.parametrize("nth", range(3), ids=wide_ids())
def test_ones_patient_is_released_and_recorded_as_one(house, nth):
    h = house
    p = h.stage.mine[3]
    for role in CARE:
        entries = h.since()
        a = h.vault.ask(h.token[role], wide(p.id)[nth], surface=API)
        assert a.rc == "OK", f"{role}: {a.rc} {a.why}"
        new = [e for e in entries() if e["kind"] == "RELEASE"]
        assert len(new) == 1 and [rid for rid, *_ in new[0]["patients"]] == [p.rid]


@pytest.mark.parametrize("nth", range(3), ids=wide_ids())
def test_a_stranger_is_answered_like_nobody_and_recorded(house, nth):
    h = house
    p = h.stage.strangers[-2]
    for role in CARE:
        entries = h.since()
        a, b = h.vault.ask(h.token[role], wide(p.id)[nth], surface=API), h.vault.ask(h.token[role], wide(NOBODY)[nth], surface=API)
        assert a.rc in ("DENIED", "NOT_FOUND") and a.empty and not p.found_in(json.dumps(a))
        assert a.said() == b.said()
        new = entries()
        assert len([e for e in new if e["kind"] == "REFUSAL" and e["account"] == h.account_no(role)]) == 2
        assert not [e for e in new if e["kind"] == "RELEASE"]


def test_everything_leaves_out_what_the_role_does_not_see(house):
    h = house
    p = h.stage.mine[1]
    a = h.vault.ask(h.token["clerk"], ("everything", "it", p.id, "_count=200"), get=[("it", "type")], surface=API)
    b = h.vault.ask(h.token["nurse"], ("everything", "it", p.id, "_count=200"), get=[("it", "type")], surface=API)
    assert a.rc == b.rc == "OK"
    seen, whole = set(a["got"][0]), set(b["got"][0])
    assert seen <= {"Patient", "RelatedPerson", "Coverage", "Account", "Encounter", "Appointment", "AppointmentResponse", "EpisodeOfCare",
                    "Organization", "Practitioner", "PractitionerRole", "Location"}, seen
    assert whole - seen, "the nurse sees more"


@pytest.mark.parametrize("type_", ["", "Encounter", "Observation"])
def test_changes_hold_nobody_but_ones_own(house, type_):
    h = house
    for role in CARE:
        entries = h.since()
        a = h.vault.ask(h.token[role], ("changes", "it", type_, "_count=10"), surface=API)
        assert a.rc in ("OK", "OVER_BUDGET"), f"{role}: {a.rc} {a.why}"
        for p in h.stage.strangers:
            assert not p.found_in(a.flat), f"{role} finds a stranger in the history of {type_ or 'all'}"
        mine = {p.rid for p in h.stage.mine}
        for e in entries():
            assert e["kind"] != "RELEASE" or {rid for rid, *_ in e["patients"]} <= mine | {0}
    a = h.vault.ask(h.token["nurse"], ("changes", "it", "Patient", ""), surface=API)
    assert (a.rc, a.why) == ("DENIED", "SEARCH_PAGE") and a.empty


def test_a_stay_is_opened_as_its_patient_and_a_strangers_is_answered_like_none(house):
    h = house
    p = next(q for q in h.stage.mine if h.stage.one_of("Encounter", q))
    entries = h.since()
    a = h.vault.ask(h.token["physician"], ("stay", "it", h.stage.one_of("Encounter", p), "_count=200"), get=[("it", "type")], surface=API)
    assert a.rc == "OK" and {"Encounter", "Patient"} <= set(a["got"][0]), (a.rc, a.why)
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert [rid for rid, *_ in e["patients"]] == [p.rid] and e["tier"] == 3
    q = next(q for q in reversed(h.stage.strangers) if h.stage.one_of("Encounter", q))
    for role in (*CARE, "clerk"):
        entries = h.since()
        a, b = (h.vault.ask(h.token[role], ("stay", "it", i, ""), surface=API) for i in (h.stage.one_of("Encounter", q), NOBODY))
        assert a.rc == "NOT_FOUND" and a.empty and a.said() == b.said() and not q.found_in(json.dumps(a)), f"{role}: {a.rc} {a.why}"
        assert len([e for e in entries() if e["kind"] == "REFUSAL"]) == 2


def test_what_is_named_of_the_house_draws_nothing_and_names_no_other_patient(house):
    h = house
    p = h.stage.mine[2]
    entries = h.since()
    a = h.vault.ask(h.token["physician"], ("everything", "it", p.id, "_count=200"), get=[("it", "type"), ("it", "mode")], surface=API)
    assert a.rc == "OK" and "include" in a["got"][1]
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert [rid for rid, *_ in e["patients"]] == [p.rid]
    for q in h.stage.patients:
        assert q.rid == p.rid or not q.found_in(a.flat), "somebody else comes along"


def test_a_match_by_a_person_is_a_masked_search_that_is_counted(spent_house):
    h = spent_house
    p = h.stage.strangers[0]
    body = json.dumps({k: v for k, v in p.body.items() if k in ("resourceType", "name", "gender", "birthDate")})
    entries = h.since()
    a = h.vault.ask(h.token["billing"], ("match", "it", body), get=[("it", "grade"), ("it", "masked")], surface=API)
    assert a.rc == "OK" and a["got"][0], (a.rc, a.why)
    assert not p.found_in(a.flat), "a masked line names a stranger"
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert e["draws"] == 0
    for i in range(59):
        a = h.vault.ask(h.token["billing"], ("match", "it", body), surface=API)
        assert a.rc == "OK", f"match {i + 2}: {a.rc} {a.why}"
    a = h.vault.ask(h.token["billing"], ("match", "it", body), surface=API)
    assert (a.rc, a.why) == ("OVER_BUDGET", "OVER_SEARCHES") and a.empty
    for role in ("rssi", "admin"):
        a = h.vault.ask(h.token[role], ("match", "it", body), surface=API)
        assert a.rc == "DENIED" and a.empty
    a = h.vault.ask(h.vault.machine, ("match", "it", body), get=[("it", "id")], bearer=True, surface=API)
    assert a.rc == "OK" and p.id in a["got"][0], "whole for a machine"


# ---- conditional writes ----

def condition(p):
    return json.dumps({"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": "Essai"},
                       "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}})


def test_a_condition_of_a_person_finds_nothing_of_a_stranger(house):
    """Each way of asking about a stranger's record is answered as about one that is not there."""
    h = house
    p = next(q for q in reversed(h.stage.strangers) if h.stage.one_of("Condition", q))
    id_ = h.stage.one_of("Condition", p)
    for query, absent in ((f"_id={id_}", f"_id={NOBODY}"), (f"patient={p.id}", f"patient={NOBODY}")):
        patch = '[{"op":"add","path":"/note","value":[{"text":"x"}]}]'
        a, b = (h.vault.ask(h.token["physician"], ("act", "fhir_patch", {"type": "Condition", "query": q, "patch": patch}), surface=API) for q in (query, absent))
        assert a.rc == "NOT_FOUND" and a.empty and a.said() == b.said(), (query, a.rc, a.why, b.rc, b.why)
        assert not p.found_in(json.dumps(a))
    mine = h.stage.mine[5]
    a = h.vault.ask(h.token["physician"], ("act", "fhir_create", {"type": "Condition", "body": condition(mine), "if_none_exist": f"_id={id_}"}),
                    get=[("written", "created")], surface=API)
    assert a.rc == "OK" and a["got"][0] == ["1"], "what a stranger has does not exist for a condition"
    a = h.vault.ask(h.vault.machine, ("read", "it", "Condition", id_), get=[("it", "version")], bearer=True, surface=API)
    assert a["got"][0] == ["1"], "the stranger's record was touched"


def test_people_do_not_look_for_patients_by_a_condition(house):
    h = house
    p = h.stage.strangers[-3]
    for query in (f"birthdate={p.birth}", "name=dur", "identifier=8000000000"):
        a = h.vault.ask(h.token["clerk"], ("act", "fhir_create", {"type": "Patient", "body": json.dumps({"resourceType": "Patient", "name": [{"family": "X"}]}), "if_none_exist": query}), surface=API)
        assert (a.rc, a.why) == ("DENIED", "SEARCH_PAGE") and a.empty, (query, a.rc, a.why)


def test_a_condition_inside_ones_own_is_met_and_recorded(house):
    h = house
    p = h.fresh("mine")
    made = h.vault.ask(h.token["physician"], ("act", "fhir_create", {"type": "Condition", "body": condition(p)}), get=[("written", "id")], surface=API)
    assert made.rc == "OK", (made.rc, made.why)
    id_ = made["got"][0][0]
    entries = h.since()
    a = h.vault.ask(h.token["physician"], ("act", "fhir_patch", {"type": "Condition", "query": f"_id={id_}", "patch": '[{"op":"add","path":"/note","value":[{"text":"x"}]}]'}),
                    get=[("written", "version")], surface=API)
    assert a.rc == "OK" and a["got"][0] == ["2"], (a.rc, a.why)
    out, = [e for e in entries() if e["kind"] == "OUTCOME"]
    assert p.rid in [rid for rid, *_ in out["patients"]]
