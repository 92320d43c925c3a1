# SPDX-License-Identifier: Apache-2.0
"""`hygie import` on real input: every FR Core example, the bad files, NDJSON, gzip, folders, bundles; twice changes nothing; stopped and gone on; beside a server."""
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hygie_server import HYGIE, ROOT, Server, base_sql, copy_base, hygie, shared

TABLE = ROOT / "tests/unit/fhir/test_hostile.c"


_n = [0]


@pytest.fixture
def base(empty_base, work_dir):
    """An empty base of one's own."""
    _n[0] += 1
    path = copy_base(empty_base, work_dir / f"import{_n[0]}")
    yield path
    shutil.rmtree(path, ignore_errors=True)


def stored(base):
    """(type, id) → (version, deleted, body)"""
    return {(type_, id_): (version, deleted, json.loads(bytes(body)) if not deleted else None) for type_, id_, version, deleted, body in base_sql(
        base, "SELECT v.name, r.id, r.version, r.deleted, CAST(r.body AS BLOB) FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type")}


def versions(base):
    return {key: version for key, (version, _, _) in stored(base).items()}


def refused(path):
    file = Path(str(path) + ".refused.ndjson")
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def import_(base, *paths, code=0, **more):
    done = hygie("import", *paths, "--dir", base, timeout=300, **more)
    assert done.returncode == code, f"exit {done.returncode}, expected {code}\n{done.stdout}\n{done.stderr}"
    return done


def twice(base, *paths, code=0):
    """The second time changes nothing: same versions, same history, same refusals."""
    import_(base, *paths, code=code)
    before, history = versions(base), base_sql(base, "SELECT count(*) FROM history")
    import_(base, *paths, code=code)
    assert versions(base) == before and base_sql(base, "SELECT count(*) FROM history") == history
    return before


def patient(id_=None, family="Essai", **more):
    out = {"resourceType": "Patient", "name": [{"family": family}], **more}
    return {"resourceType": "Patient", "id": id_, **out} if id_ else out


def observation(subject, id_=None, text="Poids"):
    out = {"resourceType": "Observation", "status": "final", "code": {"text": text}, "subject": {"reference": subject}}
    return {**out, "id": id_} if id_ else out


def folder_of(source, target):
    """A copy that may be written to: what is shared is read-only."""
    target.mkdir()
    for f in source.iterdir():
        if f.is_file():
            (target / f.name).write_bytes(f.read_bytes())
    return target


def write(path, *resources):
    Path(path).write_text("".join(json.dumps(r) + "\n" for r in resources))
    return path


# ---- shared examples ----

def test_every_french_example_is_stored_and_twice_changes_nothing(base, tmp_path):
    folder = folder_of(shared("data/fr_core/exemples"), tmp_path / "exemples")
    assert len(list(folder.glob("*.json"))) == 31
    unfit = folder / "Patient-FRCorePatientExample.json" # an INS on an identity with status VALI: the RNIV does not allow that
    said = import_(base, unfit, code=3)
    why, = [json.loads(line) for line in Path(f"{unfit}.refused.ndjson").read_text().splitlines()]
    assert "INS" in json.dumps(why) and "Patient.identifier[0]" in json.dumps(why), (why, said)
    unfit.unlink()
    Path(f"{unfit}.refused.ndjson").unlink()
    files = sorted(folder.glob("*.json"))
    now = twice(base, folder)
    assert not list(folder.glob("*.refused.ndjson"))
    have = stored(base)
    for f in files:
        r = json.loads(f.read_text())
        if r["resourceType"] == "Bundle" and r.get("type") in ("transaction", "batch", "collection", "searchset"):
            continue
        version, deleted, body = have[(r["resourceType"], r["id"])]
        assert version == 1 and not deleted
        for name, value in r.items():
            if name != "meta":
                assert body[name] == value, f"{f.name}: {name} was changed"
        for name, value in r.get("meta", {}).items():
            if name not in ("versionId", "lastUpdated"):
                assert body["meta"][name] == value, f"{f.name}: meta.{name} was changed"
    assert len(now) >= 30
    assert hygie("db", "check", "--dir", base).returncode == 0


