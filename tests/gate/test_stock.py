# SPDX-License-Identifier: Apache-2.0
"""
The pharmacy's stock through the vault: nurses reach the stores of their units for their own work, many at once take no more than there is, what is sent twice is done once, two people sign, and no
list of the stock names a patient.
"""
import json
import os
import time

import pytest

from conftest import LightHouse
from hygie_server import ROOT, Stage, copy_base
from vault import API

os.environ.setdefault("HYGIE_DATA", str(ROOT / "data"))
DOLIPRANE, MORPHINE = "60234100", "60762795"


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "stock")
    h = LightHouse(directory, Stage(directory))
    h.n = 0
    h.pui = act(h, "pharmacist", "stock_store_add", {"label": "PUI", "kind": "central"}, [("store", "store")])
    h.units = h.vault.ask(h.token["pharmacist"], ("view", "units", {}), get=[("units", "id")])["got"][0]
    h.ward = act(h, "pharmacist", "stock_store_add", {"label": "PH", "kind": "ward", "unit": h.stage.unit}, [("store", "store")])
    yield h
    assert h.vault.close() == 0


def ask(h, role, name, args, get=()):
    return h.vault.ask(h.token[role], ("act", name, args), get=list(get))


def act(h, role, name, args, get=()):
    a = ask(h, role, name, args, get)
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (name, a.rc, a["act_rc"], a.why, a["where"])
    return a["got"][0][0] if get else None


def refused(h, role, name, args):
    a = ask(h, role, name, args)
    assert "OK" not in (a.rc, a["act_rc"]) or a["act_rc"] != "OK", (a.rc, a["act_rc"])
    return a.why


def key(h):
    h.n += 1
    return {"key": f"k{h.n}"}


def receive(h, store, cis, number, quantity):
    act(h, "pharmacist", "stock_receive", {**key(h), "store": store, "cis": cis, "number": number, "expires": "2040-01-31", "quantity": quantity, "amount": "9", "source": "delivery"})
    at = h.vault.ask(h.token["pharmacist"], ("view", "stock", {"store": store}), get=[("lots", "lot"), ("lots", "number"), ("lots", "milli")])["got"]
    return next(lot for lot, n, _ in zip(*at) if n == number)


def held(h, store, number):
    at = h.vault.ask(h.token["pharmacist"], ("view", "stock", {"store": store}), get=[("lots", "number"), ("lots", "milli")])["got"]
    return sum(int(milli) for n, milli in zip(*at) if n == number)


def books(h):
    a = h.vault.ask(h.token["pharmacist"], ("view", "stock_check", {}), get=[("check", c) for c in ("wrong_balances", "wrong_pools", "wrong_registers", "not_zero")])
    return [v[0] for v in a["got"]]


def test_a_technician_does_the_work_on_goods_in_every_store_and_decides_nothing(house):
    h = house
    technician = h.token["technician"]
    goods = {"cis": DOLIPRANE, "expires": "2040-01-31", "quantity": "20", "amount": "9"}
    act(h, "technician", "stock_receive", {**key(h), "store": h.pui, "number": "T1", **goods, "source": "delivery"})
    for source in ("opening", "found"):
        assert refused(h, "technician", "stock_receive", {**key(h), "store": h.pui, "number": "T2", **goods, "source": source}) == "NOT_ALLOWED"
    assert (held(h, h.pui, "T1"), held(h, h.pui, "T2")) == (20000, 0)
    stores = h.vault.ask(technician, ("view", "stock_stores", {}), get=[("stores", "store")])["got"][0]
    assert {h.pui, h.ward} <= set(stores), "every store, with no unit of the ward"
    found = h.vault.ask(technician, ("view", "stock_find_lots", {"cis": DOLIPRANE}), get=[("found", "lot"), ("found", "number")])["got"]
    lot = next(no for no, number in zip(*found) if number == "T1")
    move = {"store": h.pui, "lot": lot, "quantity": "5"}
    act(h, "technician", "stock_move", {**key(h), **move, "kind": "transfer", "to": h.ward})
    act(h, "technician", "stock_move", {**key(h), **move, "kind": "loss", "reason": "broken"})
    assert (held(h, h.pui, "T1"), held(h, h.ward, "T1")) == (10000, 5000)
    for kind in ("destruction", "less", "more", "use", "give_back"):
        assert refused(h, "technician", "stock_move", {**key(h), **move, "kind": kind, "reason": "other"}) == "NOT_ALLOWED", kind
    count = act(h, "technician", "stock_count_open", {"store": h.pui}, [("count", "no")])
    act(h, "technician", "stock_count_line", {"no": count, "lot": lot, "quantity": "10"})
    act(h, "technician", "stock_count_drop", {"no": count})
    for name, args in (("stock_lot_state", {"lot": lot, "state": "recalled", "reason": "supplier"}), ("stock_recall_tell", {"lot": lot}), ("stock_order_add", {**key(h), "store": h.pui, "supplier": "F1"}),
                       ("stock_level_set", {"store": h.pui, "cis": DOLIPRANE, "critical": "1", "minimum": "2", "optimum": "3", "maximum": "4"}), ("stock_store_add", {"label": "T", "kind": "central"}),
                       ("stock_settle", {"no": "1", "lot": lot}), ("stock_register_sign", {"store": h.pui, "cis": MORPHINE, "upto": "1"}),
                       ("stock_dispense", {**key(h), "patient": h.stage.mine[0].id, "store": h.ward, "cis": DOLIPRANE, "quantity": "1"})):
        assert refused(h, "technician", name, args) == "NOT_ALLOWED", name
    for view, args in (("stock_lot", {"lot": lot}), ("stock_shortages", {}), ("stock_registers", {}), ("stock_value", {}), ("order_queue", {}), ("order_list", {"patient": h.stage.mine[0].id}), ("unit_present", {})):
        assert h.vault.ask(technician, ("view", view, args)).why == "NOT_ALLOWED", view
    act(h, "pharmacist", "stock_move", {**key(h), "store": h.ward, "lot": lot, "quantity": "5", "kind": "less", "reason": "other"})
    act(h, "pharmacist", "stock_move", {**key(h), **move, "quantity": "10", "kind": "less", "reason": "other"})
    assert books(h) == ["0", "0", "0", "0"]


