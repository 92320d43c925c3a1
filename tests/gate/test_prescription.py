# SPDX-License-Identifier: Apache-2.0
"""
Prescribing through the vault: who may sign and who may only read, no draft seen by another, the pharmacist opened by the task and by nothing else, and one signature by many hands at once.
"""
import os
import pathlib

import pytest

from conftest import LightHouse
from hygie_server import Stage, copy_base


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "prescription")
    before = os.environ.get("HYGIE_DATA")
    os.environ["HYGIE_DATA"] = str(pathlib.Path(__file__).resolve().parents[2] / "data")  # the medicines: a vault opened directly is told where they are
    h = LightHouse(directory, Stage(directory))
    h.mine = 0
    if before is None:
        del os.environ["HYGIE_DATA"]
    else:
        os.environ["HYGIE_DATA"] = before
    yield h
    assert h.vault.close() == 0


def mine(h):
    h.mine += 1
    return h.stage.mine[h.mine]


def search(h, text):
    a = h.vault.ask(h.token["physician"], ("view", "drug_search", {"text": text}), get=[("drugs", "cis")])
    assert a.rc == "OK" and a["got"][0], (a.rc, a.why)
    return a["got"][0][0]


def line(h, p, form, cis, **more):
    fields = {"patient": p.id, "form": form, "kind": "drug", "cis": cis, "how": "moments", "dose": "1 cp", "take": "matin soir", "route": "orale", **more}
    return h.vault.ask(h.token["physician"], ("act", "order_add", fields), get=[("line", "no")])


def seen(h, p, role="physician"):
    a = h.vault.ask(h.token[role], ("view", "order_basket", {"patient": p.id}), get=[("basket", "seen")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def test_a_physician_signs_and_a_nurse_reads(house):
    h, p = house, mine(house)
    cis = search(h, "doliprane 500")
    a = line(h, p, "gate-form-1", cis)
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    assert h.vault.ask(h.token["nurse"], ("act", "order_add", {"patient": p.id, "form": "gate-form-2", "kind": "lab", "what": "NFS"})).rc == "DENIED"
    assert h.vault.ask(h.token["nurse"], ("view", "order_basket", {"patient": p.id})).rc == "DENIED"
    assert h.vault.ask(h.token["clerk"], ("view", "order_list", {"patient": p.id})).rc == "DENIED"
    a = h.vault.ask(h.token["physician"], ("act", "prescription_sign", {"patient": p.id, "form": "gate-sign-1", "seen": seen(h, p), "reason": "benefit"}), get=[("signed", "lines")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    a = h.vault.ask(h.token["physician"], ("view", "order_list", {"patient": p.id}), get=[("orders", "dosage")])
    assert a.rc == "OK" and "1 comprimé, voie orale, le matin et le soir" in str(a["got"])


def test_one_signature_sent_by_many_at_once_is_one(house):
    h, p = house, mine(house)
    cis = search(h, "bisoprolol")
    assert line(h, p, "gate-form-3", cis).rc == "OK"
    said, token = seen(h, p), h.token["physician"]
    ask = ("act", "prescription_sign", {"patient": p.id, "form": "gate-sign-2", "seen": said, "reason": "benefit"})
    before = h.vault.ask(token, ("view", "order_list", {"patient": p.id, "all": "1"}), get=[("orders", "id")])["got"][0]
    for words in ("whim", "le patient va bien"):
        a = h.vault.ask(token, ("act", "prescription_sign", {**ask[2], "reason": words}))
        assert (a.rc, a["act_rc"]) != ("OK", "OK"), "a code of the list, no word of one's own"
    answers = h.vault.many([h.vault.call(token, ask, get=[("signed", "again")]) for _ in range(8)])
    assert [a.rc for a in answers] == ["OK"] * 8, [(a.rc, a.why) for a in answers]
    after = h.vault.ask(token, ("view", "order_list", {"patient": p.id, "all": "1"}), get=[("orders", "id")])["got"][0]
    assert len(after) == len(before) + 1
    again = h.vault.ask(token, ("act", "prescription_sign", {"patient": p.id, "form": "gate-sign-9", "seen": said, "reason": "benefit"}))
    assert again.why == "ORDER_EMPTY"


def test_the_pharmacist_is_opened_by_the_signature(house):
    h = house
    p = next(q for q in h.stage.strangers if h.vault.ask(h.token["pharmacist"], ("view", "order_list", {"patient": q.id})).why == "UNEXPLAINED")
    assert h.vault.ask(h.token["pharmacist"], ("act", "order_pharmacy_set", {})).rc == "OK"
    assert h.vault.ask(h.token["physician"], ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "essai"})).rc == "OK"
    assert line(h, p, "gate-form-5", search(h, "doliprane 500")).rc == "OK"
    assert h.vault.ask(h.token["pharmacist"], ("view", "order_list", {"patient": p.id})).why == "UNEXPLAINED", "a draft tells nobody"
    a = h.vault.ask(h.token["physician"], ("act", "prescription_sign", {"patient": p.id, "form": "gate-sign-5", "seen": seen(h, p), "reason": "benefit"}))
    assert a.rc == "OK", (a.rc, a.why)
    a = h.vault.ask(h.token["pharmacist"], ("view", "order_list", {"patient": p.id}))
    assert a.rc == "OK" and a["explained"] == "asked", (a.rc, a.why)
    assert h.vault.ask(h.token["nurse"], ("view", "order_queue", {})).rc == "DENIED"
