# SPDX-License-Identifier: Apache-2.0
"""
Every page and API row of the product through HTTP, from its tables: refused to roles that may not, to nobody, on a stranger, over budget; released with its
entry. After all of it, no marker of any patient stands in logs, figures, addresses or files beside the database.
"""
import json
import re
import time

import pytest
import requests

from gate_tables import MAY, OPENS, PAGES, PEOPLE, RECORDS, may, name
from hygie_server import Person, Server, Stage, base_sql, copy_base

SCREENS = [r for r in PAGES if r["surface"] == "page"]
API_ROWS = [r for r in PAGES if r["surface"] == "api"]
OF_PATIENT = [r for r in SCREENS if ":patient" in r["path"]]
NOBODY = "00000000-0000-4000-8000-000000000000"


class Served:
    """A server, who is whose on its base, everybody signed in."""

    def __init__(self, directory):
        self.stage = Stage(directory)
        self.server = Server(directory).start()
        self.people = {role: self.server.person(role) for role in PEOPLE}
        self.machine = self.server.machine()
        self.no = dict(base_sql(directory, "SELECT login, no FROM account"))
        self.last = 1

    def account_no(self, role):
        return self.no[self.server.account(role)["login"]]

    def since(self):
        self.last = self.server.ledger(self.last)[-1]["number"]
        after = self.last + 1
        return lambda: self.server.ledger(after)


@pytest.fixture(scope="module")
def served(demo_base, work_dir):
    s = Served(copy_base(demo_base, work_dir / "pages"))
    yield s
    assert s.server.stop() == 0


def value(field, p):
    known = {
        "birth_name": p.family or "Essai", "given_names": "Zéphyrine", "birthdate": p.birth or "1950-01-01", "sex": "female", "status": "PROV", "text": "essai du jour",
        "q": p.birth or "1950-01-01", "login": "personne", "password": "un cheval sans selle 42", "old_password": "rien", "code": "000000", "name": "Essai",
    }
    if field["name"] in known:
        return known[field["name"]]
    if field["choices"]:
        return field["choices"][0]
    return {"int": "1", "id": NOBODY, "date": "1950-01-01", "token": "x", "flag": "1"}.get(field["kind"], "essai")


def form(row, p):
    return {f["name"]: value(f, p) for f in row["fields"] if f["required"] or f["name"] in ("q", "text")}


def go(person, row, patient, p):
    path = row["path"].replace(":patient", patient)
    if row["method"] == "GET":
        return person.get(path)
    return person.post(path, form(row, p))


def told_nothing(answer, *patients):
    for p in patients:
        found = p.found_in(answer.content) + p.found_in(answer.headers.get("Location", ""))
        assert not found, f"{answer.request.method} {answer.url}: {answer.status_code} carries markers of a patient"
    assert "no-store" in answer.headers.get("Cache-Control", "") or answer.status_code >= 500


# ---- roles and nobody ----

@pytest.mark.parametrize("row", [r for r in SCREENS if r["reveals"] in RECORDS], ids=name)
def test_a_page_is_refused_to_roles_that_may_not(served, row):
    p = served.stage.mine[0]
    entries = served.since()
    refused = []
    for role in PEOPLE:
        if may(role, row):
            continue
        a = go(served.people[role], row, p.id, p)
        told_nothing(a, p, *served.stage.mine)
        assert a.status_code in (403, 404), f"{role}: {a.status_code}"
        if row["reveals"] in OPENS or row["method"] == "POST":
            refused.append(served.account_no(role))  # an empty search form asks the gate for nothing, and nothing is recorded
    # Either refused, or released to a role that may read it all the same, on a page that is not drawn for it: never without an entry.
    got = [e["account"] for e in entries() if e["kind"] in ("REFUSAL", "RELEASE")]
    for no in refused:
        assert no in got, "a refusal without its ledger entry"


@pytest.mark.parametrize("row", [r for r in SCREENS if not r["may"] & 1], ids=name)
def test_without_a_session_there_is_only_the_sign_in_page(served, row):
    p = served.stage.mine[0]
    path = row["path"].replace(":patient", p.id)
    for cookie in (None, "A" * 43, served.server.demo["machine"]["token"]):
        cookies = {"hygie-plain": cookie} if cookie else {}
        a = requests.request(row["method"], served.server.http_url + path, cookies=cookies, data=form(row, p) if row["method"] == "POST" else None, allow_redirects=False, timeout=20)
        assert a.status_code in (401, 403), a.status_code
        told_nothing(a, *served.stage.mine)


