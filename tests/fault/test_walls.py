# SPDX-License-Identifier: Apache-2.0
"""
The walls inside the server: fronts that hold nothing, a vault that believes them nothing. What is loaded into a front here (tests/fault/hostile.c) is what a
break-in through HTTP would run: it stands behind the walls, in the thread that read the request, with the process' own credentials.
"""
import concurrent.futures
import contextlib
import ctypes
import json
import os
import random
import re
import signal
import sqlite3
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

import frames
import postgres
from hygie_server import BUILD, HYGIE, WALLS, Machine, Server, Stage, base_sql, copy_base, drop_base, hygie, is_alive

pytestmark = pytest.mark.skipif(not WALLS, reason="SKIPPED: the server is one process in this run (HYGIE_WALLS=0)")

HOSTILE = {"HYGIE_TEST_PRELOAD": str(BUILD / "tests/fault/libhostile.so"), "HYGIE_HTTP_FRONTS": "1"}
TWO = {"HYGIE_WALLS_FRONTS": "2"}
IS_ASAN = "address" in (BUILD / "meson-info/intro-buildoptions.json").read_text() and any(
    o["name"] == "b_sanitize" and "address" in str(o["value"]) for o in json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text()))
sandboxed = pytest.mark.skipif(IS_ASAN, reason="SKIPPED: a build with AddressSanitizer has no walls of system calls")


def events(server, name):
    return [e for e in (json.loads(line) for line in server.log.splitlines() if line.startswith("{")) if e.get("event") == name]


def until(what, within=20, said="it did not happen"):
    end = time.time() + within
    while time.time() < end:
        got = what()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(said)


def status(url, **more):
    try:
        return requests.get(url, timeout=10, **more).status_code
    except requests.RequestException:
        return 0


# ---- how it stands ----

def test_the_server_is_a_supervisor_a_vault_and_its_fronts_and_says_what_walls_they_have(base_copy):
    with Server(base_copy, env=TWO) as s:
        words = sorted(word for _, word in s.processes())
        assert words == ["serve-front", "serve-front", "serve-vault"]
        assert s.person("nurse").get("/unit").status_code == 200
        assert int((base_copy / "server.pid").read_text()) == s.proc.pid
        walls = {(e["of"], e["what"]): e for e in events(s, "walls")}
        if not IS_ASAN:
            for of, what in (("supervisor", "files"), ("supervisor", "calls"), ("vault", "files"), ("vault", "calls"), ("front", "files"), ("front", "calls"), ("front", "threads")):
                assert walls[of, what]["state"] == "up", walls
            connects = 15 if postgres.url_of(base_copy) else 0  # calls of a vault that is joined to a database server
            assert walls["front", "calls"]["level"] <= 60 and walls["vault", "calls"]["level"] <= 63 + connects, walls
        assert walls["vault", "key_memory"]["state"] in ("hidden", "locked")
        assert events(s, "users")[0]["vault_and_fronts"] == "the_same", "said, because one user could reach into the other process' files"
        others = s.processes()
    assert not [pid for pid, _ in others if is_alive(pid)]
    assert not (base_copy / "server.pid").exists() and not (base_copy / "http.sock").exists()


def test_a_base_that_takes_long_to_enter_into_memory_is_entered_behind_the_walls(base_copy):
    with contextlib.closing(sqlite3.connect(base_copy / "hygie.db", isolation_level=None)) as c:
        c.execute("CREATE TABLE large(b BLOB)")
        for _ in range(40):
            c.execute("INSERT INTO large VALUES (zeroblob(20000000))")
        c.execute("DROP TABLE large")
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (base_copy / "hygie.db").stat().st_size > 700e6
    p = Stage(base_copy).patients[0]
    with Server(base_copy) as s:
        for _ in range(20):
            assert s.machine().get(f"/Patient/{p.id}").status_code == 200
            time.sleep(0.1)
        assert not events(s, "vault_ended")


def test_in_one_process_the_log_says_that_there_are_no_walls(base_copy):
    with Server(base_copy, env={"HYGIE_WALLS_FRONTS": "0"}) as s:
        assert s.processes() == [] and s.alive()
        assert [e["state"] for e in events(s, "walls")] == ["one_process"]


def test_the_parts_are_started_by_the_supervisor_alone():
    for word in ("serve-vault", "serve-front"):
        done = hygie(word)
        assert done.returncode == 2 and "hygie serve" in done.stderr
    assert "serve-vault" not in hygie("help").stdout