def hostile_table():
    """name → reason symbol, or None where it is not wrong against R4's structure: the table of the unit tests."""
    return {name: None if why == "NONE" else why for name, why in re.findall(r'\{ "([^"]+\.json)",\s+WHY_(\w+),', TABLE.read_text())}


def test_the_bad_files_are_refused_with_the_element_named_and_the_rest_is_stored(base, tmp_path):
    folder = folder_of(shared("data/entrees_hostiles/fhir"), tmp_path / "mauvais")
    table = hostile_table()
    assert len(table) > 30
    sentences = {name: sentence for name, sentence in re.findall(r'^W\((\w+),\s*\d+,\s*"[^"]*",\s*"([^"]*)"\)', (ROOT / "src/base/why.def").read_text(), re.M)}
    import_(base, folder, code=3)
    wrong = []
    for name, why in table.items():
        lines = refused(folder / name)
        if why and not lines:
            wrong.append(f"{name} was taken in; it breaks {why}")
        if why and lines and lines[0]["where"] == "resourceType":
            continue  # no type, no cardinality to speak of: the import says so at once
        if why and lines and lines[0]["why"] != sentences[why]:
            wrong.append(f"{name}: refused with « {lines[0]['why']} », not « {sentences[why]} »")
        if lines and why not in ("BAD_JSON", "DUPLICATE_KEY", "CARDINALITY") and not lines[0]["where"]:
            wrong.append(f"{name}: the element is not named")
        if not why and lines and not {"Bundle", "id"} & set(re.split(r"[.\[]", lines[0]["where"])):
            wrong.append(f"{name} was refused: {lines[0]['why']} at {lines[0]['where']}")
    assert not wrong, "\n".join(wrong)
    first = {f.name: f.read_text() for f in folder.glob("*.refused.ndjson")}
    import_(base, folder, code=3)
    assert {f.name: f.read_text() for f in folder.glob("*.refused.ndjson")} == first
    assert hygie("db", "check", "--dir", base).returncode == 0


@pytest.mark.parametrize("name", sorted(n for n, why in hostile_table().items() if why))
def test_a_bad_file_alone_stores_nothing(base, tmp_path, name):
    path = tmp_path / name
    shutil.copy(shared("data/entrees_hostiles/fhir", name), path)
    done = import_(base, path, code=3)
    assert "0 stored" in done.stdout and "refused" in done.stdout
    assert not stored(base)
    assert len(refused(path)) >= 1


# ---- forms of files ----

