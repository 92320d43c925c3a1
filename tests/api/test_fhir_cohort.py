# SPDX-License-Identifier: Apache-2.0
"""
A machine account under a contract sees its cohort, the patients that facts join to its unit, and nothing else: whatever it asks, what lies outside is neither
shown nor counted, and is answered like what is not there. Each way of asking has its row here. Start at ALIKE.
"""
import hashlib
import json
import sqlite3

import pytest

import postgres
from hygie_server import Server, Stage, copy_base

NOBODY = "00000000-0000-4000-8000-000000000000"
TOKEN = "un-contrat-de-recherche-sur-une-unite-0123456789"


def change(directory, *statements):
    url = postgres.url_of(directory)
    if url:
        postgres.psql(url, "SET search_path=hygie", *statements)
        return
    c = sqlite3.connect(f"{directory}/hygie.db")
    for s in statements:
        c.execute(s.replace("'\\x", "x'"))
    c.commit()
    c.close()


@pytest.fixture(scope="module")
def house(demo_base, work_dir, client):
    """(stage, the ticket for all, the contract's ticket): the contract is for the unit of the offered people."""
    base = copy_base(demo_base, work_dir / "cohort")
    stage = Stage(base)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    change(base, f"UPDATE account SET unit = '{stage.unit}' WHERE role = 'machine'",
           "INSERT INTO machine_ticket(no, account, token_hash, kind, cohort, api_may, until_ms) SELECT 1000, account, "
           f"'\\x{digest}', 'contract', 'explained', api_may, until_ms FROM machine_ticket WHERE no = (SELECT min(no) FROM machine_ticket)")
    with Server(base) as server:
        yield stage, client(server, server.demo["machine"]["token"]), client(server, TOKEN)


