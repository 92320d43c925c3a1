# SPDX-License-Identifier: Apache-2.0
"""FHIR writes: what is refused names its element; versions, conditions, deletion, batch and transaction."""
import copy
import json

import pytest

PATIENT = {"resourceType": "Patient", "name": [{"use": "official", "family": "ESSAI", "given": ["Ana"]}], "gender": "female", "birthDate": "1957-02-14"}


def outcome(answer, status):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return body["issue"]


@pytest.mark.parametrize("change, element", [
    ({"genre": "x"}, "Patient.genre"), ({"gender": "woman"}, "Patient.gender"), ({"birthDate": "14/02/1957"}, "Patient.birthDate"),
    ({"name": "ESSAI"}, "Patient.name"), ({"name": [{"family": ["a"]}]}, "Patient.name[0].family"), ({"active": "true"}, "Patient.active"),
    ({"name": []}, "Patient.name"), ({"managingOrganization": {"reference": "Patient/1"}}, "Patient.managingOrganization"),
    ({"name": [{"family": "a\u0007b"}]}, "Patient.name[0].family"),
])
def test_a_bad_resource_is_refused_with_its_element(fhir, change, element):
    issues = outcome(fhir.ask("POST", "/Patient", body={**PATIENT, **change}), 400)
    assert any(e.startswith(element) for i in issues for e in i.get("expression", [])), issues


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"resourceType":"Patient","resourceType":"Patient"}', b"\xff\xfe",
                                  b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', b"[" * 5000])
def test_bytes_that_are_no_resource_are_400(fhir, body):
    outcome(fhir.ask("POST", "/Patient", data=body, headers={"Content-Type": "application/fhir+json"}), 400)


def test_an_unknown_type_is_refused_with_its_element(fhir):
    issues = outcome(fhir.ask("POST", "/Patient", data=b'{"resourceType":"Pizza"}', headers={"Content-Type": "application/fhir+json"}), 404)
    assert issues[0]["expression"] == ["resourceType"]


def test_other_content_types_are_415(fhir):
    outcome(fhir.ask("POST", "/Patient", data=b"<Patient/>", headers={"Content-Type": "application/fhir+xml"}), 415)
    outcome(fhir.ask("POST", "/Patient", data=json.dumps(PATIENT)), 415)


def test_type_and_id_of_address_and_body_must_agree(fhir):
    outcome(fhir.ask("POST", "/Observation", body=PATIENT), 400)
    outcome(fhir.ask("PUT", "/Patient/abc", body={**PATIENT, "id": "def"}), 400)


def test_create_update_conflict_history_delete(fhir):
    answer = fhir.ask("POST", "/Patient", body=PATIENT)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    path = f"/Patient/{made['id']}"
    assert answer.headers["Location"] == f"{fhir.base}{path}/_history/1"
    assert answer.headers["ETag"] == 'W/"1"' and "Last-Modified" in answer.headers
    assert made["meta"]["versionId"] == "1" and made["birthDate"] == PATIENT["birthDate"]

    changed = copy.deepcopy(made)
    changed["birthDate"] = "1957-02-15"
    outcome(fhir.ask("PUT", path, body=changed, headers={"If-Match": 'W/"7"'}), 412)
    outcome(fhir.ask("PUT", path, body=changed, headers={"If-Match": "seven"}), 400)
    answer = fhir.ask("PUT", path, body=changed, headers={"If-Match": 'W/"1"', "Prefer": "return=minimal"})
    assert answer.status_code == 200 and answer.content == b"" and answer.headers["ETag"] == 'W/"2"'
    outcome(fhir.ask("PUT", path, body=changed, headers={"If-Match": 'W/"1"'}), 412)
    assert fhir.ask("GET", path).json()["birthDate"] == "1957-02-15"
    assert fhir.ask("GET", f"{path}/_history/1").json()["birthDate"] == "1957-02-14"

    outcome(fhir.ask("DELETE", path, headers={"If-Match": 'W/"1"'}), 412)
    assert fhir.ask("DELETE", path).status_code == 204
    outcome(fhir.ask("GET", path), 410)
    assert fhir.ask("GET", f"/Patient?_id={made['id']}").json().get("entry", []) == []
    history = fhir.ask("GET", f"{path}/_history").json()["entry"]
    assert [e["request"]["method"] for e in history] == ["DELETE", "PUT", "PUT"] or [e["request"]["method"] for e in history] == ["DELETE", "PUT", "POST"]
    assert "resource" not in history[0]


