# SPDX-License-Identifier: Apache-2.0
"""`hygie import --bulk`: the first load of an empty base gives what the ordinary import gives; bad lines are refused alone; what is cut leaves the base empty."""
import gzip
import json
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import postgres
from hygie_server import HYGIE, Server, base_sql, copy_base, hygie, ledger_entries

SEED = random.SystemRandom().randrange(1 << 30)


_n = [0]


@pytest.fixture
def new_base(empty_base, work_dir):
    """Makes copies of one empty base: the same keys, so that hashes may be compared."""
    made = []

    def make():
        _n[0] += 1
        made.append(copy_base(empty_base, work_dir / f"bulk{_n[0]}"))
        return made[-1]
    yield make
    for path in made:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def lines_file(work_dir):
    path = work_dir / "lignes-bulk.ndjson"
    if not path.exists():
        hygie("demo", "--dir", work_dir / "unused", "--patients", "400", "--ndjson", path, check=True)
    return path


def bulk(base, *paths, code=0):
    done = hygie("import", "--bulk", *paths, "--dir", base, timeout=300)
    assert done.returncode == code, f"exit {done.returncode}, expected {code}\n{done.stdout}\n{done.stderr}"
    return done


def ordinary(base, *paths, code=0):
    done = hygie("import", *paths, "--dir", base, timeout=300)
    assert done.returncode == code, f"exit {done.returncode}, expected {code}\n{done.stdout}\n{done.stderr}"


def bodies(base):
    """Type/id → the stored bytes without the instant of the write."""
    out = {}
    for type_, id_, version, deleted, body in base_sql(base, "SELECT v.name, r.id, r.version, r.deleted, CAST(r.body AS BLOB) FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type"):
        head, rest = bytes(body).split(b'"lastUpdated":"', 1)
        out[f"{type_}/{id_}"] = (version, deleted, head + rest[24:])
    return out


TABLES = {"by_type": "", "by_token": "param, group_code, value, system", "by_string": "param, group_code, value", "by_date": "param, group_code, low, high",
          "by_date_end": "param, group_code, high, low", "by_number": "param, group_code, value, unit", "by_reference": "param, target", "by_uri": "param, value",
          "by_veiled": "param, value", "waiting": "target", "by_updated": "", "id_key": "key", "facts": "key"}


def derived(base):
    """All that searches and screens stand on, with the resource's name in the place of its number. _lastUpdated is of the moment of the load."""
    name = "(SELECT w.name || '/' || o.id FROM resource o JOIN vocabulary w ON w.kind = 1 AND w.no = o.type WHERE o.rid = {})"
    out = {}
    skip = base_sql(base, "SELECT no FROM vocabulary WHERE kind = 2 AND name = '_lastUpdated'")
    for table, columns in TABLES.items():
        where = "" if not skip or "param" not in columns else f" WHERE param <> {skip[0][0]}"
        out[table] = sorted(base_sql(base, f"SELECT {name.format('t.rid')}{', ' if columns else ''}{columns} FROM {table} t{where}"))
    out["owner"] = sorted(base_sql(base, f"SELECT {name.format('t.rid')}, coalesce({name.format('t.patient')}, '') FROM resource t"))
    out["by_patient"] = sorted(base_sql(base, f"SELECT {name.format('t.rid')}, coalesce({name.format('t.patient')}, '') FROM by_patient t"))
    out["relation"] = sorted(base_sql(base, f"SELECT {name.format('t.patient')}, who, kind, {name.format('t.source')}, made_by, since_ms, until_ms, born FROM relation t"))
    out["known"] = sorted(base_sql(base, f"SELECT {name.format('t.patient')}, id, born, sex, trust, homonym FROM known t"))
    out["known_name"] = sorted(base_sql(base, f"SELECT {name.format('t.patient')}, born, key FROM known_name t"))
    out["shared_key"] = sorted(base_sql(base, f"SELECT {name.format('t.rid')}, since, {name.format('t.patient')} FROM shared_key t"))
    return out


def whole(base):
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", base, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def same(one, other):
    """other: imported line by line, in whatever order its lines reached the writer."""
    assert bodies(one) == bodies(other)
    if postgres.server():
        return
    a, b = derived(one), derived(other)
    for table in a:
        assert a[table] == b[table], f"{table}: {len(a[table])} and {len(b[table])} rows; first difference {next(((x, y) for x, y in zip(a[table], b[table]) if x != y), None)}"
    assert len(a["by_token"]) and len(a["owner"])


def empty(base):
    assert base_sql(base, "SELECT count(*) FROM resource") == [(0,)]


def patient(id_, family="Essai", **more):
    return {"resourceType": "Patient", "id": id_, "name": [{"family": family}], **more}


def observation(id_, *subjects, **more):
    return {"resourceType": "Observation", "id": id_, "status": "final", "code": {"text": "Poids"}, "subject": {"reference": subjects[0]},
            **({"performer": [{"reference": s} for s in subjects[1:]]} if subjects[1:] else {}), **more}


def write(path, *resources):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in resources))
    return path


def refused(path):
    file = Path(f"{path}.refused.ndjson")
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