def pages(fhir, path):
    """All entries of all pages; what was refused has none."""
    found = []
    while path:
        answer = fhir.ask("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found += [e["resource"] for e in answer.json().get("entry", []) if "resource" in e]
        path = next((x["url"][len(fhir.base):] for x in answer.json().get("link", []) if x["relation"] == "next"), None)
    return found


def holds_no_stranger(stage, text, what):
    for q in stage.strangers:
        assert q.id not in text and not q.found_in(text), f"{what} tells of somebody outside of the cohort"


def stranger_with(stage, *types):
    return next(q for q in reversed(stage.strangers) if all(stage.one_of(t, q) for t in types))


def own_with(stage, *types):
    return next(q for q in stage.mine if all(stage.one_of(t, q) for t in types))


# Each way of asking about one patient (p) and its records (e: a stay, o: a condition).
ALIKE = {
    "read":                 "/Patient/{p}",
    "read of a record":     "/Condition/{o}",
    "cut read":             "/Patient/{p}?_summary=true",
    "vread":                "/Patient/{p}/_history/1",
    "vread of a record":    "/Encounter/{e}/_history/1",
    "history":              "/Patient/{p}/_history",
    "history of a record":  "/Encounter/{e}/_history",
    "everything":           "/Patient/{p}/$everything",
    "everything of a stay": "/Encounter/{e}/$everything",
    "compartment":          "/Patient/{p}/Condition",
    "whole compartment":    "/Patient/{p}/*",
    "lastn":                "/Observation/$lastn?patient={p}",
    "search by id":         "/Patient?_id={p}",
    "search of a record":   "/Condition?_id={o}",
    "search by patient":    "/Condition?patient={p}",
    "search by subject":    "/Condition?subject=Patient/{p}",
    "search by stay":       "/Condition?encounter={e}",
    "count":                "/Condition?patient={p}&_summary=count",
    "total":                "/Condition?_id={o}&_total=accurate",
    "chain":                "/Condition?patient._id={p}",
    "chain by stay":        "/Condition?encounter._id={e}",
    "has":                  "/Patient?_has:Condition:patient:_id={o}",
    "not":                  "/Encounter?_id={e}&status:not=planned",
    "include":              "/Condition?_id={o}&_include=Condition:patient",
    "revinclude":           "/Patient?_id={p}&_revinclude=Condition:patient",
}


def ids(stage, p):
    return {"p": p.id, "e": stage.one_of("Encounter", p), "o": stage.one_of("Condition", p)}


def said(answer, names):
    """All that is told, the names of the question apart."""
    text = answer.text
    for name in names.values():
        text = text.replace(name, "@")
    return answer.status_code, text, sorted(k for k in answer.headers if k.lower() not in ("date", "content-length")), answer.headers.get("ETag"), answer.headers.get("Last-Modified")


@pytest.mark.parametrize("way", ALIKE)
def test_what_is_outside_of_the_cohort_is_answered_like_what_is_not_there(house, way):
    stage, _, held = house
    stranger = ids(stage, stranger_with(stage, "Encounter", "Condition"))
    absent = dict.fromkeys("peo", NOBODY)
    for method in ("GET", "HEAD"):
        a, b = (held.ask(method, ALIKE[way].format(**names)) for names in (stranger, absent))
        assert said(a, stranger) == said(b, absent)
        assert a.status_code != 200 or "entry" not in a.text
    if way == "count":
        assert a.status_code != 200 or a.json()["total"] == 0


@pytest.mark.parametrize("way", ALIKE)
def test_the_same_question_about_the_cohort_is_answered(house, way):
    """Else the one above would hold of a machine that sees nothing."""
    stage, all_, held = house
    names = ids(stage, own_with(stage, "Encounter", "Condition"))
    path = ALIKE[way].format(**names)
    a, b = held.ask("GET", path), all_.ask("GET", path)
    assert (a.status_code, b.status_code) == (200, 200), f"{a.text} {b.text}"
    assert a.json() == b.json(), "its own patient is seen as by who sees all"


@pytest.mark.parametrize("type_", ["Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "Appointment"])
def test_a_search_for_all_finds_and_counts_the_cohort(house, type_):
    stage, all_, held = house
    found = pages(held, f"/{type_}?_count=200")
    holds_no_stranger(stage, json.dumps(found, ensure_ascii=False), type_)
    seen = {r["id"] for r in found}
    assert held.ask("GET", f"/{type_}?_summary=count").json()["total"] == len(seen)
    assert held.ask("GET", f"/{type_}?_count=1&_total=accurate").json()["total"] == len(seen)
    everybody = all_.ask("GET", f"/{type_}?_summary=count").json()["total"]
    assert len(seen) < everybody or everybody == 0
    if type_ == "Patient":
        assert {p.id for p in stage.mine} <= seen
    sorted_ = pages(held, f"/{type_}?_sort=-_lastUpdated&_count=200")
    assert {r["id"] for r in sorted_} == seen


def test_searches_by_what_strangers_have_find_nobody(house):
    stage, all_, held = house
    q = stranger_with(stage, "Encounter", "Condition")
    family = next(n["family"] for n in q.body["name"])
    condition = all_.ask("GET", f"/Condition/{stage.one_of('Condition', q)}").json()
    code = condition["code"]["coding"][0]
    for path in (f"/Patient?family={family}", f"/Patient?birthdate={q.birth}", f"/Encounter?patient.family={family}", f"/Encounter?patient.birthdate={q.birth}",
                 f"/Condition?code={code['system']}|{code['code']}&_include=Condition:patient&_include=Condition:encounter", "/Encounter?_include=*&_revinclude=Condition:encounter",
                 f"/Patient?_has:Condition:patient:code={code['code']}&_revinclude=Encounter:patient&_revinclude:iterate=Condition:encounter",
                 "/Encounter?_include=Encounter:patient&_include:iterate=Patient:link"):
        answer = held.ask("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        holds_no_stranger(stage, answer.text.replace(answer.json()["link"][0]["url"], ""), path)
    for path in ("/Organization?_revinclude=Encounter:service-provider", "/Practitioner?_has:Encounter:participant:patient=" + q.id, "/Practitioner?_revinclude=Patient:general-practitioner"):
        answer = held.ask("GET", path)
        assert answer.status_code in (200, 403), f"{path}: {answer.text}"
        holds_no_stranger(stage, answer.text.replace(q.id, "", 1) if answer.status_code == 200 else answer.text, path)


@pytest.mark.parametrize("path", ["/_history", "/_history?_type=Patient,Condition", "/Patient/_history", "/Encounter/_history", "/Condition/_history?_since=2000-01-01"])
def test_the_history_of_a_type_and_of_all_holds_the_cohort_only(house, path):
    stage, _, held = house
    found = []
    where = path + ("&" if "?" in path else "?") + "_count=200"
    for _ in range(30):
        answer = held.ask("GET", where)
        assert answer.status_code == 200, answer.text
        found.append(answer.text)
        where = next((x["url"][len(held.base):] for x in answer.json()["link"] if x["relation"] == "next"), None)
        if not where:
            break
    holds_no_stranger(stage, "".join(found), path)
    if "Encounter" not in path:
        assert any(p.id in "".join(found) for p in stage.mine)


def test_a_match_finds_the_cohort_only(house):
    stage, all_, held = house
    person = lambda p: {k: v for k, v in p.body.items() if k in ("resourceType", "name", "gender", "birthDate", "identifier") and k != "identifier"}
    q, p = stage.strangers[0], stage.mine[0]
    assert q.id in all_.ask("POST", "/Patient/$match", body=person(q)).text
    answer = held.ask("POST", "/Patient/$match", body=person(q))
    assert answer.status_code == 200
    holds_no_stranger(stage, answer.text, "a match")
    assert answer.json()["total"] == len(answer.json().get("entry", []))
    assert p.id in held.ask("POST", "/Patient/$match", body=person(p)).text


def test_reads_and_searches_inside_a_bundle_too(house):
    stage, _, held = house
    stranger, absent = ids(stage, stranger_with(stage, "Encounter", "Condition")), dict.fromkeys("peo", NOBODY)
    own = ids(stage, own_with(stage, "Encounter", "Condition"))
    urls = ["Patient/{p}", "Condition/{o}", "Encounter/{e}/_history/1", "Patient?_id={p}", "Condition?patient={p}", "Condition?_id={o}&_total=accurate", "Condition?patient._id={p}"]
    ask = lambda names: held.ask("POST", "", body={"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": u.format(**names)}} for u in urls]})
    a, b, c = ask(stranger), ask(absent), ask(own)
    assert said(a, stranger) == said(b, absent)
    holds_no_stranger(stage, a.text, "a batch")
    assert all(e["response"]["status"].startswith("200") for e in c.json()["entry"]), c.text
    whole = held.ask("POST", "", body={"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": f"{t}?_count=200&_total=accurate"}} for t in ("Patient", "Condition")]})
    holds_no_stranger(stage, whole.text, "a batch of searches")
    for e, t in zip(whole.json()["entry"], ("Patient", "Condition")):
        assert e["resource"]["total"] == held.ask("GET", f"/{t}?_summary=count").json()["total"]
    along = ["Encounter?_count=100&_include=*", "Condition?_count=100&_include=*", "Patient?_count=100&_revinclude=Condition:subject", "Practitioner?_count=100&_revinclude=Encounter:participant"]
    brought = held.ask("POST", "", body={"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": u}} for u in along]})
    holds_no_stranger(stage, brought.text, "what searches in a batch bring along")
    modes = [e["search"]["mode"] for b in brought.json()["entry"] for e in b.get("resource", {}).get("entry", [])]
    assert modes.count("include") > 10