def test_users_of_its_own_are_for_a_server_that_root_starts(base_copy):
    server = Server(base_copy)
    with pytest.raises(AssertionError, match="started as root"):
        server.start(env={"HYGIE_WALLS_FRONT_USER": "nobody"})
    assert server.proc.returncode == 1


class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("at", ctypes.POINTER(Filter))]


def without_landlock():
    """A kernel that knows no Landlock, for the process that is started and its children."""
    lines = (Filter * 4)(Filter(0x20, 0, 0, 0), Filter(0x15, 0, 1, 444), Filter(0x06, 0, 0, 0x00050000 | 38), Filter(0x06, 0, 0, 0x7FFF0000))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(Program(4, lines))) == 0


@sandboxed
def test_where_the_kernel_has_no_walls_it_does_not_start_unless_asked(base_copy):
    server = Server(base_copy)
    with pytest.raises(AssertionError):
        server.start(preexec_fn=without_landlock)
    assert server.proc.returncode == 1 and "walls.sandbox = off" in server.log
    for how in ("try", "off"):
        server.start(preexec_fn=without_landlock, env={"HYGIE_WALLS_SANDBOX": how})
        assert server.alive() and server.person("nurse").get("/unit").status_code == 200
        assert server.stop() == 0
    assert "missing_as_allowed" in server.log and '"off"' in server.log


def test_no_page_of_the_program_is_both_written_and_run_and_what_is_linked_is_closed_for_writing(base_copy):
    told = subprocess.run(["readelf", "-W", "-l", "-d", str(HYGIE)], capture_output=True, text=True, check=True).stdout
    loads = [line.split() for line in told.splitlines() if re.match(r"\s+(LOAD|GNU_STACK|GNU_RELRO)\b", line)]
    flags = {(line[0], i): "".join(line[6:-1]) for i, line in enumerate(loads)}
    assert all(not ("W" in f and "E" in f) for f in flags.values()), flags
    assert any(name == "GNU_RELRO" for name, _ in flags) and any(name == "GNU_STACK" and "E" not in f for (name, _), f in flags.items())
    assert "BIND_NOW" in told or "NOW" in told
    assert "DYN" in subprocess.run(["readelf", "-h", str(HYGIE)], capture_output=True, text=True, check=True).stdout, "at another address each time"
    notes = subprocess.run(["readelf", "-n", str(HYGIE)], capture_output=True, text=True).stdout
    print("CET:", "IBT" in notes, "SHSTK" in notes)
    with Server(base_copy, env=HOSTILE) as s:
        maps = re.findall(r"hostile maps (\d+) of them (\d+) written and run", s.log)
    assert maps and all(int(n) > 20 and rwx == "0" for n, rwx in maps), maps


# ---- hostile code in a front ----

ACTS = ("open_read open_write open_old create openat2 by_handle unlink rename truncate chmod mkdir symlink link execve execveat fork fork_old clone3 thread ptrace read_memory write_memory proc_mem kill tgkill "
        "pidfd pidfd_getfd socket_tcp socket_unix socket_raw socketpair connect bind map_run make_run pkey memfd io_uring bpf userfaultfd perf keyring unshare mount chroot setuid dumpable limits "
        "personality shared_memory foreign").split()


@sandboxed
def test_what_a_break_in_would_try_from_a_front_is_refused_or_its_end(base_copy):
    key = next((base_copy / "keys").glob("*"))
    before = {p: p.read_bytes() for p in (key, base_copy / "demo.json")}
    with Server(base_copy, env=HOSTILE) as s:
        vault, outcomes = s.vault_pid, {}
        for act in ACTS:
            front, ends = s.front_pids, len(events(s, "front_ended"))
            target = base_copy / "demo.json" if act in ("unlink", "rename", "truncate", "chmod") else key if act == "open_read" else base_copy / "hygie.db"
            status(s.http_url + "/livez", headers={"X-Hostile": f"{act} {vault} {target}"})
            said = lambda: re.findall(rf"hostile {act} (refused \d+|DONE)", s.log)
            until(lambda: said() or len(events(s, "front_ended")) > ends, said=f"{act}: nothing was heard of it")
            outcomes[act] = said()[-1] if said() else "signal %d" % events(s, "front_ended")[-1]["signal"]
            until(lambda: status(s.http_url + "/readyz") == 200, said=f"{act}: no front came back")
        assert s.vault_pid == vault, "the vault was ended"
        assert not [a for a, o in outcomes.items() if o == "DONE"], outcomes
        died = [a for a, o in outcomes.items() if o == f"signal {int(signal.SIGSYS)}"]
        assert len(ACTS) >= 30 and len(died) + sum(o.startswith("refused") for o in outcomes.values()) == len(ACTS), outcomes
        assert len(died) >= 30, f"only {len(died)} ended the process: {outcomes}"
        print(f"{len(ACTS)} acts: {len(died)} ended the front, {len(ACTS) - len(died)} were refused")
        assert s.person("nurse").get("/unit").status_code == 200
    assert {p: p.read_bytes() for p in before}[key] == before[key]
    assert not list(Path("/tmp").glob("hygie-hostile*"))
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0