def test_lines_gzip_and_folders_are_read_alike(base, tmp_path):
    resources = [patient(f"p{i}", f"Famille{i}") for i in range(20)] + [observation(f"Patient/p{i}", f"o{i}") for i in range(20)]
    folder = tmp_path / "dossier" / "sous-dossier"
    folder.mkdir(parents=True)
    write(folder / "a.ndjson", *resources[:10])
    (folder / "b.ndjson").write_bytes(b"\r\n".join(json.dumps(r).encode() for r in resources[10:15]) + b"\r\n\r\n\n")
    with gzip.open(folder / "c.ndjson.gz", "wt") as f:
        f.write("".join(json.dumps(r) + "\n" for r in resources[15:25]))
    with gzip.open(folder / "d.json.gz", "wt") as f:
        f.write(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": f"http://x/{r['id']}", "resource": r} for r in resources[25:30]]}, indent=2))
    (folder / "e.json").write_text("\ufeff" * 0 + json.dumps(resources[30], indent=4))
    write(tmp_path / "dossier/f.ndjson", *resources[31:])
    (folder / "notes.txt").write_text("not for import")
    (folder / ".hidden.json").write_text("not json")
    assert set(twice(base, tmp_path / "dossier").values()) == {1}
    assert len(stored(base)) == 40
    (only,) = base_sql(base, "SELECT count(*) FROM resource WHERE patient = 0")
    assert only == (0,), "what is about a patient is in that patient's record"


def test_refused_lines_are_named_by_line_and_element_and_the_rest_is_stored(base, tmp_path):
    path = tmp_path / "mixte.ndjson"
    lines = [json.dumps(patient("a")), "{ not json", "", json.dumps({**patient("b"), "birthDate": "1957-13-40"}), json.dumps({"resourceType": "Nothing", "id": "c"}),
             json.dumps({**patient("d"), "unknownElement": 1}), json.dumps(patient("not an id")), "[1, 2]", "\"text\"", json.dumps(observation("Patient/a", "e"))]
    path.write_text("\n".join(lines) + "\n")
    import_(base, path, code=3)
    assert {k for k in stored(base)} == {("Patient", "a"), ("Observation", "e")}
    got = {r["line"]: r for r in refused(path)}
    assert sorted(got) == [2, 4, 5, 6, 7, 8, 9]
    assert got[4]["where"] == "Patient.birthDate" and got[6]["where"] == "Patient.unknownElement" and got[5]["where"] == "resourceType"
    assert got[7]["where"] in ("id", "Patient.id")
    assert all(r["why"].endswith(".") for r in got.values()), "the reason is a sentence"
    assert got[4]["entry"]["id"] == "b" and got[2]["text"] == "{ not json", "what was refused stands there whole"
    twice(base, path, code=3)


def test_forbidden_text_is_refused_with_its_element(base, tmp_path):
    path = tmp_path / "texte.ndjson"
    path.write_text("\n".join('{"resourceType":"Patient","id":"t%d","name":[{"family":"%s"}]}' % (i, t) for i, t in enumerate(("\\u0000", "a\\u0001b", "\\u001f", "bon"))) + "\n")
    import_(base, path, code=3)
    assert {k for k in stored(base)} == {("Patient", "t3")}
    assert {r["where"] for r in refused(path)} == {"Patient.name[0].family"}


@pytest.mark.parametrize("spoil", ["cut", "junk", "flipped", "empty"])
def test_a_spoiled_gzip_is_told(base, tmp_path, spoil):
    data = gzip.compress("".join(json.dumps(patient(f"z{i}", "x" * 500)) + "\n" for i in range(400)).encode())
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 0xFF
    path = tmp_path / "x.ndjson.gz"
    path.write_bytes({"cut": data[:len(data) // 2], "junk": b"\x1f\x8b" + os.urandom(3000), "flipped": bytes(flipped), "empty": b""}[spoil])
    done = import_(base, path, code=0 if spoil == "empty" else 3)
    assert spoil == "empty" or refused(path)
    assert "Segmentation" not in done.stderr


def test_wrong_usage_and_missing_files_have_their_codes(base, tmp_path):
    assert hygie("import", "--dir", base).returncode == 2
    assert hygie("import", tmp_path / "none.json", "--dir", base).returncode == 1
    assert hygie("import", "--wrong", "x", "--dir", base).returncode == 2
    done = hygie("import", write(tmp_path / "a.ndjson", patient("a")), "--dir", tmp_path / "no-base")
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_folder_that_takes_no_refusals_is_told(base, tmp_path):
    """What was refused must not be lost silently."""
    path = write(tmp_path / "a.ndjson", {**patient("a"), "birthDate": "x"})
    Path(str(path) + ".refused.ndjson").mkdir()
    done = import_(base, path, code=1)
    sentences = [line for line in done.stderr.splitlines() if line.startswith("hygie: ")]
    assert len(sentences) == 1 and "refused.ndjson" in sentences[0], done.stderr


def test_what_is_told_names_no_patient(base, tmp_path):
    path = write(tmp_path / "a.ndjson", patient("a", "Reconnaissable"), {**patient("b", "Reconnaissable"), "birthDate": "x"})
    done = import_(base, path, code=3)
    assert "Reconnaissable" not in done.stdout + done.stderr
    assert "1 stored" in done.stdout and "1 refused" in done.stdout


# ---- bundles ----

def thousand():
    """A transaction: 250 patients by urn:uuid, 250 practitioners made once by condition, 500 observations that refer to both, some by a conditional reference."""
    entries = []
    for i in range(250):
        entries.append({"fullUrl": f"urn:uuid:10000000-0000-4000-8000-{i:012d}", "request": {"method": "POST", "url": "Patient"},
                        "resource": patient(family=f"Lot{i}", identifier=[{"system": "urn:essai", "value": f"lot-{i}"}],
                                            generalPractitioner=[{"reference": f"urn:uuid:20000000-0000-4000-8000-{i:012d}"}])})
        entries.append({"fullUrl": f"urn:uuid:20000000-0000-4000-8000-{i:012d}",
                        "request": {"method": "POST", "url": "Practitioner", "ifNoneExist": f"identifier=urn:essai|doc-{i}"},
                        "resource": {"resourceType": "Practitioner", "identifier": [{"system": "urn:essai", "value": f"doc-{i}"}]}})
    for i in range(500):
        p = i % 250
        subject = f"urn:uuid:10000000-0000-4000-8000-{p:012d}" if i < 450 else "Patient?identifier=urn:essai|deja-la"
        entries.append({"fullUrl": f"urn:uuid:30000000-0000-4000-8000-{i:012d}", "request": {"method": "POST", "url": "Observation"},
                        "resource": {**observation(subject, text=f"mesure {i}"), "performer": [{"reference": f"urn:uuid:20000000-0000-4000-8000-{p:012d}"}]}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_transaction_of_a_thousand_entries_is_whole_and_once(base, tmp_path):
    write(tmp_path / "deja.ndjson", patient("deja-la", "Present", identifier=[{"system": "urn:essai", "value": "deja-la"}]))
    import_(base, tmp_path / "deja.ndjson")
    path = tmp_path / "lot.json"
    path.write_text(json.dumps(thousand()))
    twice(base, path)
    have = stored(base)
    count = {}
    for type_, _ in have:
        count[type_] = count.get(type_, 0) + 1
    assert count == {"Patient": 251, "Practitioner": 250, "Observation": 500}
    for (type_, _), (version, _, body) in have.items():
        assert version == 1
        refs = [body.get("subject"), *body.get("performer", []), *body.get("generalPractitioner", [])]
        for r in filter(None, refs):
            assert tuple(r["reference"].split("/")) in have, f"{r['reference']} is not resolved"
    late = [b for (t, _), (_, _, b) in have.items() if t == "Observation" and int(b["code"]["text"].split()[1]) >= 450]
    assert len(late) == 50 and {b["subject"]["reference"] for b in late} == {"Patient/deja-la"}
    assert hygie("db", "check", "--dir", base).returncode == 0


def test_one_bad_entry_refuses_the_whole_transaction_and_is_named(base, tmp_path):
    bundle = thousand()
    bundle["entry"][777]["resource"]["status"] = "nonsense"
    path = tmp_path / "lot.json"
    path.write_text(json.dumps(bundle))
    import_(base, path, code=3)
    assert not stored(base)
    line, = refused(path)
    assert "entry[777]" in line["where"] and "status" in line["where"], line["where"]


def test_entries_before_their_patient_are_in_the_compartment_wherever_they_stand(base, tmp_path):
    """A Patient under an id made here is looked for by nobody, unless what came before in the same load names it: within the transaction, or in one before."""
    def transaction(i, order):
        urn = f"urn:uuid:60000000-0000-4000-8000-{i:012d}"
        entries = [{"fullUrl": urn, "request": {"method": "POST", "url": "Patient"}, "resource": patient(identifier=[{"system": "urn:essai", "value": f"ordre{i}"}])},
                   {"fullUrl": f"urn:uuid:70000000-0000-4000-8000-{i:012d}", "request": {"method": "POST", "url": "Observation"}, "resource": observation(urn)}]
        return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries[::order]})
    file = tmp_path / "ordre.ndjson"
    file.write_text("\n".join(transaction(i, -1 if i % 3 == 1 else 1) for i in range(30)) + "\n")
    import_(base, file)
    assert base_sql(base, "SELECT count(*) FROM resource o JOIN resource p ON p.rid = o.patient JOIN vocabulary v ON v.kind = 1 AND v.no = p.type AND v.name = 'Patient' WHERE o.rid <> o.patient")[0][0] == 30
    assert base_sql(base, "SELECT count(*) FROM waiting")[0][0] == 0
    assert base_sql(base, "SELECT count(*) FROM by_patient WHERE patient = 0 OR rid = 0")[0][0] == 0
    assert hygie("db", "check", "--dir", base).returncode == 0


@pytest.mark.parametrize("reference, word", [("urn:uuid:99999999-0000-4000-8000-000000000000", "subject"), ("Patient?identifier=urn:essai|nobody", "subject")])
def test_a_reference_that_points_to_nothing_refuses_the_transaction(base, tmp_path, reference, word):
    path = tmp_path / "lot.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:10000000-0000-4000-8000-000000000001", "resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": observation(reference), "request": {"method": "POST", "url": "Observation"}}]}))
    import_(base, path, code=3)
    assert not stored(base)
    line, = refused(path)
    assert word in line["where"] and "entry[1]" in line["where"], line["where"]


