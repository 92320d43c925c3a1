# SPDX-License-Identifier: Apache-2.0
"""
Canary patients, from outside: a demonstration that has them, thieves who walk it by id, by name, by birth date and page by page with the account that may read everybody,
and honest searches beside. Which patients are canaries is read from the record (nobody treats them); the server tells nobody.
"""
import json
import random
import subprocess
from urllib.parse import quote

import pytest

from hygie_server import BUILD, FULL, OF_TYPE, Server, base_sql, copy_base, hygie, ledger_entries

PEOPLE = 20000 if FULL else 1500
VERIFY = BUILD / "src/ledger/hygie-verify"


@pytest.fixture(scope="module")
def base(work_dir):
    path = work_dir / "canaries"
    hygie("demo", "--dir", path, "--patients", PEOPLE, "--stays", 0, check=True, timeout=600)
    return path


@pytest.fixture(scope="module")
def people(base):
    return [(id_, body) for _, id_, body in ((rid, id_, json.loads(text)) for rid, id_, text, _ in base_sql(base, OF_TYPE, "Patient"))]


@pytest.fixture(scope="module")
def canaries(people):
    return {id_ for id_, body in people if not body.get("generalPractitioner")}


@pytest.fixture
def thief(base, work_dir, client, request):
    """A server on a copy of its own, and the machine that may read everybody."""
    path = copy_base(base, work_dir / f"canaries-{request.node.name[:40]}")
    with Server(path) as s:
        fhir = client(s, s.demo["machine"]["token"])
        fhir.dir = path
        yield fhir


def official(body):
    name = next(n for n in body["name"] if n["use"] == "official")
    return name["family"], name["given"][0]


def test_a_demonstration_has_canaries_in_every_256_of_each_order_and_nobody_sees_which(base, people, canaries):
    done = hygie("canary", "check", "--dir", base)
    assert done.returncode == 0, done.stdout + done.stderr
    gaps = [int(line.split(": ")[1].split()[0]) for line in done.stdout.splitlines() if line.startswith("longest")]
    assert len(gaps) == 3 and max(gaps) <= 255 and f"{PEOPLE} people, {len(canaries)} canaries" in done.stdout
    orders = {"id": sorted(people, key=lambda p: p[0]), "load": people, "birth": sorted(people, key=lambda p: (p[1]["birthDate"], p[0]))}
    for order, walk in orders.items():
        run = 0
        for id_, _ in walk:
            run = 0 if id_ in canaries else run + 1
            assert run <= 255, order
    for id_, body in people:
        if id_ in canaries:
            assert "INS" not in json.dumps(body["identifier"]) and "PROV" in json.dumps(body["extension"])
            assert all(t["value"].endswith(".test") for t in body.get("telecom", []) if t["system"] == "email")
            assert set(body) - {"telecom"} <= set(dict(people)[next(iter(set(dict(people)) - canaries))]) | {"deceasedDateTime"}
    sealed = b"".join(row[0] for row in base_sql(base, "SELECT patients FROM canary"))
    assert not any(rid.to_bytes(8, "little") in sealed for rid, id_, _, _ in base_sql(base, OF_TYPE, "Patient") if id_ in canaries)
    assert base_sql(base, "SELECT count(*) FROM relation r JOIN resource p ON p.rid = r.patient WHERE p.id IN (%s)" % ",".join("?" * len(canaries)), *canaries) == [(0,)]


def walked(thief, asks):
    """Distinct people whose record was released before the walk was stopped."""
    got = set()
    for path in asks:
        answer = thief.ask("GET", path)
        if answer.status_code in (403, 429):
            break
        assert answer.status_code == 200, answer.text[:300]
        body = answer.json()
        rows = [e["resource"] for e in body.get("entry", [])] if body["resourceType"] == "Bundle" else [body]
        got |= {r["id"] for r in rows if r["resourceType"] == "Patient"}
    else:
        pytest.fail(f"nobody stopped the walk of {len(got)}")
    for path in ("/Patient?_count=1", "/Observation?_count=1"):
        assert thief.ask("GET", path).status_code in (403, 429), "stopped for good"
    return got


def start_of(order):
    return random.Random(4).randrange(len(order) - 600)


def test_a_walk_by_id_is_stopped_within_256(thief, people):
    order = sorted(id_ for id_, _ in people)
    assert len(walked(thief, (f"/Patient/{id_}" for id_ in order[start_of(order):]))) <= 255


def test_a_walk_by_name_is_stopped_within_256(thief, people):
    order = sorted({official(body) for _, body in people})
    assert len(walked(thief, (f"/Patient?family:exact={quote(family)}&given:exact={quote(given)}&_count=50" for family, given in order[start_of(order):]))) <= 255


def test_a_walk_by_birth_date_is_stopped_within_256(thief, people):
    order = sorted({body["birthDate"] for _, body in people})
    assert len(walked(thief, (f"/Patient?birthdate={day}&_count=50" for day in order[start_of(order):]))) <= 255