@pytest.mark.parametrize("row", [r for r in SCREENS if r["method"] == "POST" and not r["may"] & 1], ids=name)
def test_a_form_without_its_token_or_from_elsewhere_does_nothing(served, row):
    p = served.stage.mine[0]
    path = row["path"].replace(":patient", p.id)
    entries = served.since()
    role = next(r for r in ("nurse", "clerk", *PEOPLE) if may(r, row))
    person = served.people[role]
    answers = [person.post(path, form(row, p), csrf=False), person.post(path, {**form(row, p), "csrf": "A" * 32}, csrf=False),
               person.post(path, form(row, p), headers={"Origin": "https://evil.example"}), person.post(path, form(row, p), headers={"Sec-Fetch-Site": "cross-site"})]
    for a in answers:
        assert a.status_code == 403, a.status_code
        told_nothing(a, p)
    assert not [e for e in entries() if e["kind"] in ("INTENT", "RELEASE")]


# ---- patients ----

@pytest.mark.parametrize("row", OF_PATIENT, ids=name)
def test_a_stranger_shows_nothing_and_looks_like_nobody_at_all(served, row):
    p = served.stage.strangers[-1]
    for role in [r for r in PEOPLE if may(r, row)]:
        if row["path"].endswith("/glass") and row["method"] == "POST":
            continue  # the way in: below
        entries = served.since()
        a, b = go(served.people[role], row, p.id, p), go(served.people[role], row, NOBODY, p)
        told_nothing(a, p)
        if row["reveals"] in OPENS:
            assert a.status_code in (403, 404), f"{role}: {a.status_code}"
            assert [e for e in entries() if e["kind"] == "REFUSAL" and e["account"] == served.account_no(role)], "a refusal without its ledger entry"
        assert a.status_code == b.status_code
        assert {k: v for k, v in a.headers.items() if k not in ("Date",)} == {k: v for k, v in b.headers.items() if k not in ("Date",)}
        assert alike(a.text, p.id) == alike(b.text, NOBODY), f"{role} learns from the page whether the record exists"


def alike(text, id_):
    return re.sub(r"\d\d:\d\d|\d\d h \d\d", "HH:MM", text.replace(id_, "ID"))


# Asked without saying which, they say that there is no such one: an answer about the patient like any other.
SAYS_NONE = ("/patient/:patient/letter", "/patient/:patient/document/:id")


@pytest.mark.parametrize("row", [r for r in OF_PATIENT if r["method"] == "GET" and r["reveals"] in OPENS], ids=name)
def test_ones_own_patient_is_shown_with_its_entry(served, row):
    status = 404 if row["path"] in SAYS_NONE else 200
    p = served.stage.mine[1]
    for role in [r for r in ("nurse", "clerk") if may(r, row)]:
        entries = served.since()
        a = go(served.people[role], row, p.id, p)
        assert a.status_code == status, f"{role}: {a.status_code}"
        new = [e for e in entries() if e["kind"] == "RELEASE" and e["account"] == served.account_no(role)]
        assert len(new) == 1 and p.rid in [rid for rid, *_ in new[0]["patients"]], "released without its entry"
        assert new[0]["route"] == row["path"], "the entry holds the route's template"
        a = served.people[role].get(row["path"].replace(":patient", p.id) + "?print=1")
        assert a.status_code == status
        new = [e for e in entries() if e["kind"] == "RELEASE" and e["account"] == served.account_no(role)]
        assert len(new) == 2 and new[1]["surface"] == 3, "a print is an access too"


def test_a_chart_page_for_clinicians_shows_a_clerk_nothing(served):
    p = served.stage.mine[1]
    for row in [r for r in OF_PATIENT if not may("clerk", r)]:
        a = go(served.people["clerk"], row, p.id, p)
        assert a.status_code in (403, 404), f"{row['path']}: {a.status_code}"
        told_nothing(a, p)


def test_the_work_lists_show_no_contact_and_no_number(served):
    for role in ("nurse", "physician", "clerk", "pharmacist", "billing"):
        for path in ("/unit", "/my-patients", "/agenda", "/arrivals", "/accesses"):
            a = served.people[role].get(path)
            assert a.status_code == 200, f"{role} {path}: {a.status_code}"
            for p in served.stage.patients:
                contacts = [m for m in p.markers if m != p.family and not any(m == n.get("family") for n in p.body["name"])]
                assert not [m for m in contacts if m in a.text], f"{role} {path} shows a contact or a number"
            told_nothing(a, *served.stage.strangers)


