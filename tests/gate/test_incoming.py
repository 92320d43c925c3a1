# SPDX-License-Identifier: Apache-2.0
"""
Documents that come in, through the vault: matched by exact INS and traits and by nothing like them; a second form is no second document; two who file it, one wins; a wrong record loses the
bytes and keeps the trace; files are judged by their bytes.
"""
import base64
import itertools
import json

import pytest

from conftest import LightHouse
from hygie_server import Stage, base_sql, copy_base

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
number = itertools.count()


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "incoming")
    h = LightHouse(directory, Stage(directory))
    yield h
    assert h.vault.close() == 0


def qualified(h, skip=0):
    """Of the physician's unit, with an INS that may be told."""
    found = [p for p in h.stage.mine if '"QUAL"' in json.dumps(p.body) and ins_of(p)]
    return found[skip]


def ins_of(p):
    return next((i["value"] for i in p.body["identifier"] if i.get("system", "").startswith("urn:oid:1.2.250.1.213.1.4.")), None)


def typed(p=None, content=PDF, **more):
    official = next(n for n in p.body["name"] if n.get("use") == "official") if p else {}
    who = {"family": official["family"], "given": official["given"][0], "born_on": p.body["birthDate"], "sex": p.body["gender"], "ins": ins_of(p)} if p else {"family": "ZZ", "given": "Y", "born_on": "1950-01-01", "sex": "male"}
    return {"once": f"essai{next(number)}", **who, "kind": "discharge", "dated_on": "2026-01-05", "author": "Dr Loin", "file": base64.b64encode(content).decode(), **more}


def add(h, by="clerk", **args):
    return h.vault.ask(h.token[by], ("act", "incoming_add", args), get=[("made", "no")])


def found(h, no, by="clerk"):
    a = h.vault.ask(h.token[by], ("view", "incoming", {"no": no}), get=[("document", "found"), ("document", "patient"), ("document", "saved")])
    assert a.rc == "OK", (a.rc, a.why)
    return [(v[0] if v else None) or None for v in a["got"]]


def taken(h, **args):
    a = add(h, **args)
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def file(h, p, no, saved="1", by="physician", **more):
    return h.vault.ask(h.token[by], ("act", "incoming_file", {"patient": p.id, "no": no, "saved": saved, **more}), get=[("made", "document")])


def test_exact_ins_and_traits_match_and_nothing_near_them(house):
    p = qualified(house)
    assert found(house, taken(house, **typed(p)))[:2] == ["match", p.id]
    exact = typed(p)
    bare = {**typed(p), "family": exact["family"].lower(), "given": exact["given"].upper(), "ins": f" {exact['ins'][:1]} {exact['ins'][1:]}"}
    assert found(house, taken(house, **bare))[:2] == ["match", p.id], "case and blanks are no difference"
    year, rest = exact["born_on"][:4], exact["born_on"][4:]
    for near in ({"family": exact["family"] + "E"}, {"family": exact["family"][:-1]}, {"given": exact["given"][:2]}, {"born_on": f"{int(year) - 1}{rest}"}, {"sex": "male" if exact["sex"] == "female" else "female"},
                 {"ins": exact["ins"][:-1] + str((int(exact["ins"][-1]) + 1) % 10)}):
        assert found(house, taken(house, **{**typed(p), **near}))[:2] == ["none", None], near
    assert found(house, taken(house, **typed(p, ins="")))[:2] == ["no_ins", None]


def test_a_match_is_filed_by_one_key_and_another_choice_needs_a_reason(house):
    p, other = qualified(house), qualified(house, 1)
    no = taken(house, **typed(p))
    assert file(house, other, no).why == "INCOMING_REASON"
    assert found(house, no)[0] == "match", "nothing was filed"
    a = file(house, p, no)
    assert a.rc == "OK", (a.rc, a.why)
    read = house.vault.ask(house.token["physician"], ("view", "document", {"patient": p.id, "id": a["got"][0][0], "part": "1"}), get=[("file", "format")])
    assert read["got"][0] == ["pdf"]
    assert found(house, no)[0] is None and file(house, p, no).why == "INCOMING_GONE", "who comes second is told"
    assert base_sql(house.stage.dir, f"SELECT state, file IS NULL, saved FROM incoming WHERE no = {no}") == [("filed", 1, 2)]
    chosen = taken(house, **typed())
    assert file(house, other, chosen, reason="vu avec la personne").rc == "OK"


def test_of_many_who_file_it_at_once_one_wins_and_the_others_are_told(house):
    p, other = qualified(house), qualified(house, 1)
    no = taken(house, **typed(p))
    calls = [house.vault.call(house.token[by], ("act", "incoming_file", {"patient": who.id, "no": no, "saved": "1", "reason": "essai"})) for by in ("clerk", "physician") for who in (p, other)]
    told = sorted((a.rc, a.why) for a in house.vault.many(calls))
    assert [rc for rc, _ in told] == ["CONFLICT"] * 3 + ["OK"] and {why for rc, why in told if rc == "CONFLICT"} == {"INCOMING_GONE"}, told
    assert base_sql(house.stage.dir, f"SELECT count(*) FROM incoming_move WHERE incoming = {no}")[0] in (1, (1,))


