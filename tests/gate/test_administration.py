# SPDX-License-Identifier: Apache-2.0
"""
The bedside through the vault: lists that name nobody whom only the reader knows, and no medicine; a dose under sixteen calls at once; two nurses who each answer for themselves.
"""
import json
import time

import pytest

from conftest import LightHouse
from hygie_server import Stage, copy_base
from vault import API


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "bedside")
    h = LightHouse(directory, Stage(directory))
    yield h
    assert h.vault.close() == 0


def write(h, body):
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": body["resourceType"], "body": json.dumps(body)}), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def hourly(h, p):
    """An order that is due each hour since yesterday, and the slots of it."""
    begin = h.vault.now // 3600000 * 3600 - 24 * 3600
    line = write(h, {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{p.id}"},
                     "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "N02BE01"}], "text": "paracétamol, essai"},
                     "dosageInstruction": [{"sequence": 1, "text": "1 toutes les heures", "timing": {"repeat": {
                         "boundsPeriod": {"start": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(begin))}, "frequency": 1, "period": 1, "periodUnit": "h"}},
                         "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}]})
    return line, lambda hour, once: {"patient": p.id, "once": once, "line": line, "step": "0", "planned": str((begin + hour * 3600) * 1000), "nth": "0"}


def test_the_lists_of_the_unit_name_nobody_unexplained_and_no_medicine(house):
    h = house
    hourly(h, h.stage.mine[0])
    for role in ("nurse", "physician"):
        for view, of in (("plan_of_unit", "round"), ("hand_over_sheet", "sheet")):
            a = h.vault.ask(h.token[role], ("view", view, {}), get=[(of, "id")])
            assert a.rc == "OK", f"{role} {view}: {a.rc} {a.why}"
            assert b"parac" not in a.flat
            assert h.stage.mine[0].id in a["got"][0], "who lies in the unit is on it"
            for p in h.stage.strangers:
                assert not p.found_in(a.flat), f"{role} {view} names a stranger"


def test_of_sixteen_calls_at_once_one_gives_the_dose(house):
    h, p = house, house.stage.mine[1]
    line, slot = hourly(h, p)
    for hour in (10, 11, 12):
        calls = [h.vault.call(h.token[("nurse", "physician")[i % 2]], ("act", "dose_give", {**slot(hour, f"forme-{hour}-{i}"), "reason": "no_code"})) for i in range(16)]
        answers = [(a.rc, a.why) for a in h.vault.many(calls)]
        assert answers.count(("OK", "NONE")) == 1 and {why for rc, why in answers if rc != "OK"} == {"DOSE_TAKEN"}, answers
        again = h.vault.many([h.vault.call(h.token["nurse"], ("act", "dose_refuse", {**slot(hour + 5, "encore"), "reason": "refused"}), get=[("dose", "no"), ("dose", "again")]) for _ in range(16)])
        assert [a.rc for a in again] == ["OK"] * 16 and len({a["got"][0][0] for a in again}) == 1
        assert sum(a["got"][1][0] == "" for a in again) == 1, "one wrote, fifteen were told so"
    cells = h.vault.ask(h.token["nurse"], ("view", "plan_of_care", {"patient": p.id}), get=[("cells", "state")])
    assert cells.rc == "OK"


def test_two_nurses_answer_each_for_herself(house):
    h, p = house, house.stage.mine[2]
    line, slot = hourly(h, p)
    assert h.vault.ask(h.token["nurse"], ("act", "double_check_add", {"system": "atc", "code": "N02BE"})).why == "NOT_ALLOWED"
    a = h.vault.ask(h.token["pharmacist"], ("act", "double_check_add", {"system": "atc", "code": "N02BE"}), get=[("double_check", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    code = a["got"][0][0]
    a = h.vault.ask(h.token["nurse"], ("act", "dose_give", {**slot(10, "forme"), "reason": "no_code"}), get=[("dose", "no"), ("dose", "state")])
    assert (a.rc, a["got"][1]) == ("OK", ["check"]), (a.rc, a.why, a["got"])
    no = a["got"][0][0]
    assert h.vault.ask(h.token["nurse"], ("act", "dose_check", {"patient": p.id, "no": no})).why == "DOSE_OWN_CHECK"
    assert h.vault.ask(h.token["pharmacist"], ("act", "dose_check", {"patient": p.id, "no": no})).why == "NOT_ALLOWED"
    assert h.vault.ask(h.token["physician"], ("act", "dose_check", {"patient": h.stage.mine[3].id, "no": no})).why == "NOT_FOUND", "of another patient"
    checked = [a.rc for a in h.vault.many([h.vault.call(h.token["physician"], ("act", "dose_check", {"patient": p.id, "no": no})) for _ in range(16)])]
    assert checked == ["OK"] * 16
    seen = h.vault.ask(h.token["nurse"], ("view", "dose", {"patient": p.id, "no": no}), get=[("cells", "state"), ("cells", "checked_name"), ("versions", "version")])
    assert seen["got"][0] == ["given"] and seen["got"][1][0] and seen["got"][2] == ["1"]
    assert h.vault.ask(h.token["pharmacist"], ("act", "double_check_end", {"no": code})).rc == "OK"


def test_a_score_of_one_physician_is_computed_for_nobody(house):
    h, p = house, house.stage.mine[0]
    score = {"name": "Essai", "source": "Source d'essai, page 1", "limits": "aucune", "age_from": "0", "age_below": "150", "pregnancy": "not", "hours": "72", "bands": "pulse - 400 0"}
    assert h.vault.ask(h.token["nurse"], ("act", "score_add", score)).why == "NOT_ALLOWED"
    unsaid = h.vault.ask(h.token["physician"], ("act", "score_add", {k: v for k, v in score.items() if k != "pregnancy"}))
    assert (unsaid.rc, unsaid.why, unsaid["where"]) == ("BAD_INPUT", "FIELD_REQUIRED", "pregnancy"), "whether it is made for pregnancy is said, one way or the other"
    a = h.vault.ask(h.token["physician"], ("act", "score_add", score), get=[("score", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    assert h.vault.ask(h.token["physician"], ("act", "score_sign", {"no": a["got"][0][0]})).why == "SCORE_OWN"
    assert h.vault.ask(h.token["nurse"], ("view", "scores_of", {"patient": p.id}), get=[("scores", "no")])["got"][0] == []
    second = h.vault.sign_in(h.vault.account("physician", 1))
    assert h.vault.ask(second, ("act", "score_sign", {"no": a["got"][0][0]})).rc == "OK"
    assert h.vault.ask(h.token["nurse"], ("view", "scores_of", {"patient": p.id}), get=[("scores", "no")])["got"][0] == [a["got"][0][0]]
