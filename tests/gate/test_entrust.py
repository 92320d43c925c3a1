# SPDX-License-Identifier: Apache-2.0
"""
Facts that others make, through the vault: a task, a result, a move, a duty, a hand-over each open a stranger's chart to whom they are about, with the reason told and in the ledger; to nobody
else, not before nor after; and those that a person makes for himself open five a day.
"""
import json
import time

import pytest

from conftest import LightHouse
from hygie_server import Stage, copy_base
from vault import API

EXPLAIN = {"unit": 1, "self_made": 5, "asked": 11, "transfer": 12, "on_call": 13, "handed": 14}
HOUR = 3600000


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "entrusted")
    h = LightHouse(directory, Stage(directory))
    h.keyed, h.used = {}, 0
    yield h
    assert h.vault.close() == 0


def stranger(h):
    h.used += 1
    return h.stage.strangers[h.used]


def by_key(h, role):
    if role not in h.keyed:
        h.keyed[role] = h.vault.key_of(h.vault.account(role))
    return h.keyed[role][1]


def touch(h, role):
    """A fresh proof by that key."""
    return {"passkey": h.vault.touch(by_key(h, role), h.keyed[role][0])}


def write(h, body):
    """By a machine, as other systems do."""
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": body["resourceType"], "body": json.dumps(body)}), bearer=True, surface=API)
    assert a.rc == "OK", (a.rc, a.why, a["where"])


def instant(h, hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(h.vault.now / 1000 + hours * 3600))


def opens(h, role, p, token=None):
    """What the gate says, and for a release the reason that it gave and wrote down."""
    first = h.vault.ledger()[-1]["number"] + 1
    a = h.vault.ask(token or h.token[role], ("view", "chart_head" if role != "clerk" else "chart_admin", {"patient": p.id}))
    if a.rc != "OK":
        return a.why
    entry = [e for e in h.vault.ledger(first) if e["kind"] == "RELEASE"][-1]
    assert [why for rid, why, *_ in entry["patients"] if rid == p.rid] == [EXPLAIN[a["explained"]]]
    return a["explained"]


def unit_ref(h):
    return {"reference": f"Organization/{h.stage.unit}"}


def test_a_task_in_the_units_queue_opens_the_chart_and_says_so(house):
    h, p = house, stranger(house)
    assert opens(h, "nurse", p) == "UNEXPLAINED"
    write(h, {"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": f"Patient/{p.id}"}, "owner": unit_ref(h)})
    assert opens(h, "nurse", p) == "asked"
    assert opens(h, "clerk", p) == "asked"


def test_a_result_to_validate_opens_the_chart_to_its_laboratory(house):
    h, p, q = house, stranger(house), stranger(house)
    report = {"resourceType": "DiagnosticReport", "status": "preliminary", "code": {"text": "NFS"}, "subject": {"reference": f"Patient/{p.id}"}, "performer": [unit_ref(h)]}
    write(h, report)
    assert opens(h, "pharmacist", p) == "asked"
    write(h, {**report, "status": "final", "subject": {"reference": f"Patient/{q.id}"}, "issued": instant(h, -49)})
    assert opens(h, "pharmacist", q) == "UNEXPLAINED"


def test_a_move_that_was_announced_opens_the_chart_near_its_hour(house):
    h = house
    for hours, told in ((24, "transfer"), (72, "UNEXPLAINED"), (-72, "UNEXPLAINED")):
        p = stranger(h)
        place = {"resourceType": "Location", "name": "essai", "managingOrganization": unit_ref(h)}
        a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "Location", "body": json.dumps(place)}), bearer=True, surface=API, get=[("written", "id")])
        assert a.rc == "OK", (a.rc, a.why)
        write(h, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": {"reference": f"Patient/{p.id}"},
                  "location": [{"location": {"reference": f"Location/{a['got'][0][0]}"}, "status": "planned", "period": {"start": instant(h, hours)}}]})
        assert opens(h, "nurse", p) == told, hours


