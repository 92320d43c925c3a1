# SPDX-License-Identifier: Apache-2.0
"""
At 758,912 patients, the server behind its walls and readers at work: an export of some thousands by ticket, one of a third of the base that waits its four hours, and the instance key turned
meanwhile. Figures go to HYGIE_FIGURES (a file of name value unit), where it is set. HYGIE_LARGE: another number of patients.
"""
import os
import random
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

from hygie_server import Machine, Server, hygie

PATIENTS = int(os.environ.get("HYGIE_LARGE", "758912"))
pytestmark = pytest.mark.campaign


def figure(name, value, unit):
    print(f"{name} {value:.4g} {unit}")
    if path := os.environ.get("HYGIE_FIGURES"):
        with open(path, "a") as f:
            f.write(f"{name} {value:.4g} {unit}\n")


def rows(base, query, *args):
    """What lies in clear only."""
    c = sqlite3.connect(f"file:{base}/hygie.db?mode=ro", uri=True, timeout=30)
    try:
        return c.execute(query, args).fetchall()
    finally:
        c.close()


class Readers:
    """Two of the machine and one of a page, until told to stop; each answer's time under the word of the moment."""

    def __init__(self, server, ids, nurse):
        self.server, self.ids, self.nurse, self.odd, self.times, self.doing, self.stop = server, ids, nurse, [], {}, "alone", False
        self.threads = [threading.Thread(target=self.read, args=(i,)) for i in range(2)] + [threading.Thread(target=self.write), threading.Thread(target=self.page)]
        for t in self.threads:
            t.start()

    def note(self, kind, path, expected, ask):
        began, doing = time.monotonic(), self.doing
        try:
            a = ask()
        except requests.RequestException as e:
            if not self.stop:
                self.odd.append((path, repr(e)))
            time.sleep(0.2)
            return
        self.times.setdefault((doing, kind), []).append(time.monotonic() - began)
        if a.status_code != expected:
            self.odd.append((path, a.status_code, a.text[:200]))

    def read(self, seed):
        rng, m = random.Random(seed), Machine(self.server)
        while not self.stop:
            path = rng.choice(["/Patient/{}", "/Observation?patient={}&_count=5", "/Encounter?patient={}"]).format(rng.choice(self.ids))
            self.note("read", path, 200, lambda: m.get(path))
            time.sleep(0.005)

    def write(self):
        m = Machine(self.server)
        while not self.stop:
            self.note("write", "POST", 201, lambda: m.post("/Patient", {"resourceType": "Patient", "name": [{"family": "Grande"}]}))
            time.sleep(0.02)

    def page(self):
        while not self.stop:
            self.note("page", "/unit", 200, lambda: self.nurse.get("/unit"))
            time.sleep(0.1)

    def say(self, doing):
        for kind in ("read", "write", "page"):
            if t := sorted(self.times.get((doing, kind), [])):
                figure(f"{doing}_{kind}_n", len(t), "answers")
                figure(f"{doing}_{kind}_p50_ms", 1000 * t[len(t) // 2], "ms")
                figure(f"{doing}_{kind}_p99_ms", 1000 * t[min(len(t) - 1, len(t) * 99 // 100)], "ms")
                figure(f"{doing}_{kind}_worst_ms", 1000 * t[-1], "ms")

    def end(self):
        self.stop = True
        for t in self.threads:
            t.join()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    base = Path(os.environ.get("HYGIE_LARGE_DIR", tmp_path_factory.mktemp("large"))) / "base"
    if not base.exists():
        began = time.monotonic()
        assert hygie("demo", "--no-canaries", "--dir", base, "--patients", PATIENTS, timeout=3000).returncode == 0
        figure("made_s", time.monotonic() - began, "s")
    text = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True).stdout
    key = base.parent / "age.txt"
    key.write_text(text)
    with Server(base) as server:
        server.recipient, server.private = next(line.split(": ")[1] for line in text.splitlines() if line.startswith("# public key")), key
        walls = {word: (Path(f"/proc/{pid}/status").read_text().split("Seccomp:\t")[1][0]) for pid, word in server.processes()}
        assert {"serve-vault", "serve-front"} <= set(walls) and set(walls.values()) == {"2"}, walls  # each has its list of calls
        server.people = {role: server.person_by_key(role) for role in ("physician", "rssi", "dpo", "nurse")}
        ids = [i for (i,) in rows(base, "SELECT id FROM resource WHERE patient = rid AND deleted = 0 AND rid % 97 = 5 LIMIT 3000")]
        readers = Readers(server, ids, server.people["nurse"])
        try:
            yield server, readers
        finally:
            readers.end()


def counted(server, cohort):
    began = time.monotonic()
    a = server.people["physician"].post("/exports/count", {"purpose": "Rappel de dépistage", "kind": "contact", "cohort": cohort, "recipient": server.recipient, "hours": "24"}, timeout=300)
    assert a.status_code == 200, a.text[-1500:]
    return int(a.text.split('name="count" value="')[1].split('"')[0]), time.monotonic() - began


def asked(server, cohort, count):
    who, began = server.people["physician"], time.monotonic()
    a = who.post("/exports/ask", {"purpose": "Rappel de dépistage", "kind": "contact", "cohort": cohort, "recipient": server.recipient, "hours": "24", "count": count, **who.proof()}, timeout=300)
    assert a.status_code == 303, a.text[-1500:]
    took = time.monotonic() - began
    return (*rows(server.dir, "SELECT no, hex(hash) FROM export_ticket ORDER BY no DESC LIMIT 1")[0], took)


def approved(server, no, hash_, n):
    for role in ("rssi", "dpo")[:2 if n > 1000 else 1]:
        who = server.people[role]
        assert who.get(f"/exports/approve?no={no}", timeout=300).status_code == 200
        a = who.post("/exports/approve", {"no": str(no), "hash": hash_.lower(), **who.proof()}, timeout=300)
        assert a.status_code == 303, a.text[-1500:]


def take(server, no):
    who = server.people["physician"]
    return who.post("/export/take", {"no": str(no), **who.proof()}, timeout=300)


def sealed(server, no, within):
    end = time.monotonic() + within
    while (state := rows(server.dir, "SELECT ended FROM export_ticket WHERE no = ?", no)[0][0]) != "sealed":
        assert time.monotonic() < end, state
        time.sleep(0.2)


def plain(server, no):
    lines = []
    for part in sorted((server.dir / "exports").glob(f"{no}.*.age"), key=lambda f: int(f.name.split(".")[1])):
        lines += subprocess.run(["age", "-d", "-i", str(server.private), str(part)], capture_output=True, check=True).stdout.split(b"\r\n")[:-1]
    return lines


def cohort_of(server, least, most):
    """Birth dates from the newest back, until so many are of them."""
    for year in range(2026, 1920, -1):
        n, took = counted(server, f"birthdate=ge{year}-01-01&birthdate=lt2027-01-01" if least > 20000 else f"birthdate=ge{year}-01-01&birthdate=lt{year + 1}-01-01")
        if least <= n <= most:
            return f"birthdate=ge{year}-01-01&birthdate=lt{year + 1}-01-01", n, took
    pytest.skip("no year of birth has as many")


def test_some_thousands_leave_by_ticket_and_nobody_waits_for_it(large):
    server, readers = large
    time.sleep(10)
    readers.say("alone")
    cohort, n, took = cohort_of(server, min(2000, PATIENTS // 400), 9990)
    figure("export_patients", n, "patients")
    figure("export_count_s", took, "s")
    no, hash_, took = asked(server, cohort, n)
    figure("export_ask_s", took, "s")
    approved(server, no, hash_, n)
    readers.doing, began = "exporting", time.monotonic()
    assert take(server, no).status_code == 303
    sealed(server, no, n / 200 + 120)
    took = time.monotonic() - began
    readers.doing = "after"
    figure("export_s", took, "s")
    figure("export_lines_s", n / took, "lines/s")
    readers.say("exporting")
    lines = plain(server, no)
    own = len(lines) - 1 - n  # its own canaries stand among them
    assert 0 <= own <= 500 and n / took <= 220, (own, n / took)
    assert readers.odd == []


def test_a_third_of_the_base_waits_its_four_hours(large):
    server, readers = large
    if PATIENTS < 40000:
        pytest.skip("needs more than 10,000 of one sex")
    readers.doing = "counting"
    n, took = counted(server, "gender=female")
    figure("large_patients", n, "patients")
    figure("large_count_s", took, "s")
    no, hash_, took = asked(server, "gender=female", n)
    figure("large_ask_s", took, "s")
    began = time.monotonic()
    approved(server, no, hash_, n)
    figure("large_approve_s", time.monotonic() - began, "s")
    readers.doing = "after"
    readers.say("counting")
    a = take(server, no)
    assert a.status_code != 303 and rows(server.dir, "SELECT ended FROM export_ticket WHERE no = ?", no)[0][0] is None, "four hours"
    assert readers.odd == []


def test_the_instance_key_turns_while_an_export_leaves_and_people_read(large):
    server, readers = large
    key = Path(server.dir) / "keys/instance.key"
    cohort, n, _ = cohort_of(server, min(2000, PATIENTS // 400), 9990)
    no, hash_, _ = asked(server, cohort, n)
    approved(server, no, hash_, n)
    assert take(server, no).status_code == 303
    for turn in range(2):
        old, readers.doing, began = key.read_bytes(), f"turning_{turn + 1}", time.monotonic()
        done = hygie("keys", "rotate", "--dir", server.dir, timeout=900)
        took = time.monotonic() - began
        assert done.returncode == 0, done.stderr
        assert key.read_bytes() != old and not (key.parent / "instance.next").exists()
        figure(f"turn_{turn + 1}_s", took, "s")
        readers.say(readers.doing)
    readers.doing = "after"
    sealed(server, no, n / 200 + 300)
    assert len(plain(server, no)) >= n + 1
    assert rows(server.dir, "SELECT count(DISTINCT wrapped_by) FROM sealed_key")[0][0] == 1
    figure("keys", rows(server.dir, "SELECT count(*) FROM sealed_key")[0][0], "keys")
    assert readers.odd == []


def test_a_turn_that_was_cut_goes_on_after_a_kill(large):
    server, readers = large
    order = subprocess.Popen([str(hygie.__globals__["HYGIE"]), "keys", "rotate", "--dir", str(server.dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    readers.end()
    server.kill()
    order.communicate(timeout=60)
    began = time.monotonic()
    server.start(timeout=120)
    figure("start_after_kill_s", time.monotonic() - began, "s")
    machine = server.machine()
    assert all(machine.get(f"/Patient/{i}").status_code == 200 for i in random.Random(1).sample(readers.ids, min(200, len(readers.ids))))
    assert hygie("keys", "rotate", "--dir", server.dir, timeout=900).returncode == 0
    assert rows(server.dir, "SELECT count(DISTINCT wrapped_by) FROM sealed_key")[0][0] == 1
    assert all(machine.get(f"/Patient/{i}").status_code == 200 for i in random.Random(2).sample(readers.ids, min(200, len(readers.ids))))