def test_broken_glass_opens_for_a_reason_and_is_on_the_officers_page(served):
    p = served.stage.strangers[-2]
    nurse = served.people["nurse"]
    assert nurse.get(f"/patient/{p.id}").status_code == 403
    for bad in ({}, {"reason": "emergency"}, {"reason": "curiosity", "text": "essai du jour"}, {"text": "essai du jour"}):
        a = nurse.post(f"/patient/{p.id}/glass", bad)
        assert a.status_code == 422, a.status_code
        told_nothing(a, p)
    assert nurse.get(f"/patient/{p.id}").status_code == 403
    a = nurse.post(f"/patient/{p.id}/glass", {"reason": "emergency", "text": "douleur thoracique aigue"})
    assert a.status_code == 303 and a.headers["Location"] == f"/patient/{p.id}"
    assert nurse.get(f"/patient/{p.id}").status_code == 200
    for role in ("rssi", "dpo"):
        page = served.people[role].get("/review")
        assert page.status_code == 200
        told_nothing(page, p)
        assert "douleur thoracique aigue" in page.text
    end = time.monotonic() + 10
    while served.server.account("nurse")["name"].split()[-1] not in (who := nurse.get(f"/patient/{p.id}/who")).text.split("<main", 1)[1]:
        assert who.status_code == 200 and time.monotonic() < end  # the index of accesses follows the ledger
        time.sleep(0.05)


def test_glass_on_nobody_tells_not_more_than_glass_on_somebody_refused(served):
    a = served.people["physician"].post(f"/patient/{NOBODY}/glass", {"reason": "emergency", "text": "essai du jour"})
    assert a.status_code in (403, 404)


# ---- the API ----

def api_path(row, p):
    path = row["path"].replace(":type", "Patient").replace(":id", p.id).replace(":vid", "1").replace(":member", "Observation")
    # a write without an id is a conditional one
    return path + f"?_id={p.id}" if row["path"] == "/fhir/:type" and row["method"] in ("PUT", "PATCH", "DELETE") else path


def api_type(row):
    if row["method"] == "PATCH":
        return "application/json-patch+json"
    return "application/x-www-form-urlencoded" if row["path"].endswith("_search") else "application/fhir+json"


def api_body(row, p):
    if row["method"] == "PATCH":
        return json.dumps([{"op": "replace", "path": "/gender", "value": "unknown"}])
    if row["method"] not in ("POST", "PUT"):
        return None
    if row["path"] == "/fhir":
        return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": f"Patient/{p.id}"}}]})
    return "" if row["path"].endswith("_search") else json.dumps(p.body)


@pytest.mark.parametrize("row", [r for r in API_ROWS if not r["may"] & 1], ids=name)
def test_the_api_takes_no_cookie_no_query_token_and_no_unknown_bearer(served, row):
    p = served.stage.mine[0]
    nurse = served.people["nurse"]
    for headers, cookies in (({}, {}), ({}, {"hygie-plain": nurse.token}), ({}, {"hygie-plain": served.server.demo["machine"]["token"]}),
                             ({"Authorization": "Bearer " + nurse.token}, {}), ({"Authorization": "Bearer " + "A" * 43}, {}),
                             ({"Authorization": "Basic bWU6bWU="}, {})):
        a = requests.request(row["method"], served.server.http_url + api_path(row, p), headers={**headers, "Content-Type": api_type(row)},
                             cookies=cookies, data=api_body(row, p), timeout=20)
        assert a.status_code == 401, f"{headers} {list(cookies)}: {a.status_code}"
        told_nothing(a, p)
        assert a.json()["resourceType"] == "OperationOutcome"


# What is wider than a resource or a search has its own file: test_fhir_wide.py.
WIDE = ("/fhir/_history", "/fhir/:type/_history", "/fhir/:type/:id/:member", "/fhir/Observation/$lastn", "/fhir/Encounter/:id/$everything")


