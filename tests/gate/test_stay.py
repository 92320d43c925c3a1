# SPDX-License-Identifier: Apache-2.0
"""
Stays through the vault: one bed for thirty-two who ask at once; charts open and close with movements; who may move whom; a board names nobody of another unit; an
establishment that two people closed opens nothing any more. And how long the board of the whole group takes.
"""
import json
import sqlite3
import statistics
import subprocess
import time
import types

import pytest

from conftest import LightHouse
import postgres
from hygie_server import Stage, base_sql, copy_base, drop_base
from test_exports import key_pair
from vault import API, IMPORT

HOUR = 3600000


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "stays")
    h = LightHouse(directory, Stage(directory))
    h.used = 0
    yield h
    assert h.vault.close() == 0


def stranger(h):
    """In no stay."""
    there = {rid for rid, in base_sql(h.dir, "SELECT patient FROM stay_now")}
    h.used = next(n for n in range(h.used + 1, len(h.stage.strangers)) if h.stage.strangers[n].rid not in there)
    return h.stage.strangers[h.used]


def write(h, body):
    """By a machine, as other systems do. Gives the id."""
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": body["resourceType"], "body": json.dumps(body)}), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def instant(h, hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(h.vault.now / 1000 + hours * 3600))


def expected(h, p, unit):
    """A stay that another system announced for that unit: by it the unit may open the chart. Gives its id."""
    return write(h, {"resourceType": "Encounter", "status": "planned", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
                     "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{unit}"}, "period": {"start": instant(h, 2)}})


def board(h, role="nurse", **args):
    a = h.vault.ask(h.token[role], ("view", "bed_board", args), get=[("beds", "bed"), ("beds", "says"), ("beds", "id"), ("beds", "name")])
    assert a.rc == "OK", (a.rc, a.why)
    return a


def free_bed(h, n=0):
    a = board(h)
    free = [bed for bed, says in zip(*a["got"][:2]) if says == "free"]
    if len(free) <= n:  # a full ward: somebody leaves, the bed is made
        at = next(p for p in h.stage.mine if live(h, p))
        bed = base_sql(h.dir, "SELECT bed FROM stay_now WHERE patient = ? AND bed IS NOT NULL", at.rid)[0][0]
        assert h.vault.ask(h.token["nurse"], ("act", "stay_discharge", {"patient": at.id, "stay": live(h, at)})).rc == "OK"
        assert h.vault.ask(h.token["nurse"], ("act", "bed_set", {"bed": bed, "state": "ready"})).rc == "OK"
        return bed
    return free[n]


def live(h, p, token=None):
    a = h.vault.ask(token or h.token["nurse"], ("view", "stay_moves", {"patient": p.id}), get=[("stays", "stay"), ("stays", "state")])
    return next((stay for stay, state in zip(*a["got"]) if state in ("present", "leave")), None) if a.rc == "OK" else None


def opens(h, role, p):
    a = h.vault.ask(h.token[role], ("view", "chart_head", {"patient": p.id}))
    return a["explained"] if a.rc == "OK" else a.why


def other_unit(h):
    """A unit of the same establishment with beds."""
    ids, sites = h.vault.ask(h.token["nurse"], ("view", "bed_sites", {}), get=[("units", "id"), ("units", "site")])["got"]
    mine = sites[ids.index(h.stage.unit)]
    return next(i for i, site in zip(ids, sites) if site == mine and i != h.stage.unit), next(i for i, site in zip(ids, sites) if site != mine)


def test_of_thirty_two_who_ask_for_a_bed_at_once_one_gets_it(house):
    h = house
    bed, people = free_bed(h), [stranger(h) for _ in range(32)]
    stays = [expected(h, p, h.stage.unit) for p in people]
    tokens = [h.token[role] for role in ("nurse", "physician", "clerk")] * 11  # a proof is asked of who opens thirty-two in one instant
    calls = [h.vault.call(token, ("act", "stay_admit", {"patient": p.id, "stay": stay, "place": bed, "reason": "no_bed"})) for token, p, stay in zip(tokens, people, stays)]
    answers = h.vault.many(calls)
    told = sorted((a.why if (a.rc, a["act_rc"]) != ("OK", "OK") else "done") for a in answers)
    assert told == ["BED_TAKEN"] * 31 + ["done"], told
    assert base_sql(h.dir, "SELECT count(*) FROM stay_now WHERE bed = ?", bed) == [(1,)]
    winner = next(p for p, a in zip(people, answers) if (a.rc, a["act_rc"]) == ("OK", "OK"))
    assert base_sql(h.dir, "SELECT patient FROM stay_now WHERE bed = ?", bed) == [(winner.rid,)]
    assert base_sql(h.dir, "SELECT count(*) FROM movement WHERE bed = ?", bed)[0][0] >= 1
    assert len([p for p in people if base_sql(h.dir, "SELECT 1 FROM movement WHERE patient = ?", p.rid)]) == 1, "a refused admission left a movement"


