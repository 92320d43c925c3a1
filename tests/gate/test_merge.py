# SPDX-License-Identifier: Apache-2.0
"""
Two records of one person through the vault: asked for by one, joined by another; opened as one person for the reason that joins to either, each counted (decision 0044); several members at once do it once; and a
sealed record opens for a reason only.
"""
import json
import time

import pytest

from conftest import LightHouse
from hygie_server import Stage, base_sql, copy_base
from vault import API



@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "merged")
    h = LightHouse(directory, Stage(directory))
    h.used = 0
    for role in ("nurse", "physician"):
        a = h.vault.ask(h.token["admin"], ("act", "identity_cell_add", {"login": h.vault.account(role)["login"], **h.vault.proof(h.token["admin"], h.vault.account("admin"))}))
        assert a.rc == "OK", (a.rc, a.why, a["where"])
    yield h
    assert h.vault.close() == 0


def made(h, family="Essayeau"):
    """A record of a person with nothing in it, which a machine wrote."""
    h.used += 1
    body = {"resourceType": "Patient", "name": [{"use": "official", "family": family, "given": ["Zoé"]}], "gender": "female", "birthDate": f"19{50 + h.used % 40}-07-{1 + h.used % 28:02}"}
    return written(h, body)


def written(h, body):
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": body["resourceType"], "body": json.dumps(body)}), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def present(h, patient, **more):
    return written(h, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": {"reference": f"Patient/{patient}"},
                       "serviceProvider": {"reference": f"Organization/{h.stage.unit}"}, "period": {"start": "2026-01-01T08:00:00+01:00"}, **more})


