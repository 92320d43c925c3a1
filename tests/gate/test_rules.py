# SPDX-License-Identifier: Apache-2.0
"""
Rules of getting in: an establishment makes them stricter, never looser; at once; and back only by two people. And what a session that a code opened may not: its
smaller budgets (ASVS 5.0, 6.3.3), over lock, restart and every change of the account.
"""
import pytest

from conftest import LightHouse
from hygie_server import base_sql, copy_base

# name: (native, a stricter figure, one looser than native, one beyond the strictest)
RULES = {"key_only": (0, 1, None, 2), "two_keys": (0, 1, None, 2), "idle": (15, 5, 16, 1), "session": (12, 8, 13, 0), "password": (12, 20, 11, 33),
         "inactive": (45, 30, 46, 6), "emergencies": (5, 1, 6, 0), "budget": (100, 75, 101, 49)}


@pytest.fixture(scope="module")
def same(demo_base, work_dir, stage):
    """One house for the tests that change nothing in it."""
    house = LightHouse(copy_base(demo_base, work_dir / "rules-same"), stage)
    yield house
    assert house.close() == 0


def set_rule(h, role, rule, value, place="", **proof):
    token = h.token[role]
    proof = proof or {"code": h.vault.code(h.vault.account(role))}
    return h.vault.ask(token, ("act", "rule_set", {"rule": rule, "value": str(value), **({"place": place} if place else {}), **proof}), get=[("rule", "no"), ("rule", "waits")])


def anew(h, role):
    """Signed in again, later: what was refused counts as a guess until a proof is spent."""
    h.vault.clock(h.vault.now + 5 * 60000)
    h.token.pop(role, None)


def rules(h, role="rssi"):
    """{(place, rule): row}"""
    cols = ("place", "rule", "value", "since_at", "missing", "of", "own")
    a = h.vault.ask(h.token[role], ("view", "rules", {}), get=[("rules", c) for c in cols])
    assert a.rc == "OK", (a.rc, a.why)
    return {(row[0] or "", row[1]): dict(zip(cols, row)) for row in zip(*a["got"])}


def establishment_of(h, unit):
    """The top of the Organizations that a unit is part of, from the record."""
    import json
    bodies = {i: json.loads(b) for i, b in base_sql(h.vault.dir, "SELECT r.id, r.body FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Organization' AND r.deleted = 0")}
    while "partOf" in bodies[unit]:
        unit = bodies[unit]["partOf"]["reference"].split("/")[1]
    return unit


def alive(h, token):
    return h.vault.ask(token, ("view", "my_units", {}))


@pytest.mark.parametrize("rule", [r for r, (_, _, looser, _) in RULES.items() if looser is not None])
def test_no_rule_is_taken_that_is_looser_than_delivered_nor_one_beyond_the_strictest(same, rule):
    native, _, looser, beyond = RULES[rule]
    for value, why in ((looser, "RULE_LOOSER"), (beyond, "FIELD_NUMBER")):
        anew(same, "rssi")
        a = set_rule(same, "rssi", rule, value)
        assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", why, "value"), (rule, value, a.rc, a.why)
    assert int(rules(same)[("", rule)]["value"]) == native


def test_what_is_no_rule_no_number_or_no_establishment_is_refused_with_its_field(same):
    for rule, value, place, why, where in (("kaffee", 1, "", "FIELD_CHOICE", "rule"), ("idle", "zehn", "", "FIELD_NUMBER", "value"), ("idle", 5, "no-such-house", "UNKNOWN_UNIT", "place"),
                                           ("idle", 15, "", "RULE_SAME", "value")):
        anew(same, "rssi")
        a = set_rule(same, "rssi", rule, value, place)
        assert a.rc in ("BAD_INPUT", "CONFLICT") and (a.why, a["where"]) == (why, where), (rule, value, a.rc, a.why, a["where"])
    anew(same, "rssi")
    a = same.vault.ask(same.token["rssi"], ("act", "rule_set", {"rule": "idle", "value": "5", "code": "000000"}))
    assert (a.rc, a.why) == ("BAD_INPUT", "CODE_WRONG")
    assert rules(same)[("", "idle")]["value"] == "15", "refused, and set all the same"


