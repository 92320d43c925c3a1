# SPDX-License-Identifier: Apache-2.0
"""Trouble while it runs: a ledger that cannot be written, a full disk, a stop under load. Nothing is released without its entry, nothing acknowledged is lost."""
import concurrent.futures
import json
import os
import random
import resource
import signal
import socket
import threading
import time

import pytest
import requests

from full_disk import FullDisk
from hygie_server import Machine, Person, Server, Stage, base_sql, copy_base, hygie


def limit_files(server, n):
    """No file of the server may be written beyond n bytes from now on: what a full disk looks like, without root."""
    resource.prlimit(server.vault_pid, resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY))


def condition(p, text):
    return {"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": text}}


# ---- ledger ----

def test_a_ledger_that_fails_at_run_time_stops_every_release(base_copy):
    stage = Stage(base_copy)
    server = Server(base_copy).start()
    nurse, machine = server.person("nurse"), server.machine()
    p = stage.mine[0]
    assert nurse.get(f"/patient/{p.id}").status_code == 200
    limit_files(server, 64)
    for _ in range(3):
        for path in (f"/patient/{p.id}", f"/patient/{p.id}/identity", "/unit", "/my-patients", f"/patient/{stage.mine[1].id}", f"/patient/{stage.strangers[0].id}"):
            a = nurse.get(path)
            assert a.status_code == 503, f"{path}: {a.status_code}"
            for q in stage.mine + stage.strangers[:1]:
                assert not q.found_in(a.content), f"{path} was shown without its entry"
        for path in (f"/Patient/{p.id}", f"/Patient?_id={p.id}", f"/Patient/{p.id}/_history"):
            a = machine.get(path)
            assert a.status_code == 503, f"{path}: {a.status_code}"
            assert not p.found_in(a.content) and a.json()["resourceType"] == "OperationOutcome"
        a = machine.post("/Condition", condition(p, "jamais"))
        assert a.status_code == 503, a.status_code
        a = nurse.post(f"/patient/{stage.strangers[0].id}/glass", {"reason": "emergency", "text": "essai du jour"})
        assert a.status_code == 503, a.status_code
    assert server.alive(), "the server went away instead of saying so"
    limit_files(server, resource.RLIM_INFINITY)
    assert nurse.get("/unit").status_code == 503, "a ledger that failed once is not to be trusted before a restart"
    assert server.stop() in (0, 1)
    assert not base_sql(base_copy, "SELECT 1 FROM resource WHERE CAST(body AS TEXT) LIKE '%jamais%'"), "a write without its intent on the disk"
    server.start()
    assert nurse.get(f"/patient/{p.id}").status_code == 200
    assert server.stop() == 0
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", base_copy)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_ledger_that_fails_in_the_middle_of_a_crowd_releases_nothing_unrecorded(base_copy):
    stage = Stage(base_copy)
    server = Server(base_copy).start()
    nurse = server.person("nurse")
    got, lock = [], threading.Lock()
    stop = threading.Event()

    def read(seed):
        rng, m = random.Random(seed), Machine(server)
        while not stop.is_set():
            p = rng.choice(stage.patients)
            a = m.get(f"/Patient/{p.id}")
            with lock:
                got.append((p.rid, a.status_code, a.status_code != 200 and bool(p.found_in(a.content))))

    threads = [threading.Thread(target=read, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    time.sleep(0.5)
    limit_files(server, 64)
    time.sleep(0.5)
    stop.set()
    for t in threads:
        t.join()
    assert {s for _, s, _ in got} == {200, 503}
    assert not [1 for _, _, found in got if found]
    server.kill()
    entries = server.ledger()
    recorded, released = {}, {}
    for e in entries:
        if e["kind"] == "RELEASE":
            for rid, *_ in e["patients"]:
                recorded[rid] = recorded.get(rid, 0) + 1
    for rid, status, _ in got:
        if status == 200:
            released[rid] = released.get(rid, 0) + 1
    for rid, n in released.items():
        assert recorded.get(rid, 0) >= n, "a body went out without its entry"
    server.start()
    assert nurse.get("/unit").status_code == 200
    assert server.stop() == 0


# ---- disk ----

def test_a_full_disk_is_told_and_what_was_acknowledged_stays(base_copy):
    stage, disk = Stage(base_copy), FullDisk(base_copy)
    server = Server(base_copy, env=disk.env).start()
    m = server.machine()
    p = stage.patients[0]
    good = []
    for round_ in range(3):
        for i in range(4):
            a = m.post("/Condition", condition(p, f"plein-{round_}-{i}."))
            assert a.status_code == 201, f"once there is space again, writing goes on: {a.status_code} {a.text[:200]}"
            good.append((a.json()["id"], f"plein-{round_}-{i}."))
        disk.fill("/hygie.db")
        for i in range(6):
            a = m.post("/Condition", condition(p, "jamais"))
            assert a.status_code == 507, f"{a.status_code}: {a.text[:200]}"
            assert a.json()["resourceType"] == "OperationOutcome" and "disk is full" in a.text
        a = m.get(f"/Condition/{good[-1][0]}")
        assert a.status_code == 200 and good[-1][1] in a.text, "reading goes on while the disk is full"
        disk.free()
    assert server.stop() == 0
    for id_, mark in good:
        (body,), = base_sql(base_copy, "SELECT body FROM resource WHERE id = ?", id_)
        assert mark in bytes(body).decode()
    assert not base_sql(base_copy, "SELECT 1 FROM resource WHERE CAST(body AS TEXT) LIKE '%jamais%'")
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", base_copy)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_form_on_a_full_disk_is_told_and_nothing_half_done(base_copy):
    stage, disk = Stage(base_copy), FullDisk(base_copy)
    with Server(base_copy, env=disk.env) as server:
        nurse = server.person("nurse")
        p = stage.mine[0]
        disk.fill("/hygie.db")
        a = nurse.post("/patients/new", {"birth_name": "Nouvelleau", "given_names": "Zéphyrine", "birthdate": "1957-03-04", "sex": "female"})
        assert a.status_code == 507, a.status_code
        a = nurse.post(f"/patient/{stage.strangers[0].id}/glass", {"reason": "emergency", "text": "essai du jour"})
        assert a.status_code == 507 and not stage.strangers[0].found_in(a.content), a.status_code
        assert nurse.get(f"/patient/{p.id}").status_code == 200, "reading goes on"
        disk.free()
        a = nurse.post("/patients/new", {"birth_name": "Nouvelleau", "given_names": "Zéphyrine", "birthdate": "1957-03-04", "sex": "female"})
        assert a.status_code == 303, a.status_code
        assert len(base_sql(base_copy, "SELECT 1 FROM resource WHERE CAST(body AS TEXT) LIKE '%Nouvelleau%'")) <= 1
    assert hygie("db", "check", "--dir", base_copy).returncode == 0


def test_a_disk_full_for_the_ledger_alone_stops_every_release(base_copy):
    stage, disk = Stage(base_copy), FullDisk(base_copy)
    server = Server(base_copy, env=disk.env).start()
    nurse, machine = server.person("nurse"), server.machine()
    p = stage.mine[0]
    disk.fill("/ledger/")
    for _ in range(3):
        a = nurse.get(f"/patient/{p.id}")
        assert a.status_code == 503 and not p.found_in(a.content), a.status_code
        assert machine.get(f"/Patient/{p.id}").status_code == 503
        assert machine.post("/Condition", condition(p, "jamais")).status_code == 503
    disk.free()
    assert server.alive()
    assert server.stop() in (0, 1)
    assert not base_sql(base_copy, "SELECT 1 FROM resource WHERE CAST(body AS TEXT) LIKE '%jamais%'"), "a write without its intent on the disk"
    with Server(base_copy) as again:
        who = Person(again, nurse.account)
        who.http.cookies.set("hygie-plain", nurse.token)
        assert who.get(f"/patient/{p.id}").status_code == 200
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0


def test_a_disk_full_from_the_start_is_told(base_copy):
    from test_start import says, serve
    ignore = lambda n: lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_DFL), resource.setrlimit(resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY)))
    for n in (0, 100):
        says(serve(base_copy, preexec_fn=ignore(n)))
    with Server(base_copy) as s:
        assert s.machine().get("/Patient?_count=1").status_code == 200


