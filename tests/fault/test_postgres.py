# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL taken away and given back under load; a base copied to it and back, also when the copy is killed; passwords that are never shown."""
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

import postgres
from hygie_server import HYGIE, Machine, Server, base_sql, copy_base, hygie

if not postgres.binaries():
    print("SKIPPED: PostgreSQL 15 or later is not installed (package postgresql)")
    pytest.skip("SKIPPED: PostgreSQL 15 or later is not installed (package postgresql)", allow_module_level=True)


@pytest.fixture(scope="module")
def cluster():
    """One of our own: the tests stop and kill it."""
    before = os.environ.get("HYGIE_PG")
    with postgres.Cluster() as pg:
        os.environ["HYGIE_PG"] = pg.url()
        yield pg
        if before is None:
            del os.environ["HYGIE_PG"]
        else:
            os.environ["HYGIE_PG"] = before


@pytest.fixture(scope="module")
def pg_base(cluster, work_dir):
    path = work_dir / "pgbase"
    hygie("demo", "--dir", path, "--patients", 60, "--db", postgres.make(), check=True, timeout=300)
    return path


@pytest.fixture(scope="module")
def file_base(work_dir):
    path = work_dir / "filebase"
    hygie("demo", "--dir", path, "--patients", 200, check=True, timeout=300)
    return path


SYSTEM = "urn:test:restart"


def patient(n):
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": f"no-{n}"}], "name": [{"family": f"Redemarre{n}"}]}