def test_a_wrong_record_loses_the_bytes_and_keeps_the_trace(house):
    p, wrong = qualified(house), qualified(house, 1)
    no = taken(house, **typed(p))
    document = file(house, wrong, no, reason="homonyme")["got"][0][0]
    back = {"patient": wrong.id, "no": no, "saved": "2"}
    assert house.vault.ask(house.token["clerk"], ("act", "incoming_return", back)).rc == "BAD_INPUT", "not without a reason"
    assert house.vault.ask(house.token["clerk"], ("act", "incoming_return", {**back, "patient": p.id, "reason": "essai"})).rc == "NOT_FOUND"
    assert house.vault.ask(house.token["clerk"], ("act", "incoming_return", {**back, "reason": "mauvais dossier"})).rc == "OK"
    rows = house.vault.ask(house.token["physician"], ("view", "documents", {"patient": wrong.id}), get=[("documents", "id"), ("documents", "status")])["got"]
    assert dict(zip(*rows))[document] == "entered-in-error"
    read = house.vault.ask(house.token["physician"], ("view", "document", {"patient": wrong.id, "id": document, "part": "1"}), get=[("file", "format")])
    assert read["got"][0] == [], "the bytes left the wrong record"
    state, who, saved = found(house, no)
    assert (state, who, saved) == ("match", p.id, "3")
    assert file(house, p, no, saved="3").rc == "OK"
    assert [k for k, in base_sql(house.stage.dir, f"SELECT kind FROM incoming_move WHERE incoming = {no} ORDER BY saved")] == ["filed", "returned", "filed"]


def test_a_form_that_comes_twice_is_one_document(house):
    form = typed(qualified(house))
    no = taken(house, **form)
    assert taken(house, **form) == no
    assert add(house, **{**form, "author": "Dr Autre"}).why == "AGENDA_AGAIN"


@pytest.mark.parametrize("content, good", [
    (PDF, True), (b"Bonjour \xc3\xa9t\xc3\xa9\r\n", True), (b"\xef\xbb\xbfBonjour", True), (b"%PDF-1.7\ncut off", False), (b"x%PDF-1.7\n%%EOF", True), (b"\x89PNG\r\n\x1a\n", False), (b"PK\x03\x04", False), (b"\xff\xfeB\0", False),
    (b"caf\xe9", False), (b"a\0b", False), (b"<html>", False), (b" \n<?xml version='1.0'?>", False), (b"{\\rtf1 x}", False), (b"%!PS-Adobe", False), (b" \r\n", False), (b"MZ\x90\0", False),
], ids=range(16))
def test_a_file_is_judged_by_its_bytes(house, content, good):
    a = add(house, **typed(content=content))
    assert a.rc == ("OK" if good else "BAD_INPUT"), (a.rc, a.why)


def bare(**args):
    return {k: v for k, v in args.items() if k not in ("once", "file")}


def correct(h, no, saved="1", by="clerk", **args):
    return h.vault.ask(h.token[by], ("act", "incoming_correct", {"no": no, "saved": saved, **bare(**args)}))


def drop(h, no, saved="1", by="clerk", ground="nobody", **more):
    return h.vault.ask(h.token[by], ("act", "incoming_drop", {"no": no, "saved": saved, "ground": ground, **more}))


def listed(h, view, set_, by="clerk"):
    return h.vault.ask(h.token[by], ("view", view, {}), get=[(set_, "no")])["got"][0]


def notes(h, no, by="clerk"):
    """[(kind, ground, reason, given name before)], the newest first"""
    got = h.vault.ask(h.token[by], ("view", "incoming", {"no": no}), get=[("notes", c) for c in ("kind_of", "ground", "reason", "given", "by_name")])["got"]
    assert all(got[4]), "each says by whom"
    return list(zip(*got[:4]))


def test_a_slip_is_corrected_before_the_match_and_the_original_stays_beside(house):
    p = qualified(house)
    good = typed(p)
    no = taken(house, **{**good, "given": "Slip", "ins": ""})
    assert found(house, no)[0] == "no_ins"
    assert correct(house, no, **good).rc == "OK"
    assert found(house, no) == ["match", p.id, "2"]
    assert notes(house, no) == [("corrected", "", "", "Slip")]
    assert correct(house, no, saved="1", **good).why == "INCOMING_GONE", "on what stood before: told"
    assert correct(house, no, saved="2", **good).rc == "OK" and found(house, no)[2] == "2", "the same words again write nothing"
    for bad in ({"ins": "123"}, {"born_on": "2039-01-01"}, {"dated_on": "2039-01-01"}, {"family": ""}, {"sex": "x"}, {"born_on": "31/02/1950"}):
        a = correct(house, no, saved="2", **{**good, **bad})
        assert a.rc == "BAD_INPUT", (bad, a.rc, a.why)
    assert found(house, no) == ["match", p.id, "2"]
    assert file(house, p, no, saved="2").rc == "OK", "then one key files it, and its bytes are whole"
    assert correct(house, no, saved="3", **good).why == "INCOMING_GONE" and drop(house, no, saved="3").why == "INCOMING_GONE", "what is filed is nobody's no more"