def test_a_stricter_rule_holds_at_the_next_request_of_sessions_that_are_open(h):
    now = h.vault.now
    assert alive(h, h.token["nurse"]).rc == "OK"
    assert set_rule(h, "rssi", "idle", 5).rc == "OK"
    h.vault.clock(now + 6 * 60000)
    a = alive(h, h.token["nurse"])
    assert (a.rc, a.why) == ("STEP_UP", "LOCKED"), "six minutes without activity"
    row = rules_by(h, "admin")
    assert row[("", "idle")]["value"] == "5" and int(row[("", "idle")]["since_at"]) >= now


def rules_by(h, role):
    """Who reads the rules signs in anew: the others are locked by now."""
    h.token[role] = h.vault.sign_in(h.vault.account(role))
    return rules(h, role)


def test_who_has_fewer_than_two_keys_is_told_at_each_sign_in_where_that_is_the_rule(h):
    def told():
        h.vault.clock(h.vault.now + 31000)
        h.token["physician"] = h.vault.sign_in(h.vault.account("physician"))
        a = h.vault.ask(h.token["physician"], ("view", "my_notices", {}), get=[("notices", "kind")])
        assert a.rc == "OK", (a.rc, a.why)
        return a["got"][0].count("two_keys")
    assert told() == 0
    assert set_rule(h, "rssi", "two_keys", 1).rc == "OK"
    assert told() == 1
    assert alive(h, h.token["physician"]).rc == "OK", "it shuts nobody out"
    for _ in range(2):
        h.vault.add_key(h.token["physician"], code=h.vault.code(h.vault.account("physician")))
    assert h.vault.ask(h.token["physician"], ("act", "notices_seen", {})).rc == "OK"
    assert told() == 1, "with two keys nothing more comes"


def test_a_session_ends_after_as_many_hours_as_its_establishment_says(h):
    assert alive(h, h.token["nurse"]).rc == "OK"
    now = h.vault.now
    assert set_rule(h, "admin", "session", 2).rc == "OK"
    for minute in range(10, 120, 10):
        h.vault.clock(now + minute * 60000)
        assert alive(h, h.token["nurse"]).rc == "OK", f"minute {minute}"
    h.vault.clock(now + 121 * 60000)
    a = alive(h, h.token["nurse"])
    assert (a.rc, a.why) == ("STEP_UP", "SIGN_IN")


def test_an_establishments_rule_holds_for_its_own_people_and_for_who_has_no_unit(h):
    nurse = h.vault.account("nurse")
    place = establishment_of(h, nurse["unit"])
    other = next(a for a in h.vault.demo["accounts"] if a["unit"] and establishment_of(h, a["unit"]) != place) if any(
        a["unit"] and establishment_of(h, a["unit"]) != place for a in h.vault.demo["accounts"]) else None
    assert set_rule(h, "rssi", "password", 20, place).rc == "OK"
    row = rules(h)
    assert row[(place, "password")]["value"] == "20" and row[(place, "password")]["own"] == "1" and row[("", "password")]["value"] == "12"
    assert int(row[(place, "password")]["missing"]) == int(row[(place, "password")]["of"]) > 0, "every password is older than the rule"
    for role in ("nurse", "admin"):
        account = h.vault.account(role)
        a = h.vault.ask(h.token[role], ("act", "account_set_password", {"old_password": account["password"], "password": "quatre murs un toit"}))
        assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "PASSWORD_RULE", "password"), (role, a.rc, a.why)
        a = h.vault.ask(h.token[role], ("act", "account_set_password", {"old_password": account["password"], "password": "quatre murs et un toit de tuiles"}))
        assert a.rc == "OK", (role, a.rc, a.why)
    assert int(rules(h)[(place, "password")]["missing"]) == int(row[(place, "password")]["missing"]) - 2
    if other:
        token = h.vault.sign_in(other)
        assert h.vault.ask(token, ("act", "account_set_password", {"old_password": other["password"], "password": "quatre murs un toit"})).rc == "OK"