def test_a_demonstration_that_does_not_fit_leaves_nothing(work_dir):
    done = hygie("demo", "--dir", work_dir / "toolarge", "--patients", 300, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY)))
    assert done.returncode == 1, done.returncode
    sentences = [line for line in done.stderr.splitlines() if line.startswith("hygie: ")]
    assert len(sentences) == 1, done.stderr
    left = [f.name for f in (work_dir / "toolarge").iterdir()] if (work_dir / "toolarge").exists() else []
    assert not [n for n in left if n.startswith("hygie.db") or n in ("ledger", "demo.json")], left


# ---- stopping ----

def test_a_stop_under_load_drains_within_five_seconds(base_copy):
    stage = Stage(base_copy)
    server = Server(base_copy).start()
    nurse = server.person("nurse")
    acknowledged, odd, lock = [], [], threading.Lock()

    def write(seed):
        rng, m = random.Random(seed), Machine(server)
        while True:
            mark = f"arret-{rng.randrange(1 << 40)}"
            try:
                a = m.post("/Condition", condition(rng.choice(stage.patients), mark), timeout=10)
            except requests.RequestException:
                return
            with lock:
                if a.status_code == 201:
                    acknowledged.append((a.json()["id"], mark))
                elif a.status_code != 503:
                    odd.append((a.status_code, a.text[:200]))

    def read(seed):
        rng, who = random.Random(seed), Person(server, nurse.account)
        who.http.cookies.set("hygie-plain", nurse.token)
        while True:
            try:
                a = who.get(f"/patient/{rng.choice(stage.mine[:15]).id}", timeout=10)  # more within a minute would ask for a proof
            except requests.RequestException:
                return
            if a.status_code not in (200, 503):
                odd.append((a.status_code, a.text[:200]))

    idle = [socket.create_connection(("127.0.0.1", server.http_port)) for _ in range(20)]
    half = socket.create_connection(("127.0.0.1", server.http_port))
    half.sendall(b"POST /fhir/Condition HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf")
    threads = [threading.Thread(target=f, args=(i,)) for i, f in enumerate([write] * 6 + [read] * 6)]
    for t in threads:
        t.start()
    time.sleep(1.0)
    start = time.time()
    server.proc.send_signal(signal.SIGTERM)
    code = server.proc.wait(15)
    took = time.time() - start
    for t in threads:
        t.join(20)
    for s in idle + [half]:
        s.close()
    assert code == 0 and took < 5, f"exit {code} after {took:.1f} s"
    assert not odd, odd[:3]
    assert len(acknowledged) > 20
    stored = {id_: bytes(body).decode() for id_, body in base_sql(base_copy, "SELECT id, body FROM resource")}
    for id_, mark in acknowledged:
        assert mark in stored.get(id_, ""), "an acknowledged write is gone"
    assert not (base_copy / "server.pid").exists()
    with Server(base_copy) as again:
        starts = [e for e in again.ledger() if e["kind"] == "START"]
        assert starts[-1]["note"] == "clean"


