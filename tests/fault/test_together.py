# SPDX-License-Identifier: Apache-2.0
"""
Many at once on the same resource: exactly one wins each version, histories have no hole, nobody reads backwards in time, and a transaction is seen whole or
not at all. What every client asked, was told, and when, is recorded and judged afterwards. After kills in the middle, the indexes equal a fresh extraction.
"""
import collections
import random
import subprocess
import threading
import time

import pytest
import requests

from hygie_server import BUILD, Machine, Server, copy_base, hygie

WRITERS = 32
Call = collections.namedtuple("Call", "kind began ended status version mark")   # kind: "put" asked for version + 1 of `version`; "read" saw `version`


def observation(patient, mark, id_=None):
    body = {"resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient}"}, "code": {"text": mark}}
    return {**body, "id": id_} if id_ else body


def some_patient(m):
    return m.get("/Patient?_count=1").json()["entry"][0]["resource"]["id"]


def crowd(n, work):
    """work(nth) in n threads that start together. What one of them raised is raised here."""
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


def history_of(m, path):
    found, url = [], f"{path}/_history?_count=200"
    while url:
        bundle = m.get(url).json()
        found += [e["resource"] for e in bundle["entry"]]
        url = next((l["url"].split("/fhir", 1)[1] for l in bundle["link"] if l["relation"] == "next"), None)
    return found


def judge(calls, history, first):
    """The recorded calls against one register that counts: a put of version v succeeds once and makes v + 1; real time is respected."""
    made = {}
    for c in calls:
        assert c.status in ((200, 409, 412) if c.kind == "put" else (200,)), c
        if c.kind == "put" and c.status == 200:
            assert c.version + 1 not in made, f"two won version {c.version + 1}"
            made[c.version + 1] = c
    versions = {int(r["meta"]["versionId"]): r for r in history}
    assert sorted(versions) == list(range(1, len(versions) + 1)), "a hole in the history"
    assert set(made) == set(versions) - {1}, "each version but the first was won by exactly one writer who was told so"
    assert versions[1]["code"]["text"] == first
    for v, c in made.items():
        assert versions[v]["code"]["text"] == c.mark, f"version {v} is not its winner's"
    for v in range(3, len(versions) + 1):
        assert made[v].ended >= made[v - 1].began, "a version was answered before the one below it was asked for"
    floor, at = 1, 0
    ends = sorted((c.ended, c.version + 1 if c.kind == "put" else c.version) for c in calls if c.status == 200)
    for c in sorted((c for c in calls if c.kind == "read"), key=lambda c: c.began):
        while at < len(ends) and ends[at][0] < c.began:
            floor = max(floor, ends[at][1])
            at += 1
        assert c.version >= floor, f"read version {c.version} after version {floor} had been told"
        assert c.version == 1 or made[c.version].began <= c.ended, "read a version before it was asked for"


def test_of_thirty_two_writers_exactly_one_wins_each_version(server):
    m = Machine(server)
    patient = some_patient(m)
    made = m.post("/Observation", observation(patient, "début")).json()
    path, calls, lock = f"/Observation/{made['id']}", [], threading.Lock()
    until = time.monotonic() + 4

    def writer(nth):
        mine, rng, own = Machine(server), random.Random(nth), []
        while time.monotonic() < until:
            began = time.monotonic()
            a = mine.get(path)
            version = int(a.json()["meta"]["versionId"])
            own.append(Call("read", began, time.monotonic(), a.status_code, version, None))
            if nth % 4 == 0 and rng.random() < 0.5:
                continue   # a quarter reads more than it writes
            mark = f"{nth}-{len(own)}"
            began = time.monotonic()
            a = mine.put(path, observation(patient, mark, made["id"]), headers={"If-Match": f'W/"{version}"'})
            own.append(Call("put", began, time.monotonic(), a.status_code, version, mark))
        with lock:
            calls.extend(own)

    crowd(WRITERS, writer)
    wins = sum(c.kind == "put" and c.status == 200 for c in calls)
    losses = sum(c.kind == "put" and c.status != 200 for c in calls)
    assert wins > 20 and losses > 20, f"{wins} wins and {losses} losses prove nothing"
    judge(calls, history_of(m, path), "début")


def test_the_judge_sees_what_is_wrong():
    history = [observation("p", mark) | {"meta": {"versionId": str(v)}} for v, mark in ((1, "début"), (2, "a"), (3, "b"))]
    good = [Call("put", 1, 2, 200, 1, "a"), Call("put", 3, 4, 200, 2, "b"), Call("read", 5, 6, 200, 3, None)]
    judge(good, history, "début")
    for bad, why in (([Call("put", 1, 2, 200, 1, "x")] + good, "two won"), (good[:1] + good[2:], "exactly one"), (good[:2] + [Call("read", 5, 6, 200, 2, None)], "read version 2"),
                     ([good[0]._replace(mark="c")] + good[1:], "winner"), ([good[0]] + [good[1]._replace(began=0, ended=0.5)], "answered before")):
        with pytest.raises(AssertionError, match=why):
            judge(bad, history, "début")
    with pytest.raises(AssertionError, match="hole"):
        judge(good, history[:1] + history[2:], "début")


