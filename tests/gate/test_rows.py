# SPDX-License-Identifier: Apache-2.0
"""
Every view and act of the product, straight from its tables: allowed, not for this role, refused on a stranger, over budget. Each refusal is empty, tells
nothing, and has its entry in the ledger; each release has its own. A new row comes under test by itself; an act that needs arguments is asked for here.
"""
import base64
import json
import os
import time

import pytest

from gate_tables import ACTS, PEOPLE, VIEWS, may, name, roles_that_may
from hygie_server import ROOT, base_sql, totp
from machine_key import Key
from vault import API, CLI, IMPORT, PAGE

os.environ.setdefault("HYGIE_DATA", str(ROOT / "data"))  # the tables of medicines, for what is a narcotic

REVEALS = {"NOTHING": 1, "META": 2, "MASKED": 3, "WORK_LIST": 4, "ONE_PATIENT": 5, "MANY": 6}
ENTERING = ("sign_in", "sign_out", "lock", "unlock", "declare_unit", "prove", "passkey_ask", "passkey_add", "activate", "machine_token")
ROWS = VIEWS + [r for r in ACTS if r["name"] not in ENTERING]


def traits(p, **more):
    official = next(n for n in p.body["name"] if n.get("use") == "official")
    return {"birth_name": official["family"], "given_names": " ".join(official["given"]), "birthdate": p.birth, "sex": p.body.get("gender", "unknown"), **more}


def condition(p, text="Essai"):
    return json.dumps({"resourceType": "Condition", "subject": {"reference": f"Patient/{p.id}"}, "code": {"text": text},
                       "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}})


def idle_login(house):
    """An account that nobody uses in these tests."""
    offered = {a["login"] for a in house.vault.demo["accounts"]}
    return next(login for login, in base_sql(house.stage.dir, "SELECT login FROM account WHERE role = 'billing' ORDER BY no DESC") if login not in offered)


_serial = [0]


def serial():
    _serial[0] += 1
    return _serial[0]


def gone_home(house, p):
    """In no stay: who lies in a bed is not deleted."""
    if p in house.stage.mine:
        move(house, p, "stay_discharge")


def a_deletion(house, p):
    gone_home(house, p)
    a = house.vault.ask(house.token["clerk"], ("act", "patient_delete", {"patient": p.id, "reason": "error", "text": "fiche d'essai"}), get=[("deletion", "deletion")])
    return a["got"][0][0] if a.rc == "OK" else "1"


def a_grant(house, p):
    house.vault.ask(house.token["pharmacist"], ("act", "break_glass", {"patient": house.fresh("strangers").id, "reason": "emergency", "text": "essai"}))
    return str(base_sql(house.stage.dir, "SELECT max(no) FROM break_glass")[0][0] or 1)


def stop_account(house, role, nth):
    """Opens strangers with a reason each, one after the other faster than anybody reads, proves once, and goes on until the account is stopped. How many it opened, and how often it proved."""
    account, n, proofs, thieves = house.vault.account(role, nth), 0, 0, house.__dict__.setdefault("thieves", {})
    token = thieves.get(account["login"]) or house.vault.sign_in(account)
    while True:
        p = house.stage.strangers[60 + n]
        assert house.vault.ask(token, ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "essai du jour"})).rc == "OK"
        a = house.vault.ask(token, ("view", "chart_head", {"patient": p.id}))
        if a.why == "STOPPED_ACCOUNT":
            thieves[account["login"]] = token
            return n, proofs
        if a.why == "PROOF_DUE":
            token, proofs = house.vault.prove(token, account), proofs + 1
            continue
        assert a.rc == "OK", (a.rc, a.why)
        n += 1


def a_stop(house):
    """What the security officer sees of the stopped account of a second nurse."""
    def seen():
        numbers = house.vault.ask(house.token["rssi"], ("view", "stops", {}), get=[("stops", "number")])["got"][0]
        if not numbers:
            return None
        a = house.vault.ask(house.token["rssi"], ("view", "stop", {"number": numbers[0]}), get=[("stop", "number"), ("stop", "account"), ("stop", "upto")])
        assert a.rc == "OK", (a.rc, a.why)
        return {name: value[0] for name, value in zip(("number", "account", "upto"), a["got"])}
    if not seen():
        first = "nurse" not in house.nth
        house.nth["nurse"] = 1
        n, proofs = stop_account(house, "nurse", 1)
        assert not first or (n, proofs) == (12, 1), "the seventh asks for a proof, and with a code, which opens half of what a key does, 12 of a day are the stop (SECURITY 7.3)"
    return seen()


def judgement(house):
    return {**a_stop(house), "comment": "un remplacement au bloc", **house.proof("rssi")}


def a_telling(house):
    """A patient who is to be told, of the stop of a second nurse that the security officer could not explain."""
    def waiting():
        return house.vault.ask(house.token["rssi"], ("view", "to_tell", {}), get=[("to_tell", "no")])["got"][0]
    if not waiting():
        a = house.vault.ask(house.token["rssi"], ("act", "stop_keep", judgement(house)))
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    return waiting()[0]


def plan(house, wanted, by="physician"):
    """A plan blanc in the state that an act wants, and the arguments of it."""
    def last():
        a = house.vault.ask(house.token["physician"], ("view", "plan", {}), get=[("plans", "no"), ("plans", "state"), ("plans", "mine")])
        return (a["got"][0][0], a["got"][1][0] if not a["got"][2][0] else "mine") if a["got"][0] else ("0", "over")
    no, state = last()
    if state == "mine" or (wanted == "over" and state != "over"):
        assert house.vault.ask(house.token["dpo"], ("act", "plan_end", {"no": no, **house.proof("dpo")})).rc == "OK"
        no, state = last()
        state = "over"
    if wanted == "asked" and state == "over":
        assert house.vault.ask(house.token["dpo"], ("act", "plan_ask", {"reason": "essai", **house.proof("dpo")})).rc == "OK"
        no, state = last()
    return {"no": no, **house.proof(by)} if wanted == "asked" else {"reason": "accident de car", **house.proof(by)}


def add_key(house, role="nurse"):
    """A new passkey of this person: the first after a code, the others after a touch of the one before."""
    token, keys = house.token[role], house.__dict__.setdefault("keys", {})
    proof = {"passkey": house.vault.touch(token, keys[role])} if role in keys else {"code": house.vault.code(house.vault.account(role))}
    keys[role] = house.vault.add_key(token, **proof)


def duty(house):
    """Arguments of a duty of a nurse in the unit of the offered people, tomorrow."""
    return {"login": house.vault.account("nurse")["login"], "unit": house.stage.unit, "day": time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400)), "hour": "8", "hours": "12"}


def a_duty(house):
    a = house.vault.ask(by_key(house, "admin")[1], ("act", "on_call_add", duty(house)), get=[("call", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def a_hand_over(house, p):
    a = house.vault.ask(house.token["physician"], ("act", "hand_over", {"patient": p.id, "login": house.vault.account("nurse")["login"]}), get=[("handed", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


KEYED = ("account_add", "account_confirm", "account_work", "on_call_add", "account_enable", "account_units", "account_until", "rule_sign", "recovery_give", "export_ask", "export_approve", "site_sign") # in a session that a key opened only


def by_key(house, role):
    """The key by which this person gives proofs, and a session that it opened."""
    held = house.__dict__.setdefault("by_key", {})
    if role not in held:
        house.proof(role)
        key = house.vault.keys[house.vault.account(role)["login"]]
        held[role] = key, house.vault.sign_in_by(key)
    return held[role]


def keyed_proof(house, role):
    key, token = by_key(house, role)
    return {"passkey": house.vault.touch(token, key)}


def a_rule(house):
    """A rule that the security officer made stricter; wants back, which waits for somebody else."""
    token = house.token["rssi"]
    no = house.vault.ask(token, ("view", "rules", {}), get=[("waiting", "no")])["got"][0]
    if no:
        return no[0]
    if house.vault.ask(token, ("view", "rules", {}), get=[("rules", "value")])["got"][0][2] != "13":
        assert house.vault.ask(token, ("act", "rule_set", {"rule": "idle", "value": "13", **house.proof("rssi")})).rc == "OK"
    a = house.vault.ask(token, ("act", "rule_set", {"rule": "idle", "value": "14", **house.proof("rssi")}), get=[("rule", "no"), ("rule", "waits")])
    assert a.rc == "OK" and a["got"][1][0] == "1", (a.rc, a.why)
    return a["got"][0][0]


def a_recovery(house):
    """Number of one that the security officer asked for, for an account that nobody uses here."""
    a = house.vault.ask(house.token["admin"], ("view", "recoveries", {}), get=[("recoveries", "no"), ("recoveries", "state"), ("recoveries", "mine")])
    asked = [no for no, state, mine in zip(*a["got"]) if state == "asked" and not mine]
    if asked:
        return asked[0]
    a = house.vault.ask(house.token["rssi"], ("act", "recovery_ask", {"login": nobodys_login(house), "reason": "clé perdue", **house.proof("rssi")}), get=[("recovery", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def nobodys_login(house):
    """Of accounts that are not offered, one more at each call."""
    offered = {a["login"] for a in house.vault.demo["accounts"]}
    logins = [login for login, in base_sql(house.stage.dir, "SELECT login FROM account WHERE role = 'nurse' AND disabled = 0 ORDER BY no DESC") if login not in offered]
    return logins[serial() % len(logins)]


def a_machine(house):
    login = f"machine-essai{serial()}"
    house.machine_key = Key("ES256", "essai")
    a = house.vault.ask(house.vault.operator(), ("act", "machine_key_add", {"login": login, "jwk": json.dumps(house.machine_key.jwk()), "may": "read", "patients": "10"}), surface=CLI)
    assert a.rc == "OK", (a.rc, a.why)
    return login


def a_key(house, role="nurse"):
    """Number of the newest passkey of this person."""
    if role not in house.__dict__.setdefault("keys", {}):
        add_key(house, role)
    return house.vault.ask(house.token[role], ("view", "my_keys", {}), get=[("keys", "no")])["got"][0][-1]


def revocation(house, role="nurse"):
    """Of a key, by a touch of another, by which she signs in again for the tests that follow: all her sessions end with it."""
    no = a_key(house, role)
    add_key(house, role)
    return {"no": no, "passkey": house.vault.touch(house.token[role], house.keys[role])}


def revocation_by_admin(house, role="pharmacist"):
    """Of a key of somebody, who has another to sign in again by: all sessions end with it."""
    no = a_key(house, role)
    add_key(house, role)
    return {"login": house.vault.account(role)["login"], "no": no, **house.proof("admin")}


EXPORT = {"purpose": "rappel de dépistage", "kind": "contact", "cohort": "gender=female", "recipient": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", "hours": "24"}


def export_asked(house, role):
    """A new export that this role asked for, with its fingerprint."""
    n = house.vault.ask(house.token[role], ("act", "export_count", {"cohort": EXPORT["cohort"]}), get=[("count", "patients")])["got"][0][0]
    a = house.vault.ask(by_key(house, role)[1], ("act", "export_ask", {**EXPORT, "count": n, **keyed_proof(house, role)}), ("view", "exports_mine", {}), get=[("export", "no"), ("exports", "hash")])
    assert a.rc == "OK" and a["act_rc"] == "OK", (a.rc, a["act_rc"], a.why)
    return {"no": a["got"][0][0], "hash": a["got"][1][0]}


def a_pmsi_unit(house):
    """A unit of the establishment that billing works in, with what stands there."""
    unit, version = house.vault.ask(house.token["billing"], ("view", "pmsi_places", {}), get=[("units", "unit"), ("units", "version")])["got"]
    return {"unit": unit[0], "number": "0101", "finess": "490000001", "type": "29", "from": "2024-03-01", "mode": "C", "version": version[0]}


def a_pmsi_part(house):
    """Another unit of that establishment, as a part of the first one's medical unit."""
    ask = lambda: house.vault.ask(house.token["billing"], ("view", "pmsi_places", {}), get=[("units", "unit"), ("units", "version")])["got"]
    if ask()[1][0] == "0":
        a = house.vault.ask(house.token["billing"], ("act", "pmsi_unit_set", a_pmsi_unit(house)))
        assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a["act_rc"], a.why)
    unit, version = ask()
    return {"unit": unit[1], "of": unit[0], "version": version[1]}


def an_export(house, role="dpo"):
    """One that waits, and stays so: for what only looks at it."""
    kept = house.__dict__.setdefault("exports", {})
    if role not in kept:
        kept[role] = export_asked(house, role)
    return {"no": kept[role]["no"]}


def export_approved(house):
    e = export_asked(house, "physician")
    a = house.vault.ask(by_key(house, "rssi")[1], ("act", "export_approve", {**e, **keyed_proof(house, "rssi")}))
    assert a.rc == "OK", (a.rc, a.why)
    return {"no": e["no"]}


def export_sealed(house):
    if "sealed" not in house.__dict__:
        house.sealed = export_approved(house)
        a = house.vault.ask(house.token["physician"], ("act", "export_take", {**house.sealed, **house.proof("physician")}))
        assert a.rc == "OK", (a.rc, a.why)
        end = time.time() + 60
        while house.vault.ask(house.token["physician"], ("view", "export", house.sealed), get=[("export", "state")])["got"][0][0] == "running":
            assert time.time() < end
            time.sleep(0.2)
    return house.sealed


NEW = {"name": "Essai", "role": "nurse", "password": "un cheval sans selle 42"}


def an_account_that_waits(house):
    """One that the administrator made, and what stands for what it is."""
    login = f"attente{serial()}"
    a = house.vault.ask(by_key(house, "admin")[1], ("act", "account_add", {**NEW, "login": login, **keyed_proof(house, "admin")}))
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    a = house.vault.ask(house.token["rssi"], ("view", "accounts_waiting", {}), get=[("waiting", "login"), ("waiting", "seen")])
    return {"login": login, "seen": dict(zip(*a["got"]))[login]}


def another_session(house, role="nurse"):
    """The number of a second session of this person."""
    house.vault.sign_in_by(by_key(house, role)[0])
    a = house.vault.ask(house.token[role], ("view", "my_sessions", {}), get=[("sessions", "no"), ("sessions", "mine")])
    return next(no for no, mine in zip(*a["got"]) if not mine)


def a_sensitive_opening(house):
    """The chart of somebody who has the nurse's name, labelled, opened by her as of her unit: such openings all wait for review."""
    p, nurse = house.fresh("mine"), house.vault.account("nurse")
    name = house.vault.ask(house.token["admin"], ("view", "account", {"login": nurse["login"]}), get=[("account", "name")])["got"][0][0].split()[-1]
    labelled = {**p.body, "name": [{"use": "official", "family": name, "given": ["Zoé"]}], "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMP"}]}}
    a = house.vault.ask(house.vault.operator(), ("act", "import", {"source": "essai.ndjson", "lines": json.dumps(labelled)}), surface=IMPORT)
    assert a.rc == "OK", (a.rc, a.why)
    assert house.vault.ask(house.token["nurse"], ("view", "chart_head", {"patient": p.id})).rc == "OK"
    a = house.vault.ask(house.token["rssi"], ("view", "special_openings", {}), get=[("openings", "no"), ("openings", "same_surname")])
    assert a["got"][0] and a["got"][1][-1] == "1", "it waits, and says that the names are shared"
    return a["got"][0][-1]
DOLIPRANE, MORPHINE = "60234100", "60762795"


def key():
    return {"key": f"k{serial()}"}


def stocked(house, act, args, get=()):
    a = house.vault.ask(house.token["pharmacist"], ("act", act, args), get=list(get))
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (act, a.rc, a["act_rc"], a.why, a["where"])
    return a["got"][0][0] if get else None


def stock(house):
    """A central store and the ward store of the offered people's unit, both with medicines: numbers of stores, of a lot of the ward's, and of a narcotic that was given out."""
    if "stocked" not in house.__dict__:
        unit = house.stage.unit
        pui = stocked(house, "stock_store_add", {"label": f"PUI{serial()}", "kind": "central"}, [("store", "store")])
        ward = stocked(house, "stock_store_add", {"label": f"PH{serial()}", "kind": "ward", "unit": unit}, [("store", "store")])
        for cis, store in ((DOLIPRANE, pui), (DOLIPRANE, ward), (MORPHINE, ward)):
            stocked(house, "stock_receive", {**key(), "store": store, "cis": cis, "number": f"L{cis}", "expires": "2040-01-31", "quantity": "5000", "amount": "90", "source": "delivery"})
            stocked(house, "stock_level_set", {"store": store, "cis": cis, "critical": "1", "minimum": "6000", "optimum": "90000", "maximum": "90000"})
        lots = house.vault.ask(house.token["pharmacist"], ("view", "stock", {"store": ward}), get=[("lots", "lot"), ("lots", "cis")])["got"]
        house.stocked = {"pui": pui, "ward": ward, "lot": lots[0][lots[1].index(DOLIPRANE)]}
    return house.stocked


def a_sheet(house):
    """A unit and a store of its own (what others do to lots is theirs); and a line of that sheet that can be dispensed: a new one, of the first who lies there."""
    stock(house)
    store = stocked(house, "stock_store_add", {"label": f"PUI{serial()}", "kind": "central"}, [("store", "store")])
    stocked(house, "stock_receive", {**key(), "store": store, "cis": DOLIPRANE, "number": f"L{serial()}", "expires": "2040-01-31", "quantity": "5000", "amount": "90", "source": "delivery"})
    asked = {"unit": house.stage.unit, "store": store}
    sheet = lambda column: house.vault.ask(house.token["pharmacist"], ("view", "stock_round", asked), get=[column])["got"][0]
    line = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{sheet(('people', 'id'))[0]}"}, "authoredOn": "2026-01-01T08:00:00+01:00",
            "medicationCodeableConcept": {"coding": [{"system": "https://base-donnees-publique.medicaments.gouv.fr", "code": DOLIPRANE}], "text": "paracétamol"},
            "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-01T08:00:00+01:00"}, "frequency": 1, "period": 8, "periodUnit": "h"}},
                                   "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "comprimé", "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}]}
    a = house.vault.ask(house.vault.machine, ("act", "fhir_create", {"type": "MedicationRequest", "body": json.dumps(line)}), bearer=True, surface=API)
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return {**asked, "tick": next(t for t in sheet(("lines", "tick")) if t)}