@pytest.mark.parametrize("row", [r for r in API_ROWS if r["method"] == "GET" and r["reveals"] in OPENS and r["path"] not in WIDE], ids=name)
def test_the_api_releases_to_the_machine_with_an_entry(served, row):
    p = served.stage.strangers[-3]
    path = api_path(row, p) + (f"?_id={p.id}" if row["path"] == "/fhir/:type" else "")
    entries = served.since()
    a = served.machine.get(path.removeprefix("/fhir"))
    assert a.status_code == 200 and p.id in a.text
    e, = [e for e in entries() if e["kind"] == "RELEASE"]
    assert [rid for rid, *_ in e["patients"]] == [p.rid] and e["route"] == row["path"]


def test_the_machine_has_no_screens(served):
    token = served.server.demo["machine"]["token"]
    for row in SCREENS:
        if row["may"] & 1 or row["method"] != "GET":
            continue
        path = row["path"].replace(":patient", served.stage.mine[0].id)
        a = requests.get(served.server.http_url + path, headers={"Authorization": "Bearer " + token}, allow_redirects=False, timeout=20)
        assert a.status_code == 401, f"{path}: {a.status_code}"
        told_nothing(a, *served.stage.mine)


def test_a_cookie_of_the_plain_port_is_none_on_tls_and_the_reverse(served):
    nurse = served.people["nurse"]
    a = requests.get(served.server.url + "/unit", cookies={"__Host-hygie": "A" * 43, "hygie-plain": nurse.token}, verify=False, allow_redirects=False, timeout=20)
    assert a.status_code == 401
    a = requests.get(served.server.http_url + "/unit", cookies={"__Host-hygie": nurse.token}, allow_redirects=False, timeout=20)
    assert a.status_code == 401


# ---- accounts ----

def test_who_is_disabled_is_out_at_the_next_request(served):
    clerk = served.server.person("clerk", 1)
    assert clerk.get("/unit").status_code == 200
    a = served.people["admin"].post("/accounts", {"disable": clerk.account["login"]})
    assert a.status_code == 303
    a = clerk.get("/unit")
    assert a.status_code == 401
    told_nothing(a, *served.stage.mine)


def test_administrator_and_security_officer_open_no_record_in_any_way(served):
    p = served.stage.mine[2]
    for role in ("admin", "rssi"):
        person = served.people[role]
        for row in SCREENS:
            if row["reveals"] not in OPENS:
                continue
            a = go(person, row, p.id, p)
            assert a.status_code in (403, 404), f"{role} {name(row)}: {a.status_code}"
            told_nothing(a, *served.stage.patients)
        a = person.post(f"/patient/{p.id}/glass", {"reason": "emergency", "text": "essai du jour"})
        assert a.status_code in (403, 404), f"{role} breaks the glass: {a.status_code}"
    opened = [e for e in served.server.ledger() if e["account"] in (served.account_no("admin"), served.account_no("rssi")) and e["tier"] > 1]
    assert not opened


OWN = {r["path"] for r in SCREENS if r["may"] & MAY["SIGNED_IN"]}  # one's own accesses, accounts, languages: what everybody has


def test_a_technician_opens_no_chart_in_any_way(served):
    """Goods alone: no list of patients, no search, no chart, no lot's people, no glass to break, nothing over FHIR; and no other page leads to one."""
    technician = served.people["technician"]
    for p in (served.stage.mine[2], served.stage.strangers[2]):
        for row in [r for r in SCREENS if r["reveals"] in RECORDS]:
            a = go(technician, row, p.id, p)
            assert a.status_code in (403, 404) or row["path"] in OWN, f"{name(row)}: {a.status_code}"
            told_nothing(a, *served.stage.patients)
        a = technician.post(f"/patient/{p.id}/glass", {"reason": "emergency", "text": "essai du jour"})
        assert a.status_code in (403, 404), f"breaks the glass: {a.status_code}"
        for path in (f"/fhir/Patient/{p.id}", f"/fhir/Patient?birthdate={p.birth}", f"/fhir/Encounter?patient={p.id}", f"/fhir/MedicationRequest?patient={p.id}"):
            a = technician.get(path)
            assert a.status_code in (401, 403, 404), f"{path}: {a.status_code}"
            told_nothing(a, *served.stage.patients)
    for row in [r for r in SCREENS if r["method"] == "GET" and may("technician", r) and not any(f["required"] for f in r["fields"])]:
        a = technician.get(row["path"])
        told_nothing(a, *served.stage.patients)
        assert '="/patient/' not in a.text, f"{row['path']} leads to a patient"
    mine = [e for e in served.server.ledger() if e["account"] == served.account_no("technician")]
    assert [e for e in mine if e["kind"] == "REFUSAL"], "what was refused has its entries"
    assert not [e for e in mine if e["draws"] or e["tier"] > 0 or (e["patients"] and e["kind"] != "REFUSAL")]