def test_of_two_who_correct_at_once_one_wins(house):
    no = taken(house, **typed())
    calls = [house.vault.call(house.token[by], ("act", "incoming_correct", {"no": no, "saved": "1", **bare(**{**typed(), "given": name})})) for by, name in (("clerk", "A"), ("physician", "B"), ("clerk", "C"))]
    assert sorted(a.why for a in house.vault.many(calls) if a.rc != "OK") == ["INCOMING_GONE"] * 2
    assert len(notes(house, no)) == 1
    mixed = [house.vault.call(house.token["clerk"], ("act", "incoming_drop", {"no": no, "saved": "2", "ground": "twice"})), house.vault.call(house.token["physician"], ("act", "incoming_file", {"patient": qualified(house).id, "no": no, "saved": "2", "reason": "essai"}))]
    assert sorted(a.rc for a in house.vault.many(mixed)) == ["CONFLICT", "OK"], "dropped and filed at once: one of them"


def test_what_is_nobodys_is_dropped_with_a_reason_seen_in_its_list_and_taken_up_again(house):
    p = qualified(house)
    no = taken(house, **typed())
    assert drop(house, no, ground="").rc == "BAD_INPUT" and drop(house, no, ground="whim").rc == "BAD_INPUT" and drop(house, no, reason="x").rc == "BAD_INPUT"
    assert drop(house, no, ground="elsewhere", reason="pour la clinique voisine").rc == "OK"
    assert no not in listed(house, "incoming_list", "waits") and listed(house, "incoming_dropped", "dropped")[0] == no
    assert notes(house, no) == [("dropped", "elsewhere", "pour la clinique voisine", "")]
    assert file(house, p, no, saved="2", reason="essai").why == "INCOMING_GONE" and correct(house, no, saved="2", **typed()).why == "INCOMING_GONE" and drop(house, no, saved="2").why == "INCOMING_GONE"
    back = house.vault.call(house.token["clerk"], ("act", "incoming_restore", {"no": no, "saved": "2"}))
    assert sorted(a.rc for a in house.vault.many([back, back])) == ["CONFLICT", "OK"]
    assert no in listed(house, "incoming_list", "waits") and no not in listed(house, "incoming_dropped", "dropped")
    assert file(house, p, no, saved="3", reason="vu avec la personne").rc == "OK"


def test_nobodys_is_not_said_of_what_matches(house):
    no = taken(house, **typed(qualified(house)))
    assert drop(house, no).why == "INCOMING_MATCHES"
    assert drop(house, no, ground="twice").rc == "OK", "received twice it may be"


def test_notes_go_with_the_document_under_the_key_of_whose_it_is(house):
    p = qualified(house)
    no = taken(house, **{**typed(p), "given": "Zzslip"})
    assert correct(house, no, **typed(p)).rc == "OK"
    sealed = lambda: base_sql(house.stage.dir, f"SELECT content FROM incoming_note WHERE incoming = {no}")
    before = sealed()
    assert file(house, p, no, saved="2").rc == "OK"
    assert sealed() != before, "sealed anew with the patient's key"
    assert house.vault.ask(house.token["clerk"], ("act", "incoming_return", {"patient": p.id, "no": no, "saved": "3", "reason": "essai"})).rc == "OK"
    assert notes(house, no) == [("corrected", "", "", "Zzslip")]


def test_over_the_limit_and_no_base64_are_refused(house):
    most = 4 << 20
    assert add(house, **typed(content=b"x" * most)).rc == "OK"
    assert add(house, **typed(content=b"x" * (most + 3))).rc == "BAD_INPUT"
    assert add(house, **typed(), ).rc == "OK" and add(house, **{**typed(), "file": "####"}).rc == "BAD_INPUT"
    assert add(house, **typed(dated_on="2039-01-01")).rc == "BAD_INPUT" and add(house, **typed(ins="12345")).rc == "BAD_INPUT"


def test_only_who_may_file_sees_the_list(house):
    for by in ("nurse", "pharmacist", "billing", "admin", "rssi"):
        assert house.vault.ask(house.token[by], ("view", "incoming_list", {})).rc == "DENIED" and house.vault.ask(house.token[by], ("view", "incoming_dropped", {})).rc == "DENIED"
        assert drop(house, "1", by=by).rc == "DENIED" and correct(house, "1", by=by, **typed()).rc == "DENIED"
        assert add(house, by=by, **typed()).rc == "DENIED"
    a = house.vault.ask(house.token["physician"], ("view", "incoming_list", {}), get=[("waits", "family")])
    assert a.rc == "OK" and a["got"][0]
