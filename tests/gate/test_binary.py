# SPDX-License-Identifier: Apache-2.0
"""The file of a document over FHIR: Binary/ID.1 gives the very bytes to who may read the DocumentReference, priced and recorded as that read; to nobody else, and not after it left the record."""
import base64
import hashlib
import json
import random

import pytest

from conftest import LightHouse
from gate_tables import PEOPLE
from hygie_server import Stage, copy_base
from test_incoming import file, qualified, taken, typed
from vault import API


def pdf(size, seed=1):
    """A whole PDF of one page with a stream of random bytes and its table of places."""
    noise = random.Random(seed).randbytes(size)
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
             b"<</Length %d>>stream\n" % len(noise) + noise + b"\nendstream"]
    out, places = b"%PDF-1.7\n", []
    for n, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % n + part + b"\nendobj\n"
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "binary")
    h = LightHouse(directory, Stage(directory))
    yield h
    assert h.vault.close() == 0


def filed(h, p, content, by="physician"):
    """(number, id of the DocumentReference)"""
    no = taken(h, **typed(content=content))
    a = file(h, p, no, by=by, reason="essai")
    assert a.rc == "OK", (a.rc, a.why)
    return no, a["got"][0][0]


def read(h, by, id_, type_="Binary", **more):
    token, bearer = (h.vault.machine, True) if by == "machine" else (h.token[by], False)
    return h.vault.ask(token, ("read", "it", type_, id_), get=[("it", "body"), ("it", "type"), ("it", "id")], surface=API, bearer=bearer, **more)


def body(a):
    assert a.rc == "OK", (a.rc, a.why)
    return json.loads(a["got"][0][0])


@pytest.mark.parametrize("size", [0, 1, 70_000, (4 << 20) - 600])
def test_the_very_bytes_come_back_by_the_url_of_the_attachment(house, size):
    p, content = qualified(house), pdf(size)
    _, document = filed(house, p, content)
    attachment = body(read(house, "physician", document, "DocumentReference"))["content"][0]["attachment"]
    type_, id_ = attachment["url"].split("/")
    assert (type_, id_, attachment["contentType"], attachment["size"]) == ("Binary", f"{document}.1", "application/pdf", len(content)) and "data" not in attachment
    for by in ("physician", "nurse", "machine"):
        a = read(house, by, id_)
        got = body(a)
        assert base64.b64decode(got["data"]) == content and hashlib.sha256(base64.b64decode(got["data"])).digest() == hashlib.sha256(content).digest()
        assert (got["resourceType"], got["id"], got["contentType"], got["securityContext"]) == ("Binary", id_, "application/pdf", {"reference": f"DocumentReference/{document}"})
        assert a["got"][1:] == [["Binary"], [id_]]


def test_each_read_is_a_release_of_this_patient(house):
    p = qualified(house)
    _, document = filed(house, p, pdf(10))
    first = house.vault.ledger()[-1]["number"] + 1
    assert read(house, "physician", f"{document}.1").rc == "OK"
    e, = [e for e in house.vault.ledger(first) if e["kind"] == "RELEASE"]
    assert [rid for rid, *_ in e["patients"]] == [p.rid] and e["tier"] >= 2


def test_who_does_not_see_documents_is_refused_with_nothing(house):
    p = qualified(house)
    _, document = filed(house, p, pdf(10))
    for by in PEOPLE:
        whole, part = read(house, by, document, "DocumentReference"), read(house, by, f"{document}.1")
        assert (whole.rc, whole.why) == (part.rc, part.why), f"{by}: the file is open where the document is, and nowhere else"
        assert part.rc == "OK" or part.empty
    assert (read(house, "clerk", f"{document}.1").rc, read(house, "billing", f"{document}.1").rc, read(house, "physician", f"{document}.1").rc) == ("DENIED", "DENIED", "OK")
    assert house.vault.ask("", ("read", "it", "Binary", f"{document}.1"), surface=API).rc == "STEP_UP"


def test_a_strangers_file_looks_like_one_that_is_not_there(house):
    q = house.stage.strangers[-1]
    glass = house.vault.ask(house.token["physician"], ("act", "break_glass", {"patient": q.id, "reason": "emergency", "text": "douleur thoracique"}))
    assert glass.rc == "OK", (glass.rc, glass.why)
    _, document = filed(house, q, pdf(10))
    nobody = "00000000-0000-4000-8000-000000000000"
    for by in ("nurse", "pharmacist"):
        a, b = read(house, by, f"{document}.1"), read(house, by, f"{nobody}.1")
        assert a.rc in ("DENIED", "NOT_FOUND") and a.said() == b.said() and a.empty, (by, a.rc, a.why, b.rc, b.why)


def test_bytes_that_left_the_record_are_not_there_any_more(house):
    p = qualified(house)
    no, document = filed(house, p, pdf(50))
    assert read(house, "physician", f"{document}.2").rc == "NOT_FOUND", "it has no CDA"
    assert house.vault.ask(house.token["clerk"], ("act", "incoming_return", {"patient": p.id, "no": no, "saved": "2", "reason": "essai"})).rc == "OK"
    for by in ("physician", "machine"):
        assert read(house, by, f"{document}.1").rc == "NOT_FOUND"
        assert body(read(house, by, document, "DocumentReference"))["status"] == "entered-in-error"


@pytest.mark.parametrize("id_", ["x", "x.3", "x.0", ".1", "1", "..1", "x.11", "a" * 62 + ".1", "x.1.1"])
def test_ids_that_are_none_are_refused_alike(house, id_):
    a = read(house, "physician", id_)
    assert a.rc in ("NOT_FOUND", "DENIED") and a.empty
    assert read(house, "machine", id_).rc == "NOT_FOUND"


def test_other_ways_to_a_binary_stay_shut_for_people(house):
    _, document = filed(house, qualified(house), pdf(10))
    for ask in (("vread", "it", "Binary", f"{document}.1", "1"), ("history", "it", "Binary", f"{document}.1", 10, 0), ("search", "it", "Binary", f"_id={document}.1", 10), ("plan", "it", "Binary", f"_id={document}.1", 10)):
        a = house.vault.ask(house.token["physician"], ask, surface=API)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED") and a.empty, ask
    made = house.vault.ask(house.vault.machine, ("act", "fhir_update", {"type": "Binary", "id": "own.1", "body": json.dumps({"resourceType": "Binary", "id": "own.1", "contentType": "text/plain", "data": "QQ=="})}), bearer=True, surface=API)
    assert made.rc == "OK", (made.rc, made.why)
    assert body(read(house, "machine", "own.1"))["data"] == "QQ==", "what a machine stored itself is found as before"
    assert read(house, "physician", "own.1").rc in ("NOT_FOUND", "DENIED")