def test_of_thirty_two_movements_of_one_person_at_once_one_is_done(house):
    h = house
    p = next(q for q in h.stage.mine[5:] if live(h, q))
    stay = live(h, p)
    version = base_sql(h.dir, "SELECT version FROM resource WHERE id = ?", stay)[0][0]
    calls = [h.vault.call(h.token["nurse"], ("act", "stay_leave", {"patient": p.id, "stay": stay, "version": str(version)})) for _ in range(32)]
    done = [a for a in h.vault.many(calls) if (a.rc, a["act_rc"]) == ("OK", "OK")]
    assert len(done) == 1
    assert base_sql(h.dir, "SELECT count(*) FROM movement WHERE patient = ? AND kind = 'A21'", p.rid) == [(1,)]


def test_a_chart_opens_to_the_unit_that_a_person_is_moved_to_and_to_nobody_after_a_cancel(house):
    h = house
    near, _ = other_unit(h)
    p = next(q for q in h.stage.mine[10:] if live(h, q))
    stay = live(h, p)
    there = next((a for a in (h.vault.account("nurse", nth) for nth in (1, 2)) if a["unit"] == near), None)
    a = h.vault.ask(h.token["nurse"], ("act", "stay_transfer", {"patient": p.id, "stay": stay, "place": near}), get=[("movement", "no")])
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why, a["where"])
    assert opens(h, "nurse", p) == "unit", "whom I transferred explains for two days"
    if there:
        token = h.vault.sign_in(there)
        assert h.vault.ask(token, ("view", "chart_head", {"patient": p.id})).rc == "OK"
    assert base_sql(h.dir, "SELECT unit FROM stay_now WHERE patient = ?", p.rid) == [(near,)]
    back = h.vault.ask(h.token["nurse"], ("act", "stay_cancel", {"patient": p.id, "stay": stay, "no": a["got"][0][0], "reason": "person"}))
    assert (back.rc, back["act_rc"]) == ("OK", "OK"), (back.rc, back.why)
    assert base_sql(h.dir, "SELECT unit FROM stay_now WHERE patient = ?", p.rid) == [(h.stage.unit,)]
    if there:
        assert h.vault.ask(token, ("view", "chart_head", {"patient": p.id})).why == "UNEXPLAINED"


def test_a_nurse_moves_those_of_her_unit_and_a_clerk_those_of_the_establishment(house):
    h = house
    near, far = other_unit(h)
    p, q = stranger(h), stranger(h)
    for who in (p, q):
        expected(h, who, h.stage.unit)
    admit = lambda role, who, place: h.vault.ask(h.token[role], ("act", "stay_admit", {"patient": who.id, "kind": "inpatient", "place": place}))
    assert (admit("nurse", p, near).why, admit("nurse", p, far).why) == ("MOVE_UNIT", "MOVE_UNIT")
    assert admit("clerk", p, far).why == "MOVE_UNIT"
    assert admit("clerk", p, near).rc == "OK"
    assert admit("pharmacist", q, near).why == "NOT_ALLOWED"


def test_a_board_names_the_own_unit_only_and_a_clerk_sees_no_chart(house):
    h = house
    near, _ = other_unit(h)
    mine, theirs, corridor = board(h), board(h, unit=near), board(h, corridor="1")
    named = [i for i in mine["got"][2] if i]
    assert named and all(i in {p.id for p in h.stage.patients} for i in named)
    assert not any(theirs["got"][2]) and not any(theirs["got"][3])
    assert "occupied" in theirs["got"][1]
    for p in h.stage.patients:
        assert not p.found_in(theirs.flat), "a board of another unit names somebody"
        assert not p.found_in(corridor.flat), "the corridor's board names somebody"
    assert board(h, role="clerk")["explained"] == ""


def delete(h, p, role="clerk"):
    return h.vault.call(h.token[role], ("act", "patient_delete", {"patient": p.id, "reason": "error", "text": "fiche d'essai"}))


def removed(h, p):
    """As another system takes a record away."""
    return h.vault.call(h.vault.machine, ("act", "fhir_delete", {"type": "Patient", "id": p.id}), bearer=True, surface=API)


def removed_in_a_bundle(h, p, kind="transaction", *others):
    entries = [{"request": {"method": "DELETE", "url": url}} for url in (f"Patient/{p.id}", *others)]
    body = json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries})
    return h.vault.call(h.vault.machine, ("act", "fhir_bundle", {"body": body}), bearer=True, surface=API, get=[("bundle", "body")])


def one(h, call):
    return h.vault.many([call])[0]


def test_nobody_is_deleted_who_lies_in_a_bed_and_the_refusal_says_where(house):
    h = house
    p = next(q for q in h.stage.mine[20:] if live(h, q))
    unit, bed = base_sql(h.dir, "SELECT unit, bed FROM stay_now WHERE patient = ? AND state <> 'planned'", p.rid)[0]
    bed_name = base_sql(h.dir, "SELECT name FROM bed WHERE id = ?", bed)[0][0] if bed else ""
    unit_name = h.vault.ask(h.token["nurse"], ("view", "bed_board", {"unit": unit}), get=[("board", "unit_name")])["got"][0][0]
    for call in (delete(h, p), removed(h, p), removed_in_a_bundle(h, p)):
        a = one(h, call)
        assert a.why == "STAY_RUNS", (a.rc, a["act_rc"], a.why)
        assert a["about"] == (f"{unit_name}, {bed_name}" if bed else unit_name)
    batch = json.loads(one(h, removed_in_a_bundle(h, p, "batch"))["got"][0][0])
    assert batch["entry"][0]["response"]["status"] == "409" and unit_name in batch["entry"][0]["response"]["outcome"]["issue"][0]["details"]["text"]
    assert base_sql(h.dir, "SELECT bed FROM stay_now WHERE patient = ? AND state <> 'planned'", p.rid) == [(bed,)]
    assert live(h, p), "the record was taken away all the same"


