# SPDX-License-Identifier: Apache-2.0
"""Every kind of search on the demonstration base, compared with a slow oracle: all resources read page by page, filtered in Python."""
import itertools

import pytest

from test_fhir_search import entries, ids, q

TYPES = ("Patient", "Encounter", "Observation", "Condition", "Practitioner", "Organization", "Location", "AllergyIntolerance", "MedicationRequest")
MOST = 6000


@pytest.fixture(scope="module")
def world(fhir):
    """Type → id → resource: the whole base but for types that are very long (their first pages)."""
    out = {}
    for type_ in TYPES:
        found, url = {}, f"/{type_}?_count=200"
        while url and len(found) < MOST:
            bundle = fhir.ask("GET", url).json()
            found.update({r["id"]: r for r in entries(bundle)})
            url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
        out[type_] = found
        out[type_ + ":whole"] = url is None
    return out


def walk(fhir, url):
    """All hits of a search, over all pages; each once."""
    seen, pages = [], 0
    while url:
        answer = fhir.ask("GET", url)
        assert answer.status_code == 200, f"{url}: {answer.text}"
        bundle = answer.json()
        seen += [e["resource"]["id"] for e in bundle.get("entry", []) if e["search"]["mode"] == "match"]
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
        pages += 1
        assert pages < 200
    assert len(seen) == len(set(seen)), "a hit came twice"
    return seen


def ref(resource, *path):
    """References below a path, arrays flattened."""
    at = [resource]
    for name in path:
        at = [x for v in at for x in (v.get(name, []) if isinstance(v.get(name, []), list) else [v[name]])]
    return [v["reference"] for v in at if isinstance(v, dict) and "reference" in v]


def codes(concept):
    return {(c.get("system"), c.get("code")) for c in (concept or {}).get("coding", [])}


def the(world, reference):
    type_, _, id_ = reference.partition("/")
    return world.get(type_, {}).get(id_)


def subject(world, r):
    return next((the(world, x) for x in ref(r, "subject") + ref(r, "patient")), None)


def family_starts(p, text):
    return p is not None and any(n.get("family", "").lower().startswith(text) for n in p.get("name", []))


def condition_codes(world):
    return sorted({c for r in world["Condition"].values() for c in codes(r.get("code"))}, key=str)