def test_what_a_pharmacist_ordered_a_technician_receives_in_parts_and_no_more(house):
    h = house
    store = act(h, "pharmacist", "stock_store_add", {"label": "PUI-T", "kind": "central"}, [("store", "store")])
    act(h, "pharmacist", "stock_level_set", {"store": store, "cis": DOLIPRANE, "critical": "5", "minimum": "10", "optimum": "50", "maximum": "80"})
    no = act(h, "pharmacist", "stock_order_add", {**key(h), "store": store, "supplier": "F1"}, [("order", "no")])
    seen = lambda: h.vault.ask(h.token["technician"], ("view", "stock_order", {"no": no}), get=[("order", "version"), ("order", "state")])["got"]
    assert refused(h, "technician", "stock_order_send", {"no": no, "version": seen()[0][0]}) == "NOT_ALLOWED"
    act(h, "pharmacist", "stock_order_send", {"no": no, "version": seen()[0][0]})
    came = {"no": no, "cis": DOLIPRANE, "expires": "2040-01-31"}
    act(h, "technician", "stock_order_receive", {**key(h), **came, "number": "O1", "quantity": "30"})
    assert seen()[1] == ["partly"]
    assert refused(h, "technician", "stock_order_receive", {**key(h), **came, "number": "O2", "quantity": "21"}) == "STOCK_ORDER_MORE"
    again = {**key(h), **came, "number": "O2", "quantity": "20"}
    act(h, "technician", "stock_order_receive", again)
    act(h, "technician", "stock_order_receive", again)
    assert seen()[1] == ["received"] and (held(h, store, "O1"), held(h, store, "O2")) == (30000, 20000)
    for name, args in (("stock_order_invoice", {"invoice": "I1", "amount": "0"}), ("stock_invoice_line", {"cis": DOLIPRANE, "quantity": "50", "amount": "0"}), ("stock_order_end", {})):
        assert refused(h, "technician", name, {"no": no, "version": seen()[0][0], **args}) == "NOT_ALLOWED"
    billed = {"no": no, "version": seen()[0][0], "cis": DOLIPRANE, "quantity": "50", "amount": "0"}
    assert refused(h, "pharmacist", "stock_invoice_line", {**billed, "amount": "0,001"}) == "STOCK_AMOUNT"
    assert refused(h, "pharmacist", "stock_invoice_line", {**billed, "quantity": "cinquante"}) == "STOCK_NUMBER"
    answers = h.vault.many([h.vault.call(h.token["pharmacist"], ("act", "stock_invoice_line", billed)) for _ in range(8)])
    assert sum(a["act_rc"] == "OK" for a in answers) == 1, "eight at once saw the same: one is written"
    whole = {"no": no, "version": seen()[0][0], "invoice": "I1", "amount": "1"}
    assert refused(h, "pharmacist", "stock_order_invoice", whole) == "STOCK_INVOICE_DIFFERS", "the line agrees, the sum does not"
    assert refused(h, "pharmacist", "stock_order_invoice", {**whole, "decision": "perhaps"}) in ("FIELD_CHOICE", "BAD_REQUEST")
    assert refused(h, "pharmacist", "stock_order_invoice", {**whole, "decision": "accept"}) == "FIELD_REQUIRED"
    act(h, "pharmacist", "stock_order_invoice", {**whole, "decision": "accept", "reason": "transport"})
    assert seen()[1] == ["checked"]