def test_who_is_expected_is_deleted_once_the_stay_is_cancelled(house):
    h = house
    p = stranger(h)
    stay = expected(h, p, h.stage.unit)
    a = one(h, delete(h, p))
    assert a.why == "STAY_EXPECTED", (a.rc, a.why)
    assert a["about"]
    assert one(h, removed(h, p)).why == "STAY_EXPECTED"
    gone = one(h, removed_in_a_bundle(h, p, "transaction", f"Encounter/{stay}"))
    assert (gone.rc, gone["act_rc"]) == ("OK", "OK"), (gone.rc, gone.why, gone["where"])
    assert not base_sql(h.dir, "SELECT 1 FROM stay_now WHERE patient = ?", p.rid)


def test_an_establishment_that_two_people_closed_is_nobodys_place_of_work(house):
    h = house
    admin, rssi = h.vault.account("admin"), h.vault.account("rssi")
    kinds, names, ids = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("places", "kind"), ("places", "name"), ("places", "id")])["got"]
    site = next(i for kind, name, i in zip(kinds, names, ids) if kind == "site" and name.startswith("Centre"))
    own = ids[kinds.index("site")]
    ask = lambda change, where: h.vault.ask(h.token["admin"], ("act", "site_ask", {"site": where, "change": change, **h.vault.proof(h.token["admin"], admin)}), get=[("closing", "no")])
    assert ask("close", own).why == "SITE_FULL"
    a = ask("close", site)
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    h.vault.proof(h.token["rssi"], rssi)
    token = h.vault.sign_in_by(h.vault.keys[rssi["login"]])
    before = base_sql(h.dir, "SELECT count(*) FROM account_unit")[0][0]
    signed = h.vault.ask(token, ("act", "site_sign", {"no": a["got"][0][0], "passkey": h.vault.touch(token, h.vault.keys[rssi["login"]])}))
    assert (signed.rc, signed["act_rc"]) == ("OK", "OK"), (signed.rc, signed.why)
    units = [u for u, in base_sql(h.dir, "SELECT unit FROM closed_unit WHERE site = ?", site)]
    assert len(units) == 3, "the establishment and its two units"
    assert base_sql(h.dir, "SELECT count(*) FROM account_unit")[0][0] < before
    for unit in units:
        assert not base_sql(h.dir, "SELECT 1 FROM account_unit WHERE unit = ?", unit) and not base_sql(h.dir, "SELECT 1 FROM account WHERE unit = ?", unit)
        assert h.vault.ask(h.token["nurse"], ("act", "stay_admit", {"patient": h.stage.mine[0].id, "kind": "day", "place": unit})).why in ("PLACE_CLOSED", "LIES_ELSEWHERE")


def test_who_worked_in_a_unit_that_closed_opens_its_patients_no_more(house):
    """A home of its own, with one stay that ended yesterday: its nurse opens the chart until two people close the home."""
    h = house
    h.token.clear()
    org = lambda name, **more: write(h, {"resourceType": "Organization", "name": name, **more})
    group = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("places", "id")])["got"][0][0]
    home = org("Résidence d'essai", partOf={"reference": f"Organization/{group}"})
    unit = org("Unité d'essai", partOf={"reference": f"Organization/{home}"}, type=[{"coding": [{"code": "UF"}]}])
    p = stranger(h)
    write(h, {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": {"reference": f"Patient/{p.id}"},
              "serviceProvider": {"reference": f"Organization/{unit}"}, "period": {"start": instant(h, -60), "end": instant(h, -20)}})
    admin, rssi, nurse = h.vault.account("admin"), h.vault.account("rssi"), h.vault.account("nurse", 1)
    h.vault.proof(h.token["admin"], admin)
    keyed = h.vault.sign_in_by(h.vault.keys[admin["login"]])
    a = h.vault.ask(keyed, ("act", "account_units", {"login": nurse["login"], "units": unit}))
    assert a.rc == "OK", (a.rc, a.why)
    token = h.vault.sign_in(nurse)
    chart = ("view", "chart_head", {"patient": p.id})
    assert h.vault.ask(token, chart)["explained"] == "unit"
    a = h.vault.ask(h.token["admin"], ("act", "site_ask", {"site": home, "change": "close", **h.vault.proof(h.token["admin"], admin)}), get=[("closing", "no")])
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    h.vault.proof(h.token["rssi"], rssi)
    officer = h.vault.sign_in_by(h.vault.keys[rssi["login"]])
    assert h.vault.ask(officer, ("act", "site_sign", {"no": a["got"][0][0], "passkey": h.vault.touch(officer, h.vault.keys[rssi["login"]])})).rc == "OK"
    assert h.vault.ask(token, chart).why in ("CLOSED_CHART", "SIGN_IN")
    assert h.vault.ask(h.vault.sign_in(nurse), chart).why == "CLOSED_CHART"
    assert h.vault.ask(keyed, ("act", "account_units", {"login": nurse["login"], "units": unit})).why == "UNKNOWN_UNIT"