END_OF_ALL = ("openat2 by_handle truncate symlink execveat ptrace read_memory write_memory pidfd_getfd map_run pkey memfd io_uring bpf userfaultfd perf keyring unshare mount chroot setuid "
              "personality shared_memory foreign").split()


@sandboxed
def test_what_a_break_in_would_try_from_the_supervisor_is_refused_or_the_end_of_all(base_copy):
    """It starts programs and sends signals: its own program and its own children's. What it starts is behind its walls too."""
    order = base_copy / "hostile.order"
    s = Server(base_copy, env={"LD_PRELOAD": HOSTILE["HYGIE_TEST_PRELOAD"], "HYGIE_HOSTILE_ORDER": str(order), "HYGIE_WALLS_FRONTS": "1"})
    outcomes = {}
    for act in ["create", "mkdir", "execve", "socket_raw", "clone3", "open_write", *END_OF_ALL]:
        if s.proc is None or s.proc.poll() is not None:
            s.start()
        walls = {e["what"]: e for e in events(s, "walls") if e["of"] == "supervisor"}
        assert walls["files"]["state"] == walls["calls"]["state"] == "up"
        others = s.processes()
        order.with_suffix(".new").write_text(f"{act} {s.vault_pid} /etc/hosts")
        order.with_suffix(".new").rename(order)
        os.kill(s.proc.pid, signal.SIGCHLD)
        said = lambda: re.findall(rf"hostile {act} (refused \d+|DONE)", s.log)
        until(lambda: said() or s.proc.poll() is not None, said=f"{act}: nothing was heard of it")
        outcomes[act] = said()[-1] if said() else "signal %d" % -s.proc.returncode
        if s.proc.poll() is not None:
            until(lambda: not [pid for pid, _ in others if is_alive(pid)], said=f"{act}: somebody outlived the supervisor")
    print(outcomes)
    assert not [a for a, o in outcomes.items() if o == "DONE"], outcomes
    assert [a for a in END_OF_ALL if outcomes[a] != f"signal {int(signal.SIGSYS)}"] == [], outcomes
    if s.proc.poll() is not None:
        s.start()
    os.kill(s.front_pids[0], signal.SIGKILL)
    until(lambda: status(s.http_url + "/readyz") == 200, said="behind its walls it starts a front again")
    os.kill(s.vault_pid, signal.SIGKILL)
    until(lambda: status(s.http_url + "/readyz") == 503)
    until(lambda: status(s.http_url + "/readyz") == 200, said="and a vault")
    assert s.person("nurse").get("/unit").status_code == 200
    assert s.stop() == 0 and not list(Path("/tmp").glob("hygie-hostile*"))
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0


def sessions(server):
    """A live session of each kind of person, and whose it is."""
    return {role: server.person(role) for role in ("nurse", "physician", "clerk", "rssi")}


