# SPDX-License-Identifier: Apache-2.0
"""A chain, a _has, a list or an include never shows, counts or lets one tell what the actor may not see; and it costs what it shows."""
import json

import pytest

from vault import API

SEARCH = ("search", "it")


def ask(h, role, query, get=(("it", "id"), ("it", "type"), ("it.page", "total"))):
    type_, _, rest = query.partition("?")
    return h.vault.ask(h.token[role], (*SEARCH, type_, rest, 50), surface=API, get=list(get))


def machine(h, act, **args):
    a = h.vault.ask(h.vault.machine, ("act", act, args), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


@pytest.fixture(scope="module")
def told(house):
    """My patient has an observation that names one of a stranger; a list of mine names both."""
    h = house
    mine, other = h.stage.mine[0], h.stage.strangers[0]

    def observation(subject, **more):
        return machine(h, "fhir_create", type="Observation", body=json.dumps({"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "urn:x", "code": "lien"}]},
                                                                              "subject": {"reference": f"Patient/{subject}"}, **more}))
    theirs = observation(other.id)
    own = observation(mine.id, hasMember=[{"reference": f"Observation/{theirs}"}])
    pointing = observation(other.id, hasMember=[{"reference": f"Observation/{own}"}])
    members = machine(h, "fhir_create", type="List", body=json.dumps({"resourceType": "List", "status": "current", "mode": "working", "subject": {"reference": f"Patient/{mine.id}"},
                                                                      "entry": [{"item": {"reference": f"Observation/{i}"}} for i in (own, theirs)]}))
    foreign = machine(h, "fhir_create", type="List", body=json.dumps({"resourceType": "List", "status": "current", "mode": "working", "subject": {"reference": f"Patient/{other.id}"},
                                                                      "entry": [{"item": {"reference": f"Observation/{own}"}}]}))
    return dict(mine=mine, other=other, own=own, theirs=theirs, pointing=pointing, members=members, foreign=foreign)


def test_an_include_of_another_patients_record_does_not_come(house, told):
    h, t = house, told
    for query in (f"Observation?patient={t['mine'].id}&code=lien&_include=Observation:has-member", f"Observation?patient={t['mine'].id}&code=lien&_include=*",
                  f"Observation?patient={t['mine'].id}&code=lien&_include:iterate=*", f"Observation?patient={t['mine'].id}&code=lien&_revinclude=Observation:has-member",
                  f"Observation?patient={t['mine'].id}&code=lien&_revinclude:iterate=Observation:*", f"Observation?code=lien&_include=Observation:has-member",
                  f"Observation?patient={t['mine'].id}&code=lien&_include:iterate=*&_revinclude:iterate=Observation:has-member"):
        a = ask(h, "physician", query)
        assert a.rc == "OK", (query, a.rc, a.why)
        assert t["own"] in a["got"][0], query
        assert t["theirs"] not in a["got"][0] and t["pointing"] not in a["got"][0], f"{query} brings a stranger's record"
        assert not t["other"].found_in(a.flat), f"{query} names a stranger"


def test_chains_and_has_and_lists_do_not_pass_through_another_patient(house, told):
    h, t = house, told
    for query in (f"Observation?patient={t['mine'].id}&has-member.code=lien", f"Observation?patient={t['mine'].id}&has-member._id={t['theirs']}",
                  f"Observation?patient={t['mine'].id}&has-member.patient:Patient.name=a", f"Observation?patient={t['mine'].id}&_has:Observation:has-member:code=lien",
                  f"Observation?patient={t['mine'].id}&_has:Observation:has-member:status=final", f"Observation?patient={t['mine'].id}&_list={t['foreign']}"):
        for more in ("", "&_summary=count", "&_total=accurate"):
            a = ask(h, "physician", query + more)
            assert a.rc == "OK", (query, a.rc, a.why)
            assert a["got"][0] == [] and a["got"][2] in ([""], ["0"], []), f"{query}{more} tells of a stranger: {a['got']}"
    a = ask(h, "physician", f"Observation?patient={t['mine'].id}&_list={t['members']}&_total=accurate")
    assert a["got"][0] == [t["own"]] and a["got"][2] == ["1"]
    a = ask(h, "physician", f"Observation?_list={t['members']}&_summary=count")
    assert a["got"][2] == ["1"], "a count sees only what is left"


def test_the_same_searches_show_the_machine_all(house, told):
    """So that the tests above would see it if the gate let it through."""
    h, t = house, told
    a = h.vault.ask(h.vault.machine, (*SEARCH, "Observation", f"_id={t['own']}&_include=Observation:has-member&_revinclude=Observation:has-member&_total=accurate", 50), bearer=True, surface=API,
                    get=[("it", "id"), ("it", "mode"), ("it.page", "total")])
    assert a.rc == "OK" and set(a["got"][0]) == {t["own"], t["theirs"], t["pointing"]} and a["got"][2] == ["1"]
    a = h.vault.ask(h.vault.machine, (*SEARCH, "Observation", f"_id={t['own']}&has-member.code=lien&_has:Observation:has-member:code=lien", 50), bearer=True, surface=API, get=[("it", "id")])
    assert a["got"][0] == [t["own"]]


def test_an_unseen_type_is_neither_chained_into_nor_included(house, told):
    h = house
    p = h.stage.mine[0]
    for query in (f"Encounter?patient={p.id}&_revinclude=Condition:encounter", f"Encounter?patient={p.id}&_revinclude=Observation:*", f"Patient?_id={p.id}&_revinclude=Condition:patient",
                  f"Patient?_id={p.id}&_has:Condition:patient:code=x", f"Patient?_id={p.id}&_has:Encounter:patient:_has:Condition:encounter:code=x", f"Encounter?patient={p.id}&_include=Encounter:diagnosis",
                  f"Encounter?patient={p.id}&_list=x", f"Encounter?patient={p.id}&diagnosis:Condition.code=x"):
        a = ask(h, "clerk", query)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED") and a.empty, f"{query}: {a.rc} {a.why}"
    a = ask(h, "clerk", f"Patient?_id={p.id}&_include=*&_include:iterate=*")
    assert a.rc == "OK" and not set(a["got"][1]) & {"Condition", "Observation", "Flag", "List"}
    for query in ("Practitioner?_has:Patient:general-practitioner:gender=male", "Practitioner?_revinclude=Patient:general-practitioner", "Organization?_has:Encounter:service-provider:status=finished",
                  "Location?_revinclude=Encounter:location"):
        for role in ("physician", "clerk"):
            a = ask(h, role, query)
            assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED") and a.empty, f"{role} {query}: {a.rc} {a.why}"


def test_what_is_included_is_recorded_and_priced_like_a_match(house, told):
    h, t = house, told
    entries = h.since()
    a = ask(h, "physician", f"Observation?patient={t['mine'].id}&code=lien&_include=Observation:patient")
    assert a.rc == "OK" and set(a["got"][1]) == {"Observation", "Patient"}
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert [rid for rid, *_ in e["patients"]] == [t["mine"].rid] and e["rows"] >= 2
    entries = h.since()
    a = h.vault.ask(h.vault.machine, (*SEARCH, "Observation", f"_id={t['own']}&_include=Observation:has-member", 50), bearer=True, surface=API)
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert {rid for rid, *_ in e["patients"]} == {t["mine"].rid, t["other"].rid}, "the patient of an include is in the entry"


def test_a_patient_found_by_a_diagnosis_costs_a_diagnosis(house, told):
    h, t = house, told
    for query in (f"Patient?_id={t['mine'].id}&_has:Observation:patient:code=lien", f"Patient?_id={t['mine'].id}&_has:Observation:patient:code=absent"):
        entries = h.since()
        a = ask(h, "physician", query)
        assert a.rc == "OK"
        e, = [e for e in entries() if e["kind"] == "RELEASE"]
        assert e["tier"] == 3, f"{query}: clinical, for it says what the chart holds"
    entries = h.since()
    ask(h, "physician", f"Patient?_id={t['mine'].id}")
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert e["tier"] == 2


def test_a_projected_stay_stays_projected_when_it_is_included_or_cut(house):
    h = house
    p = next(q for q in h.stage.mine if h.stage.one_of("Encounter", q))
    stay = h.stage.one_of("Encounter", p)
    text = "raison-tout-a-fait-reconnaissable"
    read = h.vault.ask(h.vault.machine, ("read", "it", "Encounter", stay), bearer=True, surface=API, get=[("it", "body")])
    body = {**json.loads(read["got"][0][0]), "reasonCode": [{"text": text}]}
    machine(h, "fhir_update", type="Encounter", id=stay, body=json.dumps(body))
    for query in (f"Patient?_id={p.id}&_revinclude=Encounter:patient", f"Encounter?patient={p.id}&_elements=reasonCode,status", f"Encounter?patient={p.id}&_summary=true",
                  f"Encounter?patient={p.id}&_summary=data"):
        seen, whole = ask(h, "clerk", query), ask(h, "physician", query)
        assert seen.rc == whole.rc == "OK", (query, seen.rc, seen.why, whole.rc, whole.why)
        assert stay in seen["got"][0] and stay in whole["got"][0]
        assert text.encode() not in seen.flat, f"{query} tells a clerk why"
        if "_summary=true" not in query:
            assert text.encode() in whole.flat
    a = ask(h, "clerk", f"Encounter?patient={p.id}&_has:Condition:encounter:code=x")
    assert a.rc == "DENIED" and a.empty