def test_a_closed_establishments_charts_leave_everybodys_reach_also_their_authors(house):
    """A home of its own: of two who wrote there one chart is the home's alone; an emergency opens it, and a ticket by two, until another establishment has the person."""
    h = house
    h.token.clear()
    org = lambda name, **more: write(h, {"resourceType": "Organization", "name": name, **more})
    group = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("places", "id")])["got"][0][0]
    home = org("Résidence des auteurs", partOf={"reference": f"Organization/{group}"})
    unit = org("Unité des auteurs", partOf={"reference": f"Organization/{home}"}, type=[{"coding": [{"code": "UF"}]}])
    doctor = h.vault.account("physician")
    no = dict(base_sql(h.dir, "SELECT login, no FROM account"))[doctor["login"]]
    author = base_sql(h.dir, "SELECT practitioner FROM account WHERE no = ?", no)[0][0]
    alone, shared = stranger(h), stranger(h)
    stay = lambda p, where, since: write(h, {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
                                             "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{where}"}, "period": {"start": instant(h, since), "end": instant(h, since + 24)}})
    here, _ = other_unit(h)
    for p in (alone, shared):
        stay(p, unit, -600)
        write(h, {"resourceType": "Observation", "status": "final", "code": {"text": "essai"}, "subject": {"reference": f"Patient/{p.id}"}, "performer": [{"reference": f"Practitioner/{author}"}]})
    for e, in base_sql(h.dir, "SELECT rid FROM stay_now WHERE patient IN (?, ?)", alone.rid, shared.rid):
        assert not e
    stay(shared, here, -1200)
    others = base_sql(h.dir, "SELECT count(*) FROM relation WHERE patient = ? AND kind = 2", alone.rid)[0][0]
    chart = lambda p: h.vault.ask(h.token["physician"], ("view", "chart_head", {"patient": p.id}))
    assert (chart(alone)["explained"], chart(shared)["explained"]) == ("author", "author")
    glass = lambda role, p, reason: h.vault.ask(h.token[role], ("act", "break_glass", {"patient": p.id, "reason": reason, "text": "essai du jour"}))
    assert glass("pharmacist", alone, "advice").rc == "OK"
    admin, rssi = h.vault.account("admin"), h.vault.account("rssi")

    def two(change):
        a = h.vault.ask(h.token["admin"], ("act", "site_ask", {"site": home, "change": change, **h.vault.proof(h.token["admin"], admin)}), get=[("closing", "no")])
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
        h.vault.proof(h.token["rssi"], rssi)
        officer = h.vault.sign_in_by(h.vault.keys[rssi["login"]])
        assert h.vault.ask(officer, ("act", "site_sign", {"no": a["got"][0][0], "passkey": h.vault.touch(officer, h.vault.keys[rssi["login"]])})).rc == "OK"

    two("close")
    assert chart(shared)["explained"] == "author", "another establishment has this person too"
    closed = base_sql(h.dir, "SELECT 1 FROM closed_chart WHERE patient = ?", alone.rid)
    assert bool(closed) == (others == 0 and len(base_sql(h.dir, "SELECT 1 FROM closed_chart")) > 0)
    a = chart(alone)
    assert (a.rc, a.why) == ("DENIED", "CLOSED_CHART"), (a.rc, a.why)
    assert a.empty
    assert h.vault.ask(h.token["physician"], ("search", "it", "Observation", f"patient={alone.id}"))["explained"] != "author"
    a = h.vault.ask(h.token["pharmacist"], ("view", "chart_head", {"patient": alone.id}))
    assert (a.why, a.empty) == ("CLOSED_CHART", True), "a reason that was given before it closed opens nothing any more"
    for reason in ("arrival", "advice", "other"):
        a = glass("physician", alone, reason)
        assert (a.rc, a.why, a.empty) == ("DENIED", "CLOSED_CHART", True), (reason, a.rc, a.why)
    told = [e for e in h.vault.ledger() if e["kind"] == "REFUSAL" and e["why"] == "CLOSED_CHART" and e["note"] == "break_glass"]
    assert len(told) == 3, "each is in the ledger"
    assert glass("physician", shared, "advice").rc == "OK", "a person whom an open establishment has"
    assert chart(alone).why == "CLOSED_CHART"
    assert glass("physician", alone, "emergency").rc == "OK"
    assert chart(alone)["explained"] == "emergency"
    assert base_sql(h.dir, "SELECT to_review FROM break_glass WHERE patient = ? AND reason = 'emergency'", alone.rid) == [(1,)]
    assert glass("nurse", alone, "advice").why == "CLOSED_CHART", "of one, not of all"
    two("open")
    assert not base_sql(h.dir, "SELECT 1 FROM closed_chart WHERE patient = ?", alone.rid)
    two("close")
    assert base_sql(h.dir, "SELECT 1 FROM closed_chart WHERE patient = ?", alone.rid)
    expected(h, alone, here)
    assert not base_sql(h.dir, "SELECT 1 FROM closed_chart WHERE patient = ?", alone.rid), "who comes to another establishment is known there"


def made_alone(h):
    """Somebody whom no establishment has."""
    name = write(h, {"resourceType": "Patient", "gender": "female", "birthDate": "1949-03-05", "name": [{"use": "official", "family": "Dubillet", "given": ["Solange"]}]})
    return types.SimpleNamespace(id=name, rid=base_sql(h.dir, "SELECT rid FROM resource WHERE id = ?", name)[0][0])