def test_an_establishment_is_never_looser_than_the_house(h):
    place = establishment_of(h, h.vault.account("nurse")["unit"])
    assert set_rule(h, "rssi", "idle", 5).rc == "OK"
    a = set_rule(h, "rssi", "idle", 10, place)
    assert (a.rc, a.why) == ("BAD_INPUT", "RULE_LOOSER")
    assert set_rule(h, "rssi", "idle", 4, place).rc == "OK"
    row = rules(h)
    assert (row[("", "idle")]["value"], row[(place, "idle")]["value"]) == ("5", "4")


def test_the_way_back_takes_a_second_person_with_a_key(h):
    assert set_rule(h, "rssi", "idle", 5).rc == "OK"
    a = set_rule(h, "rssi", "idle", 10)
    assert a.rc == "OK" and a["got"][1][0] == "1", "looser: it waits"
    no = a["got"][0][0]
    assert rules(h)[("", "idle")]["value"] == "5", "nothing changed before it was signed"
    admin_key, admin = h.vault.key_of(h.vault.account("admin"))
    rssi_key, rssi = h.vault.key_of(h.vault.account("rssi"))
    a = h.vault.ask(h.token["admin"], ("act", "rule_sign", {"no": no, "code": h.vault.code(h.vault.account("admin"))}))
    assert (a.rc, a.why) == ("DENIED", "KEY_WANTED"), "a session that a code opened gives no rights"
    a = h.vault.ask(rssi, ("act", "rule_sign", {"no": no, "passkey": h.vault.touch(rssi, rssi_key)}))
    assert (a.rc, a.why) == ("DENIED", "RULE_OWN")
    a = h.vault.ask(admin, ("act", "rule_sign", {"no": no, "passkey": h.vault.touch(admin, admin_key)}))
    assert a.rc == "OK", (a.rc, a.why)
    assert rules(h)[("", "idle")]["value"] == "10"
    a = h.vault.ask(admin, ("act", "rule_sign", {"no": no, "passkey": h.vault.touch(admin, admin_key)}))
    assert (a.rc, a.why) == ("CONFLICT", "RULE_OVER"), "signed once"


def test_what_waits_is_taken_back_by_anybody_and_is_over_after_a_day(h):
    assert set_rule(h, "rssi", "idle", 5).rc == "OK"
    no = set_rule(h, "rssi", "idle", 10)["got"][0][0]
    assert h.vault.ask(h.token["dpo"], ("act", "rule_drop", {"no": no, "code": h.vault.code(h.vault.account("dpo"))})).rc == "OK"
    a = h.vault.ask(h.token["admin"], ("act", "rule_drop", {"no": no, "code": h.vault.code(h.vault.account("admin"))}))
    assert (a.rc, a.why) == ("CONFLICT", "RULE_OVER")
    no = set_rule(h, "rssi", "idle", 10)["got"][0][0]
    h.vault.clock(h.vault.now + 25 * 3600 * 1000)
    token = h.vault.sign_in(h.vault.account("admin"))
    a = h.vault.ask(token, ("act", "rule_drop", {"no": no, "code": h.vault.code(h.vault.account("admin"))}))
    assert (a.rc, a.why) == ("CONFLICT", "RULE_OVER")