def test_hostile_code_in_a_front_gets_no_more_patients_than_the_live_sessions_may_open(demo_base, work_dir):
    """X6: every patient, with every live session's token, in every way of asking, straight to the vault."""
    stage = Stage(demo_base)
    opened = {}
    for way in ("honest", "hostile"):
        base = copy_base(demo_base, work_dir / f"x6-{way}")
        with Server(base, env=HOSTILE) as s:
            people = sessions(s)
            got = {role: set() for role in people}
            line = frames.Line(s) if way == "hostile" else None
            for p in stage.patients:
                for role, person in people.items():
                    if line is None and role != "nurse":
                        continue
                    if line is None:
                        a = person.get(f"/patient/{p.id}")
                        if a.status_code == 200 and p.found_in(a.content):
                            got[role].add(p.rid)
                        continue
                    for asks, more in ((frames.view("chart_head", patient=p.id), {}), (frames.view("chart_head", patient=p.id), {"surface": frames.PRINT}),
                                       (frames.read("Patient", p.id), {"surface": frames.API, "route": "/fhir/:type/:id"}),
                                       (frames.read("Patient", p.id), {"surface": frames.API, "flags": frames.BEARER | frames.ALONE, "route": "/fhir/:type/:id"}),
                                       (frames.search("Patient", f"_id={p.id}"), {"surface": frames.API, "flags": 0})):
                        r = line.call(person.token, asks, **more)
                        if r.good and p.found_in(r.flat):
                            got[role].add(p.rid)
            if line is not None:
                for role, person in people.items():
                    for asks in (frames.search("Patient", "", 1000), frames.search("Patient", "_count=1000&_sort=_id"), frames.search("Observation", "_include=Observation:subject")):
                        r = line.call(person.token, asks, surface=frames.API, flags=0)
                        for p in stage.patients if r.good else ():
                            if p.found_in(r.flat):
                                got[role].add(p.rid)
                for token in ("", "x", "A" * 43, "A" * 512):
                    assert not line.call(token, frames.view("chart_head", patient=stage.mine[0].id)).good
                # Whoever names another network than the session's has locked it (SECURITY 8.2.4): last, for hostile code would not.
                assert line.call(people["nurse"].token, frames.view("chart_head", patient=stage.mine[0].id)).good
                for _ in range(2):
                    assert not line.call(people["nurse"].token, frames.view("chart_head", patient=stage.mine[0].id), from_="10.0.0.9").good
                line.close()
            opened[way] = {role: len(rids) for role, rids in got.items()}
            s.kill()
        assert hygie("audit", "verify", "--dir", base).returncode == 0
        drop_base(base)
    print("x6", opened)
    assert 0 < opened["honest"]["nurse"] <= opened["hostile"]["nurse"], "hostile code that gets less than its person proves nothing"
    for role, n in opened["hostile"].items():
        assert n <= max(opened["honest"][role], 43), opened # 43: what the widest of these jobs opens in a day without a proof (docs/decisions/0013)
    assert sum(opened["hostile"].values()) < len(stage.patients)


def joined(s):
    """A line of the front that serves now: one that is ending may still take a connection, and ends it."""
    for left in range(50, -1, -1):
        try:
            return frames.Line(s)
        except ConnectionError:
            if not left:
                raise
            time.sleep(0.1)


def test_a_front_may_say_nothing_but_pages_and_api(base_copy):
    """Each of these ends its line, the front with it; the vault and the other sessions do not notice."""
    stage = Stage(base_copy)
    with Server(base_copy, env=HOSTILE) as s:
        nurse, vault = s.person("nurse"), s.vault_pid
        good = frames.call(nurse.token, frames.view("chart_head", patient=stage.mine[0].id))
        wrong = {
            "operator": bytes([frames.OPERATOR]), "rotate": bytes([frames.ROTATE]), "import": frames.call(nurse.token, b"", surface=frames.IMPORT), "job": frames.call(nurse.token, b"", surface=frames.JOB),
            "no surface": frames.call(nurse.token, b"", surface=0), "flags": frames.call(nurse.token, b"", flags=255), "route with a name in it": frames.call(nurse.token, b"", route="/patient/1850503"),
            "long token": frames.call("A" * 513, b""), "from": frames.call(nurse.token, b"", from_="dupont jean"), "cut": good[:-3], "longer": good + b"\0", "kind": bytes([99]), "empty": b"",
        }
        for name, flat in wrong.items():
            line = joined(s)
            assert line.call(nurse.token, frames.view("chart_head", patient=stage.mine[0].id)).good, name
            line.send(flat)
            assert line.ends(), f"{name}: the vault went on"
            line.close()
            until(lambda: status(s.http_url + "/readyz") == 200, said=f"{name}: no front came back")
        line = joined(s)
        line.raw(struct.pack("<II", 0xFFFFFFFF, 1))
        assert line.ends()
        until(lambda: status(s.http_url + "/readyz") == 200)
        rng = random.Random(6)
        for _ in range(5):
            line = joined(s)
            line.raw(bytes(rng.randrange(256) for _ in range(rng.randrange(8, 400))) + b"\xff" * 600)
            try:
                line.raw(b"\xff" * 70000)
            except OSError:
                pass
            line.close()
            until(lambda: status(s.http_url + "/readyz") == 200, said="no front came back")
        assert s.vault_pid == vault and len(events(s, "line_garbled")) >= len(wrong)
        assert nurse.get(f"/patient/{stage.mine[0].id}").status_code == 200, "the session lives in the vault"


