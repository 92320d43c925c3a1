# SPDX-License-Identifier: Apache-2.0
"""Every example of the reference material is judged by the rules it should be judged by, and what is stored comes back as it was written."""
import json
import re

from hygie_server import shared

# FR Core's own example of a Patient carries an INS on an identity with status VALI: the RNIV does not allow that, so it is refused here.
REFUSED = {"Patient-FRCorePatientExample.json": (422, "Patient.identifier[0]")}


def minified(text):
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda m: m.group(1) or "", text)


def without(text, *names):
    """Minified text of an object without some of its members: what is left stays byte for byte."""
    decoder, at, kept = json.JSONDecoder(), 1, []
    while text[at] != "}":
        name, colon = decoder.raw_decode(text, at)
        _, end = decoder.raw_decode(text, colon + 1)
        if name not in names:
            kept.append(text[at:end])
        at = end + (text[end] == ",")
    return kept


def round_trip(fhir, text):
    body = json.loads(text)
    path = f"/{body['resourceType']}/{body['id']}"
    answer = fhir.ask("PUT", path, data=text.encode(), headers={"Content-Type": "application/fhir+json"})
    return answer, path, minified(text)


def test_the_examples_of_fr_core_come_back_as_written(fhir):
    files = sorted(shared("data/fr_core/exemples").glob("*.json"))
    assert len(files) > 25
    for file in files:
        answer, path, text = round_trip(fhir, file.read_text(encoding="utf-8"))
        if file.name in REFUSED:
            status, element = REFUSED[file.name]
            assert answer.status_code == status and answer.json()["issue"][0]["expression"] == [element], file.name
            continue
        assert answer.status_code in (200, 201), f"{file.name}: {answer.text}"
        read = fhir.ask("GET", path).text
        assert without(read, "id", "meta") == without(text, "id", "meta"), file.name
        checked = fhir.ask("POST", path + "/$validate", data=text.encode(), headers={"Content-Type": "application/fhir+json"})
        assert [i["severity"] for i in checked.json()["issue"]] == ["information"], f"{file.name}: {checked.text}"


def test_numbers_dates_and_escapes_come_back_as_written(fhir, some_patient):
    text = ('{ "resourceType" : "Observation", "id": "comme-ecrit", "status": "final", "code": {"text": "\\u00e9t\\u00e9 / \\/ \\"q\\" 0,50 \U0001F600"},\n "subject": {"reference": "Patient/%s"},'
            ' "effectiveDateTime": "2026-03", "issued": "2026-03-01T10:00:00.120+01:00", "valueQuantity": {"value": 0.50, "unit": "g"},'
            ' "component": [{"code": {"text": "a"}, "valueQuantity": {"value": 1.0E+3}}, {"code": {"text": "b"}, "valueQuantity": {"value": 100}},'
            ' {"code": {"text": "c"}, "valueQuantity": {"value": 12345678901234567890.123456789}}] }') % some_patient["id"]
    answer, path, text = round_trip(fhir, text)
    assert answer.status_code == 201, answer.text
    assert without(fhir.ask("GET", path).text, "id", "meta") == without(text, "id", "meta")
    again = fhir.ask("GET", f"/Observation?_id=comme-ecrit").text
    assert ",".join(without(text, "id", "meta")[1:]) in again
