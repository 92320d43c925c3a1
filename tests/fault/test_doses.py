# SPDX-License-Identifier: Apache-2.0
"""
A dose never doubles: sixteen clients at once on one slot, the same request sent again and again, and kill -9 between intent and answer with the request repeated after the
restart. What counts is the base itself: one row a slot, one administration a row.
"""
import collections
import json
import random
import re
import threading
import time

import requests

from hygie_server import Person, Server, Stage, base_sql, copy_base

HOURS = 30
KILLS = 8


def an_order(m, patient, begin, **more):
    """Due each hour from `begin` (s) on; with as_needed a dose may be taken at any time."""
    repeat = {"boundsPeriod": {"start": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(begin))}, "frequency": 1, "period": 1, "periodUnit": "h"}
    a = m.post("/MedicationRequest", {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{patient.id}"}, "medicationCodeableConcept": {"text": "paracétamol, essai"},
        "dosageInstruction": [{"sequence": 1, "text": "1 toutes les heures", "timing": {"repeat": repeat}, **more,
                               "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}]})
    assert a.status_code == 201, a.text[:400]
    return a.json()["id"]


def crowd(n, work):
    gate, failed = threading.Barrier(n), []

    def one(nth):
        try:
            gate.wait()
            work(nth)
        except BaseException as e:  # noqa: BLE001: told below
            failed.append(e)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failed:
        raise failed[0]


def same_session(server, person):
    """Another client of the same person: as two tabs, or two devices."""
    p = Person(server, person.account)
    p.http.cookies.set("hygie-plain", person.token, domain="127.0.0.1", path="/")
    p.turn()
    return p


def slot(line, begin, hour, once):
    return {"once": once, "line": line, "step": "0", "planned": str((begin + hour * 3600) * 1000), "nth": "0", "reason": "no_code"}


def doses(directory, line):
    """[(planned, state, administration)] of a line, struck-out ones left out."""
    return base_sql(directory, "SELECT d.planned_ms, d.state, d.source FROM dose d JOIN resource r ON r.rid = d.line WHERE r.id = ? AND d.state <> 'void'", line)


def administrations(directory, patient):
    return base_sql(directory, "SELECT r.rid FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'MedicationAdministration' AND r.patient = ? AND r.deleted = 0", patient.rid)


def whole(directory, patient, line):
    """One row a slot, and each row has its own administration, and none has no row."""
    rows = doses(directory, line)
    assert max(collections.Counter(at for at, *_ in rows).values(), default=1) == 1, "a slot twice"
    sources = [source for *_, source in rows]
    assert len(set(sources)) == len(sources)
    return rows, sources


def test_of_sixteen_clients_at_once_one_gives_the_dose_and_the_others_are_told(own_server):
    stage, m = Stage(own_server.dir), own_server.machine()
    p = stage.mine[0]
    nurses = [own_server.person("nurse", 0), own_server.person("physician", 0)]
    begin = int(time.time() // 3600) * 3600 - HOURS * 3600
    line = an_order(m, p, begin)
    for q in nurses:
        assert q.get(f"/patient/{p.id}/plan").status_code == 200
    clients = [same_session(own_server, nurses[i % 2]) for i in range(16)]
    for hour in range(10, 20):
        answers = [None] * 16
        crowd(16, lambda i: answers.__setitem__(i, clients[i].post(f"/patient/{p.id}/plan/give", slot(line, begin, hour, f"forme-{hour}-{i}"))))
        won = [a for a in answers if a.status_code == 303]
        assert len(won) == 1, f"{len(won)} of sixteen gave one dose: {[a.status_code for a in answers]}"
        lost = [a for a in answers if a.status_code != 303]
        assert all("déjà enregistrée" in re.sub("<[^>]*>", "", a.text) for a in lost), lost[0].text[:300]
    rows, sources = whole(own_server.dir, p, line)
    assert len(rows) == 10 and len(administrations(own_server.dir, p)) == 10


def test_one_request_sent_sixteen_times_is_one_dose_and_each_is_answered_as_the_first(own_server):
    stage, m = Stage(own_server.dir), own_server.machine()
    p, nurse = stage.mine[0], own_server.person("nurse", 0)
    begin = int(time.time() // 3600) * 3600 - HOURS * 3600
    line = an_order(m, p, begin)
    asked = an_order(m, p, begin, asNeededBoolean=True)
    assert nurse.get(f"/patient/{p.id}/plan").status_code == 200
    clients = [same_session(own_server, nurse) for _ in range(16)]
    for path, form in (("give", slot(line, begin, 12, "une-forme")), ("give", {"once": "une-autre", "line": asked, "reason": "no_code"}),
                       ("refuse", {**slot(line, begin, 13, "encore"), "reason": "refused"}),
                       ("round", {"once": "tour", "reason": "no_code", "ticks": f"{line}/0/{(begin + 14 * 3600) * 1000}/0"})):
        answers = [None] * 16
        crowd(16, lambda i: answers.__setitem__(i, clients[i].post(f"/patient/{p.id}/plan/{path}", form)))
        assert [a.status_code for a in answers] == [303] * 16, answers[0].text[:300]
    assert len(doses(own_server.dir, line)) == 3 and len(doses(own_server.dir, asked)) == 1
    assert len(administrations(own_server.dir, p)) == 4
    vitals = [None] * 16
    crowd(16, lambda i: vitals.__setitem__(i, clients[i].post(f"/patient/{p.id}/vitals", {"once": "mesure", "pulse": "78", "day": time.strftime("%Y-%m-%d"), "time": "0:01"})))
    assert [a.status_code for a in vitals] == [303] * 16


def test_two_nurses_at_once_keep_the_gap_of_what_is_on_demand(own_server):
    stage, m = Stage(own_server.dir), own_server.machine()
    p, nurses = stage.mine[0], [own_server.person("nurse", 0), own_server.person("physician", 0)]
    line = an_order(m, p, int(time.time()) - HOURS * 3600, asNeededBoolean=True)
    clients = [same_session(own_server, nurses[i % 2]) for i in range(16)]
    for q in nurses:
        assert q.get(f"/patient/{p.id}/plan").status_code == 200
    answers = [None] * 16
    crowd(16, lambda i: answers.__setitem__(i, clients[i].post(f"/patient/{p.id}/plan/give", {"once": f"besoin-{i}", "line": line, "reason": "no_code"})))
    assert sorted(a.status_code for a in answers)[0] == 303 and sum(a.status_code == 303 for a in answers) == 1, [a.status_code for a in answers]
    assert len(doses(own_server.dir, line)) == 1


def test_a_dose_that_a_kill_cut_off_is_repeated_without_doubling(demo_base, work_dir):
    """Each client sends its own form until it is answered, over eight kills: afterwards every slot that was answered is there once, and none twice."""
    directory = copy_base(demo_base, work_dir / "doses-killed")
    stage, rng = Stage(directory), random.Random(7)
    server = Server(directory).start()
    p, nurse = stage.mine[0], server.person("nurse", 0)
    begin = int(time.time() // 3600) * 3600 - 60 * 3600
    assert nurse.get(f"/patient/{p.id}/plan").status_code == 200
    token, lines, todo, given, unsure, lock = nurse.token, [], [], set(), 0, threading.Lock()

    def worker(nth):
        nonlocal unsure
        me = Person(server, nurse.account)
        me.http.cookies.set("hygie-plain", token, domain="127.0.0.1", path="/")
        me.turn()
        while True:
            with lock:
                if not todo:
                    return
                line, hour = todo.pop()
            try:
                a = me.post(f"/patient/{p.id}/plan/give", slot(line, begin, hour, f"forme-{line[:8]}-{hour}"), timeout=5)
            except requests.RequestException:
                with lock:
                    todo.append((line, hour))  # the same form again: it may have been done
                    unsure += 1
                return
            with lock:
                if a.status_code == 303:
                    given.add((line, hour))
                else:
                    assert a.status_code in (502, 503), (a.status_code, a.text[:300])
                    todo.append((line, hour))

    try:
        for nth in range(KILLS + 1):  # each time there is more to do than can be done before the kill; the last time nothing stops it
            if nth < KILLS:
                more = [an_order(server.machine(), p, begin) for _ in range(4)]
                lines += more
                with lock:
                    todo += [(line, hour) for hour in range(20, 58) for line in more]
            threads = [threading.Thread(target=worker, args=(i,)) for i in range(6)]
            for t in threads:
                t.start()
            if nth < KILLS:
                time.sleep(rng.uniform(0.03, 0.2))
                server.kill()
            for t in threads:
                t.join(120)
            if nth < KILLS:
                server.start()
        assert not todo and unsure >= KILLS, "the load was too light to prove anything"
        for line in lines:
            rows, _ = whole(directory, p, line)
            assert {at for at, *_ in rows} >= {(begin + hour * 3600) * 1000 for l, hour in given if l == line}, "an answered dose is gone"
            assert len(rows) == 38
        assert len(administrations(directory, p)) == len(lines) * 38
        assert server.stop() == 0
        print(json.dumps({"kills": KILLS, "cut off": unsure, "doses": len(given)}))
    finally:
        server.kill()
