# SPDX-License-Identifier: Apache-2.0
"""
kill -9 at random moments under load: writers through FHIR, readers of pages and of FHIR. After each restart every acknowledged write is there with its
version, everything that was released has its entry in the ledger, and no budget was refunded. At the end database and ledger are whole.
"""
import collections
import json
import os
import random
import threading
import time

import pytest
import requests

from hygie_server import BUILD, Machine, Person, Server, Stage, base_sql, copy_base, hygie

SEED = int(os.environ.get("HYGIE_SEED", "0")) or random.SystemRandom().randrange(1 << 30)


class Load:
    """Threads that write and read until told to stop or until the server is gone; what was acknowledged or released is kept."""

    def __init__(self, server, stage, nurse, rng, guests):
        self.server, self.stage, self.nurse, self.rng, self.guests = server, stage, nurse, rng, guests
        self.lock = threading.Lock()
        self.acknowledged = []                         # (type, id, version, mark)
        self.released = collections.Counter()          # (account, route, patient) → bodies received
        self.shown = set()
        self.odd = []
        self.stop = False

    def writer(self, nth, seed):
        rng, m = random.Random(seed), Machine(self.server)
        mine = []
        while not self.stop:
            p = rng.choice(self.stage.patients)
            mark = f"marque-{seed}-{rng.randrange(1 << 40)}"
            body = {"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": mark}}
            try:
                if mine and rng.random() < 0.5:
                    id_, version = mine[-1]
                    a = m.put(f"/Condition/{id_}", {**body, "id": id_}, headers={"If-Match": f'W/"{version}"'}, timeout=5)
                elif rng.random() < 0.2:
                    a = m.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [
                        {"fullUrl": "urn:uuid:00000000-0000-4000-8000-00000000000%d" % i, "resource": body, "request": {"method": "POST", "url": "Condition"}} for i in range(3)]}, timeout=5)
                else:
                    a = m.post("/Condition", body, timeout=5)
            except requests.RequestException:
                return
            if a.status_code == 503:
                continue
            if a.status_code not in (200, 201):
                self.odd.append((a.status_code, a.text[:200]))
                return
            try:
                got = a.json()
            except ValueError:
                return  # cut while it was sent
            with self.lock:
                if got["resourceType"] == "Bundle":
                    for e in got["entry"]:
                        _, id_, _, version = e["response"]["location"].rsplit("/", 3)[-4:]
                        self.acknowledged.append(("Condition", id_, int(version), mark))
                else:
                    self.acknowledged.append(("Condition", got["id"], int(got["meta"]["versionId"]), mark))
                    mine.append((got["id"], int(got["meta"]["versionId"])))

    def reader(self, nth, seed):
        rng, who = random.Random(seed), Person(self.server, self.nurse.account)
        who.http.cookies.set("hygie-plain", self.nurse.token)
        who.turn()
        while not self.stop:
            p = rng.choice(self.guests)
            tail = rng.choice(["", "/identity", "/timeline", "/stays"])
            try:
                a = who.get(f"/patient/{p.id}{tail}", timeout=5)
                text = a.text
            except requests.RequestException:
                return
            if a.status_code == 200 and "</html>" in text:
                with self.lock:
                    self.released[("nurse", "/patient/:patient" + tail, p.rid)] += 1
                    self.shown.add(p.rid)
            elif a.status_code not in (200, 429, 503):
                self.odd.append((a.status_code, a.url, text[:200]))
                return

    def api_reader(self, nth, seed):
        rng, m = random.Random(seed), Machine(self.server)
        while not self.stop:
            p = rng.choice(self.stage.patients)
            try:
                a = m.get(f"/Patient/{p.id}", timeout=5)
            except requests.RequestException:
                return
            if a.status_code == 200 and a.text.endswith("}"):
                with self.lock:
                    self.released[("machine", "/fhir/:type/:id", p.rid)] += 1
            elif a.status_code not in (200, 503):
                self.odd.append((a.status_code, a.text[:200]))
                return

    def run(self, seconds):
        kinds = [self.writer] * 4 + [self.reader] * 4 + [self.api_reader] * 2
        threads = [threading.Thread(target=k, args=(i, self.rng.randrange(1 << 40))) for i, k in enumerate(kinds)]
        for t in threads:
            t.start()
        time.sleep(seconds)
        self.server.kill()
        self.stop = True
        for t in threads:
            t.join(20)
        assert not [t for t in threads if t.is_alive()], "a request outlived its server"
        assert not self.odd, self.odd[:3]