def transaction(i, **more):
    return {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": f"urn:uuid:50000000-0000-4000-8000-{i:012d}", "request": {"method": "POST", "url": "Patient"},
         "resource": patient(family=f"Ensemble{i}", identifier=[{"system": "urn:essai", "value": f"ensemble-{i}"}])},
        {"request": {"method": "PUT", "url": f"Observation/o{i}"}, "resource": {**observation(f"urn:uuid:50000000-0000-4000-8000-{i:012d}", f"o{i}"), **more}}]}


def test_the_same_transaction_twice_in_a_file_is_stored_once(base, tmp_path):
    bad = transaction(7)
    bad["entry"][1]["request"]["ifMatch"] = 'W/"7"' # refused by the writer each time it comes, and its group is put again without it
    posted = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "POST", "url": "Patient"}, "resource": patient(family="Seule")}]}
    path = write(tmp_path / "twice.ndjson", posted, transaction(1), posted, bad, transaction(1), posted, bad, transaction(2))
    import_(base, path, code=3)
    assert [r["line"] for r in refused(path)] == [4, 7]
    before = versions(base)
    assert sorted(t for t, _ in before) == ["Observation"] * 2 + ["Patient"] * 3 and set(before.values()) == {1}, before
    assert base_sql(base, "SELECT count(*) FROM import_done") == [(3,)]
    import_(base, write(tmp_path / "again.ndjson", transaction(2), posted, transaction(3), transaction(3)))
    assert sorted(t for t, _ in versions(base)) == ["Observation"] * 3 + ["Patient"] * 4
    assert base_sql(base, "SELECT count(*) FROM import_done") == [(4,)]


