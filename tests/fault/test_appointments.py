# SPDX-License-Identifier: Apache-2.0
"""
No time is booked twice: 64 clients at once on one time of one calendar, each with its own connection and form; the same form 64 times; and several calendars or none.
What counts is the base itself.
"""
import re
import time

from hygie_server import Stage, base_sql
from test_doses import crowd, same_session

CLIENTS = 64


def calendar(server, clerk, nth=0):
    """Number of a calendar of a practitioner, open day and night."""
    setup = clerk.get("/agenda/keep").text
    kept = re.search(r'name="agenda"[^>]*>(.*?)</select>', setup, re.S)
    if nth == 0 and kept and re.search(r'<option value="(\d+)"', kept.group(1)):
        no = re.search(r'<option value="(\d+)"', kept.group(1)).group(1)
    else:
        actors = re.findall(r'value="(Practitioner/[^"]+)"', setup) if nth == 0 else re.findall(r'value="(Location/[^"]+)"', setup)
        a = clerk.post("/agenda/keep/add", {"actor": actors[0]})
        assert a.status_code == 303, a.text[-600:]
        no = str(base_sql(server.dir, "SELECT max(no) FROM agenda")[0][0])
    a = clerk.post("/agenda/keep/hours", {"agenda": no, "days": time.strftime("%u", time.gmtime(start() / 1000)), "begin": "0:00", "end": "24:00", "minutes": "20"})
    assert a.status_code == 303, a.text[-600:]
    return no


def start(nth=0):
    """Noon of Paris, give or take an hour, in ten days."""
    return (int(time.time()) // 86400 * 86400 + 10 * 86400 + 11 * 3600 + nth * 1200) * 1000


def live(server, at):
    return base_sql(server.dir, "SELECT a.no, a.resource FROM appointment a WHERE a.start_ms = ? AND a.state = 'booked'", at)


def test_of_64_clients_at_once_one_books_the_time_and_the_others_are_told(own_server):
    stage = Stage(own_server.dir)
    p, people = stage.mine[0], [own_server.person("clerk", 0), own_server.person("nurse", 0)]
    no = calendar(own_server, people[0])
    for q in people:
        assert q.get(f"/patient/{p.id}/appointments").status_code == 200
    clients = [same_session(own_server, people[i % 2]) for i in range(CLIENTS)]
    for nth in range(3):
        answers = [None] * CLIENTS
        # a third of them ask for times that only overlap
        at = lambda i: start(nth * 4) + (0 if i % 3 else 600000)
        crowd(CLIENTS, lambda i: answers.__setitem__(i, clients[i].post(f"/patient/{p.id}/appointments/book", {"once": f"forme-{nth}-{i}", "slot": f"{at(i)}.{no}.0.0", "minutes": "20"})))
        won = [a for a in answers if a.status_code == 303]
        assert len(won) == 1, f"{len(won)} booked one time: {sorted(a.status_code for a in answers)}"
        lost = [a for a in answers if a.status_code != 303]
        assert all("déjà prise" in re.sub("<[^>]*>", "", a.text) for a in lost), lost[0].text[:400]
        assert len(live(own_server, start(nth * 4)) + live(own_server, start(nth * 4) + 600000)) == 1
    overlap = "SELECT count(*) FROM appointment_place a JOIN appointment_place b ON a.agenda = b.agenda AND a.appointment < b.appointment AND a.start_ms < b.end_ms AND b.start_ms < a.end_ms WHERE a.over = 0"
    assert base_sql(own_server.dir, overlap)[0][0] == 0


def test_one_form_sent_64_times_is_one_appointment_and_each_is_answered_as_the_first(own_server):
    stage = Stage(own_server.dir)
    p, clerk = stage.mine[0], own_server.person("clerk", 0)
    no = calendar(own_server, clerk)
    assert clerk.get(f"/patient/{p.id}/appointments").status_code == 200
    clients = [same_session(own_server, clerk) for _ in range(CLIENTS)]
    answers = [None] * CLIENTS
    crowd(CLIENTS, lambda i: answers.__setitem__(i, clients[i].post(f"/patient/{p.id}/appointments/book", {"once": "une-forme", "slot": f"{start(20)}.{no}.0.0", "minutes": "20"})))
    assert [a.status_code for a in answers] == [303] * CLIENTS, sorted(a.status_code for a in answers)
    assert len(live(own_server, start(20))) == 1


def test_a_room_that_is_taken_leaves_the_practitioner_free_and_booking_over_is_said(own_server):
    stage = Stage(own_server.dir)
    p, clerk, nurse = stage.mine[0], own_server.person("clerk", 0), own_server.person("nurse", 0)
    person, room = calendar(own_server, clerk), calendar(own_server, clerk, 1)
    book = lambda who, once, slot, **more: who.post(f"/patient/{p.id}/appointments/book", {"once": once, "slot": slot, "minutes": "20", **more})
    assert book(clerk, "forme-1", f"{start(30)}.0.{room}.0").status_code == 303
    assert book(clerk, "forme-2", f"{start(30)}.{person}.{room}.0").status_code == 409
    taken = lambda agenda: base_sql(own_server.dir, "SELECT over FROM appointment_place WHERE agenda = ? AND start_ms = ?", int(agenda), start(30))
    assert (taken(person), len(taken(room))) == ([], 1), "all of them or none"
    assert book(nurse, "forme-3", f"{start(30)}.{person}.{room}.0", over="urgent").status_code == 403, "a nurse keeps no calendar"
    assert book(clerk, "forme-4", f"{start(30)}.{person}.{room}.0", over="urgent").status_code == 303
    assert base_sql(own_server.dir, "SELECT over FROM appointment WHERE start_ms = ? ORDER BY no", start(30)) == [("",), ("urgent",)]
    # moved away, then cancelled with its reason: nothing is taken there any more
    no, version = base_sql(own_server.dir, "SELECT no, version FROM appointment WHERE start_ms = ? AND over = ''", start(30))[0]
    seen = {"no": str(no), "version": str(version)}
    assert clerk.post(f"/patient/{p.id}/appointments/move", {**seen, "slot": f"{start(33)}.0.{room}.0"}).status_code == 303
    a = clerk.post(f"/patient/{p.id}/appointments/cancel", {**seen, "reason": "pat"})
    assert a.status_code == 409, "it is another version by now"
    seen["version"] = str(base_sql(own_server.dir, "SELECT version FROM appointment WHERE no = ?", no)[0][0])
    assert clerk.post(f"/patient/{p.id}/appointments/cancel", {**seen, "reason": "pat"}).status_code == 303
    assert base_sql(own_server.dir, "SELECT state, reason FROM appointment WHERE no = ?", no) == [("cancelled", "pat")]
    assert base_sql(own_server.dir, "SELECT count(*) FROM appointment_place WHERE appointment = ?", no) == [(0,)]
    for slot, code in ((f"{start() - 40 * 86400000}.{person}.0.0", 422), (f"{start() + 800 * 86400000}.{person}.0.0", 422)):
        assert book(clerk, f"forme-{slot}", slot).status_code == code