class Load(threading.Thread):
    """Creates patients one by one; each is asked for again (conditionally) until it was acknowledged. Everything told is kept."""

    def __init__(self, server, number, stop):
        super().__init__()
        self.server, self.number, self.stop = server, number, stop
        self.acknowledged, self.told, self.broken = {}, [], []

    def run(self):
        machine = Machine(self.server)
        n = 0
        while not self.stop.is_set():
            name, n = f"{self.number}-{n}", n + 1
            while name not in self.acknowledged:
                began = time.monotonic()
                try:
                    r = machine.post("/Patient", patient(name), headers={"If-None-Exist": f"identifier={SYSTEM}|no-{name}"})
                except requests.RequestException as e:
                    self.broken.append(repr(e))
                    return
                self.told.append((began, time.monotonic(), r.status_code))
                if r.status_code in (200, 201):
                    self.acknowledged[name] = (r.json() if r.content else {}).get("id") or re.search(r"/Patient/([^/]+)", r.headers.get("Location", "/Patient/?")).group(1)
                elif r.status_code != 503:
                    self.broken.append(f"{r.status_code} {r.text[:300]}")
                    return
                else:
                    time.sleep(0.02)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_restarts_under_load_loses_and_doubles_nothing(cluster, pg_base, work_dir, mode):
    with Server(copy_base(pg_base, work_dir / f"restart-{mode}")) as s:
        stop = threading.Event()
        loads = [Load(s, f"{mode}{i}", stop) for i in range(6)]
        for load in loads:
            load.start()
        time.sleep(1)
        for _ in range(3):
            cluster.restart(mode)
            time.sleep(1.5)
        stop.set()
        for load in loads:
            load.join(60)
        assert s.alive()
        assert not [b for load in loads for b in load.broken]
        acknowledged = {n: i for load in loads for n, i in load.acknowledged.items()}
        told = sorted(t for load in loads for t in load.told)
        refused = [t for t in told if t[2] == 503]
        print(f"{mode}: {len(acknowledged)} acknowledged, {len(refused)} told to try again, longest answer {max(b - a for a, b, _ in told):.2f} s")
        assert len(acknowledged) > 50
        with_503 = s.sql("SELECT id, version FROM resource WHERE CAST(body AS TEXT) LIKE '%urn:test:restart%'") if not sealed(s) else None
        if with_503 is not None:
            assert {i for i, _ in with_503} == set(acknowledged.values()), "each acknowledged patient is there, and no other"
            assert {v for _, v in with_503} == {1}
        machine = s.machine()
        for name in list(acknowledged)[:: max(1, len(acknowledged) // 40)]:
            found = machine.get(f"/Patient?identifier={SYSTEM}|no-{name}").json()
            assert [e["resource"]["id"] for e in found["entry"]] == [acknowledged[name]], "once, and not twice"
    checked = hygie("db", "check", "--dir", s.dir)
    assert checked.returncode == 0 and "0 differences" in checked.stdout and "good" in checked.stdout, checked.stdout + checked.stderr


def sealed(s):
    return not bytes(s.sql("SELECT body FROM resource WHERE deleted = 0 ORDER BY rid LIMIT 1")[0][0]).startswith(b"{")


class Cutter:
    """Between Hygie and the server: cuts the connection at a COMMIT, before it reached the server or before its answer comes back."""

    COMMIT = b"s002\0"  # the prepared statement's name: third row of src/db/catalogue_db.def

    def __init__(self, cluster, directory):
        self.to, self.at, self.armed, self.cuts = str(cluster.dir / ".s.PGSQL.5432"), directory, None, 0
        self.deaf, self.database = set(), cluster.url()
        directory.mkdir()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(directory / ".s.PGSQL.5432"))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.to)
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, one, other, from_client):
        try:
            while data := one.recv(65536):
                if from_client and self.armed and self.COMMIT in data:
                    when, self.armed = self.armed, None
                    self.cuts += 1
                    if when == "answer":
                        one.shutdown(socket.SHUT_RDWR)
                        other.sendall(data)
                        time.sleep(0.3)  # it is done; nobody heard
                    if when == "backend":
                        self.deaf.add(other)
                        other.sendall(data)
                        # whoever holds the writer's lock is ended: the commit may be done, may be under way, may not have begun
                        postgres.psql(self.database, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                    break
                if one not in self.deaf:
                    other.sendall(data)
        except OSError:
            pass
        for s in (one, other):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@pytest.mark.parametrize("when", ["request", "answer"])
def test_a_commit_whose_answer_is_lost_is_looked_up_before_anybody_is_told(cluster, pg_base, work_dir, when):
    base = copy_base(pg_base, work_dir / f"cut-{when}")
    name = postgres.name_in(postgres.url_of(base))
    cutter = Cutter(cluster, work_dir / f"cutter-{when}")
    with Server(base, env={"HYGIE_DATA_DB": f"postgresql://hygie@/{name}?host={cutter.at}"}) as s:
        machine = s.machine()
        for n in range(5):
            cutter.armed = when
            r = machine.post("/Patient", patient(f"cut-{when}-{n}"))
            assert cutter.cuts == n + 1
            assert r.status_code == (201 if when == "answer" else 503), r.text
            total = machine.get(f"/Patient?identifier={SYSTEM}|no-cut-{when}-{n}&_summary=count").json()["total"]
            assert total == (1 if when == "answer" else 0), "what was told is what is stored"
        assert s.log.count('"commit_unknown"') == 5 and s.log.count('"commit_known"') == 5
    checked = hygie("db", "check", "--dir", base)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_backend_that_is_killed_while_it_commits_leaves_what_was_told_and_no_more(cluster, pg_base, work_dir):
    base = copy_base(pg_base, work_dir / "killed-backend")
    url = postgres.url_of(base)
    cutter = Cutter(cluster, work_dir / "cutter-backend")
    cutter.database = url
    told = []
    with Server(base, env={"HYGIE_DATA_DB": f"postgresql://hygie@/{postgres.name_in(url)}?host={cutter.at}"}) as s:
        machine = s.machine()
        for n in range(8):
            cutter.armed = "backend"
            r = machine.post("/Patient", patient(f"backend-{n}"))
            assert cutter.cuts == n + 1
            assert r.status_code in (201, 503), r.text
            told.append(r.status_code)
            total = machine.get(f"/Patient?identifier={SYSTEM}|no-backend-{n}&_summary=count").json()["total"]
            assert total == (1 if r.status_code == 201 else 0), f"{r.status_code} was told, {total} stored"
            again = machine.post("/Patient", patient(f"backend-{n}"), headers={"If-None-Exist": f"identifier={SYSTEM}|no-backend-{n}"})
            assert again.status_code == (200 if r.status_code == 201 else 201)
            assert machine.get(f"/Patient?identifier={SYSTEM}|no-backend-{n}&_summary=count").json()["total"] == 1, "once"
        assert s.log.count('"commit_unknown"') == 8 and s.log.count('"commit_known"') == 8
    print("told:", told)
    checked = hygie("db", "check", "--dir", base)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_server_that_is_away_is_told_as_such_and_found_again(cluster, pg_base, work_dir):
    with Server(copy_base(pg_base, work_dir / "away")) as s:
        machine = s.machine()
        assert machine.get("/Patient?_count=1").status_code == 200
        cluster.stop("fast")
        try:
            for _ in range(3):
                assert machine.get("/Patient?_count=1").status_code == 503
                r = machine.post("/Patient", patient("away"))
                assert r.status_code == 503, r.text
        finally:
            cluster.start()
        end = time.time() + 20
        while (status := machine.get("/Patient?_count=1").status_code) == 503 and time.time() < end:
            time.sleep(0.1)
        assert status == 200
        assert machine.post("/Patient", patient("back")).status_code == 201
        assert machine.get(f"/Patient?identifier={SYSTEM}|no-away&_summary=count").json()["total"] == 0


def test_two_vaults_never_write_to_one_base(pg_base, work_dir):
    base = copy_base(pg_base, work_dir / "lane")
    url = postgres.url_of(base)
    other = work_dir / "lane2"
    shutil.copytree(base, other)
    with Server(base):
        done = subprocess.run([str(HYGIE), "serve", "--dir", str(other), "--port", "0"], capture_output=True, text=True, timeout=60, env={**os.environ, "HYGIE_DATA_DB": url})
        assert done.returncode == 1 and "Another Hygie" in done.stderr, done.stderr


# ---- copies ----

TABLES = ("resource", "history", "id_key", "facts", "by_type", "by_token", "account", "relation", "known", "known_name", "session", "act_done", "house")


def counts(directory):
    return {t: base_sql(directory, f"SELECT count(*) FROM {t}")[0][0] for t in TABLES}


def digest_of(done):
    return re.search(r"the same on both sides: ([0-9a-f]{64})", done.stdout).group(1)


def test_a_base_goes_to_postgresql_and_back_and_is_the_same(cluster, file_base, work_dir):
    base = copy_base(file_base, work_dir / "there")
    before = counts(base)
    there = hygie("db", "copy", "--dir", base, "--to", postgres.make(), "--use", check=True)
    assert counts(base) == before and (base / "base.url").stat().st_mode & 0o777 == 0o600
    with Server(base) as s:
        assert s.machine().get("/Patient?_summary=count").json()["total"] == 200
        made = s.machine().post("/Patient", patient("moved"))
        assert made.status_code == 201, made.text
    for tail in ("", "-wal", "-shm"):
        (base / ("hygie.db" + tail)).unlink(missing_ok=True)
    back = hygie("db", "copy", "--dir", base, "--to", "sqlite", "--use", check=True)
    assert digest_of(back) != digest_of(there) and not (base / "base.url").exists()
    assert counts(base)["resource"] == before["resource"] + 1
    with Server(base) as s:
        assert s.machine().get("/Patient?_summary=count").json()["total"] == 201
        assert s.machine().post("/Patient", patient("after")).status_code == 201
    assert "0 differences" in hygie("db", "check", "--dir", base, check=True).stdout


def test_a_copy_that_was_killed_is_no_base_and_goes_on(cluster, file_base, work_dir):
    base = copy_base(file_base, work_dir / "killed-copy")
    url = postgres.make()
    running = subprocess.Popen([str(HYGIE), "db", "copy", "--dir", str(base), "--to", url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.time() + 60
    while time.time() < end and running.poll() is None:
        try:
            if postgres.rows(url, "SELECT count(*) FROM by_token")[0][0] > 0:
                break
        except AssertionError:
            pass  # no tables yet
    running.send_signal(signal.SIGKILL)
    running.wait()
    half = work_dir / "half"
    shutil.copytree(base, half)
    refused = hygie("db", "check", "--dir", half, env={"HYGIE_DATA_DB": url})
    assert refused.returncode != 0, "an unfinished copy is served"
    again = hygie("db", "copy", "--dir", base, "--to", url, check=True)
    assert int(re.search(r"\((\d+) were there", again.stdout).group(1)) > 0, again.stdout
    full = hygie("db", "copy", "--dir", base, "--to", postgres.make(), check=True)
    assert digest_of(full) == digest_of(again)
    taken = hygie("db", "copy", "--dir", base, "--to", url)
    assert taken.returncode == 1 and "already holds" in taken.stderr


# ---- secrets ----

def test_a_password_in_the_address_is_shown_nowhere(cluster, work_dir):
    url = postgres.make().replace("hygie@", "hygie:sesame-ouvre-toi@")
    base = work_dir / "secret"
    running = subprocess.Popen([str(HYGIE), "demo", "--dir", str(base), "--patients", "400", "--db", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen = b""
    while running.poll() is None:
        try:
            with open(f"/proc/{running.pid}/cmdline", "rb") as f:
                seen = f.read() or seen  # empty once it has ended
        except OSError:
            break
        time.sleep(0.05)
    out, err = running.communicate()
    assert running.returncode == 0, err
    assert b"--db" in seen and b"sesame" not in seen and b"sesame" not in out + err
    with Server(base) as s:
        assert s.machine().get("/Patient?_count=1").status_code == 200
    assert "sesame" not in s.log
    dumped = hygie("config", "dump", env={"HYGIE_DATA_DB": url}, check=True)
    assert "sesame" not in dumped.stdout and "hygie:***@" in dumped.stdout
    wrong = hygie("db", "check", "--dir", work_dir / "secret", env={"HYGIE_DATA_DB": url.replace("host=", "host=/nowhere")})
    assert wrong.returncode == 1 and "sesame" not in wrong.stdout + wrong.stderr


def test_a_demonstration_on_a_server_goes_away_whole_and_can_be_made_again(cluster, work_dir):
    url, base = postgres.make(), work_dir / "dropped"
    hygie("demo", "--dir", base, "--patients", 20, "--db", url, check=True)
    assert hygie("demo", "--dir", work_dir / "dropped2", "--patients", 20, "--db", url).returncode == 1, "one base a database"
    hygie("demo", "--dir", base, "--drop", check=True)
    assert postgres.psql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'hygie'").strip() == "0"
    shutil.rmtree(base)
    hygie("demo", "--dir", base, "--patients", 20, "--db", url, check=True)
    assert base_sql(base, "SELECT count(*) FROM known")[0][0] == 20