def test_who_counts_blind_is_given_nothing_of_the_books(house):
    h = house
    lot = receive(h, h.ward, DOLIPRANE, "BL1", "77")
    no = act(h, "nurse", "stock_count_open", {"store": h.ward}, [("count", "no")])
    act(h, "nurse", "stock_count_line", {"no": no, "lot": lot, "quantity": "70"})
    for role in ("nurse", "technician", "pharmacist"):
        a = h.vault.ask(h.token[role], ("view", "stock_count", {"no": no}))
        assert a.rc == "OK" and b"77000" not in a.flat and b"-7000" not in a.flat, f"{role} reads what the books say"
    act(h, "nurse", "stock_count_sign", {"no": no})
    numbers, books_say, variances = h.vault.ask(h.token["nurse"], ("view", "stock_count", {"no": no}), get=[("lines", "number"), ("lines", "books"), ("lines", "variance")])["got"]
    at = numbers.index("BL1")
    assert (books_say[at], variances[at]) == ("77000", "-7000")
    act(h, "nurse", "stock_count_drop", {"no": no})
    act(h, "pharmacist", "stock_move", {**key(h), "store": h.ward, "lot": lot, "quantity": "77", "kind": "less", "reason": "other"})


def test_a_nurse_works_with_the_store_of_her_unit_and_knows_of_no_other(house):
    h = house
    lot, far = receive(h, h.ward, DOLIPRANE, "N1", "50"), receive(h, h.pui, DOLIPRANE, "P1", "50")
    nurse = h.token["nurse"]
    assert h.vault.ask(nurse, ("view", "stock_stores", {}), get=[("stores", "store")])["got"][0] == [h.ward]
    assert h.vault.ask(nurse, ("view", "stock", {"store": h.pui})).why == "NOT_FOUND"
    assert h.vault.ask(nurse, ("view", "stock_movements", {"store": h.pui})).why == "NOT_FOUND"
    assert h.vault.ask(nurse, ("view", "stock_lot", {"lot": far})).why == "NOT_FOUND"
    assert h.vault.ask(nurse, ("view", "stock_value", {})).why == "NOT_ALLOWED"
    move = {"store": h.ward, "lot": lot, "quantity": "1"}
    act(h, "nurse", "stock_move", {**key(h), **move, "kind": "loss", "reason": "broken"})
    act(h, "nurse", "stock_move", {**key(h), **move, "kind": "return", "to": h.pui})
    assert refused(h, "nurse", "stock_move", {**key(h), **move, "kind": "more", "reason": "found"}) == "NOT_ALLOWED"
    assert refused(h, "nurse", "stock_move", {**key(h), **move, "kind": "transfer", "to": h.pui}) == "NOT_ALLOWED"
    assert refused(h, "nurse", "stock_move", {**key(h), **move, "store": h.pui, "lot": far, "kind": "loss", "reason": "broken"}) == "NOT_FOUND"
    assert refused(h, "nurse", "stock_dispense", {**key(h), "patient": h.stage.mine[0].id, "store": h.pui, "cis": DOLIPRANE, "quantity": "1"}) == "NOT_FOUND"
    for role in ("physician", "clerk", "billing", "admin", "rssi", "dpo"):
        assert h.vault.ask(h.token[role], ("view", "stock", {"store": h.ward})).why == "NOT_ALLOWED"
    assert books(h) == ["0"] * 4


def test_many_at_once_take_no_more_than_there_is(house):
    h = house
    lot = receive(h, h.ward, DOLIPRANE, "M1", "10")
    calls = [h.vault.call(h.token["nurse" if i % 2 else "pharmacist"], ("act", "stock_move", {**key(h), "store": h.ward, "lot": lot, "kind": "use", "quantity": "1"})) for i in range(32)]
    answers = h.vault.many(calls)
    done = [a for a in answers if (a.rc, a["act_rc"]) == ("OK", "OK")]
    assert len(done) == 10 and {a.why for a in answers if a not in done} == {"STOCK_SHORT"}
    assert held(h, h.ward, "M1") == 0
    assert books(h) == ["0"] * 4


