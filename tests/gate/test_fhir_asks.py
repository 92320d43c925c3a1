# SPDX-License-Identifier: Apache-2.0
"""Every FHIR type, from the gate's table: read, vread, history, search and plan, by every role; what is not the role's or not the patient's stays shut."""
import json

import pytest

from gate_tables import FHIR, PEOPLE, may, name
from vault import API

NOBODY = "00000000-0000-4000-8000-000000000000"
HELD = ("Patient", "Encounter", "Appointment", "AllergyIntolerance", "Condition", "MedicationRequest", "Observation", "DocumentReference")
BY_PATIENT = {"Patient": "_id"}


def asks(type_, id_, patient_id):
    by = BY_PATIENT.get(type_, "patient")
    return [("read", "it", type_, id_), ("vread", "it", type_, id_, "1"), ("history", "it", type_, id_, 10, 0),
            ("search", "it", type_, f"{by}={patient_id}", 10), ("plan", "it", type_, f"{by}={patient_id}", 10)]


@pytest.mark.parametrize("row", FHIR, ids=name)
def test_a_type_that_is_not_the_roles_is_refused_whatever_is_asked(house, row):
    h, type_ = house, row["name"]
    p = h.stage.mine[0]
    id_ = (h.stage.one_of(type_, p) if type_ in HELD else None) or NOBODY
    shut = [r for r in PEOPLE if not may(r, row)]
    calls = [h.vault.call(h.token[r], a, surface=API) for r in shut for a in [*asks(type_, id_, p.id), ("search", "it", type_, "", 10)]]
    for a, c in zip(h.vault.many(calls), calls):
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED"), f"{c['asks']}: {a.rc} {a.why}"
        assert a.empty and not p.found_in(json.dumps(a))
    for a in h.vault.many([h.vault.call("", a, surface=API) for a in asks(type_, id_, p.id)]):
        assert a.rc == "STEP_UP" and a.empty


@pytest.mark.parametrize("row", FHIR, ids=name)
def test_a_search_that_names_no_patient_finds_none_but_ones_own(house, row):
    """Counts too see only what is left."""
    h, type_ = house, row["name"]
    for role in [r for r in PEOPLE if may(r, row)]:
        a = h.vault.ask(h.token[role], ("search", "it", type_, "_count=200", 200), get=[("it", "id"), ("it.page", "total")], surface=API)
        assert a.rc in ("OK", "DENIED", "OVER_BUDGET", "LIMIT"), f"{role}: {a.rc} {a.why}"
        if a.rc != "OK":
            assert a.empty
            continue
        for p in h.stage.strangers:
            assert not p.found_in(a.flat), f"{role} finds a stranger's {type_}"


@pytest.mark.parametrize("type_", HELD)
def test_the_record_of_ones_patient_is_released_and_recorded(house, type_):
    h = house
    p = h.stage.mine[2]
    id_ = p.id if type_ == "Patient" else next(i for i in (h.stage.one_of(type_, q) for q in h.stage.mine) if i)
    p = p if type_ == "Patient" else next(q for q in h.stage.mine if h.stage.one_of(type_, q) == id_)
    for ask in asks(type_, id_, p.id):
        entries = h.since()
        a = h.vault.ask(h.token["physician"], ask, get=[("it", "id")], surface=API)
        assert a.rc == "OK", f"{ask}: {a.rc} {a.why}"
        assert id_ in a["got"][0]
        new = [e for e in entries() if e["kind"] == "RELEASE"]
        assert len(new) == 1 and p.rid in [rid for rid, *_ in new[0]["patients"]]
        assert new[0]["tier"] >= 2


@pytest.mark.parametrize("type_", HELD)
def test_a_strangers_record_is_refused_like_one_that_is_not_there(house, type_):
    h = house
    p = next(q for q in reversed(h.stage.strangers) if type_ == "Patient" or h.stage.one_of(type_, q))
    id_ = p.id if type_ == "Patient" else h.stage.one_of(type_, p)
    for role in ("nurse", "physician", "pharmacist", "clerk", "billing", "dpo"):
        entries = h.since()
        for known, absent in zip(asks(type_, id_, p.id), asks(type_, NOBODY, NOBODY)):
            a, b = h.vault.ask(h.token[role], known, surface=API), h.vault.ask(h.token[role], absent, surface=API)
            assert a.rc in ("DENIED", "NOT_FOUND") and a.empty, f"{role} {known}: {a.rc} {a.why}"
            assert a.said() == b.said(), f"{role} learns by {known[0]} whether a {type_} exists: {a.said()} {b.said()}"
            assert not p.found_in(json.dumps(a))
        assert len([e for e in entries() if e["kind"] == "REFUSAL" and e["account"] == h.account_no(role)]) == 10, "a refusal without its ledger entry"