def ask_for(h, role, patient, other):
    a = h.vault.ask(h.token[role], ("act", "merge_ask", {"patient": patient, "other": other, "text": "deux fiches d'une personne"}), get=[("merge", "no")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def pair(h):
    """Two records; the clerk's unit has the first, and nobody the second."""
    p, q = made(h), made(h)
    present(h, p)
    written(h, {"resourceType": "AllergyIntolerance", "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}, "code": {"text": "Latex d'essai"}, "patient": {"reference": f"Patient/{q}"}})
    return p, q, ask_for(h, "clerk", p, q)


def opens(h, role, patient):
    first = h.vault.ledger()[-1]["number"] + 1
    a = h.vault.ask(h.token[role], ("view", "chart_head" if role != "clerk" else "chart_admin", {"patient": patient}))
    if a.rc != "OK":
        return a.why, []
    entry = [e for e in h.vault.ledger(first) if e["kind"] == "RELEASE"][-1]
    return a["explained"], entry["patients"]


def test_members_compare_what_somebody_else_asked_for_and_nobody_else_does(house):
    h = house
    p, q, _ = pair(h)
    compare = lambda role: h.vault.ask(h.token[role], ("view", "merge_compare", {"patient": q, "other": p}), get=[("sides", "id"), ("merge", "member")])
    a = compare("nurse")
    assert a.rc == "OK" and sorted(a["got"][0]) == sorted([p, q]) and a["got"][1] == ["1"]
    assert opens(h, "nurse", q)[0] == "review"
    assert compare("clerk").why == "UNEXPLAINED", "who asked is no member: the other record stays closed"
    assert h.vault.ask(h.token["nurse"], ("view", "merge_compare", {"patient": p, "other": "00000000-0000-4000-8000-000000000000"})).why == "UNEXPLAINED"


def test_joined_they_open_as_one_person_and_each_counts_and_stands_in_the_ledger(house):
    h = house
    p, q, no = pair(h)
    assert opens(h, "pharmacist", q)[0] == "UNEXPLAINED"
    assert h.vault.ask(h.token["physician"], ("act", "merge_do", {"no": no, "keep": p})).rc == "OK"
    why, patients = opens(h, "pharmacist", p)
    assert why == "unit" and len(patients) == 2
    assert [draw for *_, draw in patients] == [1, 1], "a joined record counts as each of its parts"
    assert len({explain for _, explain, *_ in patients}) == 1
    a = h.vault.ask(h.token["pharmacist"], ("view", "chart_summary", {"patient": p}), get=[("allergies", "code")])
    assert a["got"][0] == ["Latex d'essai"]
    why, patients = opens(h, "pharmacist", q)
    assert why == "unit" and [draw for *_, draw in patients if draw] == [], "the same person once more"
    assert h.vault.ask(h.token["nurse"], ("act", "merge_undo", {"no": no})).rc == "OK", "by another than who joined them"
    assert opens(h, "pharmacist", q)[0] == "UNEXPLAINED"
    why, patients = opens(h, "pharmacist", p)
    assert why == "unit" and len(patients) == 1
    assert h.vault.ask(h.token["pharmacist"], ("view", "chart_summary", {"patient": p}), get=[("allergies", "code")])["got"][0] == []


def test_who_was_joined_while_in_a_bed_leaves_it_by_either_record(house):
    h = house
    for by in ("kept", "other"):
        p, q, no = pair(h)
        stay = h.vault.ask(h.token["nurse"], ("view", "stay_moves", {"patient": p}), get=[("stays", "stay")])["got"][0][0]
        assert h.vault.ask(h.token["physician"], ("act", "merge_do", {"no": no, "keep": q})).rc == "OK"
        second = h.vault.ask(h.token["nurse"], ("act", "stay_admit", {"patient": q, "kind": "inpatient", "place": h.stage.unit}))
        assert second.why == "LIES_ELSEWHERE", "one person in two stays"
        a = h.vault.ask(h.token["nurse"], ("act", "stay_discharge", {"patient": {"kept": q, "other": p}[by], "stay": stay}))
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (by, a.rc, a.why, a["where"])
        assert base_sql(h.dir, "SELECT 1 FROM stay_now n JOIN resource r ON r.rid = n.patient WHERE r.id IN (?, ?)", p, q) == []


def test_a_reason_given_for_one_record_opens_the_person(house):
    h, q = house, made(house)
    a = h.vault.ask(h.token["clerk"], ("act", "patient_create", {"birth_name": "Essayeau", "given_names": "Zoé", "birthdate": "1949-11-11", "sex": "female", "confirm_no_duplicate": "1"}), get=[("patient", "id")])
    p = a["got"][0][0]
    no = ask_for(h, "clerk", p, q)
    assert h.vault.ask(h.token["nurse"], ("act", "merge_do", {"no": no, "keep": p})).rc == "OK"
    assert [opens(h, "pharmacist", one)[0] for one in (p, q)] == ["UNEXPLAINED"] * 2
    assert h.vault.ask(h.token["pharmacist"], ("act", "break_glass", {"patient": q, "reason": "advice", "text": "essai"})).rc == "OK"
    assert [opens(h, "pharmacist", one)[0] for one in (q, p)] == ["break_glass"] * 2


def test_of_several_members_at_once_one_joins_and_of_several_one_parts(house):
    h = house
    for _ in range(5):
        p, q, no = pair(h)
        done = h.vault.many([h.vault.call(h.token[role], ("act", "merge_do", {"no": no, "keep": keep})) for role, keep in (("nurse", p), ("physician", q), ("nurse", q), ("physician", p))])
        assert sorted(a.rc for a in done) == ["CONFLICT"] * 3 + ["OK"], [(a.rc, a.why) for a in done]
        parted = h.vault.many([h.vault.call(h.token[role], ("act", "merge_undo", {"no": no})) for role in ("nurse", "physician", "nurse")])
        assert sorted(a.rc for a in parted) == ["CONFLICT", "CONFLICT", "OK"], [(a.rc, a.why) for a in parted]
        links = [h.vault.ask(h.vault.machine, ("read", "it", "Patient", one), bearer=True, surface=API) for one in (p, q)]
        assert all(a.rc == "OK" and b"replace" not in a.flat for a in links)


def test_only_administrators_make_members_and_nobody_himself(house):
    h = house
    add = lambda token, who: h.vault.ask(h.token[token], ("act", "identity_cell_add", {"login": h.vault.account(who)["login"], "code": "000000"})).why
    assert add("clerk", "clerk") == "NOT_ALLOWED"
    assert add("admin", "clerk") not in ("", None), "without a proof nobody is made one"
    assert h.vault.ask(h.token["clerk"], ("view", "identity_work", {"kind": "prov"}), get=[("work", "id")])["got"][0] == []
    assert len(h.vault.ask(h.token["nurse"], ("view", "identity_work", {"kind": "prov"}), get=[("work", "id")])["got"][0]) == 10


def test_a_sealed_record_opens_for_a_reason_only_and_is_not_written(house):
    h = house
    p = made(h)
    h.vault.clock(h.vault.now)
    note = {"resourceType": "Observation", "status": "final", "code": {"text": "essai"}, "subject": {"reference": f"Patient/{p}"}}
    who = h.vault.ask(h.token["admin"], ("view", "account", {"login": h.vault.account("physician")["login"]}), get=[("account", "practitioner")])["got"][0][0]
    written(h, {**note, "performer": [{"reference": f"Practitioner/{who}"}]})
    assert opens(h, "physician", p)[0] == "author"
    a = h.vault.ask(h.token["physician"], ("act", "record_close", {"patient": p, "kind": "sealed", "reason": "over", "text": "suivi terminé"}))
    assert a.rc == "OK", (a.rc, a.why)
    assert opens(h, "physician", p)[0] == "UNEXPLAINED"
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "Observation", "body": json.dumps(note)}), bearer=True, surface=API)
    assert a.why == "RECORD_CLOSED"
    assert h.vault.ask(h.token["nurse"], ("act", "break_glass", {"patient": p, "reason": "advice", "text": "essai"})).rc == "OK"
    assert opens(h, "nurse", p)[0] == "break_glass"
    no = h.vault.ask(h.token["nurse"], ("view", "records_closed", {}), get=[("records", "no")])["got"][0][-1]
    assert h.vault.ask(h.token["physician"], ("act", "record_reopen", {"no": no, "text": "revient"})).why == "SEAL_OTHER"
    assert h.vault.ask(h.token["nurse"], ("act", "record_reopen", {"no": no, "text": "revient"})).rc == "OK"
    assert opens(h, "physician", p)[0] == "author"


def later(h, seconds=6):
    """No reading at a pace that is nobody's."""
    h.vault.clock((h.vault.now or int(time.time() * 1000)) + seconds * 1000)


def test_who_had_a_hand_in_a_joining_made_that_link_himself_and_has_five_a_day(house):
    """The clerk asks for strangers to be joined to a patient of the unit: to the clerk they are self-made, to a colleague who had no hand in it they are the unit's."""
    h = house
    p, strangers = made(h), [made(h) for _ in range(6)]
    present(h, p)
    for q in strangers[:5]:
        assert h.vault.ask(h.token["physician"], ("act", "merge_do", {"no": ask_for(h, "clerk", p, q), "keep": p})).rc == "OK"
    later(h)
    why, patients = opens(h, "clerk", p)
    assert why == "unit" and len(patients) == 6 and sum(draw for *_, draw in patients) == 5, "the patient itself was opened to ask"
    kinds = sorted(explain for _, explain, *_ in patients)
    assert kinds[:1] != kinds[-1:] and kinds.count(kinds[-1]) == 5, "five whom the clerk joined, one who lies there"
    why, patients = opens(h, "pharmacist", p)
    assert why == "unit" and len({explain for _, explain, *_ in patients}) == 1 and [draw for *_, draw in patients] == [1] * 6
    assert h.vault.ask(h.token["physician"], ("act", "merge_do", {"no": ask_for(h, "clerk", p, strangers[5]), "keep": p})).rc == "OK"
    later(h)
    assert opens(h, "clerk", p)[0] == "UNEXPLAINED", "the sixth asks for a reason"
    assert opens(h, "pharmacist", p)[0] == "unit"
    assert h.vault.ask(h.token["clerk"], ("act", "break_glass", {"patient": p, "reason": "advice", "text": "essai"})).rc == "OK"
    why, patients = opens(h, "clerk", p)
    assert why == "unit" and sum(draw for *_, draw in patients) == 1, "the reason for the person opens the one that is left, as one without a care link"


def test_what_one_person_asks_for_opens_five_a_day_to_members(house):
    h = house
    p = made(h)
    present(h, p)
    whom = [made(h) for _ in range(11)]
    for q in whom:
        ask_for(h, "physician", p, q)
    said = []
    for q in whom:
        later(h)
        said.append(opens(h, "nurse", q)[0])
    assert said == ["review"] * 5 + ["self_made"] * 5 + ["UNEXPLAINED"]