def cases(world):
    """(query, type, what the oracle says of one resource)"""
    patient = next(iter(world["Patient"].values()))
    family = patient["name"][0]["family"].lower()[:4]
    gender = patient["gender"]
    some = condition_codes(world)[0]
    stay = next(r for r in world["Encounter"].values() if subject(world, r))
    who = subject(world, stay)
    conditions_of = {}
    for r in world["Condition"].values():
        for x in ref(r, "subject"):
            conditions_of.setdefault(x, []).append(r)
    stays_of = {}
    for r in world["Encounter"].values():
        for x in ref(r, "subject"):
            stays_of.setdefault(x, []).append(r)
    has = lambda p, code: any(code in codes(c.get("code")) for c in conditions_of.get("Patient/" + p["id"], []))
    token = q(f"{some[0]}|{some[1]}") if some[0] else q(some[1])
    yield f"gender={gender}", "Patient", lambda r: r.get("gender") == gender
    yield f"gender:not={gender}", "Patient", lambda r: r.get("gender") != gender
    yield "gender:in=" + q("http://hl7.org/fhir/ValueSet/administrative-gender"), "Patient", lambda r: "gender" in r
    yield "gender:not-in=" + q("http://hl7.org/fhir/ValueSet/administrative-gender"), "Patient", lambda r: "gender" not in r
    yield "birthdate=ge1950&birthdate=lt1960", "Patient", lambda r: "1950" <= r.get("birthDate", "") < "1960"
    yield "birthdate=lt1940,gt2010", "Patient", lambda r: "birthDate" in r and (r["birthDate"] < "1940" or r["birthDate"] >= "2011")
    yield f"gender={gender}&birthdate=ge1990", "Patient", lambda r: r.get("gender") == gender and r.get("birthDate", "") >= "1990"
    yield "general-practitioner:missing=true", "Patient", lambda r: "generalPractitioner" not in r
    yield f"_has:Condition:patient:code={token}", "Patient", lambda r: has(r, some)
    yield f"_has:Condition:subject:code={token}&gender={gender}", "Patient", lambda r: has(r, some) and r.get("gender") == gender
    yield "_has:Encounter:patient:status=in-progress", "Patient", lambda r: any(s["status"] == "in-progress" for s in stays_of.get("Patient/" + r["id"], []))
    yield "_has:Encounter:patient:_has:Condition:encounter:code=" + token, "Patient", lambda r: any(
        some in codes(c.get("code")) and "Encounter/" + s["id"] in ref(c, "encounter") for s in stays_of.get("Patient/" + r["id"], []) for c in world["Condition"].values())
    yield f"code={token}", "Condition", lambda r: some in codes(r.get("code"))
    yield f"code:not={token}", "Condition", lambda r: some not in codes(r.get("code"))
    yield f"subject:Patient.gender={gender}&code={token}", "Condition", lambda r: some in codes(r.get("code")) and (subject(world, r) or {}).get("gender") == gender
    yield f"patient.family={q(family)}", "Condition", lambda r: family_starts(subject(world, r), family)
    yield f"subject.birthdate=ge1990", "Encounter", lambda r: (subject(world, r) or {}).get("birthDate", "") >= "1990"
    yield f"patient.gender={gender}&status=in-progress", "Encounter", lambda r: r["status"] == "in-progress" and (subject(world, r) or {}).get("gender") == gender
    yield f"patient=Patient/{who['id']}", "Encounter", lambda r: f"Patient/{who['id']}" in ref(r, "subject")
    yield "status:not=in-progress", "Encounter", lambda r: r["status"] != "in-progress"
    yield f"patient._has:Condition:patient:code={token}", "Encounter", lambda r: subject(world, r) is not None and has(subject(world, r), some)
    yield "encounter.status=in-progress&code=" + token, "Condition", lambda r: some in codes(r.get("code")) and any((the(world, x) or {}).get("status") == "in-progress" for x in ref(r, "encounter"))
    yield f"encounter.subject:Patient.gender={gender}&code={token}", "Condition", lambda r: some in codes(r.get("code")) and any(
        (subject(world, the(world, x) or {}) or {}).get("gender") == gender for x in ref(r, "encounter"))
    yield "service-provider.name=a", "Encounter", lambda r: any(starts_name(the(world, x), "a") for x in ref(r, "serviceProvider"))
    quantity = next(r for r in world["Observation"].values() if "valueQuantity" in r)
    value, code, id_ = quantity["valueQuantity"]["value"], next(iter(codes(quantity["code"]))), quantity["subject"]["reference"]
    mine = lambda r: id_ in ref(r, "subject")
    yield f"subject={id_}&value-quantity=ge{value}", "Observation", lambda r: mine(r) and r.get("valueQuantity", {}).get("value", -1e99) >= value
    yield f"subject={id_}&value-quantity=lt{value}", "Observation", lambda r: mine(r) and "value" in r.get("valueQuantity", {}) and r["valueQuantity"]["value"] < value
    yield f"subject={id_}&code-value-quantity=" + q(f"{code[0]}|{code[1]}$ge{value}"), "Observation", lambda r: mine(r) and code in codes(r["code"]) and r.get("valueQuantity", {}).get("value", -1e99) >= value
    yield f"subject={id_}&component-code:missing=true", "Observation", lambda r: mine(r) and not any(c.get("code") for c in r.get("component", []))


def starts_name(organization, text):
    return organization is not None and organization.get("name", "").lower().startswith(text)


def test_hits_pages_and_counts_are_the_oracles(fhir, world):
    checked, with_hits = 0, 0
    for query, type_, holds in cases(world):
        want = {i for i, r in world[type_].items() if holds(r)}
        got = walk(fhir, f"/{type_}?{query}&_count=100")
        if not world[type_ + ":whole"]:
            got = [i for i in got if i in world[type_]]
        assert set(got) == want, f"{type_}?{query}: too much {sorted(set(got) - want)[:3]}, missing {sorted(want - set(got))[:3]}"
        if world[type_ + ":whole"]:
            assert fhir.ask("GET", f"/{type_}?{query}&_summary=count").json()["total"] == len(want), query
            assert fhir.ask("GET", f"/{type_}?{query}&_count=1&_total=accurate").json()["total"] == len(want), query
        checked += 1
        with_hits += bool(want)
    assert checked >= 25 and with_hits >= 18, "the base has too little to prove anything"