def a_shortage(house):
    """Something given that no store has: the pharmacist's."""
    s, p = stock(house), house.stage.mine[0]
    stocked(house, "stock_dispense", {"patient": p.id, **key(), "store": s["ward"], "cis": "60002283", "quantity": "1"})
    return house.vault.ask(house.token["nurse"], ("view", "stock_shortages", {}), get=[("shortages", "no")])["got"][0][-1]


def settled(house):
    """A shortage, and a lot that came after it, from which it was taken."""
    no, s = a_shortage(house), stock(house)
    stocked(house, "stock_receive", {**key(), "store": s["ward"], "cis": "60002283", "number": f"S{serial()}", "expires": "2040-01-31", "quantity": "5", "source": "found"})
    lots = house.vault.ask(house.token["nurse"], ("view", "stock_shortages", {}), get=[("lots", "no"), ("lots", "lot")])["got"]
    return {"no": no, "lot": lots[1][lots[0].index(no)]}


def a_count(house, until="open"):
    """A count of the ward's store: open, with a line, or signed by the pharmacist; one that is open is dropped."""
    s = stock(house)
    counts = house.vault.ask(house.token["pharmacist"], ("view", "stock_counts", {"store": s["ward"]}), get=[("counts", "no"), ("counts", "state")])["got"]
    for no, state in zip(*counts):
        if state in ("open", "signed"):
            stocked(house, "stock_count_drop", {"no": no})
    if until == "none":
        return None
    no = stocked(house, "stock_count_open", {"store": s["ward"]}, [("count", "no")])
    if until in ("line", "signed"):
        stocked(house, "stock_count_line", {"no": no, "lot": s["lot"], "quantity": "4900"})
    if until == "signed":
        stocked(house, "stock_count_sign", {"no": no})
    return no


def an_order(house, state="draft"):
    s = stock(house)
    no = stocked(house, "stock_order_add", {**key(), "store": s["pui"], "supplier": "CERP"}, [("order", "no")])
    seen = lambda: {"no": no, "version": house.vault.ask(house.token["pharmacist"], ("view", "stock_order", {"no": no}), get=[("order", "version")])["got"][0][0]}
    stocked(house, "stock_order_line", {**seen(), "cis": DOLIPRANE, "quantity": "10", "amount": "1"})  # what is on its way is not proposed again
    if state != "draft":
        stocked(house, "stock_order_send", seen())
    if state in ("received", "billed"):
        stocked(house, "stock_order_receive", arrival(no))
    if state == "billed":
        stocked(house, "stock_invoice_line", {**seen(), "cis": DOLIPRANE, "quantity": "10", "amount": "1,50"})
    return seen()


def arrival(no):
    return {"no": no, **key(), "cis": DOLIPRANE, "number": f"B{serial()}", "expires": "2041-01-31", "quantity": "10"}


def a_recalled_lot(house):
    stocked(house, "stock_receive", {**key(), "store": stock(house)["pui"], "cis": DOLIPRANE, "number": f"R{serial()}", "expires": "2040-01-31", "quantity": "5", "source": "opening"})
    lot = house.vault.ask(house.token["pharmacist"], ("view", "stock_find_lots", {"cis": DOLIPRANE}), get=[("found", "lot")])["got"][0]
    lot = max(lot, key=int)
    stocked(house, "stock_lot_state", {"lot": lot, "state": "recalled", "reason": "authority"})
    return lot


def a_kit(house, until="list"):
    """A kit of the ward's store: empty, with a list, prepared, or sealed."""
    s = stock(house)
    kit = stocked(house, "stock_kit_add", {"store": s["ward"], "label": f"K{serial()}"}, [("kit", "kit")])
    if until != "none":
        stocked(house, "stock_kit_line", {"kit": kit, "version": "1", "cis": DOLIPRANE, "quantity": "2"})
    if until in ("prepared", "sealed"):
        stocked(house, "stock_kit_prepare", pick(house, kit))
    if until == "sealed":
        stocked(house, "stock_kit_seal", {"kit": kit, "version": "2", "number": f"S{serial()}"})
    return kit


def pick(house, kit):
    from_ = stock(house)["pui"]
    seen = house.vault.ask(house.token["pharmacist"], ("view", "stock_kit", {"kit": kit, "from": from_}), get=[("kit", "seen")])["got"][0][0]
    return {**key(), "kit": kit, "version": "2", "from": from_, "seen": seen}


SCAN = "]d2010340093595583817400131" + "10SCAN-1\x1d21S1"  # what a scanner types of a pack of the first medicine


def register(house):
    return {"store": stock(house)["ward"], "cis": MORPHINE, "upto": "999999"}


# ---- stays: of a patient who lies in the nurse's unit ----

NOWHERE = "00000000-0000-4000-8000-000000000000"


def moves(h, p):
    """(the stay that is not over, whether the person is on leave); of somebody whose chart does not open: none."""
    a = h.vault.ask(h.token["nurse"], ("view", "stay_moves", {"patient": p.id}), get=[("stays", "stay"), ("stays", "state")])
    live = [(stay, state == "leave") for stay, state in zip(*a["got"]) if state in ("present", "leave")] if a.rc == "OK" else []
    return live[0] if live else (NOWHERE, False)


def move(h, p, act, **more):
    stay, _ = moves(h, p)
    a = h.vault.ask(h.token["nurse"], ("act", act, {"patient": p.id, "stay": stay, **more}), get=[("movement", "no")])
    return {"stay": stay, "no": a["got"][0][0] if a.rc == "OK" and a["act_rc"] == "OK" else "1"}


def here(h, p, **more):
    """Present in a stay."""
    if moves(h, p)[1]:
        move(h, p, "stay_return")
    return {"stay": moves(h, p)[0], **more}


def an_empty_room(h):
    """In no unit of the tests: nobody lies in it, and it is not closed yet."""
    taken = {bed for row in base_sql(h.stage.dir, "SELECT bed, next_bed FROM stay_now") for bed in row if bed}
    closed = {room for room, in base_sql(h.stage.dir, "SELECT room FROM closed_room")}
    rooms = {}
    for room, bed, unit in base_sql(h.stage.dir, "SELECT room, id, unit FROM bed WHERE room > ''"):
        rooms.setdefault((room, unit), []).append(bed)
    return next((room for (room, unit), beds in sorted(rooms.items()) if unit != h.stage.unit and room not in closed and not taken & set(beds)), "1")


def a_closed_room(h):
    room = an_empty_room(h)
    h.vault.ask(h.token["admin"], ("act", "place_close", {"place": room, "reason": "works"}))
    return room


def away(h, p):
    """On leave."""
    return {"stay": move(h, p, "stay_leave")["stay"]}


def out(h, p):
    """In no stay."""
    move(h, p, "stay_discharge")
    return {"place": h.stage.unit, "kind": "inpatient"}


def last_move(h, p):
    return {**move(h, p, "stay_leave"), "reason": "not_done"}


def earlier(h, p):
    """A return from leave that was typed an hour too late; nothing else of the person changes by it."""
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() - 86400))
    move(h, p, "stay_leave", day=day, time="10:00")
    return {**move(h, p, "stay_return", day=day, time="12:00"), "day": day, "time": "11:00", "reason": "mistyped"}


def a_bed(h):
    """One of the unit that nobody has, read from the base: what is asked of the vault stands in its ledger."""
    free = "SELECT b.id FROM bed b WHERE b.unit = ? AND NOT EXISTS (SELECT 1 FROM stay_now s WHERE b.id IN (s.bed, s.next_bed))"
    return (base_sql(h.stage.dir, free, h.stage.unit) or base_sql(h.stage.dir, "SELECT id FROM bed WHERE unit = ?", h.stage.unit))[0][0]


def a_site(h):
    """One without beds, which may close."""
    kinds, names, ids = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("places", "kind"), ("places", "name"), ("places", "id")])["got"]
    return [i for kind, name_, i in zip(kinds, names, ids) if kind == "site" and name_.startswith("Centre")][serial() % 5]


def a_closing(h):
    a = h.vault.ask(h.token["admin"], ("act", "site_ask", {"site": a_site(h), "change": "close", **h.proof("admin")}), get=[("closing", "no")])
    if a.rc == "OK" and a["act_rc"] == "OK":
        return a["got"][0][0]
    nos, states = h.vault.ask(h.token["admin"], ("view", "place_tree", {}), get=[("closings", "no"), ("closings", "state")])["got"]
    return next(no for no, state in zip(nos, states) if state == "waits")