def test_what_one_writes_for_oneself_opens_five_a_day(house):
    h, told = house, []
    for _ in range(6):
        p = stranger(h)
        task = {"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": f"Patient/{p.id}"}, "owner": unit_ref(h)}
        assert h.vault.ask(h.token["physician"], ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "essai"})).rc == "OK"
        a = h.vault.ask(h.token["physician"], ("act", "fhir_create", {"type": "Task", "body": json.dumps(task)}), surface=API)
        assert a.rc == "OK", (a.rc, a.why)
        told.append(p)
    h.vault.clock(h.vault.now + 26 * HOUR)  # the reasons are over, and the day
    h.token["physician"] = h.vault.sign_in(h.vault.account("physician"))
    assert [opens(h, "physician", p) for p in told] == ["self_made"] * 5 + ["UNEXPLAINED"]
    h.token.clear()
    h.keyed.clear()


# ---- on call ----

def elsewhere(h):
    """A unit that is none of the offered people's, and two strangers who lie there."""
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "Organization", "body": json.dumps({"resourceType": "Organization", "name": "Unité d'essai"})}), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why)
    unit, there = a["got"][0][0], [stranger(h), stranger(h)]
    for p in there:
        write(h, {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": {"reference": f"Patient/{p.id}"},
                  "serviceProvider": {"reference": f"Organization/{unit}"}, "period": {"start": instant(h, -24)}})
    return unit, there


def duty(h, unit, role, hours_from_now=-1):
    at = time.gmtime(h.vault.now / 1000 + hours_from_now * 3600 + 3600)  # Paris is an hour on, in winter; an hour more or less does not matter here
    return {"login": h.vault.account(role)["login"], "unit": unit, "day": time.strftime("%Y-%m-%d", at), "hour": str(at.tm_hour), "hours": "12"}