def test_without_a_version_named_the_last_writer_stands_and_no_version_is_lost(server):
    m = Machine(server)
    patient = some_patient(m)
    made = m.post("/Observation", observation(patient, "début")).json()
    path, told, lock = f"/Observation/{made['id']}", {}, threading.Lock()

    def writer(nth):
        mine = Machine(server)
        for i in range(12):
            a = mine.put(path, observation(patient, f"{nth}-{i}", made["id"]))
            assert a.status_code == 200, a.text
            with lock:
                version = int(a.json()["meta"]["versionId"])
                assert version not in told, f"version {version} was told twice"
                told[version] = f"{nth}-{i}"

    crowd(WRITERS, writer)
    history = {int(r["meta"]["versionId"]): r["code"]["text"] for r in history_of(m, path)}
    assert history == {1: "début", **told}


def test_a_transaction_is_seen_whole_or_not_at_all(server):
    m = Machine(server)
    patient = some_patient(m)
    pair = [m.post("/Observation", observation(patient, "0")).json()["id"] for _ in range(2)]
    until, seen, odd = time.monotonic() + 4, set(), []

    def bundle(mark):
        return {"resourceType": "Bundle", "type": "transaction",
                "entry": [{"resource": observation(patient, mark, i), "request": {"method": "PUT", "url": f"Observation/{i}"}} for i in pair]}

    def work(nth):
        mine, i = Machine(server), 0
        while time.monotonic() < until:
            if nth < 4:
                i += 1
                a = mine.post("", bundle(f"{nth}-{i}"))
                assert a.status_code == 200, a.text
            else:
                a = mine.get(f"/Observation?_id={','.join(pair)}")
                marks = [e["resource"]["code"]["text"] for e in a.json()["entry"]]
                if len(marks) != 2 or len(set(marks)) != 1:
                    odd.append(marks)
                seen.add(marks[0])

    crowd(12, work)
    assert not odd, f"half of a transaction was seen: {odd[:3]}"
    assert len(seen) > 20, "too few states were seen to prove anything"


def test_of_many_conditional_creates_one_makes_the_resource(server):
    m = Machine(server)
    patient = some_patient(m)
    for i in range(5):
        mark, told = f"seul-{i}-{random.randrange(1 << 40)}", []
        body = observation(patient, mark) | {"identifier": [{"system": "https://essai.test/ordre", "value": mark}]}

        def work(nth):
            a = Machine(server).post("/Observation", body, headers={"If-None-Exist": f"identifier=https://essai.test/ordre|{mark}"})
            told.append((a.status_code, a.json().get("id", a.text)))

        crowd(16, work)
        assert sorted(s for s, _ in told) == [200] * 15 + [201] and len({i for _, i in told}) == 1, told


@pytest.mark.parametrize("trouble", ["transactions", "reindex"])
def test_killed_in_the_middle_the_indexes_equal_a_fresh_extraction(demo_base, work_dir, trouble):
    base = copy_base(demo_base, work_dir / f"middle-{trouble}")
    rng = random.Random(11)
    for turn in range(4):
        if trouble == "reindex":
            p = subprocess.Popen([BUILD / "src/cli/hygie", "db", "reindex", "--dir", base], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.05, 0.6))
            p.kill()
            p.wait()
            hygie("db", "reindex", "--dir", base, check=True)
        else:
            with Server(base) as s:
                m, stop = Machine(s), []
                patient = some_patient(m)

                def writer(nth):
                    mine, i = Machine(s), 0
                    while not stop:
                        i += 1
                        entries = [{"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{k:012d}", "resource": observation(patient, f"{turn}-{nth}-{i}-{k}"),
                                    "request": {"method": "POST", "url": "Observation"}} for k in range(30)]
                        try:
                            mine.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries}, timeout=5)
                        except requests.RequestException:
                            return

                threads = [threading.Thread(target=writer, args=(n,)) for n in range(4)]
                for t in threads:
                    t.start()
                time.sleep(rng.uniform(0.3, 1.0))
                s.kill()
                stop.append(True)
                for t in threads:
                    t.join()
            with Server(base) as s:   # the start cleans up
                m = Machine(s)
                texts = collections.Counter(r["code"]["text"].rsplit("-", 1)[0] for r in all_of(m, f"/Observation?subject=Patient/{some_patient(m)}&_count=200") if r["code"].get("text", "").count("-") == 3)
                assert all(n == 30 for n in texts.values()), "half of a transaction survived"
        told = hygie("db", "check", "--dir", base)
        assert told.returncode == 0, told.stdout + told.stderr


def all_of(m, url):
    found = []
    while url:
        bundle = m.get(url).json()
        found += [e["resource"] for e in bundle.get("entry", [])]
        url = next((l["url"].split("/fhir", 1)[1] for l in bundle["link"] if l["relation"] == "next"), None)
    return found