def crossed(h, role):
    """What was told of a medicine that no other test here holds."""
    kinds, names, stores = h.vault.ask(h.token[role], ("view", "my_notices", {}), get=[("notices", "kind"), ("notices", "detail"), ("notices", "store")])["got"]
    return sorted((kind, store) for kind, name, store in zip(kinds, names, stores) if name.startswith("ANASTROZOLE"))


def test_of_thirty_two_at_once_each_threshold_tells_once_those_who_work_with_the_store(house):
    h = house
    cis = "60002283"
    act(h, "pharmacist", "stock_level_set", {"store": h.ward, "cis": cis, "critical": "3", "minimum": "6", "optimum": "20", "maximum": "40"})
    assert not crossed(h, "nurse")
    lot = receive(h, h.ward, cis, "L1", "10")
    assert not crossed(h, "nurse"), "there is more than nothing now"
    take = lambda i: h.vault.call(h.token["nurse" if i % 2 else "pharmacist"], ("act", "stock_move", {**key(h), "store": h.ward, "lot": lot, "kind": "use", "quantity": "1"}))
    answers = h.vault.many([take(i) for i in range(32)])
    assert sum((a.rc, a["act_rc"]) == ("OK", "OK") for a in answers) == 10
    once = [("level_critical", h.ward), ("level_low", h.ward), ("level_none", h.ward)]
    for role in ("nurse", "pharmacist", "technician"):
        assert crossed(h, role) == once, role
    for role in ("physician", "clerk", "billing"):
        assert not crossed(h, role), "who works with no store"
    p = h.stage.mine[3]
    given = [h.vault.call(h.token["nurse"], ("act", "stock_dispense", {**key(h), "patient": p.id, "store": h.ward, "cis": cis, "quantity": "1"})) for _ in range(8)]
    assert all((a.rc, a["act_rc"]) == ("OK", "OK") for a in h.vault.many(given)), "nothing is left, and nobody waits for that"
    assert crossed(h, "nurse") == once
    a = h.vault.ask(h.token["nurse"], ("view", "my_notices", {}))
    assert not any(q.found_in(a.flat) for q in h.stage.mine), "a notice names a patient"
    receive(h, h.ward, cis, "L2", "7")
    act(h, "nurse", "stock_dispense", {**key(h), "patient": p.id, "store": h.ward, "cis": cis, "quantity": "1"})
    assert crossed(h, "nurse") == sorted(once + [("level_low", h.ward)])
    assert ask(h, "nurse", "notices_seen", {}).rc == "OK"
    assert books(h) == ["0"] * 4


def test_what_is_sent_twice_at_once_is_done_once(house):
    h = house
    lot, once = receive(h, h.ward, DOLIPRANE, "T1", "10"), key(h)
    sent = {**once, "store": h.ward, "lot": lot, "kind": "use", "quantity": "3"}
    answers = h.vault.many([h.vault.call(h.token["nurse"], ("act", "stock_move", sent)) for _ in range(8)])
    assert {(a.rc, a["act_rc"]) for a in answers} == {("OK", "OK")}
    assert held(h, h.ward, "T1") == 7000
    p = h.stage.mine[1]
    sent = {**key(h), "patient": p.id, "store": h.ward, "cis": DOLIPRANE, "quantity": "1", "number": "T1"}
    answers = h.vault.many([h.vault.call(h.token["nurse"], ("act", "stock_dispense", sent)) for _ in range(8)])
    assert {(a.rc, a["act_rc"]) for a in answers} == {("OK", "OK")}
    assert held(h, h.ward, "T1") == 6000


def test_a_recall_names_the_readers_patients_and_no_list_of_the_stock_names_any(house):
    h, p = house, house.stage.mine[2]
    lot = receive(h, h.ward, DOLIPRANE, "R1", "1")
    act(h, "nurse", "stock_dispense", {**key(h), "patient": p.id, "store": h.ward, "cis": DOLIPRANE, "quantity": "2", "number": "R1"})
    act(h, "pharmacist", "stock_lot_state", {"lot": lot, "state": "recalled", "reason": "authority"})
    a = h.vault.ask(h.token["pharmacist"], ("view", "stock_lot", {"lot": lot}), get=[("given", "id"), ("given", "milli")])
    assert a["got"] == [[p.id], ["2000"]], "what was given and not on the books is of the lot that was scanned"
    entry = [e for e in h.vault.ledger() if e["kind"] == "RELEASE"][-1]
    assert [rid for rid, *_ in entry["patients"]] == [p.rid] and entry["draws"] == 0
    assert act(h, "pharmacist", "stock_recall_tell", {"lot": lot}, [("told", "told")]) == "1"
    for name, args in (("stock", {"store": h.ward}), ("stock_movements", {"store": h.ward}), ("stock_shortages", {}), ("stock_registers", {}), ("stock_blocked", {})):
        a = h.vault.ask(h.token["pharmacist"], ("view", name, args))
        assert a.rc == "OK"
        assert not any(q.found_in(a.flat) for q in h.stage.mine), f"{name} names a patient"


