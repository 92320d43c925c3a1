# SPDX-License-Identifier: Apache-2.0
"""
While a commit is being flushed the next group runs, and readers may see it already: nobody is told of it before it is durable. A flush that fails is the end:
nothing is told or written any more until the next start, and that finds base and ledger whole.
"""
import os
import pathlib
import threading
import time

import pytest
import requests

from hygie_server import BUILD, Server, copy_base, hygie

FLUSH_S = 0.6
pytestmark = pytest.mark.skipif(bool(os.environ.get("HYGIE_PG")), reason="a server shows a commit only once it is durable, and flushes it itself")


def slow_log(**more):
    """Only the flush of SQLite's log takes long: the ledger's is as quick as the disk."""
    return {"LD_PRELOAD": str(BUILD / "bench/libslow_flush.so"), "SLOW_FLUSH_US": str(int(FLUSH_S * 1e6)), "SLOW_FLUSH_OF": "hygie.db-wal", **more}


def condition(patient, mark):
    return {"resourceType": "Condition", "subject": {"reference": f"Patient/{patient}"}, "code": {"text": mark}}


def some_patient(m):
    return m.get("/Patient?_count=1").json()["entry"][0]["resource"]["id"]


def test_what_is_not_durable_yet_is_told_to_nobody(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "flush-told")
    with Server(directory, env=slow_log()) as server:
        patient = some_patient(server.machine())
        time.sleep(FLUSH_S + 0.2)  # what the start wrote is flushed
        began = time.monotonic()
        quick = server.machine().get(f"/Patient/{patient}")
        assert quick.status_code == 200 and time.monotonic() - began < FLUSH_S / 2, "a read waits though nothing is being flushed"
        written, seen = {}, []

        def write():
            at = time.monotonic()
            a = server.machine().post("/Condition", condition(patient, "non encore durable"))
            written.update(at=at, ended=time.monotonic(), status=a.status_code, id=a.json()["id"])

        def read():
            at = time.monotonic()
            found = server.machine().get(f"/Condition?patient=Patient/{patient}&_count=200").json().get("entry", [])
            seen.append((at, time.monotonic(), [e["resource"]["id"] for e in found]))

        threads = [threading.Thread(target=write)]
        threads[0].start()
        for _ in range(6):
            time.sleep(0.06)
            threads.append(threading.Thread(target=read))
            threads[-1].start()
        for t in threads:
            t.join()
        assert written["status"] == 201
        assert written["ended"] - written["at"] >= FLUSH_S, "a create was answered before its flush"
        early = [(at, ended) for at, ended, ids in seen if written["id"] in ids]
        assert early and min(at for at, _ in early) < written["at"] + FLUSH_S - 0.1, "no reader saw the commit before it was durable: nothing is proved"
        assert all(ended >= written["at"] + FLUSH_S for _, ended in early), "a reader was told of what was not durable"
    assert hygie("audit", "verify", "--dir", directory).returncode == 0


def test_a_flush_that_fails_is_the_end_until_the_next_start(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "flush-fails")
    flag = pathlib.Path(work_dir) / "flush-fails-now"
    server = Server(directory, env=slow_log(SLOW_FLUSH_FAILS=str(flag))).start()
    m = server.machine()
    patient = some_patient(m)
    kept = m.post("/Condition", condition(patient, "avant la panne"))
    assert kept.status_code == 201
    flag.touch()
    lost = m.post("/Condition", condition(patient, "pendant la panne"))
    assert lost.status_code == 503 and lost.json()["resourceType"] == "OperationOutcome"
    flag.unlink()  # a disk that seems well again: the pages may be gone all the same
    for _ in range(3):
        try:
            assert server.machine().get(f"/Patient/{patient}").status_code == 503, "something was told after a flush failed"
            assert m.post("/Condition", condition(patient, "après la panne")).status_code == 503
        except requests.ConnectionError:
            assert not server.alive()
    assert "log_flush_failed" in server.log
    server.kill()
    with Server(directory) as server:
        m = server.machine()
        texts = [e["resource"]["code"].get("text") for e in m.get(f"/Condition?patient=Patient/{patient}&_count=200").json()["entry"]]
        assert "avant la panne" in texts and "après la panne" not in texts
        entries = server.ledger()
        open_acts = {e["number"] for e in entries if e["kind"] == "INTENT"} - {e["about"] for e in entries if e["kind"] == "OUTCOME"}
        assert not open_acts
        assert m.post("/Condition", condition(patient, "après le redémarrage")).status_code == 201
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", directory)
        assert done.returncode == 0, done.stdout + done.stderr