def test_a_walk_page_by_page_is_stopped_within_256(thief):
    def pages():
        at = "/Patient?_count=20"
        while at:
            yield at
            link = [k["url"] for k in thief.ask("GET", at).json().get("link", []) if k["relation"] == "next"]
            at = link[0].split("/fhir", 1)[1] if link else None

    assert len(walked(thief, pages())) <= 255


def test_honest_searches_touch_none(thief, people, canaries):
    draw = random.Random(11)
    honest = [p for p in people if p[0] not in canaries]
    for id_, body in draw.sample(honest, 2000 if FULL else 300):
        family, given = official(body)
        answer = thief.ask("GET", f"/Patient?birthdate={body['birthDate']}&family={quote(family[:3])}")
        assert answer.status_code == 200, answer.text[:300]
        assert id_ in {e["resource"]["id"] for e in answer.json()["entry"]}
    assert not [e for e in ledger_entries(thief.dir) if e["kind"] == "ALARM"]


def test_planting_brings_them_into_a_base_without_and_again_changes_nothing(work_dir):
    path = work_dir / "bare"
    hygie("demo", "--no-canaries", "--dir", path, "--patients", 700, "--stays", 0, check=True, timeout=300)
    before = hygie("canary", "check", "--dir", path)
    assert before.returncode == 3 and "700 people, 0 canaries" in before.stdout and "TOO LONG" in before.stdout
    done = hygie("canary", "plant", "--dir", path, "--domain", "leurre.hopital.test")
    assert done.returncode == 0, done.stdout + done.stderr
    planted = int(done.stdout.split()[0])
    assert 3 <= planted <= 20
    again = hygie("canary", "plant", "--dir", path)
    assert again.stdout.startswith("0 planted.") and f"{planted} canaries" in again.stdout
    assert hygie("db", "check", "--dir", path, timeout=300).returncode == 0
    mails = [t["value"] for (text,) in base_sql(path, "SELECT body FROM resource ORDER BY rid DESC LIMIT ?", planted) for t in json.loads(text).get("telecom", []) if t["system"] == "email"]
    assert all(m.endswith("@leurre.hopital.test") for m in mails)


# ---- where a sample came from ----

def judged(path, report):
    report_file = path.parent / "report.txt"
    report_file.write_text(report)
    return subprocess.run([VERIFY, "--report", report_file, path / "ledger/ledger.pub", "--epochs", path / "ledger/epochs"], capture_output=True, text=True)


def test_a_leaked_sample_names_who_opened_it_in_a_report_that_an_auditor_can_judge(thief, people, canaries, work_dir):
    path = thief.dir
    taken = [p for p in people if p[0] not in canaries][40:52]
    for id_, _ in taken:
        assert thief.ask("GET", f"/Patient/{id_}").status_code == 200
    sample = work_dir / "sample.csv"
    lines = ["nom;prenom;date de naissance;ville"]
    lines += [f"{official(b)[0]};{official(b)[1]};{b['birthDate'][8:]}/{b['birthDate'][5:7]}/{b['birthDate'][:4]};{b['address'][0]['city'].upper()}" for _, b in taken]
    lines += ["ZZYX;Nobody;01/01/1950;NOWHERE", "torn"]
    sample.write_text("\n".join(lines))
    beside = hygie("attribute", sample, "--dir", path)
    assert beside.returncode == 0, beside.stdout + beside.stderr
    assert "of them ours 12" in beside.stdout and "machine-demo: opened 12, alone 12" in beside.stdout
    found = json.loads(next(line for line in beside.stdout.splitlines() if line.startswith("json "))[5:])
    assert found["ours"] == 12 and found["exports"] == [] and found["accounts"][0]["login"] == "machine-demo"
    assert float(found["accounts"][0]["guilt_half"]) > 0.999 and float(found["accounts"][0]["guilt_nine_tenths"]) == pytest.approx(1 - 0.9 ** 12, abs=1e-4)
    assert found["lines"] == list(range(2, 14))
    for _, body in taken: # the report names accounts and lines, nobody else
        assert official(body)[0] not in beside.stdout.replace("machine-demo", "") or len(official(body)[0]) < 5
    good = judged(path, beside.stdout)
    assert good.returncode == 0 and good.stdout.startswith("GOOD"), good.stdout + good.stderr
    for wrong in (beside.stdout.replace("opened 12", "opened 11", 1), beside.stdout + "\n", beside.stdout[:-9] + "AAAAAAA=\n", "x" + beside.stdout):
        assert judged(path, wrong).returncode == 1
    assert json.loads(hygie("attribute", sample, "--dir", path, "--json").stdout) == found


def test_a_sample_from_elsewhere_is_not_ours(base, work_dir):
    path = copy_base(base, work_dir / "elsewhere")
    sample = work_dir / "elsewhere.txt"
    sample.write_text("a list found somewhere: 00000000-aaaa-bbbb-cccc-000000000001 and more\n")
    done = hygie("attribute", sample, "--dir", path)
    assert done.returncode == 0 and "verdict not ours" in done.stdout, done.stdout + done.stderr
    sample.write_text("")
    refused = hygie("attribute", sample, "--dir", path)
    assert refused.returncode == 1 and "sample" in refused.stderr
    assert hygie("attribute", work_dir / "no-such-file", "--dir", path).returncode == 1