def test_a_count_and_a_register_are_signed_by_two(house):
    h = house
    lot = receive(h, h.ward, MORPHINE, "C1", "10")
    no = act(h, "nurse", "stock_count_open", {"store": h.ward}, [("count", "no")])
    act(h, "nurse", "stock_count_line", {"no": no, "lot": lot, "quantity": "9"})
    act(h, "nurse", "stock_count_sign", {"no": no})
    proof = lambda role: h.vault.proof(h.token[role], h.vault.account(role))
    assert refused(h, "nurse", "stock_count_close", {"no": no, **proof("nurse")}) == "STOCK_SIGN_TWICE"
    assert refused(h, "pharmacist", "stock_count_close", {"no": no, "code": "000000"}) == "CODE_WRONG"
    assert held(h, h.ward, "C1") == 10000
    act(h, "pharmacist", "stock_count_close", {"no": no, **proof("pharmacist")})
    assert held(h, h.ward, "C1") == 9000
    register = {"store": h.ward, "cis": MORPHINE, "upto": "99999"}
    left = lambda: h.vault.ask(h.token["nurse"], ("view", "stock_register", {"store": h.ward, "cis": MORPHINE}), get=[("lines", "left"), ("lines", "second_name")])["got"]
    assert left()[0] == ["9000", "10000"]
    assert refused(h, "pharmacist", "stock_register_sign", {**register, **proof("pharmacist")}) == "STOCK_SIGN_TWICE"
    act(h, "nurse", "stock_register_sign", {**register, **proof("nurse")})
    assert all(left()[1])
    assert books(h) == ["0"] * 4


def test_machines_have_no_way_to_the_stock(house):
    h = house
    assert h.vault.ask(h.vault.machine, ("view", "stock", {"store": h.ward}), bearer=True, surface=API).why == "NOT_ALLOWED"


def test_a_store_is_closed_once_it_is_empty_and_takes_nothing_after(house):
    h = house
    old = act(h, "pharmacist", "stock_store_add", {"label": "VIEUX", "kind": "cabinet", "unit": h.stage.unit}, [("store", "store")])
    lot = receive(h, old, DOLIPRANE, "V1", "10")
    assert refused(h, "pharmacist", "stock_store_close", {"store": old}) == "STOCK_HELD"
    act(h, "pharmacist", "stock_move", {**key(h), "store": old, "lot": lot, "kind": "transfer", "to": h.pui, "quantity": "10"})
    count = act(h, "pharmacist", "stock_count_open", {"store": old}, [("count", "no")])
    assert refused(h, "pharmacist", "stock_store_close", {"store": old}) == "STOCK_COUNTING"
    act(h, "pharmacist", "stock_count_drop", {"no": count})
    assert refused(h, "nurse", "stock_store_close", {"store": old}) == "NOT_ALLOWED"
    act(h, "pharmacist", "stock_store_close", {"store": old})
    assert refused(h, "pharmacist", "stock_store_close", {"store": old}) == "STOCK_CLOSED"
    goods = {"cis": DOLIPRANE, "number": "V2", "expires": "2040-01-31", "quantity": "1", "source": "delivery"}
    assert refused(h, "pharmacist", "stock_receive", {**key(h), "store": old, **goods}) == "STOCK_CLOSED"
    pui_lot = receive(h, h.pui, DOLIPRANE, "V3", "5")
    assert refused(h, "pharmacist", "stock_move", {**key(h), "store": h.pui, "lot": pui_lot, "kind": "transfer", "to": old, "quantity": "1"}) == "STOCK_CLOSED"
    assert refused(h, "pharmacist", "stock_count_open", {"store": old}) == "STOCK_CLOSED"
    moves = h.vault.ask(h.token["pharmacist"], ("view", "stock_movements", {"store": old}), get=[("moves", "move")])["got"][0]
    assert moves == ["transfer", "receive"], "what it did stays"
    places = h.vault.ask(h.token["pharmacist"], ("view", "stock", {"store": h.pui}), get=[("places", "store")])["got"][0]
    assert old not in places
    assert books(h) == ["0", "0", "0", "0"]