def test_conditions_of_writes_find_the_cohort_only(house):
    stage, all_, held = house
    q = stranger_with(stage, "Condition")
    id_ = stage.one_of("Condition", q)
    patch = {"data": '[{"op":"add","path":"/note","value":[{"text":"x"}]}]', "headers": {"Content-Type": "application/json-patch+json"}}
    a, b = held.ask("PATCH", f"/Condition?_id={id_}", **patch), held.ask("PATCH", f"/Condition?_id={NOBODY}", **patch)
    assert a.status_code == 404 and said(a, {"o": id_}) == said(b, {"o": NOBODY})
    a, b = held.ask("PATCH", f"/Condition/{id_}", **patch), held.ask("PATCH", f"/Condition/{NOBODY}", **patch)
    assert a.status_code == 404 and said(a, {"o": id_}) == said(b, {"o": NOBODY})
    a, b = held.ask("DELETE", f"/Condition?_id={id_}"), held.ask("DELETE", f"/Condition?_id={NOBODY}")
    assert said(a, {"o": id_}) == said(b, {"o": NOBODY})
    delete = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": f"Condition?patient={q.id}"}}]}
    held.ask("POST", "", body=delete)
    assert all_.ask("GET", f"/Condition/{id_}").json()["meta"]["versionId"] == "1"