def test_update_makes_what_is_not_there(fhir):
    answer = fhir.ask("PUT", "/Patient/made-by-put", body={**PATIENT, "id": "made-by-put"})
    assert answer.status_code == 201 and answer.headers["Location"].endswith("/Patient/made-by-put/_history/1")


def test_numbers_and_texts_come_back_as_written(fhir, some_patient):
    text = '{"resourceType":"Observation","status":"final","code":{"text":"<b>é\\u00e9 & \\"x\\"</b>"},"subject":{"reference":"Patient/%s"},"valueQuantity":{"value":5.40,"unit":"g"}}'
    answer = fhir.ask("POST", "/Observation", data=(text % some_patient["id"]).encode(), headers={"Content-Type": "application/fhir+json"})
    assert answer.status_code == 201, answer.text
    read = fhir.ask("GET", f"/Observation/{answer.json()['id']}")
    assert '"value":5.40' in read.text and read.json()["code"]["text"] == '<b>éé & "x"</b>'


def entry(method, url, resource=None, full=None, **more):
    return {k: v for k, v in {"fullUrl": full, "resource": resource, "request": {"method": method, "url": url, **more}}.items() if v is not None}


def test_a_patient_in_a_bed_is_not_deleted_and_the_outcome_names_the_place(fhir):
    unit = fhir.ask("GET", "/Organization?type=UF&_count=1").json()["entry"][0]["resource"]
    patient = fhir.ask("POST", "/Patient", body=PATIENT).json()["id"]
    stay = fhir.ask("POST", "/Encounter", body={"resourceType": "Encounter", "status": "in-progress", "class": {"code": "IMP"}, "subject": {"reference": f"Patient/{patient}"},
                                                "serviceProvider": {"reference": f"Organization/{unit['id']}"}, "period": {"start": "2026-01-01"}}).json()["id"]
    refused = fhir.ask("DELETE", f"/Patient/{patient}")
    outcome(refused, 409)
    assert unit["name"] in refused.json()["issue"][0]["details"]["text"]
    assert fhir.ask("GET", f"/Patient/{patient}").status_code == 200
    assert fhir.ask("DELETE", f"/Encounter/{stay}").status_code in (200, 204)
    assert fhir.ask("DELETE", f"/Patient/{patient}").status_code in (200, 204)


def test_a_batch_answers_each_entry_alone(fhir):
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry("POST", "Patient", PATIENT), entry("POST", "Patient", {**PATIENT, "gender": "x"}), entry("GET", "Patient/nope")]}
    answer = fhir.ask("POST", "", body=bundle)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "batch-response"
    assert [e["response"]["status"][:3] for e in answer.json()["entry"]] == ["201", "400", "404"]


def test_a_transaction_is_all_or_nothing(fhir):
    mother, child = {**PATIENT, "name": [{"family": "TOUTOURIEN"}]}, {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "urn:uuid:7b5a1d5e-0000-4000-8000-000000000001"}}
    good = {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "Observation", child), entry("POST", "Patient", mother, full="urn:uuid:7b5a1d5e-0000-4000-8000-000000000001")]}
    bad = copy.deepcopy(good)
    bad["entry"].append(entry("POST", "Patient", {**PATIENT, "gender": "x"}))
    outcome(fhir.ask("POST", "", body=bad), 400)
    assert fhir.ask("GET", "/Patient?family:exact=TOUTOURIEN").json().get("entry", []) == []
    answer = fhir.ask("POST", "", body=good)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "transaction-response"
    observation = fhir.ask("GET", "/" + answer.json()["entry"][0]["response"]["location"].split("/fhir/")[-1].split("/_history")[0]).json()
    assert observation["subject"]["reference"].startswith("Patient/")
    assert fhir.ask("GET", "/" + observation["subject"]["reference"]).json()["name"][0]["family"] == "TOUTOURIEN"


def test_a_bundle_that_is_none_is_refused(fhir):
    outcome(fhir.ask("POST", "", body={"resourceType": "Bundle", "type": "collection", "entry": []}), 400)
    outcome(fhir.ask("POST", "", body=PATIENT), 400)


def test_bodies_over_the_limit_are_413(fhir):
    answer = fhir.ask("POST", "/Patient", data=b"x" * (9 << 20), headers={"Content-Type": "application/fhir+json", "Expect": "100-continue"})
    assert answer.status_code == 413