def a_kit(h, label, quantity="10"):
    kit = act(h, "pharmacist", "stock_kit_add", {"store": h.ward, "label": label}, [("kit", "kit")])
    act(h, "pharmacist", "stock_kit_line", {"kit": kit, "version": "1", "cis": DOLIPRANE, "quantity": quantity})
    return kit


def seen(h, kit):
    return h.vault.ask(h.token["pharmacist"], ("view", "stock_kit", {"kit": kit, "from": h.pui}), get=[("kit", "seen")])["got"][0][0]


def usable(h):
    return int(h.vault.ask(h.token["pharmacist"], ("view", "stock", {"store": h.pui, "cis": DOLIPRANE}), get=[("products", "usable")])["got"][0][0])


def prepared(h, kit):
    return {**key(h), "kit": kit, "version": "2", "from": h.pui, "seen": seen(h, kit)}


def test_thirty_two_prepare_the_same_kit_and_one_does(house):
    h = house
    receive(h, h.pui, DOLIPRANE, "K1", "1000")
    kit, before = a_kit(h, "CHARIOT"), usable(h)
    answers = h.vault.many([h.vault.call(h.token["pharmacist"], ("act", "stock_kit_prepare", prepared(h, kit))) for _ in range(32)])
    done = [a for a in answers if (a.rc, a["act_rc"]) == ("OK", "OK")]
    assert len(done) == 1 and {a.why for a in answers if a not in done} == {"KIT_COMPLETE"}
    assert before - usable(h) == 10000
    act(h, "pharmacist", "stock_kit_seal", {"kit": kit, "version": "2", "number": "S1"})
    opened = {**key(h), "kit": kit}
    answers = h.vault.many([h.vault.call(h.token["nurse"], ("act", "stock_kit_open", opened)) for _ in range(32)])
    assert {(a.rc, a["act_rc"]) for a in answers} == {("OK", "OK")}, "sent again it is answered as it was"
    assert refused(h, "nurse", "stock_kit_open", {**key(h), "kit": kit}) == "KIT_EMPTY"
    assert books(h) == ["0"] * 4


def test_thirty_two_kits_take_no_more_than_the_store_has(house):
    h = house
    each = usable(h) // 1000 // 5
    kits = [a_kit(h, f"LOT{i}", str(each)) for i in range(32)]
    answers = h.vault.many([h.vault.call(h.token["pharmacist"], ("act", "stock_kit_prepare", prepared(h, k))) for k in kits])
    done = [a for a in answers if (a.rc, a["act_rc"]) == ("OK", "OK")]
    assert len(done) == 1 and {a.why for a in answers if a not in done} == {"KIT_CHANGED"}, "each saw the same lots"
    for kit in kits:
        a = ask(h, "pharmacist", "stock_kit_prepare", prepared(h, kit))
        done += [a] if (a.rc, a["act_rc"]) == ("OK", "OK") else []
        assert a in done or a.why in ("KIT_SHORT", "KIT_COMPLETE")
    assert len(done) == 5
    assert books(h) == ["0"] * 4


def test_a_kit_belongs_to_its_ward_and_a_nurse_opens_and_checks_it(house):
    h = house
    kit = a_kit(h, "BOITE", "1")
    receive(h, h.pui, DOLIPRANE, "B1", "5")
    for name, args in (("stock_kit_add", {"store": h.ward, "label": "AUTRE"}), ("stock_kit_line", {"kit": kit, "version": "2", "cis": DOLIPRANE, "quantity": "9"}), ("stock_kit_prepare", prepared(h, kit)),
                       ("stock_kit_seal", {"kit": kit, "version": "2", "number": "X"}), ("stock_kit_end", {"kit": kit})):
        assert refused(h, "nurse", name, args) == "NOT_ALLOWED"
    act(h, "pharmacist", "stock_kit_prepare", prepared(h, kit))
    act(h, "pharmacist", "stock_kit_seal", {"kit": kit, "version": "2", "number": "N-1"})
    assert act(h, "nurse", "stock_kit_check", {"kit": kit, "number": "N-1"}, [("check", "outcome")]) == "ok"
    assert kit in h.vault.ask(h.token["nurse"], ("view", "stock_kits", {}), get=[("kits", "kit")])["got"][0]
    assert h.vault.ask(h.token["nurse"], ("view", "stock_kit", {"kit": kit, "from": h.pui})).why == "NOT_FOUND", "what the central store holds is not hers to see"
    far = act(h, "pharmacist", "stock_store_add", {"label": "LOIN", "kind": "cabinet", "unit": next(u for u in h.units if u != h.stage.unit)}, [("store", "store")])
    other = act(h, "pharmacist", "stock_kit_add", {"store": far, "label": "LOIN-K"}, [("kit", "kit")])
    assert h.vault.ask(h.token["nurse"], ("view", "stock_kit", {"kit": other})).why == "NOT_FOUND"
    assert refused(h, "nurse", "stock_kit_open", {**key(h), "kit": other}) == "NOT_FOUND"
    for role in ("physician", "clerk", "billing", "admin"):
        assert h.vault.ask(h.token[role], ("view", "stock_kit", {"kit": kit})).why == "NOT_ALLOWED"
    act(h, "nurse", "stock_kit_open", {**key(h), "kit": kit})
    assert books(h) == ["0"] * 4