def check_writes(server, acknowledged):
    """From the database file itself: each acknowledged version has its bytes."""
    current = {id_: (rid, version, body) for rid, id_, version, body in server.sql(
        "SELECT r.rid, r.id, r.version, r.body FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Condition'")}
    for type_, id_, version, mark in acknowledged:
        assert id_ in current, f"{type_}/{id_} was acknowledged and is gone"
        rid, now, body = current[id_]
        assert now >= version, f"{type_}/{id_} was acknowledged as version {version} and is at {now}"
        if now != version:
            (body,), = server.sql("SELECT body FROM history WHERE at = ?", rid * 1048576 + version)
        assert mark in bytes(body).decode() if isinstance(body, (bytes, memoryview)) else mark in body, f"{type_}/{id_} version {version} holds something else"


def kills(demo_base, work_dir, times):
    rng = random.Random(SEED)
    print(f"HYGIE_SEED={SEED}")
    directory = copy_base(demo_base, work_dir / f"killed{times}")
    stage = Stage(directory)
    server = Server(directory).start()
    nurse = server.person("nurse")
    m = server.machine()
    guests = list(stage.mine)
    for p in stage.strangers[:60]:
        a = m.post("/Encounter", {"resourceType": "Encounter", "status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                                  "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{stage.unit}"}})
        assert a.status_code == 201
        guests.append(p)
    no = dict(base_sql(directory, "SELECT login, no FROM account"))
    account = {"nurse": no[nurse.account["login"]], "machine": next(n for n, in base_sql(directory, "SELECT no FROM account WHERE role = 'machine'"))}
    acknowledged, released, shown = [], collections.Counter(), set()
    for nth in range(times):
        # The circle of patients widens, so that each round opens some charts that were not open before; never so fast that a proof would be asked for.
        load = Load(server, stage, nurse, rng, guests[:12 + nth * (8 if times < 50 else 28) // times])
        load.run(rng.uniform(0.15, 0.9))
        server.start()
        acknowledged += load.acknowledged
        released += load.released
        shown |= load.shown
        check_writes(server, load.acknowledged)
        entries = server.ledger()
        recorded = collections.Counter()
        drawn = []
        for e in entries:
            if e["kind"] == "RELEASE":
                for rid, *_ in e["patients"]:
                    recorded[(e["account"], e["route"], rid)] += 1
            if e["account"] == account["nurse"] and e["kind"] in ("RELEASE", "INTENT"):
                drawn += [rid for rid, _, _, draw in e["patients"] if draw]
        for (who, route, rid), n in released.items():
            assert recorded[(account[who], route, rid)] >= n, f"{who} got {n} bodies of {route} and {recorded[(account[who], route, rid)]} are recorded (kill {nth + 1}, seed {SEED})"
        assert len(drawn) == len(set(drawn)), f"a chart was drawn twice within a day: the counters forgot it (kill {nth + 1}, seed {SEED})"
        assert shown <= set(drawn) and len(drawn) <= 40
        assert [e for e in entries if e["kind"] == "START"], "a start is on record"
        open_acts = {e["number"] for e in entries if e["kind"] == "INTENT"} - {e["about"] for e in entries if e["kind"] == "OUTCOME"}
        assert not open_acts, f"intents without an outcome: {sorted(open_acts)[:5]}"
    assert len(acknowledged) > times and sum(released.values()) > times, "the load was too light to prove anything"
    check_writes(server, acknowledged)
    assert nurse.get("/unit").status_code == 200, "the session is gone"
    assert server.stop() == 0
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", directory)
        assert done.returncode == 0, done.stdout + done.stderr
    print(f"{times} kills, {len(acknowledged)} writes acknowledged, {sum(released.values())} bodies released, {len(shown)} charts")


def test_ten_kills_lose_nothing_and_refund_nothing(demo_base, work_dir):
    kills(demo_base, work_dir, 10)


@pytest.mark.full
def test_a_hundred_kills_lose_nothing_and_refund_nothing(demo_base, work_dir):
    kills(demo_base, work_dir, 100)


@pytest.mark.campaign
def test_a_thousand_kills_lose_nothing_and_refund_nothing(demo_base, work_dir):
    kills(demo_base, work_dir, 1000)


def test_what_was_saved_and_answered_just_before_a_kill_has_its_outcome_and_names_its_patient(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "killed-outcome")
    stage = Stage(directory)
    slow = {"LD_PRELOAD": str(BUILD / "bench/libslow_flush.so"), "SLOW_FLUSH_US": "100000"}
    server = Server(directory, env=slow).start()
    closed = 0

    def read():
        try:
            server.machine().get(f"/Patient/{stage.patients[0].id}", timeout=5)
        except requests.RequestException:
            pass

    def read_on(over):
        while not over.wait(0.02):
            threading.Thread(target=read).start()

    for p in stage.patients[:5]:
        over = threading.Event()
        reader = threading.Thread(target=read_on, args=(over,))  # their flushes keep the ledger busy, so that the kill finds the outcome in memory only
        reader.start()
        a = server.machine().post("/Condition", {"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": "une marque"}}, timeout=5)
        server.kill()
        over.set()
        reader.join()
        assert a.status_code == 201
        server.start()
        entries = server.ledger()
        intent = [e for e in entries if e["kind"] == "INTENT"][-1]
        outcome, = [e for e in entries if e["kind"] == "OUTCOME" and e["about"] == intent["number"]]
        assert outcome["rc"] == 0 and [rid for rid, *_ in outcome["patients"]] == [p.rid], outcome
        closed += outcome["note"] == "done_before_crash"
    assert closed, "no kill came before the flush of an outcome"
    assert server.stop() == 0
    done = hygie("audit", "verify", "--dir", directory)
    assert done.returncode == 0, done.stdout + done.stderr


def test_killed_while_it_starts_it_starts_again(demo_base, work_dir):
    rng = random.Random(SEED)
    directory = copy_base(demo_base, work_dir / "startkill")
    for _ in range(12):
        server = Server(directory).start(wait=False)
        time.sleep(rng.uniform(0, 0.12))
        server.kill()
    with Server(directory) as server:
        assert server.machine().get("/Patient?_count=1").status_code == 200
    assert hygie("audit", "verify", "--dir", directory).returncode == 0
    assert hygie("db", "check", "--dir", directory).returncode == 0


def test_killed_while_the_demonstration_is_made_nothing_is_served_half_made(work_dir):
    """A base that was not finished is refused in one sentence, and made anew in the same directory only after it was cleared away."""
    import subprocess
    from hygie_server import HYGIE
    directory = work_dir / "halfdemo"
    p = subprocess.Popen([str(HYGIE), "demo", "--dir", str(directory), "--patients", "3000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.9)
    p.kill()
    p.wait()
    if p.returncode == 0:
        pytest.skip("the demonstration was finished too fast to be killed")
    done = hygie("serve", "--dir", directory, "--port", "0", "--http-port", "0", timeout=20)
    assert done.returncode == 1, "half a base was served"
    assert len([line for line in done.stderr.splitlines() if not line.startswith("{")]) == 1, done.stderr  # beside what the walls log
    assert "first load was interrupted" in done.stderr