def test_asks_that_no_page_writes_are_refused_and_the_line_goes_on(base_copy):
    stage = Stage(base_copy)
    with Server(base_copy, env=HOSTILE) as s:
        nurse = s.person("nurse")
        line = frames.Line(s)
        for asks in (b"", b"\xff", b"\2" + frames.text("chart_head"), frames.view("no_such_view"), frames.view("chart_head", patient="../../x"), frames.act("import", source="x", lines="{}"), b"\3" * 40):
            assert not line.call(nurse.token, asks).good or asks == b""
        assert line.call(nurse.token, frames.view("chart_head", patient=stage.mine[0].id)).good
        sent = [line.send(frames.call(nurse.token, frames.view("chart_head", patient=stage.mine[0].id))) for _ in range(300)]
        assert sorted(line.answer()[0] for _ in sent) == sent, "each asked once, each answered once"
        line.close()


# ---- what dies ----

def test_without_its_vault_the_server_refuses_in_one_plain_sentence_and_serves_again(base_copy):
    stage = Stage(base_copy)
    with Server(base_copy) as s:
        nurse, machine = s.person("nurse"), s.machine()
        p = stage.mine[0]
        assert nurse.get(f"/patient/{p.id}").status_code == 200
        os.kill(s.vault_pid, signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            asked = [pool.submit(nurse.get, f"/patient/{p.id}"), pool.submit(machine.get, f"/Patient/{p.id}")]
            time.sleep(0.3)
            vault = s.vault_pid
            os.kill(vault, signal.SIGKILL)
            page, api = (a.result() for a in asked)
        assert page.status_code == 503 and api.status_code == 503
        assert "pouvez" not in page.text and "ne répondent plus" in page.text, page.text
        assert not p.found_in(page.content) and not p.found_in(api.content) and api.json()["resourceType"] == "OperationOutcome"
        until(lambda: status(s.http_url + "/readyz") == 200, said="the vault did not come back")
        assert s.vault_pid != vault
        assert nurse.get(f"/patient/{p.id}").status_code in (200, 303), "sessions outlive a crash as they always did"
        assert machine.get(f"/Patient/{p.id}").status_code == 200
        assert events(s, "vault_ended")[0]["signal"] == 9
        assert [e["note"] for e in s.ledger() if e["kind"] == "START"][-1] == "after_crash"
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0


def test_while_there_is_no_vault_pages_say_so_and_nothing_waits(base_copy):
    with Server(base_copy) as s:
        nurse = s.person("nurse")
        # Somebody else holds the directory when the vault comes up again: it tries until it may.
        holder = subprocess.Popen(["flock", str(base_copy / "lock"), "sh", "-c", "echo held; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.kill(s.vault_pid, signal.SIGKILL)
        assert holder.stdout.readline() == b"held\n"
        if not until(lambda: status(s.http_url + "/readyz") == 503 and [e for e in events(s, "vault_ended") if e["code"] == 1], said="the vault came up on a directory that another holds"):
            return
        for _ in range(3):
            began = time.time()
            a = nurse.get("/unit")
            assert a.status_code == 503 and time.time() - began < 2
            assert "pour le moment" in a.text and "Traceback" not in a.text and "vault" not in a.text
            assert status(s.http_url + "/livez") == 200
        assert requests.get(s.http_url + "/metrics", timeout=10).status_code == 200
        holder.stdin.close()
        holder.wait()
        until(lambda: status(s.http_url + "/readyz") == 200, said="the vault did not come back")
        assert nurse.get("/unit").status_code in (200, 303)


def test_a_front_killed_under_load_costs_its_own_connections_only(base_copy):
    stage = Stage(base_copy)
    answered, doubled, odd, cut = [0], [], [], [0]
    with Server(base_copy, env=TWO) as s:
        vault, stop = s.vault_pid, threading.Event()

        def load(nth):
            rng, m = random.Random(nth), Machine(s)
            while not stop.is_set():
                p = rng.choice(stage.patients)
                try:
                    a = m.get(f"/Patient/{p.id}", timeout=10)
                except requests.RequestException:
                    cut[0] += 1
                    continue
                if a.status_code == 200 and a.json()["id"] == p.id:
                    answered[0] += 1
                elif a.status_code == 200:
                    doubled.append((p.id, a.json()["id"]))
                else:
                    odd.append((a.status_code, a.text[:200]))

        def write(nth):
            m, n = Machine(s), 0
            while not stop.is_set():
                n += 1
                p = stage.patients[n % len(stage.patients)]
                try:
                    a = m.post("/Condition", {"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": f"mur-{nth}-{n}"}}, timeout=10)
                except requests.RequestException:
                    continue
                if a.status_code == 201:
                    made.append(a.json()["id"])

        made = []
        threads = [threading.Thread(target=f, args=(i,)) for i, f in enumerate([load] * 6 + [write] * 2)]
        for t in threads:
            t.start()
        for _ in range(6):
            time.sleep(0.4)
            before = answered[0]
            os.kill(random.choice(s.front_pids), signal.SIGKILL)
            until(lambda: answered[0] > before + 20, said="nothing was answered any more")
            until(lambda: len(s.front_pids) == 2, said="the front did not come back")
        stop.set()
        for t in threads:
            t.join(20)
        assert s.vault_pid == vault and not odd and not doubled, (odd[:3], doubled[:3])
        print(f"{answered[0]} reads answered, {cut[0]} cut, {len(made)} writes")
    stored = {i for (i,) in base_sql(base_copy, "SELECT id FROM resource")}
    assert made and set(made) <= stored and len(set(made)) == len(made)
    assert hygie("audit", "verify", "--dir", base_copy).returncode == 0
    assert hygie("db", "check", "--dir", base_copy).returncode == 0


def test_a_front_takes_its_first_connection_when_it_can_ask_the_vault(base_copy):
    p = Stage(base_copy).patients[0]
    with Server(base_copy) as s:
        for _ in range(8):
            front = s.front_pids[0]
            os.kill(front, signal.SIGKILL)
            until(lambda: s.front_pids != [front])  # the next one is on its way; what connects meanwhile waits in the kernel
            assert Machine(s).get(f"/Patient/{p.id}", timeout=10).status_code == 200


def test_figures_are_those_of_all_fronts_whichever_of_them_answers_and_do_not_go_back_when_one_dies(base_copy):
    with Server(base_copy, env=TWO) as s:
        def count():
            text = requests.get(s.http_url + "/metrics", headers={"Connection": "close"}, timeout=10).text
            return int(re.search(r"^hygie_http_requests_total (\d+)$", text, re.M)[1])

        counts = [count() for _ in range(60)]  # a connection each: the kernel deals them out to both
        assert [b - a for a, b in zip(counts, counts[1:])] == [1] * 59, counts
        for pid in s.front_pids:
            os.kill(pid, signal.SIGKILL)
            until(lambda: len(s.front_pids) == 2 and pid not in s.front_pids)
            until(lambda: status(s.http_url + "/livez") == 200)
        assert count() > counts[-1]
        again = [count() for _ in range(20)]
        assert [b - a for a, b in zip(again, again[1:])] == [1] * 19, again


def test_a_front_that_dies_refunds_nothing(base_copy):
    stage = Stage(base_copy)
    with Server(base_copy) as s:
        nurse = s.person("nurse")
        before = len([e for e in s.ledger() if e["kind"] == "RELEASE" or e["kind"] == "READ"])
        for p in stage.mine[:3]:
            assert nurse.get(f"/patient/{p.id}").status_code == 200
        charged = len(s.ledger())
        os.kill(s.front_pids[0], signal.SIGKILL)
        until(lambda: status(s.http_url + "/readyz") == 200)
        assert len(s.ledger()) >= charged > before
        assert nurse.get(f"/patient/{stage.mine[0].id}").status_code == 200, "the session is the vault's"


def test_the_end_of_the_supervisor_is_the_end_of_all(base_copy):
    s = Server(base_copy).start()
    s.kill()  # asserts that the others ended
    s.start()
    assert s.alive() and s.stop() == 0
