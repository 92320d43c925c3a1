# SPDX-License-Identifier: Apache-2.0
"""Search parameters that the house posts, hierarchies of codes and places, words of narratives, searches inside bundles: all against the resources themselves."""
import pytest

from hygie_server import Server, copy_base, hygie
from test_fhir_search import entries, ids, q
from test_fhir_search_oracle import walk


def parameter(code, base, type_, expression, **more):
    return {"resourceType": "SearchParameter", "id": "sp-" + code, "url": "http://hygie.test/sp/" + code, "name": "N", "status": "active", "description": "d",
            "base": [base], "code": code, "type": type_, **({"expression": expression} if expression else {}), **more}


REFUSED = [
    (parameter("x", "Patient", "string", "Patient.name.first()"), "SearchParameter.expression"),
    (parameter("x", "Patient", "token", "Patient.extension('http://x.test')"), "SearchParameter.expression"),
    (parameter("x", "Patient", "string", "Patient.nom"), "SearchParameter.expression"),
    (parameter("x", "Patient", "date", "Patient.name"), "SearchParameter.expression"),
    (parameter("x", "Patient", "string", None), "SearchParameter.expression"),
    (parameter("name", "Patient", "string", "Patient.contact.name"), "SearchParameter.code"),
    (parameter("x", "Patient", "special", "Patient.name"), "SearchParameter.type"),
    (parameter("x", "Observation", "composite", "Observation", component=[{"definition": "http://x.test/none", "expression": "code"}] * 2), "SearchParameter.component.definition"),
]


@pytest.mark.parametrize("body, element", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_taken_up_is_422_however_it_is_written(fhir, body, element):
    good = parameter("good", "Patient", "string", "Patient.contact.name")
    assert fhir.ask("PUT", "/SearchParameter/sp-good", good).status_code in (200, 201)
    patch = [{"op": "add", "path": "/" + k, "value": v} for k, v in body.items() if k not in ("resourceType", "id")] + ([] if "expression" in body else [{"op": "remove", "path": "/expression"}])
    answers = [fhir.ask("POST", "/SearchParameter", body), fhir.ask("PUT", "/SearchParameter/" + body["id"], body),
               fhir.ask("PATCH", "/SearchParameter/sp-good", patch, headers={"Content-Type": "application/json-patch+json"}),
               fhir.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": body, "request": {"method": "POST", "url": "SearchParameter"}}]})]
    for answer in answers:
        assert answer.status_code == 422, answer.text
        issue = answer.json()["issue"][0]
        assert issue["expression"][0].endswith(element) and len(issue["details"]["text"]) > 20, answer.text


def patients(fhir):
    found, url = {}, "/Patient?_count=200"
    while url:
        bundle = fhir.ask("GET", url).json()
        found.update({r["id"]: r for r in entries(bundle)})
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
    return found


def test_a_parameter_takes_effect_at_the_rebuild_is_kept_by_a_restart_and_goes_with_the_next(demo_base, work_dir, fhir):
    Fhir = type(fhir)
    with Server(copy_base(demo_base, work_dir / "posted")) as server:
        fhir = Fhir(server, server.demo["machine"]["token"])
        for body in (parameter("born", "Patient", "date", "Patient.birthDate"), parameter("official-family", "Patient", "string", "Patient.name.where(use='official').family"),
                     parameter("author", "Observation", "reference", "Observation.note.author as Reference")):
            assert fhir.ask("PUT", "/SearchParameter/" + body["id"], body).status_code == 201
        who = next(iter(patients(fhir)))
        practitioner = fhir.ask("POST", "/Practitioner", {"resourceType": "Practitioner", "name": [{"family": "Zéphirin-Test"}]}).json()["id"]
        seen = fhir.ask("POST", "/Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "subject": {"reference": "Patient/" + who},
                                                 "note": [{"text": "n", "authorReference": {"reference": "Practitioner/" + practitioner}}]}).json()["id"]
        for query in ("/Patient?born=ge1950", "/Observation?author.name=z", "/Practitioner?_has:Observation:author:status=final"):
            answer = fhir.ask("GET", query)
            assert answer.status_code == 400 and "reindex" in answer.text, answer.text
        assert "hygie.test/sp" not in fhir.ask("GET", "/metadata").text
        server.stop()
        assert hygie("db", "reindex", "--dir", server.dir).returncode == 0
        for _ in range(2):  # once more after a restart
            server.start()
            fhir = Fhir(server, server.demo["machine"]["token"])
            all_ = patients(fhir)
            assert set(walk(fhir, "/Patient?born=ge1950&born=lt1960&_count=100")) == {i for i, r in all_.items() if "1950" <= r.get("birthDate", "") < "1960"}
            family = next(n["family"] for r in all_.values() for n in r["name"] if n.get("use") == "official")[:4]
            want = {i for i, r in all_.items() if any(n.get("use") == "official" and n.get("family", "").lower().startswith(family.lower()) for n in r["name"])}
            assert want and set(walk(fhir, f"/Patient?official-family={q(family)}&_count=100")) >= want
            assert ids(fhir.ask("GET", f"/Observation?author=Practitioner/{practitioner}").json()) == {seen}
            assert ids(fhir.ask("GET", "/Observation?author.name=zephirin").json()) == {seen}
            assert ids(fhir.ask("GET", "/Practitioner?_has:Observation:author:status=final").json()) == {practitioner}
            assert ids(fhir.ask("GET", f"/Observation?_id={seen}&_include=Observation:author").json()) == {seen, practitioner}
            assert ids(fhir.ask("GET", f"/Practitioner?_id={practitioner}&_revinclude=Observation:author").json()) == {seen, practitioner}
            said = fhir.ask("GET", "/metadata").json()["rest"][0]["resource"]
            mine = next(t for t in said if t["type"] == "Observation")
            assert "author" in {p["name"] for p in mine["searchParam"]} and "Observation:author" in mine["searchInclude"]
            server.stop()
        server.start()
        fhir = Fhir(server, server.demo["machine"]["token"])
        assert fhir.ask("DELETE", "/SearchParameter/sp-born").status_code in (200, 204)
        assert fhir.ask("GET", "/Patient?born=1950").status_code == 200, "until the next rebuild"
        server.stop()
        assert hygie("db", "reindex", "--dir", server.dir).returncode == 0
        assert hygie("db", "check", "--dir", server.dir).returncode == 0
        server.start()
        fhir = Fhir(server, server.demo["machine"]["token"])
        assert fhir.ask("GET", "/Patient?born=1950").status_code == 400
        assert fhir.ask("GET", "/Observation?author.name=zephirin").status_code == 200


ICD = "http://hl7.org/fhir/sid/icd-10"


def test_codes_below_and_above_are_those_of_the_nomenclature(fhir):
    found, url = {}, "/Condition?_count=200"
    while url and len(found) < 3000:
        bundle = fhir.ask("GET", url).json()
        found.update({r["id"]: r for r in entries(bundle)})
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
    coded = {i: c["code"].replace(".", "") for i, r in found.items() for c in r.get("code", {}).get("coding", []) if c.get("system") == ICD}
    assert coded, "the demonstration codes its diagnoses with the CIM-10"
    one = sorted(coded.values())[0]
    for head in {one[:3], one}:
        got = set(walk(fhir, f"/Condition?code:below={q(ICD + '|' + head)}&_count=100"))
        assert got & set(found) == {i for i, c in coded.items() if c.startswith(head)}
    assert {i for i, c in coded.items() if one.startswith(c)} == set(walk(fhir, f"/Condition?code:above={q(ICD + '|' + one)}&_count=100")) & set(found)
    refused = fhir.ask("GET", "/Condition?code:below=" + q("http://loinc.org|1-1"))
    assert refused.status_code == 400 and refused.json()["issue"][0]["expression"] == ["code:below"]


def test_places_below_and_above(fhir, some_patient):
    put = lambda id_, **more: fhir.ask("PUT", "/Location/" + id_, {"resourceType": "Location", "id": id_, "name": id_, **more})
    assert put("site-t").status_code == 201
    assert put("ward-t", partOf={"reference": "Location/site-t"}).status_code == 201
    assert put("room-t", partOf={"reference": "Location/ward-t"}).status_code == 201
    stays = {}
    for place in ("site-t", "ward-t", "room-t"):
        made = fhir.ask("POST", "/Encounter", {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": {"reference": "Patient/" + some_patient["id"]},
                                               "location": [{"location": {"reference": "Location/" + place}}]})
        assert made.status_code == 201, made.text
        stays[place] = made.json()["id"]
    assert ids(fhir.ask("GET", "/Encounter?location:below=Location/ward-t").json()) == {stays["ward-t"], stays["room-t"]}
    assert ids(fhir.ask("GET", "/Encounter?location:above=ward-t").json()) == {stays["ward-t"], stays["site-t"]}
    assert ids(fhir.ask("GET", "/Location?partof:below=site-t").json()) == {"ward-t", "room-t"}


def test_narratives_are_found_by_word(fhir, some_patient):
    div = "<div xmlns='http://www.w3.org/1999/xhtml'><p title='zinzolinage'>Œdème <b>zinzolin</b> du mollet</p></div>"
    made = fhir.ask("POST", "/Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "amarante"}, "subject": {"reference": "Patient/" + some_patient["id"]},
                                             "text": {"status": "additional", "div": div}})
    assert made.status_code == 201, made.text
    for query, hit in (("zinzolin", True), ("OEDEME", True), (q("mollet œdème"), True), (q("mollet genou"), False), ("genou,mollet", True), ("zinzo", False), ("zinzolinage", False), ("amarante", False)):
        assert ids(fhir.ask("GET", "/Observation?_text=" + query).json()) == ({made.json()["id"]} if hit else set()), query