def test_a_filter_or_a_chain_reveals_nothing_of_what_is_not_seen(house):
    h = house
    p = h.stage.mine[0]
    for query in ("Encounter?reason-code=x", "Encounter?patient=%s&diagnosis:Condition.code=x", "Appointment?patient=%s&reason-code=x", "Encounter?patient=%s&_sort=reason-code"):
        type_, rest = (query % p.id if "%s" in query else query).split("?")
        a = h.vault.ask(h.token["clerk"], ("search", "it", type_, rest, 10), surface=API)
        assert a.rc in ("DENIED", "BAD_INPUT") and a.empty, f"{query}: {a.rc} {a.why}"
    for query in ("Patient?name=dur", "Patient?birthdate=1957-02-14", "Patient?identifier=8000000000", "Patient?_lastUpdated=gt2020-01-01", "Patient?"):
        type_, rest = query.split("?")
        for role in ("nurse", "physician", "clerk", "dpo"):
            a = h.vault.ask(h.token[role], ("search", "it", type_, rest, 10), surface=API)
            assert (a.rc, a.why) == ("DENIED", "SEARCH_PAGE") and a.empty, f"{role} {query}: {a.rc} {a.why}"
    for query in ("Practitioner?_has:Patient:general-practitioner:name=dur", "Organization?_has:Encounter:service-provider:patient=" + h.stage.strangers[0].id,
                  "Practitioner?_revinclude=Patient:general-practitioner", "Encounter?_include=Encounter:patient", "Encounter?patient.name=dur", "Encounter?patient:Patient.birthdate=1957-02-14"):
        type_, rest = query.split("?")
        a = h.vault.ask(h.token["physician"], ("search", "it", type_, rest, 10), surface=API)
        if a.rc == "OK":
            for q in h.stage.strangers:
                assert not q.found_in(a.flat), f"{query} names a stranger"
        else:
            assert a.rc in ("DENIED", "BAD_INPUT", "NOT_FOUND") and a.empty, f"{query}: {a.rc} {a.why}"


def test_a_projected_stay_does_not_say_why(house):
    """A clerk sees when and where, never the reason nor the diagnosis."""
    h = house
    p = h.stage.mine[4]
    text = "motif-tres-reconnaissable"
    stay = {"resourceType": "Encounter", "status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{h.stage.unit}"}, "reasonCode": [{"text": text}],
            "text": {"status": "generated", "div": f"<div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div>"}}
    made = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "Encounter", "body": json.dumps(stay)}), bearer=True, surface=API, get=[("written", "id")])
    assert made.rc == "OK", (made.rc, made.why, made["where"])
    id_ = made["got"][0][0]
    for ask in asks("Encounter", id_, p.id):
        seen, whole = h.vault.ask(h.token["clerk"], ask, surface=API), h.vault.ask(h.token["nurse"], ask, surface=API)
        assert seen.rc == whole.rc == "OK", (ask, seen.rc, seen.why, whole.rc, whole.why)
        assert text.encode() not in seen.flat, f"{ask[0]} tells a clerk why"
        assert text.encode() in whole.flat


@pytest.mark.parametrize("type_", HELD)
def test_the_machine_account_reads_under_its_ticket_and_is_recorded(house, type_):
    h = house
    p = h.stage.strangers[3] if type_ == "Patient" else next(q for q in h.stage.patients if h.stage.one_of(type_, q))
    id_ = p.id if type_ == "Patient" else h.stage.one_of(type_, p)
    entries = h.since()
    a = h.vault.ask(h.vault.machine, ("read", "it", type_, id_), bearer=True, surface=API)
    assert a.rc == "OK", (a.rc, a.why)
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert e["patients"][0][:2] == [p.rid, 7], "explained by its ticket"