# ---- refused ----

def test_a_base_that_holds_a_resource_is_not_loaded(new_base, tmp_path):
    base = new_base()
    ordinary(base, write(tmp_path / "a.ndjson", patient("a")))
    done = bulk(base, write(tmp_path / "b.ndjson", patient("b")), code=1)
    assert "never held a resource" in done.stderr
    assert list(bodies(base)) == ["Patient/a"] and not (base / "hygie.db.load").exists()
    whole(base)


def test_a_base_that_a_server_works_on_is_not_loaded(new_base, tmp_path):
    base = new_base()
    with Server(base):
        done = bulk(base, write(tmp_path / "a.ndjson", patient("a")), code=1)
        assert "Another Hygie works on this directory" in done.stderr
    empty(base)


def test_there_must_be_a_base(tmp_path):
    bulk(tmp_path / "nothing", write(tmp_path / "a.ndjson", patient("a")), code=1)
    assert not (tmp_path / "nothing").exists()


BAD = [('{"resourceType":"Patient","id":"x1"', ""), (patient("x2", birthDate="x"), "birthDate"), (patient("é"), "id"), ({"resourceType": "Nothing", "id": "x3"}, "resourceType"),
       (patient("x4", unknown=1), "unknown"), ('{"resourceType":"Patient","id":"x5","id":"x6"}', "id"), (observation("x7", "Patient/a", status="nonsense"), "status"),
       (patient("x8", identifier=[{"use": "official", "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "1"}]), "identifier"), ('{"resourceType":"Bundle","type":"batch"}', "Bundle")]


@pytest.mark.parametrize("order", ["backwards", "shuffled"])
def test_in_whatever_order_lines_are_imported_the_same_follows_from_them(new_base, lines_file, tmp_path, order):
    """A stay before its ward, a note before its author, a chart before its patient: whom they join is what a first load, which derives it at the end, says."""
    lines = lines_file.read_text().splitlines()[::-1]
    if order == "shuffled":
        random.Random(SEED).shuffle(lines)
    other = tmp_path / "autre.ndjson"
    other.write_text("\n".join(lines) + "\n")
    a, b = new_base(), new_base()
    bulk(a, lines_file)
    ordinary(b, other)
    same(a, b)


def test_bad_lines_are_refused_alone_with_line_and_reason_as_the_ordinary_import_does(new_base, tmp_path):
    lines, wrong = [], {}
    for i in range(700): # several batches
        lines.append(patient(f"p{i}"))
        if i % 50 == 25 and i // 50 < len(BAD):
            lines.append(BAD[i // 50][0])
            wrong[len(lines)] = BAD[i // 50][1]
    one, other = write(tmp_path / "un.ndjson", *lines), write(tmp_path / "deux.ndjson", *lines)
    a, b = new_base(), new_base()
    done = bulk(a, one, code=3)
    assert "700 stored" in done.stdout and f"{len(wrong)} refused" in done.stdout, done.stdout
    ordinary(b, other, code=3)
    told = sorted(refused(one), key=lambda r: r["line"]) # what the reader refuses is told at once, the rest a little later
    assert [r["line"] for r in told] == list(wrong)
    assert all(want in r["where"] for r, want in zip(told, wrong.values())), told
    assert told[:-1] == sorted(refused(other), key=lambda r: r["line"]), "the same lines for the same reasons; only a batch is another matter"
    same(a, b)
    whole(a)


def test_of_two_with_one_id_the_later_is_refused(new_base, tmp_path):
    base = new_base()
    path = write(tmp_path / "deux.ndjson", patient("a", "Un"), patient("b"), patient("a", "Deux"), observation("a", "Patient/a"), observation("o", "Patient/z"), observation("o", "Patient/a"))
    bulk(base, path, code=3)
    assert [(r["line"], r["why"]) for r in refused(path)] == [(3, "A line before it has the same type and id."), (6, "A line before it has the same type and id.")]
    assert b'"Un"' in bodies(base)["Patient/a"][2] and set(bodies(base)) == {"Patient/a", "Patient/b", "Observation/a", "Observation/o"}
    whole(base)


def test_a_bundle_that_asks_is_refused_and_others_are_taken_apart(new_base, tmp_path):
    base = new_base()
    url = "urn:uuid:40000000-0000-4000-8000-00000000000"
    apart = {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": url + "1", "resource": patient("t1"), "request": {"method": "PUT", "url": "Patient/t1"}},
        {"fullUrl": url + "2", "resource": {k: v for k, v in observation("", url + "1").items() if k != "id"}, "request": {"method": "POST", "url": "Observation"}},
        {"fullUrl": url + "3", "resource": observation("t3", url + "9"), "request": {"method": "PUT", "url": "Observation/t3"}}]}
    asks = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": patient("t4"), "request": {"method": "PUT", "url": "Patient/t4", "ifMatch": 'W/"1"'}}]}
    collection = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": url + "5", "resource": patient("c1")}, {"resource": observation("c2", url + "5")}]}
    path = write(tmp_path / "lots.ndjson", apart, asks, collection)
    bulk(base, path, code=3)
    have = bodies(base)
    assert {"Patient/t1", "Patient/c1", "Observation/c2"} <= set(have) and len(have) == 4
    assert all(b'"subject":{"reference":"Patient/' in body for name, (_, _, body) in have.items() if name.startswith("Observation"))
    assert sorted(r["why"][:20] for r in refused(path)) == ["A first load takes n", "This reference point"]
    whole(base)


# ---- the same as line by line ----

def test_a_loaded_base_equals_one_that_was_imported(new_base, lines_file, tmp_path):
    a, b = new_base(), new_base()
    bulk(a, lines_file)
    ordinary(b, lines_file)
    same(a, b)
    whole(a)
    marks = [e for e in ledger_entries(a) if e.get("route") == "import_bulk"]
    assert len(marks) == 1 and marks[0]["rows"] == len(bodies(a)), marks
    more = write(tmp_path / "apres.ndjson", patient("apres"), observation("apres", "Patient/apres")) # the base goes on as any other
    ordinary(a, more)
    ordinary(b, more)
    same(a, b)
    whole(a)


def test_patients_may_come_last_or_in_another_file_or_never(new_base, lines_file, tmp_path):
    lines = lines_file.read_text().splitlines()
    back = sorted(lines, key=lambda line: line.startswith('{"resourceType":"Patient"')) # patients last
    back += [json.dumps(x) for x in (observation("seul", "Patient/jamais"), observation("deux", "Patient/jamais", "Patient/" + json.loads(back[-1])["id"]))]
    a, b = new_base(), new_base()
    done = bulk(a, write(tmp_path / "Zlignes.ndjson", *back))
    assert f"{len(back)} stored, 0 refused" in done.stdout
    ordinary(b, write(tmp_path / "lignes.ndjson", *lines, *back[-2:]))
    same(a, b)
    late = write(tmp_path / "tard.ndjson", patient("jamais"))
    ordinary(a, late)
    ordinary(b, late)
    same(a, b)
    whole(a)


def test_gzip_and_folders_are_taken_and_spaces_do_not_matter(new_base, lines_file, tmp_path):
    folder = tmp_path / "dossier"
    folder.mkdir()
    kinds = {}
    for line in lines_file.read_text().splitlines():
        kinds.setdefault(json.loads(line)["resourceType"], []).append(line)
    for kind, lines in kinds.items():
        with gzip.open(folder / f"{kind}.ndjson.gz", "wt") as f:
            f.write("".join(json.dumps(json.loads(line), ensure_ascii=False) + "\n" for line in lines))
    a, b = new_base(), new_base()
    bulk(a, folder)
    ordinary(b, lines_file)
    same(a, b)


def test_a_damaged_gzip_is_told_and_what_came_before_is_there(new_base, lines_file, tmp_path):
    path = tmp_path / "coupe.ndjson.gz"
    path.write_bytes(gzip.compress(lines_file.read_bytes())[:-50000])
    base = new_base()
    bulk(base, path, code=3)
    assert any("compressed" in r["why"] for r in refused(path)) and len(bodies(base)) > 100
    whole(base)


# ---- cut ----

def start(base, path):
    return subprocess.Popen([str(HYGIE), "import", "--bulk", str(path), "--dir", str(base)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_killed_anywhere_the_base_is_as_before_and_the_load_is_run_again(new_base, lines_file):
    rng = random.Random(SEED)
    reference = new_base()
    began = time.monotonic()
    bulk(reference, lines_file)
    took = time.monotonic() - began
    base, cut = new_base(), 0
    for _ in range(6):
        p = start(base, lines_file)
        time.sleep(rng.random() * took)
        p.kill()
        p.communicate()
        if p.returncode == 0:
            continue # it was through: the next is refused, for the base is whole
        cut += 1
        if base_sql(base, "SELECT count(*) FROM resource") != [(0,)]:
            break # it was whole already when it was killed
        if rng.random() < 0.5:
            whole(base)
    assert cut, f"seed {SEED}"
    if base_sql(base, "SELECT count(*) FROM resource") == [(0,)]:
        bulk(base, lines_file)
    same(base, reference)
    whole(base)
    assert not list(base.glob("hygie.db.load*")), f"seed {SEED}"


def test_stopped_by_a_signal_it_says_so_and_leaves_the_base_empty(new_base, lines_file):
    base = new_base()
    for pause in (0.1, 0.3, 0.6, 1):
        p = start(base, lines_file)
        end = time.time() + 30
        while p.poll() is None and not list(base.glob("hygie.db.load")) and not postgres.server() and time.time() < end:
            time.sleep(0.002)
        time.sleep(pause)
        p.send_signal(signal.SIGTERM)
        _, said = p.communicate(timeout=60)
        if p.returncode != -signal.SIGTERM:
            break
        empty(base)  # the signal came before anything began: a server takes its time to be reached
    if p.returncode == 0:
        pytest.skip("it was through before the signal came")
    assert p.returncode == 1 and "start the load again" in said, said
    empty(base)
    assert not list(base.glob("hygie.db.load*"))
    bulk(base, lines_file)
    whole(base)
