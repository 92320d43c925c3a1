# SPDX-License-Identifier: Apache-2.0
"""FHIR reads: metadata, read, vread, history, formats; what is refused first."""
import re

import pytest


def outcome(answer, status, code=None):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    if code:
        assert body["issue"][0]["code"] == code
    return body["issue"]


def test_without_token_everything_but_metadata_is_401(nobody, some_patient):
    for method, path in [("GET", f"/Patient/{some_patient['id']}"), ("GET", "/Patient/unknown"), ("GET", "/Patient"), ("GET", "/Patient?name=a"),
                         ("GET", f"/Patient/{some_patient['id']}/_history"), ("DELETE", f"/Patient/{some_patient['id']}")]:
        answer = nobody.ask(method, path)
        outcome(answer, 401, "login")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_and_a_cookie_are_401(nobody, some_patient, token):
    path = f"/Patient/{some_patient['id']}"
    outcome(nobody.ask("GET", path, headers={"Authorization": "Bearer wrong"}), 401)
    outcome(nobody.ask("GET", path, headers={"Authorization": "Bearer " + "x" * 5000}), 401)
    outcome(nobody.ask("GET", path, headers={"Authorization": "Basic " + token}), 401)
    outcome(nobody.ask("GET", path, headers={"Cookie": "hygie-plain=" + token}), 401)
    outcome(nobody.ask("GET", path, headers={"Cookie": "__Host-hygie=" + token}), 401)


def test_unknown_type_and_id_are_404(fhir):
    outcome(fhir.ask("GET", "/Pizza/1"), 404, "not-supported")
    outcome(fhir.ask("GET", "/Patient/does-not-exist"), 404, "not-found")
    outcome(fhir.ask("GET", "/Patient/not%20an%20id"), 404)
    outcome(fhir.ask("GET", "/Patient/" + "a" * 65), 404)
    outcome(fhir.ask("GET", "/"), 405) # the base takes a POST of bundles only


def test_unknown_methods_are_405_with_allow(fhir, some_patient):
    answer = fhir.ask("POST", f"/Patient/{some_patient['id']}", body=[])
    outcome(answer, 405, "not-supported")
    assert {"GET", "HEAD", "PUT", "PATCH", "DELETE"} <= set(re.split(", ?", answer.headers["Allow"]))


@pytest.mark.parametrize("accept", ["application/fhir+xml", "application/xml", "text/turtle"])
def test_other_formats_are_406(fhir, some_patient, accept):
    path = f"/Patient/{some_patient['id']}"
    outcome(fhir.ask("GET", path, headers={"Accept": accept}), 406)
    outcome(fhir.ask("GET", path + "?_format=" + accept.replace("+", "%2B")), 406)
    outcome(fhir.ask("GET", "/metadata", headers={"Accept": accept}), 406)


@pytest.mark.parametrize("accept", ["application/fhir+json", "application/json", "*/*", "application/*", "text/html,application/xml;q=0.9,*/*;q=0.8"])
def test_json_in_all_its_names_is_given(fhir, some_patient, accept):
    assert fhir.ask("GET", f"/Patient/{some_patient['id']}", headers={"Accept": accept}).status_code == 200


def test_format_in_the_address_wins(fhir, some_patient):
    for f in ("json", "application/fhir%2Bjson", "application/fhir+json", "application/json"):
        assert fhir.ask("GET", f"/Patient/{some_patient['id']}?_format={f}", headers={"Accept": "application/fhir+xml"}).status_code == 200


def test_unknown_parameters_of_a_read_are_400(fhir, some_patient):
    issue = outcome(fhir.ask("GET", f"/Patient/{some_patient['id']}?_sort=name"), 400, "not-supported")
    assert issue[0]["expression"] == ["_sort"]


def test_metadata_needs_no_session(nobody):
    answer = nobody.ask("GET", "/metadata")
    assert answer.status_code == 200
    body = answer.json()
    assert body["resourceType"] == "CapabilityStatement" and body["fhirVersion"] == "4.0.1"
    patient = next(r for r in body["rest"][0]["resource"] if r["type"] == "Patient")
    assert {"read", "vread", "update", "delete", "create", "search-type", "history-instance"} <= {i["code"] for i in patient["interaction"]}


def test_read_gives_the_resource_with_etag_and_date(fhir, some_patient):
    answer = fhir.ask("GET", f"/Patient/{some_patient['id']}")
    assert answer.status_code == 200 and answer.json() == some_patient
    assert answer.headers["ETag"] == f'W/"{some_patient["meta"]["versionId"]}"'
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_gives_the_same_headers_without_a_body(fhir, some_patient):
    full, head = (fhir.ask(m, f"/Patient/{some_patient['id']}", headers={"Accept-Encoding": "identity"}) for m in ("GET", "HEAD"))
    assert head.status_code == 200 and head.content == b""
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == full.headers[name]


def test_if_none_match_gives_304(fhir, some_patient):
    path, version = f"/Patient/{some_patient['id']}", some_patient["meta"]["versionId"]
    for tag in (f'W/"{version}"', f'"{version}"', f'"x", W/"{version}"', "*"):
        answer = fhir.ask("GET", path, headers={"If-None-Match": tag})
        assert answer.status_code == 304 and answer.content == b""
    assert fhir.ask("GET", path, headers={"If-None-Match": 'W/"999"'}).status_code == 200


def test_vread_and_history(fhir, some_patient):
    path = f"/Patient/{some_patient['id']}"
    version = some_patient["meta"]["versionId"]
    assert fhir.ask("GET", f"{path}/_history/{version}").json() == some_patient
    outcome(fhir.ask("GET", f"{path}/_history/999"), 404)
    outcome(fhir.ask("GET", f"{path}/_history/x"), 404)
    bundle = fhir.ask("GET", f"{path}/_history").json()
    assert bundle["type"] == "history"
    assert bundle["entry"][0]["resource"] == some_patient
    assert bundle["entry"][0]["fullUrl"].endswith(path)
    assert {"method", "url"} == set(bundle["entry"][0]["request"])
    outcome(fhir.ask("GET", f"{path}/_history?_until=2020-01-01"), 400)


def test_bodies_may_be_packed(fhir):
    answer = fhir.ask("GET", "/Patient?_count=20", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.json()["entry"]) == 20