def test_several_sort_keys_both_ways(fhir, world):
    for first, second in itertools.product(("gender", "-gender"), ("birthdate", "-birthdate")):
        query = f"/Patient?birthdate=ge1985&birthdate=lt1990&_sort={first},{second}&_count=50"
        got = walk(fhir, query)
        people = [world["Patient"][i] for i in got]
        down_first, down_second = first[0] == "-", second[0] == "-"
        want = sorted(people, key=lambda r: r["birthDate"], reverse=down_second)
        want = sorted(want, key=lambda r: r.get("gender", ""), reverse=down_first)
        assert [(r.get("gender"), r["birthDate"]) for r in people] == [(r.get("gender"), r["birthDate"]) for r in want], query
        assert len(got) > 3


def modes(bundle, mode):
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle.get("entry", []) if e["search"]["mode"] == mode}


def test_includes_bring_what_the_matches_name_and_nothing_else(fhir, world):
    for query in ("/Encounter?status=in-progress&_count=20&_include=Encounter:patient", "/Encounter?_count=30&_include=Encounter:subject:Patient"):
        bundle = fhir.ask("GET", query).json()
        want = {x for r in entries(bundle) if r["resourceType"] == "Encounter" for x in ref(r, "subject") if the(world, x)}
        assert want and modes(bundle, "include") == want
        assert len(modes(bundle, "match")) == query.count("=20") * 20 + query.count("=30") * 30
        for e in bundle["entry"]:
            assert e["fullUrl"] == f"{fhir.base}/{e['resource']['resourceType']}/{e['resource']['id']}"
    bundle = fhir.ask("GET", "/Encounter?_count=5&_include=*").json()
    want = set()
    for r in entries(bundle):
        if r["resourceType"] == "Encounter":
            want |= {x for x in ref(r, "subject") + ref(r, "serviceProvider") + ref(r, "participant", "individual") + ref(r, "location", "location") if the(world, x)}
    assert want <= modes(bundle, "include")


def test_revincludes_and_iteration(fhir, world):
    stay = next(r for r in world["Encounter"].values() if any("Encounter/" + r["id"] in ref(c, "encounter") for c in world["Condition"].values()))
    who = ref(stay, "subject")[0]
    stays = {"Encounter/" + r["id"] for r in world["Encounter"].values() if who in ref(r, "subject")}
    conditions = {"Condition/" + r["id"] for r in world["Condition"].values() if who in ref(r, "subject")}
    by_stay = {"Condition/" + r["id"] for r in world["Condition"].values() if set(ref(r, "encounter")) & stays}
    id_ = who.partition("/")[2]
    assert modes(fhir.ask("GET", f"/Patient?_id={id_}&_revinclude=Encounter:patient").json(), "include") == stays
    assert modes(fhir.ask("GET", f"/Patient?_id={id_}&_revinclude=Condition:patient&_revinclude=Encounter:subject").json(), "include") == stays | conditions
    assert modes(fhir.ask("GET", f"/Patient?_id={id_}&_revinclude=Encounter:patient&_revinclude:iterate=Condition:encounter").json(), "include") == stays | by_stay
    bundle = fhir.ask("GET", f"/Patient?_id={id_}&_revinclude=Encounter:patient&_include:iterate=Encounter:service-provider&_total=accurate").json()
    assert bundle["total"] == 1, "includes are not counted"
    assert modes(bundle, "match") == {who}
    assert modes(bundle, "include") == stays | {x for s in stays for x in ref(the(world, s), "serviceProvider") if the(world, x)}


def test_pages_do_not_change_while_others_write(fhir, world):
    before = walk(fhir, "/Practitioner?_count=200")
    url, seen = "/Practitioner?_count=50", []
    while url:
        bundle = fhir.ask("GET", url).json()
        seen += [r["id"] for r in entries(bundle)]
        made = fhir.ask("POST", "/Practitioner", {"resourceType": "Practitioner", "name": [{"family": "Entretemps"}]})
        assert made.status_code == 201
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
    assert seen == before


