# SPDX-License-Identifier: Apache-2.0
"""Another instance key while the server works: reads and writes go on, kill -9 anywhere, the next order goes on; afterwards the old key opens nothing."""
import os
import random
import socket
import stat
import struct
import subprocess
import threading
import time
from pathlib import Path

import requests

from hygie_server import HYGIE, Machine, Server, Stage, base_sql, hygie, ledger_entries

SEED = int(os.environ.get("HYGIE_SEED", "0")) or random.SystemRandom().randrange(1 << 30)


class Load:
    """Readers and a writer until told to stop or the server is gone; whatever is not an answer as it should be is kept in odd."""

    def __init__(self, server, patients):
        self.server, self.patients, self.odd, self.made, self.n, self.stop = server, patients, [], [], 0, False
        self.threads = [threading.Thread(target=self.read, args=(i,)) for i in range(2)] + [threading.Thread(target=self.write)]
        for t in self.threads:
            t.start()

    def read(self, seed):
        rng, m = random.Random(seed), Machine(self.server)
        while not self.stop:
            p = rng.choice(self.patients)
            path = rng.choice([f"/Patient/{p.id}", f"/Patient?family={p.family}", f"/Observation?patient={p.id}&_count=5"])
            try:
                a = m.get(path)
            except requests.RequestException:
                return
            self.n += 1
            if a.status_code != 200:
                self.odd.append((path, a.status_code, a.text[:200]))

    def write(self):
        m = Machine(self.server)
        while not self.stop:
            try:
                a = m.post("/Patient", {"resourceType": "Patient", "name": [{"family": "Rotationne"}]})
            except requests.RequestException:
                return
            self.n += 1
            if a.status_code == 201:
                self.made.append(a.json()["id"])
            else:
                self.odd.append(("POST", a.status_code, a.text[:200]))

    def end(self):
        self.stop = True
        for t in self.threads:
            t.join()
        return self.odd


def rotate_in_back(directory):
    return subprocess.Popen([str(HYGIE), "keys", "rotate", "--dir", str(directory)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def key_refused(directory, key):
    """The base does not open with this text as its instance.key, and does again with its own."""
    path = Path(directory) / "keys" / "instance.key"
    own = path.read_bytes()
    path.unlink()
    path.write_bytes(key)
    path.chmod(0o400)
    done = hygie("db", "check", "--dir", directory)
    path.unlink()
    path.write_bytes(own)
    path.chmod(0o400)
    assert hygie("db", "check", "--dir", directory).returncode == 0
    return done.returncode == 1 and "instance key" in done.stderr


def test_the_key_changes_under_a_server_that_reads_and_writes(base_copy):
    stage = Stage(base_copy)
    key = Path(base_copy) / "keys" / "instance.key"
    old = key.read_bytes()
    with Server(base_copy) as server:
        load = Load(server, stage.patients)
        for _ in range(3):
            before = key.read_bytes()
            done = hygie("keys", "rotate", "--dir", base_copy)
            assert done.returncode == 0, done.stderr
            assert "keys:" in done.stderr, "progress is told"
            assert key.read_bytes() != before and stat.S_IMODE(key.stat().st_mode) == 0o400 and not (key.parent / "instance.next").exists()
        time.sleep(0.3)
        assert load.end() == []
        assert load.n > 20 and load.made
        machine = server.machine()
        assert all(machine.get(f"/Patient/{i}").status_code == 200 for i in load.made + [p.id for p in stage.patients[:50]])
        notes = [e["note"] for e in server.ledger() if e["route"] == "keys_rotate"]
        assert notes == ["begin", "operator"] * 3
        assert base_sql(base_copy, "SELECT count(*) FROM instance_key")[0][0] == 1
    assert key_refused(base_copy, old)


def test_a_rotation_cut_by_kill_goes_on_after_the_restart(base_copy):
    """The server or the order is killed at a random moment of the time that a whole rotation takes here: ten rounds, and more until three were cut."""
    rng = random.Random(SEED)
    stage = Stage(base_copy)
    key = Path(base_copy) / "keys" / "instance.key"
    first = key.read_bytes()
    server = Server(base_copy).start()
    made, cut, rounds = [], 0, 0
    began = time.monotonic()
    assert hygie("keys", "rotate", "--dir", base_copy).returncode == 0
    took = time.monotonic() - began
    while rounds < 10 or (cut < 3 and rounds < 60):
        rounds += 1
        load = Load(server, stage.patients)
        order = rotate_in_back(base_copy)
        time.sleep(rng.random() * took)
        if rng.random() < 0.3:
            order.kill()
        else:
            server.kill()
        order.communicate(timeout=60)
        odd = [a for a in load.end() if a[1] != 503] if server.proc.poll() is not None else []  # a front may live a moment longer than its vault, and says so
        load.end()
        made += load.made
        cut += order.returncode != 0
        assert odd == [], (SEED, odd)
        if server.proc.poll() is not None:
            server.start()
        machine = server.machine()
        for p in stage.patients[:20]:
            assert machine.get(f"/Patient/{p.id}").status_code == 200, SEED
    done = hygie("keys", "rotate", "--dir", base_copy)
    assert done.returncode == 0, (SEED, done.stderr)
    assert cut >= 3, f"{cut} of {rounds} were cut: the kills come too late (seed {SEED})"
    assert base_sql(base_copy, "SELECT count(*) FROM instance_key")[0][0] == 1 and not (key.parent / "instance.next").exists()
    assert base_sql(base_copy, "SELECT count(DISTINCT wrapped_by) FROM sealed_key")[0][0] == 1
    machine = server.machine()
    assert all(machine.get(f"/Patient/{i}").status_code == 200 for i in made)
    assert server.stop() == 0
    assert hygie("db", "check", "--dir", base_copy).returncode == 0
    assert key_refused(base_copy, first)


def test_the_order_is_taken_on_the_socket_of_the_directory_only(base_copy):
    with Server(base_copy) as server:
        door = Path(base_copy) / "gate.sock"
        assert stat.S_ISSOCK(door.stat().st_mode) and stat.S_IMODE(door.stat().st_mode) == 0o600
        for path in ("/keys/rotate", "/fhir/$keys-rotate", "/keys"):
            assert requests.post(server.http_url + path, timeout=10).status_code >= 400
        with socket.socket(socket.AF_UNIX) as s: # an order with something behind it is none: the connection ends
            s.connect(str(door))
            s.sendall(struct.pack("<I", 2) + b"\3\0")
            assert s.recv(10) == b""
        assert not any(e["route"] == "keys_rotate" for e in server.ledger())
        assert server.alive()