def test_who_is_on_call_opens_the_units_patients_until_taken_off_the_list(house):
    h = house
    unit, (p, q) = elsewhere(h)
    assert opens(h, "physician", p) == "UNEXPLAINED"
    a = h.vault.ask(by_key(h, "admin"), ("act", "on_call_add", duty(h, unit, "physician")), get=[("call", "no")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    assert opens(h, "physician", p) == "on_call"
    assert opens(h, "nurse", p) == "UNEXPLAINED", "a duty is one person's"
    assert h.vault.ask(h.token["physician"], ("act", "on_call_end", {"no": a["got"][0][0]})).rc == "OK", "who is on the list may take himself off"
    assert opens(h, "physician", q) == "UNEXPLAINED"


def test_a_duty_to_come_and_one_that_is_over_open_nobody(house):
    h = house
    unit, (p, q) = elsewhere(h)
    assert h.vault.ask(by_key(h, "admin"), ("act", "on_call_add", duty(h, unit, "nurse", 5))).rc == "OK"
    assert opens(h, "nurse", p) == "UNEXPLAINED"
    h.vault.clock(h.vault.now + 7 * HOUR)
    h.token.clear()
    assert opens(h, "nurse", p) == "on_call"
    h.vault.clock(h.vault.now + 14 * HOUR)
    h.token.clear()
    h.keyed.clear()
    assert opens(h, "nurse", q) == "UNEXPLAINED"


def test_lists_are_made_by_others_with_a_key_and_for_units_of_ones_own(house):
    h = house
    unit, _ = elsewhere(h)
    add = lambda token, what: h.vault.ask(token, ("act", "on_call_add", what))
    assert add(h.token["admin"], duty(h, unit, "nurse")).why == "KEY_WANTED"
    assert add(by_key(h, "physician"), duty(h, unit, "nurse")).why == "UNIT_NOT_YOURS"
    assert add(by_key(h, "rssi"), duty(h, h.stage.unit, "nurse")).why == "UNIT_NOT_YOURS"
    assert add(by_key(h, "physician"), duty(h, h.stage.unit, "physician")).why == "ENTRUST_OWN"
    assert add(by_key(h, "admin"), duty(h, unit, "clerk")).why == "ENTRUST_ROLE"
    assert add(by_key(h, "physician"), duty(h, h.stage.unit, "nurse")).rc == "OK"


# ---- hand-overs ----

def hand(h, giver, p, receiver):
    return h.vault.ask(h.token[giver], ("act", "hand_over", {"patient": p.id, "login": h.vault.account(receiver)["login"]}), get=[("handed", "no")])


def asked_of(h, role, p):
    """The patient is this person's: a task names her Practitioner."""
    who = h.vault.ask(h.token["admin"], ("view", "account", {"login": h.vault.account(role)["login"]}), get=[("account", "practitioner")])["got"][0][0]
    write(h, {"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": f"Patient/{p.id}"}, "owner": {"reference": f"Practitioner/{who}"}})


def test_a_colleague_hands_over_whom_his_own_work_joins_to_him(house):
    h, p = house, stranger(house)
    assert hand(h, "physician", p, "nurse").why == "UNEXPLAINED"
    asked_of(h, "physician", p)
    assert opens(h, "nurse", p) == "UNEXPLAINED"
    a = hand(h, "physician", p, "nurse")
    assert a.rc == "OK", (a.rc, a.why)
    assert opens(h, "nurse", p) == "handed"
    assert opens(h, "pharmacist", p) == "UNEXPLAINED"
    assert hand(h, "nurse", p, "pharmacist").why == "HAND_NOT_YOURS", "what was handed to me goes no further"
    assert hand(h, "physician", p, "clerk").why == "ENTRUST_ROLE"
    assert hand(h, "physician", p, "physician").why == "ENTRUST_OWN"
    seen = h.vault.ask(h.token["nurse"], ("view", "handed", {}), get=[("to_me", "id")])["got"][0]
    assert p.id in seen
    assert h.vault.ask(h.token["physician"], ("act", "hand_over_end", {"no": a["got"][0][0]})).rc == "OK"
    assert h.vault.ask(h.token["nurse"], ("view", "handed", {}), get=[("to_me", "id")])["got"][0] == [s for s in seen if s != p.id]
    h.vault.clock(h.vault.now + 26 * HOUR)
    h.token.clear()
    h.keyed.clear()
    assert opens(h, "nurse", p) == "UNEXPLAINED"


def test_what_a_reason_opened_is_not_handed_over(house):
    h, p = house, stranger(house)
    assert h.vault.ask(h.token["physician"], ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "essai"})).rc == "OK"
    assert hand(h, "physician", p, "nurse").why == "HAND_NOT_YOURS"
    assert opens(h, "nurse", p) == "UNEXPLAINED"


# ---- emergency staff ----

def test_an_account_that_is_marked_has_the_budgets_of_emergency_staff(house):
    h = house
    login = h.vault.account("nurse")["login"]
    meter = lambda: [int(v[0]) for v in h.vault.ask(h.token["rssi"], ("view", "meter", {"login": login}), get=[("meter", "apart_stop"), ("meter", "code_apart_stop")])["got"]]
    assert meter() == [24, 12]
    assert h.vault.ask(h.token["admin"], ("act", "account_work", {"login": login, "work": "emergency"})).why == "KEY_WANTED"
    assert h.vault.ask(by_key(h, "admin"), ("act", "account_work", {"login": login, "work": "emergency", **touch(h, "admin")})).rc == "OK"
    assert meter() == [60, 30]
    assert h.vault.ask(h.token["nurse"], ("view", "my_units", {}))["opened_max"] == 121
    assert h.vault.ask(by_key(h, "admin"), ("act", "account_work", {"login": login, "work": "role", **touch(h, "admin")})).rc == "OK"
    assert meter() == [24, 12]