def test_many_transactions_go_together_and_a_bad_one_is_refused_alone(base, tmp_path):
    lines = [transaction(i) for i in range(150)]
    lines[40] = transaction(40, status="nonsense")          # refused while it is checked
    lines[90]["entry"][1]["request"]["ifMatch"] = 'W/"7"'   # refused by the writer, among others of its group
    lines.insert(60, patient("entre"))
    # what asks sees all that stands before it in the file, and nothing that comes after
    lines.insert(121, {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "POST", "url": "Observation"}, "resource": observation("Patient?identifier=urn:essai|ensemble-100", text="demande")}]})
    lines.insert(20, {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "POST", "url": "Observation"}, "resource": observation("Patient?identifier=urn:essai|ensemble-100", text="trop tôt")}]})
    path = write(tmp_path / "lots.ndjson", *lines)
    done = import_(base, path, code=3)
    assert f"{2 * 148 + 2} stored" in done.stdout and "3 refused" in done.stdout, done.stdout
    assert [r["line"] for r in refused(path)] == [21, 42, 93] and "entry[1]" in refused(path)[2]["where"]
    have = stored(base)
    assert sum(1 for t, _ in have if t == "Patient") == 149 and sum(1 for t, _ in have if t == "Observation") == 149
    assert ("Observation", "o40") not in have and ("Observation", "o90") not in have
    for (t, i), (_, _, b) in have.items():
        assert t != "Observation" or tuple(b["subject"]["reference"].split("/")) in have, f"{i} points to nothing"
    assert hygie("db", "check", "--dir", base).returncode == 0
    before = versions(base)
    import_(base, path, code=3)
    after = versions(base)
    assert {k: after[k] for k in before} == before and len(after) == len(before) + 1, "only what came too early is new now"