# ---- dispensing by round ----

def a_line(h, patient, **more):
    """One tablet each eight hours, signed elsewhere."""
    line = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{patient.id}"}, "authoredOn": "2026-01-01T08:00:00+01:00",
            "medicationCodeableConcept": {"coding": [{"system": "https://base-donnees-publique.medicaments.gouv.fr", "code": DOLIPRANE}], "text": "paracétamol, essai de tournée"},
            "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-01T08:00:00+01:00"}, "frequency": 1, "period": 8, "periodUnit": "h"}},
                                   "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "comprimé", "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}], **more}
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "MedicationRequest", "body": json.dumps(line)}), bearer=True, surface=API, get=[("done", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    rows = h.vault.ask(h.token["physician"], ("view", "order_list", {"patient": patient.id}), get=[("orders", "id"), ("orders", "dosage")])["got"]
    return rows[0]


def sheet(h, role="pharmacist", **more):
    a = h.vault.ask(h.token[role], ("view", "stock_round", {"unit": h.stage.unit, "store": h.pui, **more}), get=[("lines", "line"), ("lines", "tick"), ("lines", "need"), ("lines", "patient"), ("people", "id"), ("sheet", "others")])
    return a


def test_a_sheet_of_a_unit_draws_on_the_budget_and_names_nobody_unexplained(house):
    h = house
    a_line(h, h.stage.mine[0])
    a_line(h, h.stage.strangers[0])
    receive(h, h.pui, DOLIPRANE, "T0", "50")
    before = h.vault.ledger()[-1]["number"]
    a = sheet(h)
    assert a.rc == "OK", (a.rc, a.why)
    lines, _, _, patients, people, _ = a["got"]
    assert h.stage.mine[0].id in people and set(patients) <= set(people)
    for p in h.stage.strangers:
        assert not p.found_in(a.flat), "a sheet names a stranger"
    release, = [e for e in h.vault.ledger(before + 1) if e["kind"] == "RELEASE" and e["reveals"] == 6]
    by_id = {p.id: p.rid for p in h.stage.mine}
    assert {rid for rid, *_ in release["patients"]} == {by_id[i] for i in people}, "whoever's medicines are shown is in the entry"
    assert release["draws"] == len(people), "an opened chart each"
    before = h.vault.ledger()[-1]["number"]
    assert sheet(h).rc == "OK"
    release, = [e for e in h.vault.ledger(before + 1) if e["kind"] == "RELEASE" and e["reveals"] == 6]
    assert release["draws"] == 0, "once a day"
    for role in ("nurse", "physician", "clerk"):
        assert sheet(h, role).why == "NOT_ALLOWED"
    assert h.vault.ask(h.token["pharmacist"], ("view", "stock_round", {"unit": "nulle-part", "store": h.pui})).rc == "OK", "an empty unit"
    a = sheet(h, day="2040-01-01", time="10:00")
    assert a.rc == "OK" and not a["got"][0]


def test_a_narcotic_at_the_dose_asks_for_two_and_is_given_alone_for_a_reason(house):
    h, p = house, house.stage.mine[2]
    receive(h, h.ward, MORPHINE, "DOSE1", "9")
    begin = h.vault.now // 3600000 * 3600 - 6 * 3600
    start = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(begin))
    line = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{p.id}"}, "authoredOn": start,
            "medicationCodeableConcept": {"coding": [{"system": "https://base-donnees-publique.medicaments.gouv.fr", "code": MORPHINE}], "text": "morphine, essai"},
            "dosageInstruction": [{"sequence": 1, "text": "1 toutes les heures", "timing": {"repeat": {"boundsPeriod": {"start": start}, "frequency": 1, "period": 1, "periodUnit": "h"}},
                                   "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{ampoule}"}}]}]}
    no = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": "MedicationRequest", "body": json.dumps(line)}), bearer=True, surface=API, get=[("written", "id")])["got"][0][0]
    slot = lambda hour, once: {"patient": p.id, "once": once, "line": no, "step": "0", "planned": str((begin + hour * 3600) * 1000), "nth": "0", "reason": "no_code"}
    owed = lambda: h.vault.ask(h.token["nurse"], ("view", "plan_of_care", {"patient": p.id}), get=[("lines", "line"), ("lines", "owed")])["got"]
    of_line = lambda: dict(zip(*owed()))[no]
    left = lambda: int(h.vault.ask(h.token["nurse"], ("view", "stock_register", {"store": h.ward, "cis": MORPHINE}), get=[("lines", "left")])["got"][0][0])
    there = left()
    dose = act(h, "nurse", "dose_give", slot(2, "forme-un"), [("dose", "no")])
    assert left() == there, "prepared is not given"
    assert refused(h, "nurse", "dose_check", {"patient": p.id, "no": dose}) == "DOSE_OWN_CHECK"
    assert refused(h, "pharmacist", "dose_check", {"patient": p.id, "no": dose, "alone": "urgent"}) == "NOT_ALLOWED"
    assert refused(h, "nurse", "dose_check", {"patient": p.id, "no": dose, "alone": "because"}) in ("FIELD_CHOICE", "BAD_REQUEST")
    answers = h.vault.many([h.vault.call(h.token[("nurse", "physician")[i % 2]], ("act", "dose_check", {"patient": p.id, "no": dose, "alone": "nobody"})) for i in range(16)])
    assert sum(a["act_rc"] == "OK" for a in answers) == 8, "whoever came first, and the same person again; the other is told"
    assert {a.why for a in answers if a["act_rc"] != "OK"} <= {"DOSE_STATE"}
    assert left() == there - 1000, "once"
    before = int(of_line() or 0)
    dose = act(h, "nurse", "dose_give", slot(3, "forme-deux"), [("dose", "no")])
    act(h, "physician", "dose_check", {"patient": p.id, "no": dose})
    assert int(of_line() or 0) == before, "both are in the register"
    act(h, "nurse", "dose_give", {**slot(4, "forme-trois"), "alone": "urgent"})
    assert int(of_line()) == before + 1 and left() == there - 3000
    act(h, "pharmacist", "stock_register_sign", {"store": h.ward, "cis": MORPHINE, "upto": "99999", **h.vault.proof(h.token["pharmacist"], h.vault.account("pharmacist"))})
    assert not of_line()
    assert books(h) == ["0"] * 4