def closed(h, p):
    """As it stands once two people closed the only establishment that had somebody."""
    home = write(h, {"resourceType": "Organization", "name": "Résidence du billet", "partOf": {"reference": f"Organization/{h.vault.ask(h.token['admin'], ('view', 'place_tree', {}), get=[('places', 'id')])['got'][0][0]}"}})
    unit = write(h, {"resourceType": "Organization", "name": "Unité du billet", "partOf": {"reference": f"Organization/{home}"}, "type": [{"coding": [{"code": "UF"}]}]})
    write(h, {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": {"reference": f"Patient/{p.id}"},
              "serviceProvider": {"reference": f"Organization/{unit}"}, "period": {"start": instant(h, -60), "end": instant(h, -20)}})
    admin, rssi = h.vault.account("admin"), h.vault.account("rssi")
    a = h.vault.ask(h.token["admin"], ("act", "site_ask", {"site": home, "change": "close", **h.vault.proof(h.token["admin"], admin)}), get=[("closing", "no")])
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    h.vault.proof(h.token["rssi"], rssi)
    officer = h.vault.sign_in_by(h.vault.keys[rssi["login"]])
    assert h.vault.ask(officer, ("act", "site_sign", {"no": a["got"][0][0], "passkey": h.vault.touch(officer, h.vault.keys[rssi["login"]])})).rc == "OK"
    return officer


def test_a_closed_establishments_chart_is_asked_for_by_a_ticket_that_another_approves(house, tmp_path):
    """One chart, by its id: else a ticket is for more than fifty. Its copy holds nobody else, also nobody who does not exist."""
    h = house
    h.token.clear()
    doctor, rssi = h.vault.account("physician"), h.vault.account("rssi")
    alone, another = made_alone(h), stranger(h)
    officer = closed(h, alone)
    assert base_sql(h.dir, "SELECT 1 FROM closed_chart WHERE patient = ?", alone.rid)
    h.vault.proof(h.token["physician"], doctor)
    token = h.vault.sign_in_by(h.vault.keys[doctor["login"]])
    public, private = key_pair(tmp_path)
    count = lambda cohort: h.vault.ask(token, ("act", "export_count", {"cohort": cohort}), get=[("count", "patients"), ("count", "small")])["got"]
    assert count(f"_id={alone.id}") == [["1"], [""]]
    for cohort in (f"_id={another.id}", f"_id={alone.id},{another.id}", f"_id={alone.id}&gender=female,male,other,unknown"):
        assert count(cohort) == [[""], ["1"]], "nothing but ids, of closed charts alone"
    want = lambda p: h.vault.ask(token, ("act", "export_ask", {"purpose": "Copie du dossier, demandée par la personne", "kind": "fhir", "types": "Patient,Encounter", "cohort": f"_id={p.id}", "recipient": public,
                                                                 "hours": "24", "count": "1", **h.vault.proof(token, doctor)}), get=[("export", "no")])
    assert want(another).why == "EXPORT_SMALL"
    a = want(alone)
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why, a["where"])
    no = a["got"][0][0]
    take = lambda: h.vault.ask(token, ("act", "export_take", {"no": no, **h.vault.proof(token, doctor)}))
    assert take().why == "EXPORT_WAITS", "nobody has it alone"
    seen = h.vault.ask(officer, ("view", "export", {"no": no}), get=[("export", "hash")])["got"][0][0]
    assert h.vault.ask(officer, ("act", "export_approve", {"no": no, "hash": seen, **h.vault.proof(officer, rssi)})).rc == "OK"
    assert take().rc == "OK"
    end = time.time() + 60
    while h.vault.ask(token, ("view", "export", {"no": no}), get=[("export", "state")])["got"][0][0] not in ("sealed", "delivered"):
        assert time.time() < end
        time.sleep(0.1)
    files = [subprocess.run(["age", "-d", "-i", str(private)], input=path.read_bytes(), capture_output=True, check=True).stdout for path in sorted((h.dir / "exports").glob(f"{no}.*.age"))]
    lines = [json.loads(line) for file in files for line in file.decode().splitlines()]
    assert {x["id"] for x in lines if x["resourceType"] == "Patient"} == {alone.id} and any(x["resourceType"] == "Encounter" for x in lines)
    assert h.vault.ask(token, ("view", "chart_head", {"patient": alone.id})).why == "CLOSED_CHART", "a ticket gives its copy, and no page"


def a_room(h, unit, empty):
    taken = {bed for row in base_sql(h.dir, "SELECT bed, next_bed FROM stay_now") for bed in row if bed}
    rooms = {}
    for room, bed in base_sql(h.dir, "SELECT room, id FROM bed WHERE unit = ? AND room > ''", unit):
        rooms.setdefault(room, []).append(bed)
    if not empty:
        return next((room, beds) for room, beds in sorted(rooms.items()) if taken & set(beds))
    held = {bed for bed, in base_sql(h.dir, "SELECT next_bed FROM stay_now WHERE next_bed IS NOT NULL")}
    room, beds = min(((room, beds) for room, beds in sorted(rooms.items()) if not held & set(beds)), key=lambda r: len(taken & set(r[1])))
    for bed in beds:
        for rid, in base_sql(h.dir, "SELECT patient FROM stay_now WHERE bed = ?", bed):
            p = next(q for q in h.stage.patients if q.rid == rid)
            assert h.vault.ask(h.token["nurse"], ("act", "stay_discharge", {"patient": p.id, "stay": live(h, p)})).rc == "OK"
        assert h.vault.ask(h.token["nurse"], ("act", "bed_set", {"bed": bed, "state": "ready"})).rc == "OK"
    return room, beds


