# SPDX-License-Identifier: Apache-2.0
"""FHIR searches: an unknown parameter is refused, never ignored; each kind of parameter finds what it should and nothing else."""
import urllib.parse

import pytest

from wire import raw


def q(text):
    return urllib.parse.quote(str(text), safe="")


def entries(bundle):
    return [e["resource"] for e in bundle.get("entry", [])]


def ids(bundle):
    return {r["id"] for r in entries(bundle)}


@pytest.mark.parametrize("query, name", [
    ("colour=red", "colour"), ("name:fuzzy=a", "name"), ("birthdate=notadate", "birthdate"), ("_foo=1", "_foo"), ("_count=all", "_count"), ("_count=-1", "_count"),
    ("name:exact:exact=a", "name"), ("birthdate=zz2020", "birthdate"), ("_sort=colour", "_sort"), ("_lastUpdated=x", "_lastUpdated"),
])
def test_what_is_not_understood_is_400_and_named(fhir, query, name):
    answer = fhir.ask("GET", "/Patient?" + query)
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome" and "entry" not in body
    assert body["issue"][0]["expression"][0].startswith(name)


def test_an_unreadable_query_is_400(server, token):
    head = b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n"
    for query in (b"name=%ff%fe", b"name=%c0%80", b"name=%"):
        got, _ = raw(server, b"GET /fhir/Patient?" + query + head)
        assert got.startswith(b"HTTP/1.1 400")


def test_a_searchset_has_links_and_full_urls(fhir):
    answer = fhir.ask("GET", "/Patient?_count=3")
    bundle = answer.json()
    assert bundle["resourceType"] == "Bundle" and bundle["type"] == "searchset"
    assert len(bundle["entry"]) == 3 and "total" not in bundle
    links = {l["relation"]: l["url"] for l in bundle["link"]}
    assert links["self"].startswith(fhir.base + "/Patient?") and links["next"].startswith(fhir.base + "/Patient?")
    for e in bundle["entry"]:
        assert e["fullUrl"] == f"{fhir.base}/Patient/{e['resource']['id']}" and e["search"]["mode"] == "match"


def test_paging_gives_each_once(fhir):
    seen, url, pages = [], "/Practitioner?_count=200", 0
    while url:
        bundle = fhir.ask("GET", url).json()
        seen += [r["id"] for r in entries(bundle)]
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
        pages += 1
        assert pages < 50
    assert len(seen) == len(set(seen)) and len(seen) >= 500
    assert fhir.ask("GET", "/Practitioner?_count=1&_total=accurate").json()["total"] == len(seen)
    count = fhir.ask("GET", "/Practitioner?_summary=count").json()
    assert count["total"] == len(seen) and "entry" not in count


def test_string(fhir, some_patient):
    family = some_patient["name"][0]["family"]
    found = fhir.ask("GET", f"/Patient?family={q(family.lower())}").json()
    assert some_patient["id"] in ids(found)
    assert all(any(n.get("family", "").upper().startswith(family.upper()[:2]) for n in r["name"]) for r in entries(found))
    assert some_patient["id"] in ids(fhir.ask("GET", f"/Patient?family:exact={q(family)}").json())
    assert ids(fhir.ask("GET", "/Patient?family:exact=Zzzzzz").json()) == set()


def test_date(fhir, some_patient):
    born = some_patient["birthDate"]
    found = fhir.ask("GET", f"/Patient?birthdate={born}").json()
    assert some_patient["id"] in ids(found) and all(r["birthDate"] == born for r in entries(found))
    assert some_patient["id"] in ids(fhir.ask("GET", f"/Patient?birthdate={born[:7]}&_count=200").json())


def test_token_and_reference(fhir):
    condition = fhir.ask("GET", "/Condition?_count=1").json()["entry"][0]["resource"]
    subject, coding = condition["subject"]["reference"], condition["code"]["coding"][0]
    assert condition["id"] in ids(fhir.ask("GET", f"/Condition?patient={q(subject)}&code={q(coding['system'] + '|' + coding['code'])}").json())
    assert condition["id"] in ids(fhir.ask("GET", f"/Condition?subject={q(subject)}&code={q(coding['code'])}").json())
    assert ids(fhir.ask("GET", f"/Condition?subject={q(subject)}&code={q('http://nowhere|' + coding['code'])}").json()) == set()
    for r in entries(fhir.ask("GET", f"/Condition?subject={q(subject)}").json()):
        assert r["subject"]["reference"] == subject


def test_quantity(fhir):
    observation = next(r for r in entries(fhir.ask("GET", "/Observation?_count=50").json()) if "valueQuantity" in r)
    value, subject = observation["valueQuantity"], observation["subject"]["reference"]
    found = fhir.ask("GET", f"/Observation?subject={q(subject)}&value-quantity={q(value['value'])}&_count=200").json()
    assert observation["id"] in ids(found)
    assert observation["id"] not in ids(fhir.ask("GET", f"/Observation?subject={q(subject)}&value-quantity=gt{q(value['value'])}&_count=200").json())


def test_id_and_last_updated(fhir, some_patient):
    assert ids(fhir.ask("GET", f"/Patient?_id={some_patient['id']}").json()) == {some_patient["id"]}
    assert ids(fhir.ask("GET", "/Patient?_lastUpdated=lt1990").json()) == set()
    assert some_patient["id"] in ids(fhir.ask("GET", f"/Patient?_id={some_patient['id']}&_lastUpdated=gt1990").json())


def test_sort(fhir):
    observation = fhir.ask("GET", "/Observation?_count=1").json()["entry"][0]["resource"]
    subject = observation["subject"]["reference"]
    dates = [r["effectiveDateTime"] for r in entries(fhir.ask("GET", f"/Observation?subject={q(subject)}&_sort=-date&_count=200").json()) if "effectiveDateTime" in r]
    assert dates == sorted(dates, reverse=True)


def test_search_by_post(fhir, some_patient):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = fhir.ask("POST", "/Patient/_search?_count=5", data=f"_id={some_patient['id']}", headers=form)
    assert answer.status_code == 200 and ids(answer.json()) == {some_patient["id"]}
    assert fhir.ask("POST", "/Patient/_search", data="colour=red", headers=form).status_code == 400
    assert fhir.ask("POST", "/Patient/_search", data="{}", headers={"Content-Type": "application/json"}).status_code == 415