def test_a_rule_closes_the_code_as_a_way_in_altogether(h):
    nurse = h.vault.account("nurse")
    assert alive(h, h.token["nurse"]).rc == "OK"
    a = set_rule(h, "rssi", "key_only", 1)
    assert (a.rc, a.why) == ("CONFLICT", "RULE_NEEDS_KEY"), "who came by a code would shut himself out"
    key, token = h.vault.key_of(nurse)
    rssi_key, h.token["rssi"] = h.vault.key_of(h.vault.account("rssi"))
    before = rules(h)[("", "key_only")]
    assert set_rule(h, "rssi", "key_only", 1, passkey=h.vault.touch(h.token["rssi"], rssi_key)).rc == "OK"
    after = rules(h)[("", "key_only")]
    assert after["value"] == "1" and after["missing"] == before["missing"] and int(after["missing"]) == int(after["of"]) - 2, "who has no key was told before and is told after"
    assert alive(h, h.token["nurse"]).why == "SIGN_IN", "a session that a code opened ends at its next request"
    a = h.vault.try_sign_in(nurse)
    assert (a.rc, a.why) == ("DENIED", "KEY_ONLY"), (a.rc, a.why)
    a = h.vault.try_sign_in({**nurse, "password": "not hers at all"})
    assert (a.rc, a.why) == ("DENIED", "SIGN_IN_REFUSED"), "told only to whom it is all right"
    assert alive(h, token).rc == "OK", "a key opens as ever"
    assert h.vault.ask(token, ("act", "lock", {})).rc == "OK"
    a = h.vault.ask(token, ("act", "unlock", {"password": nurse["password"], "code": h.vault.code(nurse)}))
    assert (a.rc, a.why) == ("DENIED", "KEY_ONLY")
    a = h.vault.ask(token, ("act", "unlock", {"passkey": h.vault.touch(token, key, "unlock")}), get=[("session", "token")])
    assert a.rc == "OK"
    a = h.vault.ask(a["got"][0][0], ("act", "plan_ask", {"reason": "essai", "code": h.vault.code(nurse)}))
    assert a.rc != "OK"
    a = h.vault.ask(h.token["rssi"], ("act", "plan_ask", {"reason": "essai", "code": h.vault.code(h.vault.account("rssi"))}))
    assert (a.rc, a.why) == ("BAD_INPUT", "KEY_ONLY"), "nor is it a fresh proof"
    people = h.vault.ask(h.token["rssi"], ("view", "rule_people", {"rule": "key_only"}), get=[("people", "login"), ("rule", "missing")])
    assert nurse["login"] not in people["got"][0] and h.vault.account("physician")["login"] in people["got"][0]


def test_only_who_keeps_the_house_safe_sees_and_sets_rules(same):
    for role in ("clerk", "nurse", "physician", "pharmacist", "billing"):
        assert same.vault.ask(same.token[role], ("view", "rules", {})).why == "NOT_ALLOWED"
        assert set_rule(same, role, "idle", 5, code="000000").why == "NOT_ALLOWED"


# ---- what a session of a code may not ----

def emergencies(h, token, n, first=0):
    """How many of n emergencies are taken."""
    said = []
    for i in range(n):
        a = h.vault.ask(token, ("act", "break_glass", {"patient": h.stage.strangers[first + i].id, "reason": "emergency", "text": "essai"}))
        said.append(a.rc if a.rc == "OK" else a.why)
    return said


def test_asvs_6_3_3_a_session_that_a_code_opened_names_two_emergencies_a_shift(h):
    assert emergencies(h, h.token["nurse"], 3) == ["OK", "OK", "OVER_GLASS"]
    assert emergencies(h, h.vault.sign_in(h.vault.account("nurse")), 1, 10) == ["OVER_GLASS"], "another session counts on"
    key, token = h.vault.key_of(h.vault.account("nurse"))
    assert emergencies(h, token, 4, 20) == ["OK", "OK", "OK", "OVER_GLASS"], "five with a key, the two of before among them"


def test_asvs_6_3_3_the_factor_stays_with_the_session_over_lock_restart_and_a_change_of_the_account(h):
    nurse, physician = h.vault.account("nurse"), h.vault.account("physician")
    key, token = h.vault.key_of(nurse)
    h.vault.ask(token, ("act", "declare_unit", {"unit": nurse["unit"]}))
    by_key = h.vault.sign_in_by(key)
    assert set_rule(h, "rssi", "idle", 14).rc == "OK", "every session reads its account again"
    assert h.token["physician"]
    h.reopen()
    assert emergencies(h, h.token["physician"], 3) == ["OK", "OK", "OVER_GLASS"], "a code before the restart, a code after it"
    assert emergencies(h, by_key, 3) == ["OK", "OK", "OK"], "a key before the restart, a key after it"
    h.vault.ask(by_key, ("act", "lock", {}))
    a = h.vault.ask(by_key, ("act", "unlock", {"password": nurse["password"], "code": h.vault.code(nurse)}), get=[("session", "token")])
    assert a.rc == "OK"
    by_code = a["got"][0][0]
    assert emergencies(h, by_code, 1, 10) == ["OVER_GLASS"], "unlocked by a code, it is a session of a code"
    h.vault.ask(by_code, ("act", "lock", {}))
    a = h.vault.ask(by_code, ("act", "unlock", {"passkey": h.vault.touch(by_code, key, "unlock")}), get=[("session", "token")])
    assert a.rc == "OK"
    assert emergencies(h, a["got"][0][0], 1, 20) == ["OK"], "and by the key one of the key again"