def test_a_room_closes_when_it_is_empty_and_is_in_no_list_until_it_opens(house):
    h = house
    h.token.clear()
    close = lambda place, token="admin": h.vault.ask(h.token[token], ("act", "place_close", {"place": place, "reason": "works"}))
    full, beds = a_room(h, h.stage.unit, False)
    a = close(full)
    assert a.why == "PLACE_FULL" and int(a["about"]) == base_sql(h.dir, f"SELECT count(*) FROM stay_now n JOIN bed b ON b.id = n.bed OR b.id = n.next_bed WHERE b.room = ?", full)[0][0]
    assert close(h.stage.unit).why == "PLACE_FULL"
    empty, beds = a_room(h, h.stage.unit, True)
    assert close(empty, "nurse").why == "NOT_ALLOWED"
    assert close("nulle-part").why == "PLACE_UNKNOWN"
    p = next(q for q in h.stage.mine if live(h, q))
    places = lambda: h.vault.ask(h.token["nurse"], ("view", "stay_moves", {"patient": p.id}), get=[("places", "id")])["got"][0]
    move = ("act", "stay_transfer", {"patient": p.id, "stay": live(h, p), "place": beds[0], "reason": "no_bed"})
    assert set(beds) <= set(board(h)["got"][0]) and set(beds) <= set(places())
    assert close(empty).rc == "OK" and close(empty).why == "SITE_SO"
    assert not set(beds) & set(board(h)["got"][0]) and not set(beds) & set(places())
    assert h.vault.ask(h.token["nurse"], move).why == "PLACE_CLOSED"
    rooms = h.vault.ask(h.token["admin"], ("view", "bed_rooms", {"unit": h.stage.unit}), get=[("rooms", "room"), ("rooms", "closed_at"), ("changes", "reason"), ("changes", "by_name")])["got"]
    assert dict(zip(*rooms[:2]))[empty] and rooms[2] == ["works"] and rooms[3][0]
    assert h.vault.ask(h.token["admin"], ("act", "place_open", {"place": empty})).rc == "OK"
    assert set(beds) <= set(board(h)["got"][0])
    assert (lambda a: (a.rc, a["act_rc"]))(h.vault.ask(h.token["nurse"], move)) == ("OK", "OK")


def test_a_unit_closes_by_itself_and_its_people_work_there_again_when_it_opens(house):
    h = house
    h.token.clear()
    org = lambda name, **more: write(h, {"resourceType": "Organization", "name": name, **more})
    home = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("places", "id"), ("places", "kind")])["got"]
    unit = org("Unité d'été", partOf={"reference": f"Organization/{home[0][home[1].index('site')]}"}, type=[{"coding": [{"code": "UF"}]}])
    admin, nurse = h.vault.account("admin"), h.vault.account("nurse", 2)
    h.vault.proof(h.token["admin"], admin)
    keyed = h.vault.sign_in_by(h.vault.keys[admin["login"]])
    assert h.vault.ask(keyed, ("act", "account_units", {"login": nurse["login"], "units": unit})).rc == "OK"
    token = h.vault.sign_in(nurse)
    units = lambda: h.vault.ask(token, ("view", "my_units", {}), get=[("units", "id")])["got"][0]
    found = lambda: unit in h.vault.ask(token, ("view", "units", {"text": "Unité"}), get=[("units", "id")])["got"][0]
    assert units() == [unit] and found()
    p = stranger(h)
    stay = expected(h, p, unit)
    a = h.vault.ask(h.token["admin"], ("act", "place_close", {"place": unit, "reason": "season"}))
    assert (a.why, a["about"]) == ("PLACE_FULL", "1"), (a.rc, a.why)
    assert h.vault.ask(h.vault.machine, ("act", "fhir_delete", {"type": "Encounter", "id": stay}), bearer=True, surface=API).rc == "OK"
    calls = [h.vault.call(h.token["admin"], ("act", "place_close", {"place": unit, "reason": "season"})) for _ in range(8)]
    assert sorted(a.rc for a in h.vault.many(calls)) == ["CONFLICT"] * 7 + ["OK"]
    assert units() == [] and not found()
    assert h.vault.ask(token, ("view", "unit_present", {}), get=[("present", "id")])["got"][0] == []
    assert h.vault.ask(token, ("act", "stay_admit", {"patient": p.id, "kind": "day", "place": unit})).rc != "OK"
    assert h.vault.ask(h.token["admin"], ("act", "place_open", {"place": unit})).rc == "OK"
    assert units() == [unit] and found()