def test_a_request_under_way_at_the_stop_gets_its_answer(base_copy):
    stage = Stage(base_copy)
    server = Server(base_copy).start()
    entries = [{"resource": condition(stage.patients[i % 300], f"en-route-{i}"), "request": {"method": "POST", "url": "Condition"}} for i in range(3000)]
    body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(server.machine().post, "", body, timeout=30)
        time.sleep(0.12)
        server.proc.send_signal(signal.SIGTERM)
        got = answer.result()
    assert got.status_code == 200, f"{got.status_code} {got.text[:200]}"
    assert len(got.json()["entry"]) == 3000
    assert server.proc.wait(15) == 0
    (n,), = base_sql(base_copy, "SELECT count(*) FROM resource WHERE CAST(body AS TEXT) LIKE '%en-route-%'")
    assert n == 3000


def test_new_requests_after_the_stop_are_refused_not_hung(base_copy):
    server = Server(base_copy).start()
    m = server.machine()
    assert m.get("/Patient?_count=1").status_code == 200
    server.proc.send_signal(signal.SIGTERM)
    start = time.time()
    try:
        status = m.get("/Patient?_count=1", timeout=10).status_code
        assert status in (200, 503)
    except requests.RequestException:
        pass
    assert time.time() - start < 5
    assert server.proc.wait(10) == 0


def test_a_second_signal_while_it_stops_does_no_harm(base_copy):
    server = Server(base_copy).start()
    for _ in range(5):
        server.proc.send_signal(signal.SIGTERM)
        server.proc.send_signal(signal.SIGINT)
    assert server.proc.wait(15) == 0
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0


def test_clients_that_go_away_do_no_harm(own_server):
    """Requests sent and not waited for: each is finished, recorded and dropped."""
    stage = Stage(own_server.dir)
    token = own_server.demo["machine"]["token"]
    for i in range(300):
        with socket.create_connection(("127.0.0.1", own_server.http_port)) as s:
            s.sendall(f"GET /fhir/Patient/{stage.patients[i].id} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            if i % 3 == 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert own_server.machine().get(f"/Patient/{stage.patients[0].id}").status_code == 200
    assert own_server.alive()