def test_a_round_is_dispensed_once_by_many_who_press_and_the_ledger_names_whom_for(house):
    h = house
    a_line(h, h.stage.mine[0])
    a_line(h, h.stage.mine[1])
    receive(h, h.pui, DOLIPRANE, "T1", "500")
    ticks = [t for t in sheet(h)["got"][1] if t][:2]
    assert len(ticks) == 2
    lots = lambda: sum(int(m) for m in h.vault.ask(h.token["pharmacist"], ("view", "stock", {"store": h.pui}), get=[("lots", "milli")])["got"][0])
    asked = sum(int(one.split(":")[1]) for t in ticks for one in t.split("~")[4].split(","))
    held_before, before = lots(), h.vault.ledger()[-1]["number"]
    send = lambda k: h.vault.call(h.token["pharmacist"], ("act", "stock_round_dispense", {"key": k, "unit": h.stage.unit, "store": h.pui, "ticks": ticks}))
    answers = h.vault.many([send("meme") for _ in range(6)] + [send(f"autre{n}") for n in range(6)])
    assert {a.why for a in answers if a.rc != "OK"} <= {"ROUND_CHANGED"}
    assert held_before - lots() == asked, "dispensed once, whoever pressed and how often"
    done = [e for e in h.vault.ledger(before + 1) if e["kind"] == "OUTCOME" and e["route"] == "stock_round_dispense" and e["rc"] == 0]
    assert done and {rid for rid, *_ in done[0]["patients"]} <= {p.rid for p in h.stage.mine} and done[0]["patients"]
    assert books(h) == ["0", "0", "0", "0"]
    assert refused(h, "nurse", "stock_round_dispense", {**key(h), "unit": h.stage.unit, "store": h.pui, "ticks": ticks[0]}) == "NOT_ALLOWED"
    stranger = a_line(h, h.stage.strangers[0]) or ["x"]
    assert refused(h, "pharmacist", "stock_round_dispense", {**key(h), "unit": h.stage.unit, "store": h.pui, "ticks": f"{stranger[0]}~1~0~{DOLIPRANE}~1:1000"}) == "ROUND_CHANGED"