def test_a_rule_of_the_database_that_an_act_breaks_refuses_that_act_alone(demo_base, work_dir):
    """A rule that no act asks about is put on a copy: in a group of many the act that breaks it is refused in words, and all the others are done."""
    directory = copy_base(demo_base, work_dir / "ruled")
    rule = "CREATE UNIQUE INDEX throw_away ON movement(patient) WHERE kind IN ('A21', 'A22')"
    url = postgres.url_of(directory)
    if url:
        postgres.psql(url, rule)
    else:
        base = sqlite3.connect(f"{directory}/hygie.db")
        base.execute(rule)
        base.commit()
        base.close()
    h = LightHouse(directory, Stage(directory))
    people = [p for p in h.stage.mine if live(h, p)][:5]
    bad = people[0]
    stays = {p.id: live(h, p) for p in people}
    assert h.vault.ask(h.token["nurse"], ("act", "stay_leave", {"patient": bad.id, "stay": stays[bad.id]})).rc == "OK"
    breaks = h.vault.call(h.token["nurse"], ("act", "stay_return", {"patient": bad.id, "stay": stays[bad.id]}))
    plan = lambda p: h.vault.call(h.token["nurse"], ("act", "stay_exit_plan", {"patient": p.id, "stay": stays[p.id], "day": time.strftime("%Y-%m-%d", time.gmtime(h.vault.now / 1000 + 9 * 86400)), "time": "10:00"}))
    for at in (0, 2, 4):
        calls = [plan(p) for p in people[1:]]
        calls.insert(at, breaks)
        got = h.vault.many(calls)
        assert [(a.rc, a.why) for i, a in enumerate(got) if i != at] == [("OK", "NONE")] * 4
        assert (got[at].rc, got[at].why) == ("CONFLICT", "DUPLICATE")
    assert base_sql(directory, "SELECT state FROM stay_now WHERE patient = ?", bad.rid) == [("leave",)], "what the act did before the rule stays undone"
    assert h.vault.close() == 0
    drop_base(directory)


def test_a_unit_that_is_taken_from_an_account_explains_nothing_in_its_open_session(house):
    h = house
    h.token.clear()
    admin, nurse = h.vault.account("admin"), h.vault.account("nurse", 2)
    h.vault.proof(h.token["admin"], admin)
    keyed = h.vault.sign_in_by(h.vault.keys[admin["login"]])
    own, chart = nurse["unit"], ("view", "chart_head", {"patient": h.stage.mine[0].id})
    assert own != h.stage.unit
    assert h.vault.ask(keyed, ("act", "account_units", {"login": nurse["login"], "units": h.stage.unit})).rc == "OK"
    token = h.vault.sign_in(nurse)
    assert h.vault.ask(token, chart)["explained"] == "unit"
    assert h.vault.ask(keyed, ("act", "account_units", {"login": nurse["login"], "units": own})).rc == "OK"
    assert h.vault.ask(token, chart).why == "UNEXPLAINED"


def test_the_board_of_the_whole_group_is_read_quickly(house):
    h = house
    h.token.clear()
    token, took = h.token["nurse"], []
    n = len(h.vault.ask(token, ("view", "bed_sites", {}), get=[("units", "id")])["got"][0])
    for _ in range(20):
        from_ = time.perf_counter()
        assert h.vault.ask(token, ("view", "bed_sites", {})).rc == "OK"
        took.append((time.perf_counter() - from_) * 1000)
    beds = base_sql(h.dir, "SELECT count(*) FROM bed")[0][0]
    print(f"\nboard of {n} units, {beds} beds: {statistics.median(took):.1f} ms, with the pipe to the vault; slowest {max(took):.1f} ms")
    assert statistics.median(took) < 150, "five times what is asked of a quiet machine"


@pytest.mark.parametrize("first", ["admission", "deletion"])
def test_of_an_admission_and_a_deletion_at_once_one_is_done_and_no_bed_is_lost(house, first):
    h = house
    p = next(q for q in h.stage.mine[1:] if live(h, q))
    assert h.vault.ask(h.token["nurse"], ("act", "stay_discharge", {"patient": p.id, "stay": live(h, p)})).rc == "OK"
    bed = free_bed(h)
    calls = {"admission": h.vault.call(h.token["nurse"], ("act", "stay_admit", {"patient": p.id, "kind": "inpatient", "place": bed, "reason": "no_bed"})), "deletion": delete(h, p)}
    order = [first, *(what for what in calls if what != first)]
    answers = dict(zip(order, h.vault.many([calls[what] for what in order])))
    done = [what for what, a in answers.items() if (a.rc, a["act_rc"]) == ("OK", "OK")]
    assert len(done) == 1, {what: (a.rc, a["act_rc"], a.why) for what, a in answers.items()}
    lies = base_sql(h.dir, "SELECT patient FROM stay_now WHERE bed = ?", bed)
    assert lies == ([(p.rid,)] if done == ["admission"] else []), "a bed is taken by somebody who is no more"


def test_a_closed_record_leaves_no_bed(house):
    h = house
    p = next(q for q in h.stage.mine if live(h, q))
    h.vault.ask(h.token["admin"], ("act", "identity_cell_add", {"login": h.vault.account("nurse")["login"], **h.vault.proof(h.token["admin"], h.vault.account("admin"))}))
    a = h.vault.ask(h.token["nurse"], ("act", "record_close", {"patient": p.id, "kind": "sealed", "reason": "over", "text": "essai du jour"}))
    assert a.why == "STAY_RUNS", (a.rc, a.why)