# ---- budgets ----

def test_sixty_four_connections_of_one_nurse_open_no_more_than_the_ladder_lets(demo_base, work_dir):
    """Explained charts and emergencies at once, over HTTP: twenty within seconds and the emergencies, then each page leads to the one proof that is asked for."""
    import threading
    directory = copy_base(demo_base, work_dir / "storm")
    stage = Stage(directory)
    with Server(directory) as server:
        nurse, machine = server.person("nurse"), server.machine()
        guests, others = stage.strangers[:30], stage.strangers[70:85]  # three times what is let through at once, in each list
        for p in guests:
            a = machine.post("/Encounter", {"resourceType": "Encounter", "status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                                            "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{stage.unit}"}})
            assert a.status_code == 201, a.text
        work = [("get", p) for p in stage.mine + guests] + [("glass", p) for p in others]
        results, lock = [], threading.Lock()

        def run(nth):
            mine = Person(server, nurse.account)
            mine.http.cookies.set("hygie-plain", nurse.token)
            mine.turn()
            for kind, p in work[nth:] + work[:nth]:
                if kind == "glass":
                    mine.post(f"/patient/{p.id}/glass", {"reason": "emergency", "text": "essai du jour"})
                a = mine.get(f"/patient/{p.id}")
                with lock:
                    results.append((p, a.status_code, bool(p.found_in(a.content)), a.headers.get("Location", "")))

        threads = [threading.Thread(target=run, args=(i * 2,)) for i in range(64)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(results) == 64 * len(work)
        shown = {p.rid for p, status, _, _ in results if status == 200}
        assert {s for _, s, _, _ in results} <= {200, 303, 403}, {s for _, s, _, _ in results}
        assert {to.split("?")[0] for _, s, _, to in results if s == 303} == {"/prove"}
        assert not [p for p, status, found, _ in results if found and status != 200], "a refusal carries markers"
        entries = server.ledger()
        no = dict(base_sql(directory, "SELECT login, no FROM account"))[nurse.account["login"]]
        drawn = {rid: explain for e in entries if e["account"] == no for rid, explain, _, draw in e["patients"] if draw}
        assert shown == set(drawn), "what was shown and what was drawn differ"
        assert len([rid for rid, explain in drawn.items() if explain != 10]) <= 20 <= len(drawn), f"{len(drawn)} distinct charts"
        assert len([e for e in entries if e["kind"] == "ALARM"]) == 1, "an alarm is given once"
        assert len([e for e in entries if e["kind"] == "INTENT" and e["route"] == "break_glass"]) <= 5
        a = nurse.get(f"/patient/{next(p for p in stage.mine + guests if p.rid not in drawn).id}")
        assert a.status_code == 303 and a.headers["Location"].startswith("/prove?next=")
        for row in [r for r in OF_PATIENT if r["method"] == "GET" and r["reveals"] in OPENS and may("nurse", r)]:
            p = next(p for p in stage.mine + guests if p.rid not in drawn)
            a = go(nurse, row, p.id, p)
            assert a.status_code == 303, f"{row['path']}: {a.status_code}"
            assert not p.found_in(a.content)


# ---- afterwards ----

def test_no_marker_stands_in_logs_figures_or_files(served):
    """Runs last: everything above has been asked of this server."""
    server, stage = served.server, served.stage
    figures = requests.get(server.http_url + "/metrics", timeout=10)
    assert figures.status_code == 200
    log = server.err_path.read_text(errors="replace")
    everybody = stage.patients
    for p in everybody:
        assert not p.found_in(figures.content)
        assert not p.found_in(log), "a marker stands in the log"
        assert p.id not in log and p.id not in figures.text, "a patient's id stands in the log"
    for path in [f for f in server.dir.rglob("*") if f.is_file() and not f.name.startswith("hygie.db") and f.name != "demo.json"]:
        data = path.read_bytes().rstrip(b"\0").decode("utf-8", "replace")
        for p in everybody:
            assert not [m for m in p.markers if m in data], f"a marker stands in {path.name}"
    assert requests.get(server.url + "/metrics", verify=False, timeout=10).status_code == 404