def test_a_rule_narrows_the_emergencies_of_a_key_too_and_a_colleague_still_signs(h):
    assert set_rule(h, "rssi", "emergencies", 1).rc == "OK"
    key, token = h.vault.key_of(h.vault.account("nurse"))
    assert emergencies(h, token, 2) == ["OK", "OVER_GLASS"]
    colleague = next(a for a in h.vault.demo["accounts"] if a["unit"] == h.vault.account("nurse")["unit"] and a["role"] in ("physician", "nurse") and a["login"] != h.vault.account("nurse")["login"])
    a = h.vault.ask(token, ("act", "break_glass", {"patient": h.stage.strangers[9].id, "reason": "emergency", "text": "essai", "colleague": colleague["login"], "colleague_code": h.vault.code(colleague)}))
    assert a.rc == "OK", (a.rc, a.why)


def test_asvs_6_3_3_a_session_that_a_code_opened_gives_no_rights(h):
    admin = h.vault.account("admin")
    key, by_key = h.vault.key_of(admin)
    new = {"login": "garance.dumoulin", "name": "Garance Dumoulin", "role": "nurse", "password": "un cheval sans selle 42"}
    some = h.vault.account("clerk")["login"]
    for act, args in (("account_add", new), ("account_units", {"login": some, "units": h.stage.unit}), ("account_enable", {"login": some})):
        a = h.vault.ask(h.token["admin"], ("act", act, args))
        assert (a.rc, a.why) == ("DENIED", "KEY_WANTED"), (act, a.rc, a.why)
        proof = {"passkey": h.vault.touch(by_key, key)} if act == "account_add" else {}
        assert h.vault.ask(by_key, ("act", act, {**args, **proof})).rc == "OK", act
    assert h.vault.ask(h.token["admin"], ("act", "account_disable", {"login": some})).rc == "OK", "taking rights away waits for no key"


def test_budgets_of_a_code_are_half_of_those_of_a_key_where_nobody_is_explained(h):
    """The stop of a nurse: 24 strangers in a day with a key (decisions/0013), 12 with a code."""
    def until_stopped(token, first, prove):
        n = 0
        while True:
            p = h.stage.strangers[first + n]
            assert h.vault.ask(token, ("act", "break_glass", {"patient": p.id, "reason": "advice", "text": "essai"})).rc == "OK"
            a = h.vault.ask(token, ("view", "chart_head", {"patient": p.id}))
            if a.why == "PROOF_DUE":
                token = prove(token)
                continue
            if a.why == "STOPPED_ACCOUNT":
                return n
            assert a.rc == "OK", (a.rc, a.why)
            n += 1
            h.vault.clock(h.vault.now + 10000)

    nurse = h.vault.account("nurse")
    assert until_stopped(h.token["nurse"], 0, lambda token: h.vault.prove(token, nurse)) == 12
    physician = h.vault.account("physician")
    key, token = h.vault.key_of(physician)

    def by_touch(token):
        a = h.vault.ask(token, ("act", "prove", {"reason": "other", "text": "renfort", "passkey": h.vault.touch(token, key, "prove")}), get=[("session", "token")])
        assert a.rc == "OK", (a.rc, a.why)
        return a["got"][0][0]
    assert until_stopped(token, 60, by_touch) == 27, "a physician with the key: the whole 27 of decisions/0013"