def ended_by_update(h, stay, order):
    return ("act", "fhir_update", {"type": "Encounter", "id": stay["id"], "body": json.dumps(stay)}), {"bearer": True, "surface": API}


def ended_in_a_bundle(h, stay, order):
    """It ends its stay and says of one order what became of it, on the version that it knows."""
    entries = [(stay, {}), ({**order, "status": "completed"}, {"ifMatch": 'W/"1"'})]
    body = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}", **more}} for r, more in entries]}
    return ("act", "fhir_bundle", {"body": json.dumps(body)}), {"bearer": True, "surface": API}


def ended_by_import(h, stay, order):
    return ("act", "import", {"source": "stays.ndjson", "lines": json.dumps(stay)}), {"surface": IMPORT}


@pytest.mark.parametrize("way", [ended_by_update, ended_in_a_bundle, ended_by_import])
def test_a_stay_that_another_system_ends_ends_its_orders_in_the_same_act_and_has_them_back(house, way):
    h = house
    p = stranger(h)
    of = {"subject": {"reference": f"Patient/{p.id}"}, "status": "active", "intent": "order"}
    stay = {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}, "subject": of["subject"],
            "serviceProvider": {"reference": f"Organization/{h.stage.unit}"}, "period": {"start": instant(h, -48)}}
    stay["id"] = write(h, stay)
    within = {"encounter": {"reference": f"Encounter/{stay['id']}"}}
    care = {"resourceType": "ServiceRequest", **of, **within, "code": {"text": "Lever au fauteuil"}}
    care["id"] = write(h, care)
    lab = {"resourceType": "ServiceRequest", **of, **within, "code": {"text": "Ionogramme du jour"}}
    lab["id"] = write(h, lab)
    tube = {"resourceType": "Specimen", "subject": of["subject"], "request": [{"reference": f"ServiceRequest/{lab['id']}"}]}
    write(h, tube)
    drug = {"resourceType": "MedicationRequest", **of, **within, "medicationCodeableConcept": {"text": "Essai"}, "authoredOn": instant(h, -24)}
    drug["id"] = write(h, drug)

    def told():
        a = h.vault.ask(h.token["physician"], ("view", "order_list", {"patient": p.id, "all": "1"}), get=[("others", "id"), ("others", "status"), ("others", "reason"), ("orders", "id"), ("orders", "status"), ("orders", "reason")])
        assert a.rc == "OK", (a.rc, a.why)
        at = dict(zip(a["got"][0] + a["got"][3], zip(a["got"][1] + a["got"][4], a["got"][2] + a["got"][5])))
        return at[care["id"]], at[lab["id"]], at[drug["id"]]

    def done(ask, more):
        a = h.vault.ask(h.vault.operator() if more["surface"] == IMPORT else h.vault.machine, ask, **more)
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why, a["where"])

    runs = ("active", "")
    assert told() == (runs, runs, runs)
    done(*way(h, {**stay, "status": "finished", "period": {**stay["period"], "end": instant(h, -1)}}, care))
    assert told() == (("completed", "") if way is ended_in_a_bundle else ("revoked", "discharge"), runs, ("stopped", "discharge"))
    assert base_sql(h.dir, "SELECT unit FROM discharge_wait WHERE stay = ?", stay["id"]) == [(h.stage.unit,)], "nobody decided of the medicine, and nobody is told"
    done(*ended_by_update(h, stay, care))
    assert told() == (("completed", "") if way is ended_in_a_bundle else runs, runs, runs)
    assert not base_sql(h.dir, "SELECT 1 FROM discharge_ended WHERE stay = ?", stay["id"]) and not base_sql(h.dir, "SELECT 1 FROM discharge_wait WHERE stay = ?", stay["id"])


def test_of_thirty_two_who_correct_one_time_at_once_one_does(house):
    h = house
    p = next(q for q in h.stage.mine[12:] if live(h, q))
    stay, day = live(h, p), time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
    a = h.vault.ask(h.token["nurse"], ("act", "stay_leave", {"patient": p.id, "stay": stay, "day": day, "time": "10:00"}), get=[("movement", "no")])
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why, a["where"])
    right = {"patient": p.id, "stay": stay, "no": a["got"][0][0], "day": day, "time": "11:30", "reason": "learned"}
    assert h.vault.ask(h.token["pharmacist"], ("act", "stay_retime", right)).why == "NOT_ALLOWED"
    assert h.vault.ask(h.token["nurse"], ("act", "stay_retime", {**right, "reason": "x"})).rc == "BAD_INPUT"
    answers = h.vault.many([h.vault.call(h.token["nurse"], ("act", "stay_retime", right)) for _ in range(32)])
    assert len([a for a in answers if (a.rc, a["act_rc"]) == ("OK", "OK")]) == 1
    assert {a.why for a in answers if (a.rc, a["act_rc"]) != ("OK", "OK")} == {"MOVE_NOT_LAST"}, "a form left in another tab is told"
    rows = base_sql(h.dir, "SELECT kind, reason, done_ms FROM movement WHERE patient = ? ORDER BY no", p.rid)
    assert [r[:2] for r in rows[-3:]] == [("A21", None), ("A52", "learned"), ("A21", None)], rows
    assert rows[-1][2] - rows[-3][2] == 90 * 60000, "what was stays, cancelled, with its reason"