def test_searches_inside_bundles_include_cut_and_count(fhir, some_patient):
    id_ = some_patient["id"]
    stay = fhir.ask("POST", "/Encounter", {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": {"reference": "Patient/" + id_}}).json()["id"]
    for kind in ("batch", "transaction"):
        urls = [f"Encounter?_id={stay}&_include=Encounter:subject&_total=accurate", f"Patient?_id={id_}&_revinclude=Encounter:subject", f"Patient?_id={id_}&_elements=gender",
                f"Patient?_id={id_}&_summary=count"]
        answer = fhir.ask("POST", "", {"resourceType": "Bundle", "type": kind, "entry": [{"request": {"method": "GET", "url": u}} for u in urls]})
        assert answer.status_code == 200, answer.text
        one, two, three, four = [e["resource"] for e in answer.json()["entry"]]
        assert [(e["resource"]["id"], e["search"]["mode"]) for e in one["entry"]] == [(stay, "match"), (id_, "include")] and one["total"] == 1
        assert {(e["resource"]["id"], e["search"]["mode"]) for e in two["entry"]} >= {(id_, "match"), (stay, "include")}
        cut = three["entry"][0]["resource"]
        assert set(cut) <= {"resourceType", "id", "meta", "gender"} and cut["meta"]["tag"][0]["code"] == "SUBSETTED"
        assert four["total"] == 1 and "entry" not in four


def test_metadata_names_what_is_searched_on_every_type(fhir):
    for type_ in fhir.ask("GET", "/metadata").json()["rest"][0]["resource"]:
        names = {p["name"] for p in type_["searchParam"]}
        assert {"_id", "_lastUpdated", "_list"} <= names and not {"_content", "_query"} & names