def test_summaries_and_elements_are_tagged(fhir, world):
    p = next(iter(world["Patient"].values()))
    tag = lambda r: any(t.get("code") == "SUBSETTED" for t in r["meta"].get("tag", []))
    one = lambda query: entries(fhir.ask("GET", f"/Patient?_id={p['id']}&{query}").json())[0]
    assert one("_summary=false") == p and not tag(p)
    less = one("_elements=birthDate")
    assert tag(less) and less["birthDate"] == p["birthDate"] and set(less) == {"resourceType", "id", "meta", "birthDate"}
    assert tag(one("_summary=data")) and "text" not in one("_summary=data")
    text = one("_summary=text")
    assert tag(text) and "name" not in text and set(text) <= {"resourceType", "id", "meta", "text", "implicitRules"}
    short = one("_summary=true")
    assert tag(short) and short["name"] == p["name"] and "contact" not in short and "communication" not in short
    assert "entry" not in fhir.ask("GET", f"/Patient?_id={p['id']}&_summary=count").json()
    bundle = fhir.ask("GET", f"/Encounter?patient={p['id']}&_elements=status&_include=Encounter:patient").json()
    for e in bundle.get("entry", []):
        assert tag(e["resource"]) == (e["search"]["mode"] == "match")


def test_tags_profiles_sources_lists_and_typed_identifiers(fhir):
    meta = {"tag": [{"system": "urn:x:tags", "code": "essai"}], "profile": ["http://x.example/fhir/StructureDefinition/p|1"],
            "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}], "source": "http://x.example/source/7"}
    typed = {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PRN"}]}, "system": "urn:x:ids", "value": "77-1"}
    made = fhir.ask("POST", "/Practitioner", {"resourceType": "Practitioner", "meta": meta, "identifier": [typed]})
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    other = fhir.ask("POST", "/Organization", {"resourceType": "Organization", "meta": meta, "identifier": [typed], "name": "Maison"})  # the same words on another type
    assert other.status_code == 201, other.text
    members = fhir.ask("POST", "/List", {"resourceType": "List", "status": "current", "mode": "working",
                                         "entry": [{"item": {"reference": f"Practitioner/{id_}"}}, {"item": {"reference": f"Organization/{other.json()['id']}"}}]}).json()["id"]
    for query in ("_tag=urn:x:tags|essai", "_tag=essai", "_tag:not=autre&identifier=77-1", "_profile=http://x.example/fhir/StructureDefinition/p",
                  "_profile=" + q("http://x.example/fhir/StructureDefinition/p|1"), "_profile:below=http://x.example/fhir", "_security=R", "_source=http://x.example/source/7",
                  "_source:below=http://x.example/source", f"_list={members}", "identifier:of-type=" + q("http://terminology.hl7.org/CodeSystem/v2-0203|PRN|77-1")):
        assert ids(fhir.ask("GET", "/Practitioner?" + query).json()) == {id_}, query
        assert fhir.ask("GET", "/Practitioner?" + query + "&_summary=count").json()["total"] == 1, query
    for query in ("_tag=urn:x:other|essai", "_profile=http://x.example/fhir/StructureDefinition", "_profile:below=http://x.example/fh", "_source=http://x.example/source",
                  f"_list={members}x", "identifier:of-type=" + q("http://terminology.hl7.org/CodeSystem/v2-0203|MR|77-1")):
        assert ids(fhir.ask("GET", "/Practitioner?" + query).json()) == set(), query
        assert fhir.ask("GET", "/Practitioner?" + query + "&_summary=count").json()["total"] == 0, query


def test_references_are_found_by_the_identifier_they_carry(fhir):
    def role(**identifier):
        made = fhir.ask("POST", "/PractitionerRole", {"resourceType": "PractitionerRole", "practitioner": {"identifier": identifier}})
        assert made.status_code == 201, made.text
        return made.json()["id"]
    card, other, bare, second = role(system="urn:test:cards", value="L-1"), role(system="urn:test:other", value="L-1"), role(value="L-1"), role(system="urn:test:cards", value="L-2")
    for value, found in (("urn:test:cards|L-1", {card}), ("L-1", {card, other, bare}), ("|L-1", {bare}), ("urn:test:cards|", {card, second}), ("L-2,L-3", {second}), ("l-1", set()), ("L", set())):
        query = "/PractitionerRole?practitioner:identifier=" + q(value).replace("%2C", ",")
        assert ids(fhir.ask("GET", query).json()) == found, value
        assert fhir.ask("GET", query + "&_summary=count").json()["total"] == len(found), value
    assert ids(fhir.ask("GET", "/PractitionerRole?practitioner=L-1").json()) == set()  # it names nobody's id
    assert ids(fhir.ask("GET", "/PractitionerRole?practitioner:identifier=L-1&practitioner:identifier=urn:test:other|L-1").json()) == {other}


@pytest.mark.parametrize("query, name", [
    ("_text=-", "_text"), ("_containedType=contained", "_containedType"), ("_content=a", "_content"), ("_query=a", "_query"), ("_contained=true", "_contained"), ("_filter=a", "_filter"),
    ("gender:above=male", "gender:above"), ("gender:in=http://nowhere.example/vs", "gender:in"), ("_has:Observation:patient:cod=1", "_has:Observation:patient:cod"),
    ("_include=Patient:name", "_include"), ("_revinclude=Patient", "_revinclude"), ("_include:recurse=Patient:link", "_include:recurse"), ("_elements=colour", "_elements"),
    ("_summary=all", "_summary"), ("_list=$current-problems", "_list"), ("organization.colour=1", "organization.colour"), ("general-practitioner:Patient.name=a", "general-practitioner:Patient.name"),
])
def test_what_is_not_built_or_misspelt_is_refused_by_name(fhir, query, name):
    answer = fhir.ask("GET", "/Patient?" + query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["issue"][0]["expression"][0] == name
    assert "entry" not in answer.json()


def test_lenient_only_on_demand_and_then_said(fhir, some_patient):
    query = f"/Patient?_id={some_patient['id']}&colour=red&_count=5"
    assert fhir.ask("GET", query).status_code == 400
    assert fhir.ask("GET", query, headers={"Prefer": "handling=strict"}).status_code == 400
    answer = fhir.ask("GET", query, headers={"Prefer": "return=minimal, handling=lenient"})
    assert answer.status_code == 200 and ids(answer.json()) == {some_patient["id"]}
    own = next(l["url"] for l in answer.json()["link"] if l["relation"] == "self")
    assert own == f"{fhir.base}/Patient?_id={some_patient['id']}&_count=5"
    assert fhir.ask("GET", "/Patient?gender:foo=male", headers={"Prefer": "handling=lenient"}).status_code == 400, "a modifier is never ignored"


def test_the_same_by_post(fhir, world):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    query = "status=in-progress&_count=7&_include=Encounter:patient&_sort=-date"
    a, b = fhir.ask("GET", "/Encounter?" + query).json(), fhir.ask("POST", "/Encounter/_search", data=query, headers=form).json()
    assert a["entry"] == b["entry"] and a["link"] == b["link"]


def test_includes_that_are_too_many_are_cut_and_said(fhir):
    who = fhir.ask("POST", "/Patient", {"resourceType": "Patient", "name": [{"family": "Nombreux"}]}).json()["id"]
    flags = [{"resource": {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": {"reference": f"Patient/{who}"}}, "request": {"method": "POST", "url": "Flag"}}
             for _ in range(1005)]
    for at in range(0, len(flags), 400):
        assert fhir.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": flags[at:at + 400]}).status_code == 200
    bundle = fhir.ask("GET", f"/Patient?_id={who}&_revinclude=Flag:patient&_total=accurate").json()
    assert bundle["total"] == 1 and len(modes(bundle, "include")) == 1000
    said, = [e for e in bundle["entry"] if e["search"]["mode"] == "outcome"]
    assert said["resource"]["resourceType"] == "OperationOutcome" and said["resource"]["issue"][0]["severity"] == "warning"
    few = fhir.ask("GET", f"/Patient?_id={who}&_include=Patient:organization").json()
    assert all(e["search"]["mode"] != "outcome" for e in few["entry"])


def test_a_following_page_brings_along_its_own(fhir, world):
    url, seen = "/Encounter?_count=3&_include=Encounter:patient", 0
    while url and seen < 4:
        bundle = fhir.ask("GET", url).json()
        assert modes(bundle, "include") == {x for r in entries(bundle) if r["resourceType"] == "Encounter" for x in ref(r, "subject") if the(world, x)}
        url = next((l["url"][len(fhir.base):] for l in bundle["link"] if l["relation"] == "next"), None)
        assert url is None or "_include=Encounter%3Apatient" in url
        seen += 1
    assert seen == 4