def a_level(h):
    a = h.vault.ask(h.token["admin"], ("act", "triage_add", {"scale": "Essai", "level": str(serial()), "label": "Niveau d'essai", "source": "Essai", "from": "2020-01-01"}), get=[("level", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


TOMORROW = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86400))

def a_prescription(house, p):
    """One that stands, and its version now."""
    a = house.vault.ask(house.token["physician"], ("view", "order_list", {"patient": p.id}), get=[("orders", "id"), ("orders", "version")])
    return dict(zip(("id", "version"), (column[0] for column in a["got"]))) if a.rc == "OK" and a["got"][0] else {"id": "none", "version": "1"}


def an_undecided(h, p):
    a = h.vault.ask(h.token["physician"], ("view", "discharge_treatments", {"patient": p.id}), get=[("undecided", "id")])
    return a["got"][0][0] if a.rc == "OK" and a["got"][0] else "none"


def decided(h, p):
    """Every treatment of the stay stopped, and no line for home left in the basket."""
    stay = moves(h, p)[0]
    while (one := an_undecided(h, p)) != "none":
        if h.vault.ask(h.token["physician"], ("act", "discharge_stop", {"patient": p.id, "stay": stay, "id": one, "reason": "done"})).rc != "OK":
            break
    a = h.vault.ask(h.token["physician"], ("view", "order_basket", {"patient": p.id}), get=[("lines", "no"), ("lines", "home")])
    for no, home in zip(*a["got"]) if a.rc == "OK" else ():
        if home:
            h.vault.ask(h.token["physician"], ("act", "order_drop", {"patient": p.id, "no": no}))
    return {"stay": stay}


def a_basket(house, p):
    """A line in the basket, and what its signature must say."""
    house.vault.ask(house.token["physician"], ("act", "order_add", {"patient": p.id, "form": f"essai-{serial():06}", "kind": "care", "what": "Pansement"}))
    a = house.vault.ask(house.token["physician"], ("view", "order_basket", {"patient": p.id}), get=[("basket", "seen")])
    return a["got"][0][0] if a.rc == "OK" else "0" * 16


def a_set(house):
    a = house.vault.ask(house.token["physician"], ("act", "order_set_save", {"patient": house.stage.mine[0].id, **ARGS["order_set_save"](house, house.stage.mine[0])}), get=[("set", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def a_house_rule(house):
    a = house.vault.ask(house.token["pharmacist"], ("act", "order_rule_add", ARGS["order_rule_add"](house, None)), get=[("rule", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def cell(house):
    """Nurse and physician of the identity cell."""
    if not house.__dict__.get("cell_made"):
        for role in ("nurse", "physician"):
            a = house.vault.ask(house.token["admin"], ("act", "identity_cell_add", {"login": house.vault.account(role)["login"], **house.proof("admin")}))
            assert a.rc == "OK" or a.why == "DUPLICATE", (a.rc, a.why)
        house.cell_made = True


def a_member(house):
    """Number of the membership of somebody who is none of the offered people."""
    a = house.vault.ask(house.token["admin"], ("act", "identity_cell_add", {"login": nobodys_login(house), **house.proof("admin")}), get=[("member", "no")])
    assert a.rc == "OK" or a.why == "DUPLICATE", (a.rc, a.why)
    return a["got"][0][0] if a.rc == "OK" else a_member(house)


class Made:
    """A record that this person made and nobody else has anything in."""
    markers = ()

    def __init__(self, house, role):
        day = f"19{50 + serial() % 40}-05-0{1 + serial() % 9}"
        a = house.vault.ask(house.token[role], ("act", "patient_create", {"birth_name": "Essayeau", "given_names": "Zoé", "birthdate": day, "sex": "female", "confirm_no_duplicate": "1"}), get=[("patient", "id")])
        assert a.rc == "OK", (a.rc, a.why)
        self.id = a["got"][0][0]
        self.rid = base_sql(house.stage.dir, f"SELECT rid FROM resource WHERE id = '{self.id}'")[0][0]

    def found_in(self, _):
        return []


def a_merge(house, done=False):
    """Number of a merge that the physician asked for, and which of the two is kept; done: by the nurse."""
    cell(house)
    p, q = Made(house, "physician"), Made(house, "physician")
    a = house.vault.ask(house.token["physician"], ("act", "merge_ask", {"patient": p.id, "other": q.id, "text": "essai du jour"}), get=[("merge", "no")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    no = a["got"][0][0]
    if done:
        assert house.vault.ask(house.token["nurse"], ("act", "merge_do", {"no": no, "keep": p.id})).rc == "OK"
    return {"no": no} if done else {"no": no, "keep": p.id}


def a_source(house, p):
    a = house.vault.ask(house.token["physician"], ("act", "identity_source_add", {"patient": p.id, "proof": "PC", "seen_on": "2026-01-01"}), ("view", "identity_sources", {"patient": p.id}), get=[("sources", "no")])
    return a["got"][0][0] if a.rc == "OK" and a["act_rc"] == "OK" else "1"


def a_collision(house):
    cell(house)
    p = Made(house, "physician")
    assert house.vault.ask(house.token["physician"], ("act", "identity_collision", {"patient": p.id, "text": "essai du jour"})).rc == "OK"
    return house.vault.ask(house.token["nurse"], ("view", "identity_work", {"kind": "collision"}), get=[("work", "no")])["got"][0][-1]


def a_closed_record(house):
    cell(house)
    p = Made(house, "physician")
    a = house.vault.ask(house.token["physician"], ("act", "record_close", {"patient": p.id, "kind": "archived", "reason": "over", "text": "essai du jour"}))
    assert a.rc == "OK", (a.rc, a.why)
    return house.vault.ask(house.token["nurse"], ("view", "records_closed", {}), get=[("records", "no")])["got"][0][-1]


# ---- billing: each step builds on the one before; of a stranger, or where a step is refused, numbers of nothing ----

NO_BILL = {"no": "1", "version": "1", "place": "1", "payer": "patient", "seen": "1", "means": "cash", "refund": "1"}


def bill_act(house, act, args, get=(), token=None):
    a = house.vault.ask(token or house.token["billing"], ("act", act, args), get=get)
    return a["got"] if a.rc == "OK" and a["act_rc"] == "OK" else None


def stay_of(house, p):
    return house.stage.one_of("Encounter", p) or "none"


def an_act_done(house, p):
    return {"stay": stay_of(house, p), "act": "AAFA001", "activity": "1", "phase": "0", "day": f"2025-{1 + serial() % 9:02d}-{1 + serial() % 28:02d}", "nth": str(1 + serial() % 99)}


def captured(house, p):
    got = p in house.stage.mine and bill_act(house, "act_capture", {"patient": p.id, **an_act_done(house, p)}, [("act", "no")], house.token["physician"])
    return {"no": got[0][0]} if got else {"no": "1"}


def a_draft(house, p, until="draft"):
    """A draft of one stay with a priced line; until: "shared", "checked", "posted" (then no is the invoice's)."""
    if p not in house.stage.mine:
        return NO_BILL
    captured(house, p)
    got = bill_act(house, "bill_open", {"patient": p.id, "stay": stay_of(house, p)}, [("bill", "no")])
    if not got:
        return NO_BILL
    no = got[0][0]

    def now(*more):
        a = house.vault.ask(house.token["billing"], ("view", "bill", {"patient": p.id, "no": no}), get=[("bill", "version"), ("lines", "place"), ("lines", "block")])
        return {"patient": p.id, "no": no, "version": a["got"][0][0]}, [place for place, block in zip(*a["got"][1:]) if block]
    args, blocked = now()
    for place in blocked:
        assert bill_act(house, "bill_line_set", {**args, "place": place, "amount": "50"}) is not None
        args, _ = now()
    steps = {"draft": [], "shared": [("bill_share", {"own": "10"})], "checked": [("bill_share", {"own": "10"}), ("bill_check", {})], "posted": [("bill_share", {"own": "10"}), ("bill_check", {}), ("bill_post", {})]}
    for act, more in steps[until]:
        got = bill_act(house, act, {**args, **more}, [("bill", "invoice")])
        assert got is not None, act
        args, _ = now()
    return {**NO_BILL, "no": got[0][0] if until == "posted" else no, "version": args["version"]}


def a_claim(house, p, **more):
    return {k: v for k, v in {**a_draft(house, p, "posted"), **more}.items() if k in ("no", "payer", "seen", *more)}


def a_batch(house):
    """Letters of one press."""
    a_claim(house, house.stage.mine[0])
    got = bill_act(house, "reminders_make", {"form": f"essai-{serial():06}", "days": "0"}, [("batch", "no")])
    assert got, "nobody was to be reminded"
    return {"batch": got[0][0]}


def other_biller(house):
    """A second person of the same desk."""
    if "second_biller" not in house.__dict__:
        account = house.vault.account("billing", 1)
        assert house.vault.ask(by_key(house, "admin")[1], ("act", "account_units", {"login": account["login"], "units": house.stage.unit})).rc == "OK"
        token = house.vault.sign_in(account)
        a = house.vault.ask(token, ("act", "declare_unit", {"unit": house.stage.unit}), get=[("session", "token")])
        assert a.rc == "OK", (a.rc, a.why)
        house.second_biller = (a["got"][0] or [token])[0]
    return house.second_biller


def a_refund(house, p, asked=True):
    """Of an invoice that was paid and then credited; asked for by somebody else than who signs."""
    paid = a_claim(house, p, means="cash", amount="5")
    if p not in house.stage.mine or bill_act(house, "pay", {"patient": p.id, **paid}) is None:
        return {"no": "1", "payer": "patient", "means": "cash"} if not asked else {"refund": "1"}
    assert bill_act(house, "invoice_credit", {"patient": p.id, "no": paid["no"], **house.proof("billing")}) is not None
    ask = {"no": paid["no"], "payer": "patient", "means": "cash"}
    if not asked:
        return ask
    got = bill_act(house, "refund_ask", {"patient": p.id, **ask}, [("claim", "no")], other_biller(house))
    assert got, "a second person of the desk could not ask"
    return {"refund": got[0][0]}


def a_desk(house, counted=False):
    a_paid = a_claim(house, house.stage.mine[0], means="cash", amount="5")
    assert bill_act(house, "pay", {"patient": house.stage.mine[0].id, **a_paid}) is not None
    no = house.vault.ask(house.token["billing"], ("view", "cash", {}), get=[("session", "no")])["got"][0][0]
    if counted:
        assert bill_act(house, "cash_count", {"no": no, "cash": "5"}, token=other_biller(house)) is not None
    return {"no": no}


def some(args, *names):
    return {name: args[name] for name in names}


# ---- care at the bedside: what an act needs is there for patients of the unit only; of others it is refused before it is looked at ----

def by_machine(h, body):
    a = h.vault.ask(h.vault.machine, ("act", "fhir_create", {"type": body["resourceType"], "body": json.dumps(body)}), bearer=True, surface=API, get=[("written", "id")])
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    return a["got"][0][0]


def form():
    return f"essai{serial()}"


def is_in_care(h, p):
    """Not the one stranger whom nobody may open, nor nobody at all."""
    return p.rid and p is not h.stage.strangers[-1]


def a_measure(h, p):
    return by_machine(h, {"resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{p.id}"}, "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                          "valueQuantity": {"value": 78, "unit": "/min"}}) if is_in_care(h, p) else "none"


def a_slot(h, p, **more):
    """Of a new order that is due each hour since yesterday: the slot of two hours ago."""
    begin = int(time.time() // 3600 - 24) * 3600
    repeat = {"boundsPeriod": {"start": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(begin))}, "frequency": 1, "period": 1, "periodUnit": "h", **more}
    line = by_machine(h, {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{p.id}"},
                          "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "N02BE01"}], "text": "paracétamol, essai"},
                          "dosageInstruction": [{"sequence": 1, "text": "1 toutes les heures", "timing": {"repeat": repeat},
                                                 "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}]}) if is_in_care(h, p) else "none"
    return {"once": form(), "line": line, "step": "0", "planned": str((begin + 22 * 3600) * 1000), "nth": "0"}


def a_done(h, p, by, act, args, set_, *columns):
    """What an act of this person left, or ones where it may not."""
    a = h.vault.ask(h.token[by], ("act", act, {"patient": p.id, **args}), get=[(set_, c) for c in columns]) if p in h.stage.mine else None
    return [v[0] if v else "1" for v in a["got"]] if a and a.rc == "OK" else ["1"] * len(columns)


def a_dose(h, p, **more):
    no, state, given = a_done(h, p, "nurse", "dose_give", {**a_slot(h, p, **more), "reason": "no_code"}, "dose", "no", "state", "given_at")
    return {"no": no, "state": state, "given": given}


def a_prepared(h, p):
    no = h.vault.ask(h.token["pharmacist"], ("act", "double_check_add", {"system": "atc", "code": "N02BE01"}), get=[("double_check", "no")])["got"][0]
    dose = a_done(h, p, "physician", "dose_give", {**a_slot(h, p), "reason": "no_code"}, "dose", "no")[0]
    if no:
        h.vault.ask(h.token["pharmacist"], ("act", "double_check_end", {"no": no[0]}))
    return dose


def second_physician(h):
    if "second" not in h.__dict__:
        h.second = h.vault.sign_in(h.vault.account("physician", 1))
    return h.second


SCORE = {"name": "Essai", "source": "Source d'essai, page 1", "limits": "aucune", "age_from": "16", "age_below": "150", "pregnancy": "not", "hours": "12", "bands": "pulse - 90 0"}


def a_score(h, second=False):
    if second:  # one that two people made, with a second scale
        if "second_scale" not in h.__dict__:
            a = h.vault.ask(second_physician(h), ("act", "score_add", {**SCORE, "bands": "saturation - 90 3\nsaturation 91 - 0\nsaturation - 80 3 2\nsaturation 81 - 0 2"}), get=[("score", "no")])
            assert a.rc == "OK", (a.rc, a.why)
            h.second_scale = a["got"][0][0]
            a = h.vault.ask(h.token["physician"], ("act", "score_sign", {"no": h.second_scale}))
            assert a.rc == "OK", (a.rc, a.why)
        return h.second_scale
    a = h.vault.ask(second_physician(h), ("act", "score_add", SCORE), get=[("score", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def ordered_scale(h, p):
    a_score(h, second=True)
    a_done(h, p, "physician", "score_scale_order", {"once": form()}, "scale", "id")
    a = h.vault.ask(h.token["physician"], ("view", "scores_of", {"patient": p.id}), get=[("scale", "version")]) if p in h.stage.mine else None
    return {"version": a["got"][0][0] if a and a.rc == "OK" and a["got"][0] else "1"}


def unordered_scale(h, p):
    """One who has none: an order that another test left is ended first."""
    a_score(h, second=True)
    a = h.vault.ask(h.token["physician"], ("view", "scores_of", {"patient": p.id}), get=[("scale", "version")]) if p in h.stage.mine else None
    if a and a.rc == "OK" and a["got"][0]:
        a_done(h, p, "physician", "score_scale_end", {"version": a["got"][0][0]}, "scale", "id")
    return {"once": form()}


def a_tall_name(h):
    a = h.vault.ask(h.token["pharmacist"], ("act", "tall_name_add", ARGS["tall_name_add"](h, None)), get=[("tall", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def a_code(h):
    a = h.vault.ask(h.token["pharmacist"], ("act", "double_check_add", {"system": "cis", "code": f"{60000000 + serial()}"}), get=[("double_check", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"][0][0]


def a_task(h, p):
    return a_done(h, p, "nurse", "task_add", {"once": form(), "what": "Pansement"}, "task", "no")[0]


def an_allergy(h, p):
    return a_done(h, p, "nurse", "allergy_add", {"once": form(), "substance": "iode"}, "allergy", "id")[0]


def a_wish(h, p):
    """A word on directives that a nurse recorded, and its version."""
    if p in h.stage.mine:
        a_done(h, p, "nurse", "wishes_record", {"once": form(), "directives": "none", "said_by": "patient"}, "recorded", "n")
    return newest(h, p, "wishes", "wishes")


def an_answer(h, p):
    if p in h.stage.mine:
        a_done(h, p, "nurse", "pregnancy_record", {"once": form(), "pregnancy": "no"}, "recorded", "n")
    return newest(h, p, "pregnancy", "pregnancy_said")


def newest(h, p, view, rows):
    a = h.vault.ask(h.token["nurse"], ("view", view, {"patient": p.id}), get=[(rows, "id"), (rows, "version")]) if p in h.stage.mine else None
    return {"id": a["got"][0][0], "version": a["got"][1][0]} if a and a.rc == "OK" else {"id": "x", "version": "1"}


def a_note(h, p):
    return a_done(h, p, "physician", "note_add", {"once": form(), "kind": "course", "conclusion": "essai"}, "note", "id")[0]


def seen_around(h, p):
    """The version of the record that the page of people shows."""
    a = h.vault.ask(h.token["nurse"], ("view", "people_around", {"patient": p.id}), get=[("around_state", "version")]) if p in h.stage.mine else None
    return {"version": a["got"][0][0] if a and a.rc == "OK" else "1"}


def around(h, p):
    """Somebody who stands there: added just now."""
    ref, version = a_done(h, p, "nurse", "around_put", {**seen_around(h, p), "once": form(), "family": "Proche", "role": "NOK"}, "person", "ref", "version")
    return {"version": version, "ref": ref}


def sent_by(h, p, role):
    return a_done(h, p, role, "transmission_add", {"once": form(), "target": "Douleur", "data": "EVA 2"}, "transmission", "no")[0]


# ---- calendars: one of the physician's unit, open each day, and appointments in it ----

def a_calendar(h):
    """Numbers of a calendar of somebody who is in no other, and of a kind of consultation."""
    if "calendar" not in h.__dict__:
        who = h.vault.ask(h.token["clerk"], ("view", "agenda_setup", {}), get=[("offered", "type"), ("offered", "actor"), ("calendars", "no"), ("calendars", "type")])["got"]
        no = next((n for n, t in zip(who[2], who[3]) if t == "Practitioner"), None)
        if no is None:
            actor = next(a for t, a in zip(*who[:2]) if t == "Practitioner")
            no = h.vault.ask(h.token["clerk"], ("act", "agenda_add", {"type": "Practitioner", "actor": actor}), get=[("agenda", "no")])["got"][0][0]
        assert h.vault.ask(h.token["clerk"], ("act", "agenda_hours_add", {"agenda": no, "days": "1234567", "begin": "0:00", "end": "24:00", "minutes": "10"})).rc == "OK"
        h.calendar = no
    return h.calendar


def a_practitioner(h):
    """One more at each call, who has no calendar yet."""
    unit = base_sql(h.stage.dir, "SELECT actor FROM agenda WHERE ended_ms IS NULL AND type = 'Practitioner'")
    taken = {a for a, in unit} | h.__dict__.setdefault("given", set())
    ids = [i for i, in base_sql(h.stage.dir, "SELECT r.id FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Practitioner' AND r.deleted = 0 ORDER BY r.rid")]
    actor = next(i for i in ids if i not in taken)
    h.given.add(actor)
    return actor


def a_time(h):
    """A time that nobody else is given, tomorrow or later."""
    return str((int(time.time()) // 3600 * 3600 + 86400 + serial() * 600) * 1000)


def an_appointment(h, p, **more):
    no, version = a_done(h, p, "clerk", "appointment_book", {"once": form(), "person": a_calendar(h), "start": a_time(h), "minutes": "10"}, "appointment", "no", "version")
    return {"no": no, "version": version, **more}


def an_arrived(h, p):
    """Who did not come without an appointment but is here: booked for now, in ten minutes that are over what stands there."""
    no, version = a_done(h, p, "clerk", "appointment_book", {"once": form(), "person": a_calendar(h), "start": str(int(time.time()) * 1000), "minutes": "10", "over": "urgent"}, "appointment", "no", "version")
    return {"no": no, "version": version, "state": "arrived"}


def hours_no(h):
    return h.vault.ask(h.token["clerk"], ("act", "agenda_hours_add", {"agenda": a_calendar(h), "days": "1", "begin": "8", "end": "9", "minutes": "10"}), get=[("hours", "no")])["got"][0][0]


# Arguments by name: (house, patient) → dict. A view that is not here takes the patient when it opens one, else nothing.
def a_letter(h, p):
    """A draft of this patient: its number, and how often it was saved."""
    return {"no": a_done(h, p, "nurse", "letter_draft", {"once": form(), "kind": "free"}, "made", "no")[0], "saved": "1"}


def a_signed_letter(h, p):
    return a_done(h, p, "physician", "letter_sign", a_letter(h, p), "made", "no")[0]


def incoming(**more):
    return {"once": form(), "family": "ZZESSAI", "given": "Ida", "born_on": "1957-02-14", "sex": "female", "kind": "free", "dated_on": "2026-01-05", "author": "Dr Loin", "file": base64.b64encode(b"un texte").decode(), **more}


def an_incoming(h, by):
    a = h.vault.ask(h.token[by], ("act", "incoming_add", incoming()), get=[("made", "no")])
    assert a.rc == "OK", (a.rc, a.why)
    return {"no": a["got"][0][0], "saved": "1"}


def without_file(**more):
    return {k: v for k, v in incoming(**more).items() if k not in ("once", "file")}


def a_dropped(h):
    one = an_incoming(h, "clerk")
    a = h.vault.ask(h.token["clerk"], ("act", "incoming_drop", {**one, "ground": "twice"}))
    assert a.rc == "OK", (a.rc, a.why)
    return {**one, "saved": "2"}


def a_filed(h, p):
    one = an_incoming(h, "clerk")
    a_done(h, p, "clerk", "incoming_file", {**one, "reason": "essai"}, "made", "no")
    return {**one, "saved": "2"}


def a_template(house):
    a = house.vault.ask(house.token["admin"], ("act", "template_put", {"kind": "free", "name": "Essai", "text": "Le {{date.jour}}"}), get=[("template", "no")])
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    return a["got"][0][0]


def a_need(house):
    a = house.vault.ask(house.token["admin"], ("act", "letter_need_add", {"kind": "consultation", "heading": f"Titre {serial()}", "source": "essai"}), get=[("template", "no")])
    return a["got"][0][0]


def a_document(house, p):
    """The letter that the demonstration put into each chart."""
    a = house.vault.ask(house.token["physician"], ("view", "documents", {"patient": p.id}), get=[("documents", "id")])
    return a["got"][0][0] if a.rc == "OK" and a["got"][0] else "none"


ARGS = {
    "watch":                  lambda h, p: {"region": "beds", "key": "x"},
    "patient_search":         lambda h, p: {"birthdate": p.birth},
    "patient_duplicates":     lambda h, p: traits(p),
    "attribute":              lambda h, p: {"sample": f"found: {p.id}\n"},
    "meter":                  lambda h, p: {"login": h.vault.account("nurse")["login"]},
    "machine_key_add":        lambda h, p: {"login": f"machine-essai{serial()}", "jwk": json.dumps(Key("ES256", "essai").jwk()), "may": "read", "patients": "10"},
    "machine_key_revoke":     lambda h, p: {"login": a_machine(h), "kid": "essai"},
    "account_until":          lambda h, p: {"login": idle_login(h), "until": "2040-12-31"},
    "account_keys":           lambda h, p: {"login": h.vault.account("nurse")["login"]},
    "account_key_revoke":     lambda h, p: revocation_by_admin(h),
    "notices_seen":           lambda h, p: {},
    "recovery_ask":           lambda h, p: {"login": nobodys_login(h), "reason": "clé perdue", **h.proof("admin")},
    "recovery_give":          lambda h, p: {"no": a_recovery(h), **keyed_proof(h, "admin")},
    "recovery_drop":          lambda h, p: {"no": a_recovery(h), **h.proof("admin")},
    "rule_people":            lambda h, p: {"rule": "two_keys"},
    "rule_set":               lambda h, p: {"rule": "inactive", "value": str(44 - serial() % 30), **h.proof("admin")},
    "rule_sign":              lambda h, p: {"no": a_rule(h), **keyed_proof(h, "admin")},
    "rule_drop":              lambda h, p: {"no": a_rule(h), **h.proof("admin")},
    "account":                lambda h, p: {"login": h.vault.account("nurse")["login"]},
    "practitioners_find":     lambda h, p: {"text": "mar"},
    "account_add":            lambda h, p: {**NEW, "login": f"essai{serial()}", **keyed_proof(h, "admin")},
    "account_confirm":        lambda h, p: {**an_account_that_waits(h), **keyed_proof(h, "rssi")},
    "account_turn_down":      lambda h, p: {**an_account_that_waits(h), **h.proof("rssi")},
    "session_end":            lambda h, p: {"session": another_session(h), **h.proof("nurse")},
    "special_review":         lambda h, p: {"no": a_sensitive_opening(h), "verdict": "justified"},
    "account_disable":        lambda h, p: {"login": idle_login(h)},
    "account_enable":         lambda h, p: {"login": idle_login(h)},
    "account_units":          lambda h, p: {"login": idle_login(h), "units": h.stage.unit},
    "account_work":           lambda h, p: {"login": h.vault.account("nurse")["login"], "work": "role", **keyed_proof(h, "admin")},
    "on_call_add":            lambda h, p: duty(h),
    "on_call_end":            lambda h, p: {"no": a_duty(h)},
    "hand_over":              lambda h, p: {"login": h.vault.account("pharmacist")["login"]},
    "hand_over_end":          lambda h, p: {"no": a_hand_over(h, h.stage.mine[0])},
    "stay_announce":          lambda h, p: {"place": h.stage.unit, "kind": "inpatient", "day": TOMORROW, "time": "10:00"},
    "stay_admit":             lambda h, p: out(h, p),
    "stay_transfer":          lambda h, p: here(h, p, place=a_bed(h), reason="no_bed"),
    "stay_transfer_announce": lambda h, p: here(h, p, place=a_bed(h), day=TOMORROW, time="10:00"),
    "stay_leave":             lambda h, p: here(h, p),
    "stay_return":            lambda h, p: away(h, p),
    "stay_exit_plan":         lambda h, p: here(h, p, day=TOMORROW, time="10:00"),
    "stay_discharge":         lambda h, p: here(h, p),
    "stay_cancel":            lambda h, p: last_move(h, p),
    "stay_retime":            lambda h, p: earlier(h, p),
    "bed_set":                lambda h, p: {"bed": a_bed(h), "state": "ready"},
    "room_rule_set":          lambda h, p: {"bed": a_bed(h), "sex": "any"},
    "bed_rooms":              lambda h, p: {"unit": h.stage.unit},
    "occupation":             lambda h, p: {"place": h.stage.unit},
    "bed_past":               lambda h, p: {"unit": h.stage.unit},
    "place_close":            lambda h, p: {"place": an_empty_room(h), "reason": "works"},
    "place_open":             lambda h, p: {"place": a_closed_room(h)},
    "site_ask":               lambda h, p: {"site": a_site(h), "change": "close", **h.proof("admin")},
    "site_sign":              lambda h, p: {"no": a_closing(h), **keyed_proof(h, "rssi")},
    "site_drop":              lambda h, p: {"no": a_closing(h)},
    "triage_add":             lambda h, p: {"scale": "Essai", "level": str(serial()), "label": "Niveau d'essai", "source": "Essai"},
    "triage_end":             lambda h, p: {"no": a_level(h)},
    "identity_source_add":    lambda h, p: {"proof": "PC", "seen_on": "2026-01-01"},
    "identity_source_end":    lambda h, p: {"no": a_source(h, p)},
    "identity_mark":          lambda h, p: {"homonym": "1"},
    "identity_collision":     lambda h, p: {"text": "essai du jour"},
    "insi_call":              lambda h, p: {},
    "merge_ask":              lambda h, p: {"other": h.stage.strangers[serial() % 40].id, "text": "essai du jour"},
    "merge_do":               lambda h, p: a_merge(h),
    "merge_dismiss":          lambda h, p: {"no": a_merge(h)["no"]},
    "merge_undo":             lambda h, p: a_merge(h, done=True),
    "identity_cell_add":      lambda h, p: {"login": nobodys_login(h), **h.proof("admin")},
    "identity_cell_end":      lambda h, p: {"no": a_member(h)},
    "identity_task_close":    lambda h, p: {"no": a_collision(h)},
    "identity_work":          lambda h, p: {"kind": "prov"},
    "record_close":           lambda h, p: {"kind": "archived", "reason": "over", "text": "essai du jour"},
    "record_reopen":          lambda h, p: {"no": a_closed_record(h), "text": "essai du jour"},
    "account_set_password":   lambda h, p: {"old_password": h.vault.account("nurse")["password"], "password": f"quatre murs et un toit {serial()}"},
    "passkey_rename":         lambda h, p: {"no": a_key(h), "label": "badge"},
    "passkey_revoke":         lambda h, p: revocation(h),
    "patient_create":         lambda h, p: {"birth_name": "Nouvelleau", "given_names": "Zéphyrine", "birthdate": f"19{50 + serial() % 40}-03-0{1 + serial() % 9}", "sex": "female"},
    "patient_edit":           lambda h, p: traits(p, city="Ailleurs"),
    "patient_delete":         lambda h, p: gone_home(h, p) or {"reason": "error", "text": "fiche d'essai"},
    "patient_restore":        lambda h, p: {"deletion": a_deletion(h, p)},
    "treating_physician_set": lambda h, p: {"practitioner": p.body["generalPractitioner"][0]["reference"].split("/")[1]},
    "break_glass_review":     lambda h, p: {"no": a_grant(h, p), "verdict": "justified"},
    "break_glass":            lambda h, p: {"reason": "emergency", "text": "douleur thoracique"},
    "plan_ask":               lambda h, p: plan(h, "over"),
    "plan_sign":              lambda h, p: plan(h, "asked"),
    "plan_end":               lambda h, p: plan(h, "asked"),
    "export":                 lambda h, p: an_export(h),
    "export_sample":          lambda h, p: an_export(h),
    "export_file":            lambda h, p: {**export_sealed(h), "part": "1"},
    "export_count":           lambda h, p: {"cohort": EXPORT["cohort"]},
    "export_ask":             lambda h, p: {**EXPORT, **keyed_proof(h, "physician"), "count": h.vault.ask(h.token["physician"], ("act", "export_count", {"cohort": EXPORT["cohort"]}), get=[("count", "patients")])["got"][0][0]},
    "export_approve":         lambda h, p: {**export_asked(h, "dpo"), **keyed_proof(h, "physician")},
    "export_refuse":          lambda h, p: {"no": export_asked(h, "dpo")["no"]},
    "export_cancel":          lambda h, p: {"no": export_asked(h, "physician")["no"]},
    "export_take":            lambda h, p: {**export_approved(h), **h.proof("physician")},
    "export_fetch":           lambda h, p: export_sealed(h),
    "export_start":           lambda h, p: {"group": "essai", "later": "1"},
    "order_stop":             lambda h, p: {**a_prescription(h, p), "reason": "done"},
    "order_opinion":          lambda h, p: {**a_prescription(h, p), "opinion": "accept"},
    "order_add":              lambda h, p: {"form": f"essai-{serial():06}", "kind": "lab", "what": "NFS"},
    "order_drop":             lambda h, p: {"no": "1"},
    "order_renew":            lambda h, p: {},
    "prescription_sign":      lambda h, p: {"form": f"essai-{serial():06}", "seen": a_basket(h, p)},
    "order_set_save":         lambda h, p: a_basket(h, p) and {"name": "Essai"},
    "order_set_use":          lambda h, p: {"no": a_set(h) if p in h.stage.mine else "1", "form": f"essai-{serial():06}"},
    "discharge_continue":     lambda h, p: {"stay": moves(h, p)[0]},
    "discharge_stop":         lambda h, p: {"stay": moves(h, p)[0], "id": an_undecided(h, p), "reason": "stay_only"},
    "discharge_sign":         lambda h, p: decided(h, p),
    "order_set_end":          lambda h, p: {"no": a_set(h)},
    "order_rule_add":         lambda h, p: {"rule": "high_risk", "kind": "substance", "what": "essai", "tier": "2", "source": "essai"},
    "order_rule_end":         lambda h, p: {"no": a_house_rule(h)},
    "order_clock_set":        lambda h, p: {"moment": "MORN", "time": "7h30"},
    "order_pharmacy_set":     lambda h, p: {},
    "special_label_add":      lambda h, p: {"system": "urn:essai:etiquettes", "label": f"essai{serial()}", **h.proof("rssi")},
    "drug":                   lambda h, p: {"cis": "60002283"},
    "stock":                  lambda h, p: {"store": stock(h)["ward"]},
    "stock_movements":        lambda h, p: {"store": stock(h)["ward"]},
    "stock_lot":              lambda h, p: {"lot": stock(h)["lot"]},
    "stock_find_lots":        lambda h, p: {"cis": DOLIPRANE},
    "stock_product":          lambda h, p: {"cis": DOLIPRANE},
    "stock_counts":           lambda h, p: {"store": stock(h)["ward"]},
    "stock_count":            lambda h, p: {"no": a_count(h)},
    "stock_register":         lambda h, p: {"store": stock(h)["ward"], "cis": MORPHINE},
    "stock_proposals":        lambda h, p: {"store": stock(h)["ward"], "from": stock(h)["pui"]},
    "stock_order":            lambda h, p: {"no": an_order(h)["no"]},
    "stock_store_add":        lambda h, p: {"label": f"S{serial()}", "kind": "cabinet", "unit": h.stage.unit},
    "stock_store_close":      lambda h, p: {"store": stocked(h, "stock_store_add", {"label": f"F{serial()}", "kind": "cabinet", "unit": h.stage.unit}, [("store", "store")])},
    "stock_product_set":      lambda h, p: {"cis": "60003620", "counted": "tablet"},
    "stock_level_set":        lambda h, p: {"store": stock(h)["pui"], "cis": DOLIPRANE, "critical": "1", "minimum": "6000", "optimum": "90000", "maximum": "90000"},
    "stock_receive":          lambda h, p: {**key(), "store": stock(h)["pui"], "cis": DOLIPRANE, "number": f"N{serial()}", "expires": "2040-01-31", "quantity": "2,5", "source": "delivery"},
    "stock_move":             lambda h, p: {**key(), "store": stock(h)["ward"], "lot": stock(h)["lot"], "kind": "loss", "reason": "broken", "quantity": "1"},
    "stock_dispense":         lambda h, p: {**key(), "store": stock(h)["ward"], "cis": DOLIPRANE, "quantity": "1"},
    "stock_round":            lambda h, p: {"unit": h.stage.unit, "store": stock(h)["pui"]},
    "stock_round_dispense":   lambda h, p: (lambda s: {**key(), "unit": s["unit"], "store": s["store"], "ticks": s["tick"]})(a_sheet(h)),
    "stock_own_in":           lambda h, p: {**key(), "store": stock(h)["ward"], "cis": DOLIPRANE, "quantity": "3", "number": "MAISON"},
    "stock_lot_state":        lambda h, p: {"lot": a_recalled_lot(h), "state": "usable", "reason": "checked"},
    "stock_recall_tell":      lambda h, p: {"lot": a_recalled_lot(h)},
    "stock_settle":           lambda h, p: settled(h),
    "stock_count_open":       lambda h, p: (a_count(h, "none"), {"store": stock(h)["ward"]})[1],
    "stock_count_line":       lambda h, p: {"no": a_count(h), "lot": stock(h)["lot"], "quantity": "4900"},
    "stock_count_sign":       lambda h, p: {"no": a_count(h, "line")},
    "stock_count_close":      lambda h, p: {"no": a_count(h, "signed"), **h.proof("nurse")},
    "stock_count_drop":       lambda h, p: {"no": a_count(h)},
    "stock_register_sign":    lambda h, p: {**register(h), **h.proof("nurse")},
    "stock_kit":              lambda h, p: {"kit": a_kit(h)},
    "stock_scan":             lambda h, p: {"scan": SCAN, "way": "in", "store": stock(h)["ward"]},
    "tall_names":             lambda h, p: {},
    "tall_name_add":          lambda h, p: {"tall": "essai" + "".join("ABCDEFGHIJ"[int(d)] for d in str(serial())), "source": "essai"},
    "tall_name_end":          lambda h, p: {"no": a_tall_name(h)},
    "score_scale_order":      lambda h, p: unordered_scale(h, p),
    "score_scale_end":        lambda h, p: ordered_scale(h, p),
    "stock_kit_add":          lambda h, p: {"store": stock(h)["ward"], "label": f"K{serial()}"},
    "stock_kit_line":         lambda h, p: {"kit": a_kit(h), "version": "2", "cis": DOLIPRANE, "quantity": "3"},
    "stock_kit_prepare":      lambda h, p: pick(h, a_kit(h)),
    "stock_kit_seal":         lambda h, p: {"kit": a_kit(h, "prepared"), "version": "2", "number": f"S{serial()}"},
    "stock_kit_open":         lambda h, p: {**key(), "kit": a_kit(h, "prepared")},
    "stock_kit_check":        lambda h, p: {"kit": a_kit(h)},
    "stock_kit_end":          lambda h, p: {"kit": a_kit(h, "none")},
    "stock_refill":           lambda h, p: {**key(), "store": stock(h)["ward"], "from": stock(h)["pui"]},
    "stock_order_add":        lambda h, p: {**key(), "store": stock(h)["pui"], "supplier": "CERP"},
    "stock_order_line":       lambda h, p: {**an_order(h), "cis": DOLIPRANE, "quantity": "10", "amount": "1,50"},
    "stock_order_send":       lambda h, p: an_order(h),
    "stock_order_receive":    lambda h, p: arrival(an_order(h, "sent")["no"]),
    "stock_invoice_line":     lambda h, p: {**an_order(h, "received"), "cis": DOLIPRANE, "quantity": "10", "amount": "1,50"},
    "stock_order_invoice":    lambda h, p: {**an_order(h, "billed"), "invoice": "F-1", "amount": "1", "decision": "accept", "reason": "price"},
    "stock_order_end":        lambda h, p: an_order(h),
    "stop":                   lambda h, p: {"number": a_stop(h)["number"]},
    "stop_release":           lambda h, p: judgement(h),
    "stop_keep":              lambda h, p: judgement(h),
    "tell_done":            lambda h, p: {"no": a_telling(h), "how": "letter"},
    "house_tariff_add":       lambda h, p: {"kind": "ngap", "what": "ESSAI", "from": "2026-01-01", "value": "1", "source": "essai", **h.proof("billing")},
    "billing_place_set":      lambda h, p: {"kind": "public", "grid": "16", **h.proof("billing")},
    "act_capture":            lambda h, p: an_act_done(h, p),
    "act_retract":            lambda h, p: captured(h, p),
    "bill":                   lambda h, p: some(a_draft(h, p), "no"),
    "bill_open":              lambda h, p: {"stay": stay_of(h, p)},
    "bill_line_add":          lambda h, p: {**some(a_draft(h, p), "no", "version"), "kind": "ngap", "what": "AUTRE", "day": "2026-01-02"},
    "bill_line_set":          lambda h, p: {**some(a_draft(h, p), "no", "version", "place"), "amount": "12,50"},
    "bill_line_drop":         lambda h, p: some(a_draft(h, p), "no", "version", "place"),
    "bill_share":             lambda h, p: some(a_draft(h, p), "no", "version"),
    "bill_check":             lambda h, p: some(a_draft(h, p, "shared"), "no", "version"),
    "bill_drop":              lambda h, p: some(a_draft(h, p), "no", "version"),
    "bill_post":              lambda h, p: some(a_draft(h, p, "checked"), "no", "version"),
    "invoice":                lambda h, p: some(a_draft(h, p, "posted"), "no"),
    "invoice_credit":         lambda h, p: {**some(a_draft(h, p, "posted"), "no"), **h.proof("billing")},
    "claims":                 lambda h, p: some(a_draft(h, p, "posted"), "no"),
    "claim_send":             lambda h, p: a_claim(h, p),
    "claim_reject":           lambda h, p: a_claim(h, p, reason="R12"),
    "reminders_make":         lambda h, p: (a_claim(h, h.stage.mine[0]), {"form": f"essai-{serial():06}", "days": "0"})[1],
    "reminder_batch":         lambda h, p: a_batch(h),
    "reminders_of":           lambda h, p: some(a_draft(h, p, "posted"), "no"),
    "reminder_wording_add":   lambda h, p: {"from": "2026-01-01", "words": "Essai", **h.proof("billing")},
    "claim_remind":           lambda h, p: a_claim(h, p),
    "pay":                    lambda h, p: a_claim(h, p, means="cash", amount="5,00"),
    "refund_ask":             lambda h, p: a_refund(h, p, asked=False),
    "refund_sign":            lambda h, p: {**a_refund(h, p), **h.proof("billing")},
    "refund_drop":            lambda h, p: a_refund(h, p),
    "cash_count":             lambda h, p: {**a_desk(h), "cash": "5"},
    "cash_close":             lambda h, p: {**a_desk(h, counted=True), **h.proof("billing")},
    "coding":                 lambda h, p: {"stay": stay_of(h, p)},
    "coding_save":            lambda h, p: {"stay": stay_of(h, p), "version": "1", "dp": "A000"},
    "pmsi_month":             lambda h, p: {"month": time.strftime("%Y-%m")},
    "pmsi_place_set":         lambda h, p: {"finess": "490000001", "vidhosp": "V015", "version": h.vault.ask(h.token["billing"], ("view", "pmsi_places", {}), get=[("place", "version")])["got"][0][0]},
    "pmsi_unit_set":          lambda h, p: a_pmsi_unit(h),
    "pmsi_unit_part":         lambda h, p: a_pmsi_part(h),
    "journal_recount":        lambda h, p: {},
    "observation":            lambda h, p: {"id": a_measure(h, p)},
    "dose":                   lambda h, p: {k: v for k, v in a_slot(h, p).items() if k != "once"},
    "vitals_record":          lambda h, p: {"once": form(), "pulse": "72"},
    "fluids_record":          lambda h, p: {"once": form(), "drink": "200"},
    "observation_correct":    lambda h, p: {"id": a_measure(h, p), "version": "1", "value": "87", "reason": "typing"},
    "score_add":              lambda h, p: SCORE,
    "score_sign":             lambda h, p: {"no": a_score(h)},
    "books_count":            lambda h, p: {},
    "score_end":              lambda h, p: {"no": a_score(h)},
    "transmission_add":       lambda h, p: {"once": form(), "target": "Douleur", "data": "EVA 2"},
    "allergy_add":            lambda h, p: {"once": form(), "substance": "amoxicilline"},
    "pregnancy":              lambda h, p: {},
    "pregnancy_record":       lambda h, p: {"once": form(), "pregnancy": "no"},
    "pregnancy_age_set":      lambda h, p: {"days": "7", "source": "essai"},
    "people_around":          lambda h, p: {},
    "around_put":             lambda h, p: {**seen_around(h, p), "once": form(), "family": "Proche", "role": "NOK"},
    "around_end":             lambda h, p: around(h, p),
    "wishes":                 lambda h, p: {},
    "wishes_record":          lambda h, p: {"once": form(), "directives": "none", "said_by": "patient"},
    "wish_strike":            lambda h, p: a_wish(h, p),
    "pregnancy_strike":       lambda h, p: an_answer(h, p),
    "notes":                  lambda h, p: {},
    "note_versions":          lambda h, p: {"id": a_note(h, p)},
    "note_add":               lambda h, p: {"once": form(), "kind": "course", "conclusion": "essai"},
    "note_correct":           lambda h, p: {"id": a_note(h, p), "version": "1", "conclusion": "autre"},
    "note_strike":            lambda h, p: {"id": a_note(h, p), "version": "1", "why": "autre patient"},
    "problems":               lambda h, p: {},
    "problem_add":            lambda h, p: {"once": form(), "label": f"Essai {form()}"},
    "problem_end":            lambda h, p: {"id": a_done(h, p, "physician", "problem_add", {"once": form(), "label": f"Essai {form()}"}, "problem", "id")[0], "version": "1", "how": "resolved"},
    "allergy_end":            lambda h, p: {"id": an_allergy(h, p), "version": "1", "how": "refuted"},
    "letter":                 lambda h, p: {"no": a_letter(h, p)["no"]},
    "letter_draft":           lambda h, p: {"once": form(), "kind": "discharge"},
    "letter_save":            lambda h, p: {**a_letter(h, p), "title": "Essai", "text": "mots", "pull": "bloc.allergies"},
    "letter_sign":            lambda h, p: a_letter(h, p),
    "letter_correct":         lambda h, p: {"no": a_signed_letter(h, p), "once": form()},
    "letter_cancel":          lambda h, p: {"no": a_letter(h, p)["no"], "reason": "essai"},
    "letter_template":        lambda h, p: {"template": a_template(h)},
    "template_put":           lambda h, p: {"kind": "free", "name": "Essai", "text": "Le {{date.jour}}"},
    "template_end":           lambda h, p: {"template": a_template(h)},
    "letter_need_add":        lambda h, p: {"kind": "consultation", "heading": f"Titre {serial()}", "source": "essai"},
    "letter_need_end":        lambda h, p: {"no": a_need(h)},
    "document":               lambda h, p: {"id": a_document(h, p), "part": "1"},
    "transmissions_read":     lambda h, p: {"nos": sent_by(h, p, "physician")},
    "transmission_strike":    lambda h, p: {"no": sent_by(h, p, "nurse"), "text": "autre patient"},
    "task_add":               lambda h, p: {"once": form(), "what": "Pansement"},
    "task_state":             lambda h, p: {"no": a_task(h, p), "was": "open", "state": "done"},
    "dose_give":              lambda h, p: {**a_slot(h, p), "reason": "no_code"},
    "dose_refuse":            lambda h, p: {**a_slot(h, p), "reason": "refused"},
    "doses_give":             lambda h, p: {"once": form(), "reason": "no_code", "ticks": "{line}/{step}/{planned}/{nth}".format(**a_slot(h, p))},
    "dose_check":             lambda h, p: {"no": a_prepared(h, p)},
    "dose_correct":           lambda h, p: {**a_dose(h, p), "wrong": "1", "reason": "typing"},
    "infusion_stop":          lambda h, p: {"no": a_dose(h, p, duration=30, durationUnit="min")["no"]},
    "double_check_add":       lambda h, p: {"system": "cis", "code": f"{61000000 + serial()}"},
    "double_check_end":       lambda h, p: {"no": a_code(h)},
    "fhir_create":            lambda h, p: {"type": "Condition", "body": condition(p)},
    "fhir_update":            lambda h, p: {"type": "Patient", "id": p.id, "body": json.dumps({**p.body, "active": True})},
    "fhir_patch":             lambda h, p: {"type": "Patient", "id": p.id, "patch": '[{"op":"add","path":"/active","value":true}]'},
    "fhir_validate":          lambda h, p: {"type": "Condition", "body": condition(p)},
    "fhir_delete":            lambda h, p: {"type": "Condition", "id": h.stage.one_of("Condition", p) or "none"},
    "fhir_bundle":            lambda h, p: {"body": json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
                                  {"resource": json.loads(condition(p)), "request": {"method": "POST", "url": "Condition"}}]})},
    "fhir_export":            lambda h, p: {},
    "import":                 lambda h, p: {"source": "essai.ndjson", "lines": json.dumps({**json.loads(condition(p)), "id": f"essai-{serial()}"})},
    "agenda_add":             lambda h, p: {"type": "Practitioner", "actor": a_practitioner(h)},
    "agenda_kind_add":        lambda h, p: {"label": "Essai", "minutes": "20"},
    "agenda_hours_add":       lambda h, p: {"agenda": a_calendar(h), "days": "1", "begin": "8:30", "end": "12h", "minutes": "20"},
    "agenda_close":           lambda h, p: {"agenda": a_calendar(h), "reason": "leave", "from": "2039-01-01"},
    "agenda_end":             lambda h, p: {"what": "hours", "no": hours_no(h)},
    "appointment_book":       lambda h, p: {"once": form(), "person": a_calendar(h), "start": a_time(h), "minutes": "10"},
    "appointment_move":       lambda h, p: an_appointment(h, p, start=a_time(h)),
    "appointment_wish":       lambda h, p: {"no": an_appointment(h, p)["no"]},
    "appointment_wish_end":   lambda h, p: {"no": an_appointment(h, p)["no"]},
    "appointment_cancel":     lambda h, p: an_appointment(h, p, reason="pat"),
    "incoming":               lambda h, p: {"no": an_incoming(h, "clerk")["no"]},
    "incoming_add":           lambda h, p: incoming(),
    "incoming_file":          lambda h, p: {**an_incoming(h, "clerk"), "reason": "essai"},
    "incoming_correct":       lambda h, p: {**an_incoming(h, "clerk"), **without_file(given="Ada")},
    "incoming_drop":          lambda h, p: {**an_incoming(h, "clerk"), "ground": "unreadable", "reason": "essai"},
    "incoming_restore":       lambda h, p: a_dropped(h),
    "incoming_return":        lambda h, p: {**a_filed(h, p), "reason": "essai"},
    "appointment_state":      lambda h, p: {**an_appointment(h, p), "state": "booked"} if p not in h.stage.mine else an_arrived(h, p),
}
# Acts whose subject is named by other arguments than "patient".
NAMES_NO_PATIENT = ("fhir_create", "fhir_update", "fhir_patch", "fhir_delete", "fhir_bundle")


def ask_of(house, row, p):
    args = dict(ARGS.get(row["name"], lambda h, q: {})(house, p))
    if row["reveals"] == "ONE_PATIENT" and row["name"] not in NAMES_NO_PATIENT:
        args["patient"] = p.id
    return (row["kind"], row["name"], args)


def who(house, role, row):
    """(token, as bearer, surface)"""
    if role == "machine":
        return house.vault.machine, True, API
    if role == "operator":
        return house.vault.operator(), False, IMPORT
    return by_key(house, role)[1] if row["name"] in KEYED else house.token.get(role, ""), False, PAGE


def run(house, role, row, p):
    token, bearer, surface = who(house, role, row)
    return house.vault.ask(token, ask_of(house, row, p), bearer=bearer, surface=surface)


def is_empty(answer, *patients):
    assert answer.empty, f"a refusal carries rows: {answer.flat[:200]}"
    for p in patients:
        assert not p.found_in(json.dumps(answer)), "a refusal carries a marker"


@pytest.mark.parametrize("row", ACTS, ids=name)
def test_every_act_has_its_arguments_here(row):
    assert row["name"] in ARGS or row["name"] in ENTERING, f"new act {row['name']}: give its arguments in ARGS, so that it comes under test"


# ---- not for this role ----

@pytest.mark.parametrize("row", ROWS, ids=name)
def test_who_has_not_the_right_is_refused_with_nothing_and_recorded(house, row):
    p = house.stage.mine[0]
    plain = {"incoming_file": {"patient": p.id, "no": "1", "saved": "1"}, "incoming_return": {"patient": p.id, "no": "1", "saved": "1", "reason": "essai"}, "stay_admit": {"patient": p.id, "place": "1"}, **{act: {"patient": p.id, "stay": "1", "place": "1"} for act in ("stay_transfer", "stay_transfer_announce")}, "stay_cancel": {"patient": p.id, "stay": "1", "no": "1", "reason": "time"}, "stay_retime": {"patient": p.id, "stay": "1", "no": "1", "time": "0800", "reason": "mistyped"},
             "appointment_book": {"patient": p.id, "once": "essai", "person": "1", "start": "1"}, **dict.fromkeys(("appointment_wish", "appointment_wish_end"), {"patient": p.id, "no": "1"}), **{f"appointment_{act}": {"patient": p.id, "no": "1", "version": "1", **more} for act, more in (("move", {"start": "1"}), ("cancel", {"reason": "pat"}), ("state", {"state": "arrived"}))},
             "agenda_add": {"type": "Device", "actor": "1"}, "agenda_hours_add": {"agenda": "1", "days": "1", "minutes": "20"}, "agenda_close": {"reason": "leave"}, "agenda_end": {"what": "kind", "no": "1"},
             **{act: {"patient": p.id, "stay": "1"} for act in ("stay_leave", "stay_return", "stay_exit_plan", "stay_discharge")}, "site_ask": {"site": "1", "change": "close", "code": "000000"},
             "discharge_continue": {"patient": p.id, "stay": "1"}, "discharge_stop": {"patient": p.id, "stay": "1", "id": "1", "reason": "done"}, "discharge_sign": {"patient": p.id, "stay": "1"},
             "site_sign": {"no": "1", "code": "000000"}, **dict.fromkeys(("site_drop", "triage_end"), {"no": "1"}), "merge_do": {"no": "1", "keep": "x"},
             "identity_cell_add": {"login": "personne", "code": "000000"}, "record_reopen": {"no": "1", "text": "essai"}, "room_rule_set": {"bed": "1", "sex": "any"}, "place_close": {"place": "1", "reason": "works"}, "place_open": {"place": "1"}, **dict.fromkeys(("on_call_end", "hand_over_end", "merge_dismiss", "merge_undo", "identity_cell_end", "identity_task_close"), {"no": "1"}), "on_call_add": {"login": "personne", "unit": "u", "day": "2040-01-01", "hour": "8", "hours": "12"}, "patient_restore": {"deletion": "1"}, "break_glass_review": {"no": "1", "verdict": "justified"}, "stop": {"number": "1"}, "tell_done": {"no": "1", "how": "letter"},
             "plan_ask": {"reason": "essai", "code": "000000"}, "account_add": {**NEW, "login": "essai", "code": "000000"}, "account_work": {"login": "personne", "work": "role", "code": "000000"}, "special_review": {"no": "1", "verdict": "justified"},
             **dict.fromkeys(("account_confirm", "account_turn_down"), {"login": "personne", "seen": "1", "code": "000000"}), **dict.fromkeys(("plan_sign", "plan_end"), {"no": "1", "code": "000000"}),
             "stock_count_close": {"no": "1", "code": "000000"}, "stock_register_sign": {"store": "100", "cis": MORPHINE, "upto": "1", "code": "000000"},
             "observation_correct": {"patient": p.id, "id": "none", "version": "1", "reason": "typing"}, **dict.fromkeys(("score_sign", "score_end", "double_check_end"), {"no": "1"}),
             
             "rule_set": {"rule": "idle", "value": "5", "code": "000000"}, **dict.fromkeys(("rule_sign", "rule_drop"), {"no": "1", "code": "000000"}),
             "account_key_revoke": {"login": "personne", "no": "1", "code": "000000"}, "recovery_ask": {"login": "personne", "reason": "essai", "code": "000000"},
             **dict.fromkeys(("recovery_give", "recovery_drop"), {"no": "1", "code": "000000"}),
             "passkey_rename": {"no": "1", "label": "badge"}, "passkey_revoke": {"no": "1", "code": "000000"},
             **dict.fromkeys(("export", "export_sample", "export_refuse", "export_cancel", "export_fetch"), {"no": "1"}), "export_file": {"no": "1", "part": "1"},
             "export_ask": {**EXPORT, "count": "60", "code": "000000"}, "export_approve": {"no": "1", "hash": "0" * 64, "code": "000000"}, "export_take": {"no": "1", "code": "000000"},
             **dict.fromkeys(("stop_release", "stop_keep"), {"number": "1", "account": "1", "upto": "1", "code": "000000"})}
    ask = (row["kind"], row["name"], plain[row["name"]]) if row["name"] in plain else ask_of(house, row, p)
    entries = house.since()
    expected = []
    for role in PEOPLE:
        if may(role, row):
            continue
        a = house.vault.ask(house.token[role], ask)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED"), f"{role}: {a.rc} {a.why}"
        is_empty(a, p)
        expected.append(house.account_no(role))
    nobody = house.vault.ask("", ask)
    assert nobody.rc == "STEP_UP"
    is_empty(nobody, p)
    forged = house.vault.ask("A" * 43, ask)
    assert forged.rc == "STEP_UP"
    is_empty(forged, p)
    if not may("machine", row):
        a = house.vault.ask(house.vault.machine, ask, bearer=True, surface=API)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED"), f"machine: {a.rc} {a.why}"
        is_empty(a, p)
    if not may("operator", row):
        a = house.vault.ask(house.vault.operator(), ask, surface=CLI)
        assert (a.rc, a.why) == ("DENIED", "NOT_ALLOWED"), f"operator: {a.rc} {a.why}"
        is_empty(a, p)
    refused = [e["account"] for e in entries() if e["kind"] == "REFUSAL" and e["why"] == "NOT_ALLOWED"]
    for no in expected:
        assert no in refused, "a refusal without its ledger entry"


# ---- allowed ----

def best_role(row):
    people = roles_that_may(row)
    if row["name"] in ("stop", "stop_release", "stop_keep", "tell_done"):
        return "rssi"
    if row["name"].startswith(("rule_", "recovery_", "account_key", "identity_cell_")):
        return "admin"
    for role in ("nurse", "clerk", *people):
        if role in people:
            return role
    return "machine" if may("machine", row) else "operator"


@pytest.mark.parametrize("row", VIEWS, ids=name)
def test_a_view_is_released_to_who_may_and_recorded_first(house, row):
    p = house.stage.mine[1]
    role = best_role(row)
    entries = house.since()
    if row["reveals"] == "ONE_PATIENT" and not any(may(r, row) for r in ("nurse", "clerk", "physician", "billing")):
        pytest.fail("nobody with a care link may open this view: who is it for?")
    a = run(house, role, row, p)
    assert a.rc == "OK", f"{role}: {a.rc} {a.why}"
    new = [e for e in entries() if e["kind"] == "RELEASE" and e["account"] == house.account_no(role)]
    if row["reveals"] == "NOTHING":
        return
    assert new, "released without an entry"
    assert new[-1]["reveals"] == REVEALS[row["reveals"]]
    if row["reveals"] == "ONE_PATIENT":
        assert p.rid in [rid for rid, *_ in new[-1]["patients"]], "the entry does not name the patient"
        assert a["explained"] == "unit"
    elif row["reveals"] != "MANY":
        assert new[-1]["draws"] == 0, "a list drew on the budget"


# Acts that ask nothing of a patient whom no other test has used: there are only so many of those.
ANY_PATIENT = ("act_", "bill_", "claim_", "refund_", "pay", "invoice_credit", "coding_save")
# They add to a chart and spoil nothing for the next: one patient serves them all.
ADDS_ONLY = ("appointment_book", "appointment_move", "appointment_cancel", "appointment_state", "appointment_wish", "appointment_wish_end", "vitals_record", "fluids_record", "observation_correct", "transmission_add", "transmissions_read", "transmission_strike", "task_add", "task_state",
             "dose_give", "dose_refuse", "doses_give", "dose_check", "dose_correct", "infusion_stop", "allergy_add", "allergy_end", "problem_add", "problem_end", "note_add", "note_correct", "note_strike", "pregnancy_record", "pregnancy_strike", "around_put", "around_end", "wishes_record", "wish_strike", "letter_draft", "letter_save", "letter_sign", "letter_correct", "letter_cancel", "incoming_file", "incoming_return",
             "order_add", "order_drop", "order_renew", "order_stop", "prescription_sign", "order_opinion", "order_set_save", "order_set_use", "stock_dispense", "stock_own_in", "merge_ask",
             "identity_source_add", "identity_source_end", "identity_collision", "fhir_create", "fhir_update", "fhir_patch", "fhir_bundle", "fhir_delete", "discharge_continue", "discharge_stop", "discharge_sign", "stay_retime")
# The vault of these tests has no press: what must be drawn is refused with that, and nothing is signed. tests/web/test_letters.py signs.
NEEDS_A_PRESS = ("letter_sign", "letter_correct")
ALWAYS_REFUSED = {"fhir_export": "NO_EXPORT", "export_start": "EXPORT_NO_TICKET"}
PLAIN_ACTS = [r for r in ACTS if r["name"] not in ENTERING and r["name"] not in ALWAYS_REFUSED and r["name"] not in NEEDS_A_PRESS]


@pytest.mark.parametrize("row", [r for r in ACTS if r["name"] in ALWAYS_REFUSED], ids=name)
def test_an_act_that_nobody_may_is_refused_with_its_reason_and_recorded_by_name(house, row):
    h = house
    people = [(h.token[role], False, PAGE, h.account_no(role)) for role in PEOPLE] + [(h.vault.machine, True, API, None)]
    for token, bearer, surface, no in people:
        entries = h.since()
        a = h.vault.ask(token, ask_of(h, row, h.stage.mine[0]), bearer=bearer, surface=surface)
        assert (a.rc, a.why) == ("DENIED", ALWAYS_REFUSED[row["name"]]) and a.empty
        e, = [e for e in entries() if e["kind"] == "REFUSAL"]
        assert e["why"] == ALWAYS_REFUSED[row["name"]] and e["note"] == row["name"] and (no is None or e["account"] == no)
    entries = h.since()
    assert h.vault.ask("", ask_of(h, row, h.stage.mine[0]), surface=API).rc == "STEP_UP"
    assert not [e for e in entries() if e["kind"] in ("REFUSAL", "RELEASE")], "an entry of nobody"


def test_without_a_press_nothing_is_signed(house):
    p = house.stage.mine[1]
    args = {"patient": p.id, **a_letter(house, p)}
    a = house.vault.ask(house.token["physician"], ("act", "letter_sign", args))
    assert a.why == "PRESS_AWAY", (a.rc, a.why)
    a = house.vault.ask(house.token["physician"], ("view", "letter", {"patient": p.id, "no": args["no"]}), get=[("letter", "state")])
    assert a["got"][0] == ["draft"]


@pytest.mark.parametrize("row", PLAIN_ACTS, ids=name)
def test_an_act_is_done_for_who_may_with_intent_and_outcome(house, row):
    role = best_role(row)
    shared = row["name"] in ADDS_ONLY or REVEALS[row["reveals"]] <= REVEALS["META"] or row["name"].startswith(ANY_PATIENT)
    if row["name"] == "record_close":
        cell(house)
    p = Made(house, "nurse") if row["name"] == "record_close" else house.fresh("strangers") if row["name"] == "break_glass" else house.stage.mine[1] if row["name"] in ADDS_ONLY else house.stage.mine[0] if shared else house.fresh("mine")
    token, bearer, surface = who(house, role, row)
    ask = ask_of(house, row, p)
    entries = house.since()
    a = house.vault.ask(token, ask, bearer=bearer, surface=surface)
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), f"{role}: {a.rc} {a['act_rc']} {a.why} at {a['where']}"
    new = entries()
    if row["name"] == "account_key_revoke":
        house.token["pharmacist"] = house.vault.sign_in_by(house.keys["pharmacist"])
    if row["name"] == "passkey_revoke":
        assert house.vault.ask(house.token[role], ("view", "my_units", {})).rc == "STEP_UP", "a revoked key ends its account's sessions"
        house.token[role] = house.vault.sign_in_by(house.keys[role])
    intents = [e for e in new if e["kind"] == "INTENT" and e["route"] == row["name"]]
    outcomes = [e for e in new if e["kind"] == "OUTCOME" and e["route"] == row["name"]]
    if not intents:
        assert [e for e in new if e["kind"] == "RELEASE" and e["route"] == row["name"]], "an act that left no entry"
        return
    assert len(intents) == len(outcomes) == 1 and outcomes[0]["about"] == intents[0]["number"] and outcomes[0]["rc"] == 0
    assert intents[0]["number"] < outcomes[0]["number"]
    if row["reveals"] == "ONE_PATIENT":
        assert p.rid in [rid for rid, *_ in outcomes[0]["patients"]], "the outcome does not name the patient"


# ---- a stranger ----

OF_A_UNIT = ("stock_round", "reminder_batch")  # asked for a unit or a batch, of whom it holds only those whom a fact joins to the reader: tests/gate/test_stock.py, test_billing.py
OPENING = [r for r in ROWS if r["reveals"] in ("ONE_PATIENT", "MANY") and r["name"] not in ("break_glass", *OF_A_UNIT) and any(may(r_, row_) for row_ in [r] for r_ in PEOPLE)]


@pytest.mark.parametrize("row", OPENING, ids=name)
def test_a_stranger_is_refused_with_nothing_and_recorded(house, row):
    for role in roles_that_may(row):
        p = house.stage.strangers[-1]
        entries = house.since()
        a = run(house, role, row, p)
        assert a.rc in ("DENIED", "NOT_FOUND") and a.why in ("UNEXPLAINED", "NOT_FOUND", "NOT_ALLOWED"), f"{role}: {a.rc} {a.why}"
        is_empty(a, p)
        new = entries()
        assert not [e for e in new if e["kind"] == "RELEASE"], "something was released"
        refusals = [e for e in new if e["kind"] == "REFUSAL" or (e["kind"] == "OUTCOME" and e["rc"] != 0)]
        assert refusals and refusals[-1]["account"] == house.account_no(role), "a refusal without its ledger entry"


# A FHIR update of what is not there creates it (R4 http.html#upsert): the two cannot be alike, and no screen offers it to a person.
@pytest.mark.parametrize("row", [r for r in OPENING if r["name"] not in ("fhir_create", "fhir_update", "fhir_bundle")], ids=name)
def test_a_stranger_and_nobody_at_all_are_answered_alike(house, row):
    p = house.stage.strangers[-1]

    class Absent:
        id, body, birth, rid = "00000000-0000-4000-8000-000000000000", {**p.body, "id": "00000000-0000-4000-8000-000000000000"}, p.birth, 0
        markers = ()

        def found_in(self, _):
            return []

    for role in roles_that_may(row):
        known, absent = run(house, role, row, p), run(house, role, row, Absent())
        assert known.said() == absent.said(), f"{role} learns from the answer whether a record exists"


def test_a_work_list_names_nobody_unexplained(house):
    for role in ("nurse", "physician", "clerk", "pharmacist", "billing"):
        for view in ("unit_present", "agenda_today", "arrivals_today", *(("billing_desk", "coding_list", "pmsi_month") if role == "billing" else ())):
            a = house.vault.ask(house.token[role], ("view", view, {"month": time.strftime("%Y-%m")} if view == "pmsi_month" else {}))
            assert a.rc == "OK", f"{role} {view}: {a.rc} {a.why}"
            for p in house.stage.strangers:
                assert not p.found_in(a.flat), f"{role} {view} names a stranger"


def test_who_comes_too_late_is_shown_what_is_there_by_now_and_that_is_charged(h):
    p = h.stage.mine[0]
    look = ("view", "patient_identity", {"patient": p.id})
    version = h.vault.ask(h.token["clerk"], look, get=[("identity", "version")])["got"][0][0]
    edit = lambda city: ("act", "patient_edit", {"patient": p.id, **traits(p, city=city), "version": version})
    assert h.vault.ask(h.token["clerk"], edit("Vannes"), look).rc == "OK"
    before = h.vault.ledger()[-1]["number"]
    a = h.vault.ask(h.token["clerk"], edit("Lorient"), look, get=[("identity", "city")])
    assert a.why == "VERSION_CONFLICT" and a["got"] == [["Vannes"]], (a.rc, a.why, a["got"])
    assert [e for e in h.vault.ledger(before + 1) if e["kind"] == "RELEASE" and p.rid in [rid for rid, *_ in e["patients"]]], "nothing is shown without its entry"
    stranger = ("view", "patient_identity", {"patient": h.stage.strangers[0].id})
    a = h.vault.ask(h.token["clerk"], edit("Lorient"), stranger)
    assert a.empty, "a refused act opens nobody else"


def test_what_waits_for_the_identity_cell_is_no_search_and_its_further_pages_are(h):
    """Whoever decides and looks again a hundred times may search afterwards; whoever turns the pages of a list has sixty in the hour."""
    lists = [("identity_work", "after", {"kind": "prov"}), ("merges", "after", {"kind": "asked"}), ("records_closed", "after", {}), ("patients_deleted", "before", {})]
    ask = lambda n, **more: h.vault.ask(h.token["clerk"], ("view", lists[n % 4][0], {**lists[n % 4][2], **({lists[n % 4][1]: "7"} if more else {})}))
    for n in range(100):
        a = ask(n)
        assert a.rc == "OK", f"look {n + 1}: {a.rc} {a.why}"
    for n in range(60):
        a = ask(n, further=True)
        assert a.rc == "OK", f"page {n + 1}: {a.rc} {a.why}"
    a = ask(0, further=True)
    assert (a.rc, a.why) == ("OVER_BUDGET", "OVER_SEARCHES")
    is_empty(a)
    assert [ask(n).rc for n in range(4)] == ["OK"] * 4, "what waits is shown all the same"


def test_an_identity_search_masks_strangers_and_is_counted(spent_house):
    """Sixty in an hour, then none; a masked line carries no name, contact or number."""
    h = spent_house
    p = h.stage.strangers[0]
    for i in range(60):
        a = h.vault.ask(h.token["billing"], ("view", "patient_search", {"birthdate": h.stage.strangers[i % 40].birth}))
        assert a.rc == "OK", f"search {i + 1}: {a.rc} {a.why}"
        for q in h.stage.strangers:
            assert not q.found_in(a.flat), "a masked line names a stranger"
    entries = h.since()
    a = h.vault.ask(h.token["billing"], ("view", "patient_search", {"birthdate": p.birth}))
    assert (a.rc, a.why) == ("OVER_BUDGET", "OVER_SEARCHES")
    is_empty(a, p)
    assert [e for e in entries() if e["kind"] == "REFUSAL" and e["why"] == "OVER_SEARCHES" and e["account"] == h.account_no("billing")]


# ---- over budget ----

def admit(house, patients):
    """Makes patients present in the unit of the offered people, by the machine: an explanation that nobody made for himself."""
    calls = []
    for p in patients:
        stay = {"resourceType": "Encounter", "status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
                "subject": {"reference": f"Patient/{p.id}"}, "serviceProvider": {"reference": f"Organization/{house.stage.unit}"},
                "period": {"start": "2020-01-01T08:00:00+01:00"}}
        calls.append(house.vault.call(house.vault.machine, ("act", "fhir_create", {"type": "Encounter", "body": json.dumps(stay)}), bearer=True, surface=API))
    for a in house.vault.many(calls):
        assert a.rc == "OK", (a.rc, a.why, a["where"])


@pytest.fixture(scope="module")
def spent(spent_house):
    """A nurse, a clerk, a physician and a pharmacist whose accounts opened charts within seconds, gave the proof that was asked for, and did so again: stopped."""
    h = spent_house
    guests = h.stage.strangers[:200]
    admit(h, guests)
    h.opened_max = {}
    for role in ("nurse", "physician", "clerk", "pharmacist"):
        view = "chart_head" if role != "clerk" else "chart_admin"
        for stopped in (False, True):
            answers = h.vault.many([h.vault.call(h.token[role], ("view", view, {"patient": p.id})) for p in h.stage.mine + guests])
            said = {a.why for a in answers if a.rc != "OK"}
            if stopped:
                assert "STOPPED_ACCOUNT" in said, f"{role}: {said}"
            else:
                assert said == {"PROOF_DUE"}, f"{role}: {said}"
                h.token[role] = h.vault.prove(h.token[role], h.vault.account(role))
        h.opened_max[role] = answers[0]["opened_max"]
    return h


BUDGETED = {"nurse": 53, "physician": 74, "clerk": 168, "pharmacist": 191}


def test_the_budgets_are_those_of_the_security_plan(spent):
    assert spent.opened_max == BUDGETED


@pytest.mark.parametrize("row", [r for r in OPENING if r["name"] not in NAMES_NO_PATIENT], ids=name)
def test_a_stopped_account_opens_no_new_chart_and_is_charged_nothing(spent, row):
    for role in [r for r in roles_that_may(row) if r in BUDGETED]:
        opened = {rid for e in spent.vault.ledger() if e["account"] == spent.account_no(role) for rid, _, _, draw in e["patients"] if draw}
        p = next(p for p in reversed(spent.stage.mine + spent.stage.strangers[:200]) if p.rid not in opened)
        entries = spent.since()
        a = run(spent, role, row, p)
        assert (a.rc, a.why) == ("OVER_BUDGET", "STOPPED_ACCOUNT"), f"{role}: {a.rc} {a.why}"
        is_empty(a, p)
        new = entries()
        assert [e for e in new if e["kind"] == "REFUSAL" and e["why"] == "STOPPED_ACCOUNT" and e["account"] == spent.account_no(role)], "a stop without its ledger entry"
        assert sum(e["draws"] for e in new) == 0, "a refusal was charged"
        assert not [e for e in new if e["kind"] == "ALARM"], "an alarm is given once"


def told(house, role, view, set_, column):
    """A column of all pages of a list."""
    out, before = [], {}
    while True:
        a = house.vault.ask(house.token[role], ("view", view, before), get=[(set_, column), ("page", "next")])
        assert a.rc == "OK", (a.rc, a.why)
        out += a["got"][0]
        if not a["got"][1] or not a["got"][1][0]:
            return out
        before = {"before": a["got"][1][0]}


def test_unusual_work_is_told_to_the_reviewer_and_not_to_whom_it_is_about(spent):
    """Twenty charts within seconds are faster than anybody reads: a proof is asked for before the next, and the second time the account is stopped."""
    entries = spent.vault.ledger()
    for role in BUDGETED:
        mine = [e for e in entries if e["account"] == spent.account_no(role)]
        alarms = [e for e in mine if e["kind"] == "ALARM"]
        assert [(e["route"], e["note"]) for e in alarms] == [("ladder:rhythm", "proof"), ("ladder:rhythm", "stop")]
        assert sum(e["draws"] for e in mine if e["number"] < alarms[0]["number"]) == 20, "the alarm stands before the 21st chart of the minute"
        assert sum(e["draws"] for e in mine) == 40
        assert not [e for e in alarms if e["patients"] or e["draws"]], "an alarm names no patient"
    assert "ladder:rhythm" in told(spent, "rssi", "review_list", "alarms", "what")
    assert not [what for what in told(spent, "nurse", "my_accesses", "accesses", "what") if what.startswith("ladder:")]


@pytest.mark.parametrize("row", [r for r in VIEWS if r["reveals"] == "ONE_PATIENT"], ids=name)
def test_of_a_stopped_account_a_chart_that_is_open_stays_open_for_care(spent, row):
    if not may("nurse", row):
        pytest.skip("not a nurse's view")
    opened = [rid for e in spent.vault.ledger() if e["account"] == spent.account_no("nurse") for rid, _, _, draw in e["patients"] if draw]
    a = run(spent, "nurse", row, spent.stage.by_rid[opened[0]])
    assert a.rc == "OK", f"{a.rc} {a.why}"


@pytest.mark.parametrize("row", [r for r in VIEWS if r["reveals"] == "WORK_LIST"], ids=name)
def test_a_stopped_account_still_sees_its_work_list(spent, row):
    if not may("nurse", row):
        pytest.skip("not a nurse's list")
    a = run(spent, "nurse", row, spent.stage.mine[0])
    assert a.rc == "OK", f"{a.rc} {a.why}"


def test_budgets_survive_closing_the_vault(demo_base, work_dir):
    from conftest import House
    from hygie_server import copy_base
    h = House(copy_base(demo_base, work_dir / "reopened"))
    for p in h.stage.mine[:7]:
        assert h.vault.ask(h.token["nurse"], ("view", "chart_head", {"patient": p.id})).rc == "OK"
    before = h.vault.ask(h.token["nurse"], ("view", "my_units", {}))["opened"]
    assert h.close() == 0
    h.vault = type(h.vault)(h.stage.dir)
    token = h.vault.sign_in(h.vault.account("nurse"))
    assert h.vault.ask(token, ("view", "my_units", {}))["opened"] == before == 7
    assert h.vault.ask(h.token["nurse"], ("view", "my_units", {})).rc == "OK", "a session should outlive a restart of the vault"
    assert h.close() == 0


def test_many_at_once_never_open_more_than_the_ladder_lets(demo_base, work_dir):
    """One nurse, four hundred calls posted as one list: explained charts, strangers, broken glass."""
    from conftest import House
    from hygie_server import copy_base
    h = House(copy_base(demo_base, work_dir / "crowd"))
    guests = h.stage.strangers[:80]
    admit(h, guests)
    others = h.stage.strangers[80:160]
    calls = []
    for i, p in enumerate(h.stage.mine + guests + others):
        if p in others:
            calls.append(h.vault.call(h.token["nurse"], ("act", "break_glass", {"patient": p.id, "reason": "emergency", "text": "essai"})))
        calls.append(h.vault.call(h.token["nurse"], ("view", "chart_head", {"patient": p.id})))
        calls.append(h.vault.call(h.token["nurse"], ("view", "chart_summary", {"patient": p.id})))
    answers = h.vault.many(calls) + h.vault.many(calls)
    mine = [e for e in h.vault.ledger() if e["account"] == h.account_no("nurse")]
    drawn = [(rid, explain) for e in mine if e["kind"] in ("RELEASE", "INTENT") for rid, explain, tier, draw in e["patients"] if draw]
    opened, emergencies = {rid for rid, _ in drawn}, {rid for rid, explain in drawn if explain == 10}
    glass = [e for e in mine if e["kind"] == "INTENT" and e["route"] == "break_glass"]
    assert len(opened - emergencies) <= 20 and len(opened) >= 20, f"{len(opened)} distinct charts were opened"
    assert len(glass) <= 5 and len(emergencies) <= 5
    assert len([e for e in mine if e["kind"] == "ALARM"]) == 1, "an alarm is given once, however many ask at once"
    for a, c in zip(answers, calls + calls):
        if a.rc != "OK":
            is_empty(a)
        elif c["asks"][0][0] == "view":
            assert h.stage.by_id[c["asks"][0][2]["patient"]].rid in opened, "released without a draw"
    assert h.close() == 0


def test_my_accesses_shows_after_the_care_link_has_ended(demo_base, work_dir):
    """The list of one's own accesses holds people who are no longer one's patients: it must still open."""
    import time
    from conftest import House
    from hygie_server import copy_base
    h = House(copy_base(demo_base, work_dir / "later"))
    p = h.stage.strangers[0]
    assert h.vault.ask(h.token["nurse"], ("act", "break_glass", {"patient": p.id, "reason": "emergency", "text": "essai"})).rc == "OK"
    assert h.vault.ask(h.token["nurse"], ("view", "chart_head", {"patient": p.id})).rc == "OK"
    later = int(time.time() * 1000) + 5 * 3600 * 1000
    h.vault._send({"clock": later})
    nurse = h.vault.account("nurse")
    a = h.vault.ask("", ("act", "sign_in", {"login": nurse["login"], "password": nurse["password"], "code": totp(nurse["totp_secret"], later // 30000)}), get=[("session", "token")])
    assert a.rc == "OK", (a.rc, a.why)
    token = a["got"][0][0]
    assert h.vault.ask(token, ("view", "chart_head", {"patient": p.id})).rc == "DENIED", "a grant should end after four hours"
    a = h.vault.ask(token, ("view", "my_accesses", {}))
    h.close()
    assert a.rc == "OK", f"{a.rc} {a.why}"