def test_a_conditional_delete_of_a_transaction_takes_all_that_match_or_none(base, tmp_path):
    people = [patient(f"p{i}", identifier=[{"system": "urn:lot", "value": "few" if i < 3 else "many"}]) for i in range(104)]
    deletes = [{"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": f"Patient?identifier=urn:lot|{word}"}}]} for word in ("few", "many", "none")]
    path = write(tmp_path / "lot.ndjson", *people, *deletes)
    import_(base, path, code=3)
    line, = refused(path)
    assert line["line"] == 106 and line["why"].startswith("Too many records match"), line
    assert sorted(i for (_, i), (_, deleted, _) in stored(base).items() if deleted) == ["p0", "p1", "p2"]
    assert hygie("db", "check", "--dir", base).returncode == 0


def test_collections_and_searchsets_are_taken_entry_by_entry(base, tmp_path):
    for type_ in ("collection", "searchset"):
        entries = [{"fullUrl": f"urn:uuid:40000000-0000-4000-8000-00000000000{i}", "resource": patient(family=f"{type_}{i}")} for i in range(3)]
        entries += [{"fullUrl": "urn:uuid:40000000-0000-4000-8000-00000000000a", "resource": observation("urn:uuid:40000000-0000-4000-8000-000000000001")},
                    {"fullUrl": "urn:uuid:40000000-0000-4000-8000-00000000000b", "resource": {**observation("urn:uuid:40000000-0000-4000-8000-000000000001"), "status": "nonsense"}}, {"fullUrl": "urn:x"}]
        (tmp_path / f"{type_}.json").write_text(json.dumps({"resourceType": "Bundle", "type": type_, "entry": entries}))
    twice(base, tmp_path / "collection.json", tmp_path / "searchset.json", code=3)
    have = stored(base)
    assert sum(1 for t, _ in have if t == "Patient") == 6 and sum(1 for t, _ in have if t == "Observation") == 2
    for (t, _), (_, _, b) in have.items():
        if t == "Observation":
            assert tuple(b["subject"]["reference"].split("/")) in have, "references between entries become local ones"
    assert sorted(r["line"] for r in refused(tmp_path / "collection.json")) == [5, 6]


def test_a_batch_stores_what_is_good(base, tmp_path):
    path = tmp_path / "batch.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": patient("b1"), "request": {"method": "PUT", "url": "Patient/b1"}},
        {"resource": {**patient("b2"), "birthDate": "x"}, "request": {"method": "PUT", "url": "Patient/b2"}},
        {"resource": patient("b3"), "request": {"method": "PUT", "url": "Patient/b3"}}]}))
    for _ in range(2):
        done = import_(base, path, code=3)
        assert "2 stored" in done.stdout and "1 refused" in done.stdout
        assert set(versions(base).items()) == {(("Patient", "b1"), 1), (("Patient", "b3"), 1)}
        line, = refused(path)
        assert "entry[1]" in line["where"] and "birthDate" in line["where"] and line["entry"]["resource"]["id"] == "b2"


def test_a_changed_file_makes_a_new_version_of_what_changed_only(base, tmp_path):
    path = write(tmp_path / "a.ndjson", patient("a", "Un"), patient("b", "Deux"))
    import_(base, path)
    write(path, patient("a", "Un"), patient("b", "Trois"))
    import_(base, path)
    assert versions(base) == {("Patient", "a"): 1, ("Patient", "b"): 2}


# ---- a big one: stopped, killed, beside a server ----

@pytest.fixture(scope="module")
def lines_file(work_dir):
    path = work_dir / "lignes.ndjson"
    if not path.exists():
        hygie("demo", "--dir", work_dir / "unused", "--patients", "400", "--ndjson", path, check=True)
    return path


@pytest.fixture(scope="module")
def long_file(work_dir):
    """Longer than all that an import holds ready ahead of its writing."""
    path = work_dir / "longue.ndjson"
    if not path.exists():
        hygie("demo", "--dir", work_dir / "unused", "--patients", "1500", "--ndjson", path, check=True)
    return path


def count(path):
    with open(path) as f:
        return sum(1 for line in f if line.strip())


def all_stored(base, path):
    assert hygie("import", path, "--dir", base, timeout=300).returncode == 0
    assert base_sql(base, "SELECT count(*), max(version) FROM resource") == [(count(path), 1)]
    assert not Path(str(path) + ".refused.ndjson").exists()
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", base, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def start_import(base, path):
    return subprocess.Popen([str(HYGIE), "import", str(path), "--dir", str(base)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_some(base, p, least):
    end = time.time() + 30
    while time.time() < end and p.poll() is None:
        try:
            if base_sql(base, "SELECT count(*) FROM resource")[0][0] >= least:
                return
        except Exception:  # the database may be busy at its first moment
            pass
        time.sleep(0.005)


def test_stopped_by_ctrl_c_it_goes_on_where_it_was(base, long_file):
    p = start_import(base, long_file)
    wait_some(base, p, 400)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    assert p.returncode == 1 and "stopped" in err, f"exit {p.returncode}: {out} {err}"
    done = base_sql(base, "SELECT count(*) FROM resource")[0][0]
    assert 0 < done < count(long_file), f"{done} lines were stored: it was not stopped in between"
    assert len(err.splitlines()) < 20, err
    all_stored(base, long_file)


def test_killed_it_goes_on_where_it_was(base, lines_file):
    for least in (400, 1200, 2500):
        p = start_import(base, lines_file)
        wait_some(base, p, least)
        p.kill()
        p.communicate()
    all_stored(base, lines_file)


def test_beside_a_running_server_it_goes_through_its_gate(demo_base, work_dir, lines_file, tmp_path):
    base = copy_base(demo_base, work_dir / "beside")
    before = base_sql(base, "SELECT count(*) FROM resource")[0][0]
    path = tmp_path / "neuf.ndjson"
    with open(lines_file) as f:
        lines = [json.loads(line) for line, _ in zip(f, range(2000))]
    write(path, *[{**r, "id": f"n{i}"} for i, r in enumerate(lines)])
    with Server(base) as server:
        m = server.machine()
        done = import_(base, path)
        assert "2000 stored" in done.stdout, done.stdout
        type_ = lines[0]["resourceType"]
        assert m.get(f"/{type_}/n0").status_code == 200
        entries = [e for e in server.ledger() if e["route"] == "import" and e["kind"] == "OUTCOME"]
        assert entries and all(e["rc"] == 0 and e["surface"] == 4 for e in entries)
        import_(base, path)
        assert m.get(f"/{type_}/n0").json()["meta"]["versionId"] == "1"
        bundle = tmp_path / "lot.json"
        bundle.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": "urn:uuid:10000000-0000-4000-8000-000000000001", "resource": patient(), "request": {"method": "POST", "url": "Patient"}},
            {"resource": observation("urn:uuid:10000000-0000-4000-8000-000000000001"), "request": {"method": "POST", "url": "Observation"}}]}))
        import_(base, bundle)
        bad = write(tmp_path / "mauvais.ndjson", {**patient("x"), "birthDate": "x"})
        import_(base, bad, code=3)
        assert refused(bad)[0]["where"] == "Patient.birthDate"
        assert server.alive()
    assert base_sql(base, "SELECT count(*) FROM resource")[0][0] == before + 2002
    assert hygie("db", "check", "--dir", base).returncode == 0


def test_when_its_server_dies_the_import_says_so(demo_base, work_dir, long_file):
    base = copy_base(demo_base, work_dir / "dies")
    server = Server(base).start()
    p = start_import(base, long_file)
    time.sleep(0.25)
    server.kill()
    out, err = p.communicate(timeout=60)
    assert p.returncode == 1, f"exit {p.returncode}: {err}"
    assert [line for line in err.splitlines() if line.startswith("hygie: ")], err
    assert hygie("import", long_file, "--dir", base, timeout=300).returncode == 0
    assert hygie("db", "check", "--dir", base).returncode == 0
