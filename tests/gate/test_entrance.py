# SPDX-License-Identifier: Apache-2.0
"""
Who gets in, and for how long: accounts that nobody uses, contracts that end, accounts of a place instead of a person; what a person is told about the own account; the way
back for who lost every key; keys that an administrator revokes; a colleague who signs with a key. By their ASVS 5.0 number where one says it.
"""
import datetime
import json
import zoneinfo

import pytest

from authenticator import Passkey
from hygie_server import base_sql

DAY = 24 * 3600 * 1000
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}) Gecko/20100101 Firefox/{}"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def later(h, days):
    h.vault.clock(h.vault.now + int(days * DAY))
    h.token.clear()


def ask(h, token, act, get=(), **args):
    return h.vault.ask(token, ("act", act, args), get=get)


def alive(h, token, from_=""):
    return h.vault.ask(token, ("view", "my_units", {}), from_=from_)


def notices(h, token, from_=""):
    """[(kind, detail, unread)], newest first"""
    a = h.vault.ask(token, ("view", "my_notices", {}), get=[("notices", "kind"), ("notices", "detail"), ("notices", "unread"), ("notices", "by_name")], from_=from_)
    assert a.rc == "OK", (a.rc, a.why)
    return list(zip(*a["got"]))


def kinds(h, token, from_=""):
    return [kind for kind, *_ in notices(h, token, from_)]


def ending(h, token):
    a = h.vault.ask(token, ("view", "accounts_ending", {}), get=[("ending", "login"), ("ending", "why")])
    assert a.rc == "OK", (a.rc, a.why)
    return dict(zip(*a["got"]))


# ---- how long an account lives ----

def test_an_account_that_nobody_used_for_45_days_is_closed_until_an_administrator_opens_it_again(h):
    nurse = h.vault.account("nurse")
    key, _ = h.vault.key_of(nurse)
    admin_key, _ = h.vault.key_of(h.vault.account("admin"))
    later(h, 44)
    admin = h.vault.sign_in_by(admin_key)
    assert len(ending(h, admin)) == 200 and set(ending(h, admin).values()) == {"soon"}, "the whole house was away: so many are shown"
    later(h, 1.2)
    a = h.vault.try_sign_in(nurse)
    assert (a.rc, a.why) == ("DENIED", "ASLEEP"), (a.rc, a.why)
    a = ask(h, "", "sign_in", passkey=key.shown(h.vault.challenge("", "sign_in")[0]))
    assert (a.rc, a.why) == ("DENIED", "ASLEEP"), "nor by a key"
    a = h.vault.try_sign_in({**nurse, "password": "not hers at all"})
    assert (a.rc, a.why) == ("DENIED", "SIGN_IN_REFUSED"), "told only to whom it is all right"
    admin = h.vault.sign_in_by(admin_key)
    a = h.vault.ask(admin, ("view", "account", {"login": nurse["login"]}), get=[("account", "asleep"), ("account", "disabled")])
    assert a["got"] == [["1"], [None]] or a["got"] == [["1"], [""]], a["got"]
    assert set(ending(h, admin).values()) == {"asleep"}
    assert ask(h, admin, "account_enable", login=nurse["login"]).rc == "OK"
    assert h.vault.try_sign_in(nurse).rc == "OK"


def test_who_comes_back_after_30_days_is_warned_and_who_comes_sooner_is_not(h):
    later(h, 29)
    assert "asleep" not in kinds(h, h.token["nurse"])
    later(h, 31)
    assert [(kind, detail) for kind, detail, *_ in notices(h, h.token["nurse"])] == [("asleep", "31")]


def test_an_establishment_closes_unused_accounts_sooner(h):
    assert ask(h, h.token["rssi"], "rule_set", rule="inactive", value="7", code=h.vault.code(h.vault.account("rssi"))).rc == "OK"
    assert alive(h, h.token["nurse"]).rc == "OK"
    later(h, 8)
    assert h.vault.try_sign_in(h.vault.account("nurse")).why == "ASLEEP"


def test_an_account_ends_with_its_contract_for_sessions_that_are_open_too(h):
    nurse = h.vault.account("nurse")
    _, admin = h.vault.key_of(h.vault.account("admin"))
    today = datetime.datetime.fromtimestamp(h.vault.now / 1000, zoneinfo.ZoneInfo("Europe/Paris"))  # the house's day
    for until in (today - datetime.timedelta(days=2), today - datetime.timedelta(days=400)):
        a = ask(h, admin, "account_until", login=nurse["login"], until=until.strftime("%Y-%m-%d"))
        assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "FIELD_DATE", "until")
    a = ask(h, h.token["admin"], "account_until", login=nurse["login"], until=today.strftime("%Y-%m-%d"))
    assert a.why == "KEY_WANTED"
    assert ask(h, admin, "account_until", login=nurse["login"], until=today.strftime("%Y-%m-%d")).rc == "OK"
    token = h.token["nurse"]
    assert alive(h, token).rc == "OK", "the last day is worked"
    assert ending(h, admin)[nurse["login"]] == "ends"
    h.vault.clock(h.vault.now + DAY + 2 * 3600 * 1000)
    assert alive(h, token).why == "SIGN_IN"
    assert h.vault.try_sign_in(nurse).why == "SIGN_IN_REFUSED"


def test_asvs_7_4_2_a_disabled_account_is_out_at_once_and_stays_out_over_a_restart(h):
    nurse = h.vault.account("nurse")
    one, two = h.token["nurse"], h.vault.sign_in(nurse)
    assert alive(h, one).rc == alive(h, two).rc == "OK"
    assert ask(h, h.token["admin"], "account_disable", login=nurse["login"]).rc == "OK"
    assert [alive(h, t).why for t in (one, two)] == ["SIGN_IN", "SIGN_IN"]
    assert base_sql(h.dir, "SELECT COUNT(*) FROM session s JOIN account a ON a.no = s.account WHERE a.role = 'nurse' AND a.disabled = 1") == [(0,)]
    h.reopen()
    assert [alive(h, t).why for t in (one, two)] == ["SIGN_IN", "SIGN_IN"]


@pytest.mark.parametrize("login", ["urgences", "ide.nuit", "Bloc2", "service-pediatrie", "interne1", "secretariat_cardio", "admin", "test", "poste.12", "IDE"])
def test_an_account_of_a_place_or_a_job_is_refused(stage, login):
    from hygie_server import hygie
    done = hygie("user", "add", login, "--dir", stage.dir, "--role", "nurse", "--name", "Essai", input="un cheval sans selle 42\n")
    assert done.returncode != 0 and "one person's" in done.stdout + done.stderr, (done.returncode, done.stdout, done.stderr)


def test_asvs_6_3_2_a_fresh_base_has_no_account(tmp_path):
    from hygie_server import hygie, postgres
    place = ["--db", postgres.make()] if postgres.server() else []
    hygie("init", "--dir", tmp_path / "fresh", *place, check=True)
    assert base_sql(tmp_path / "fresh", "SELECT COUNT(*) FROM account WHERE role <> 'operator'") == [(0,)]


def test_logins_of_people_are_taken_even_with_a_job_in_them(h):
    key, admin = h.vault.key_of(h.vault.account("admin"))
    new = {"name": "Garance Dumoulin", "role": "nurse", "password": "un cheval sans selle 42"}
    add = lambda **more: ask(h, admin, "account_add", **new, **more, passkey=h.vault.touch(admin, key))
    for login in ("garance.dumoulin", "dumoulin.ide", "g.dumoulin2", "testu.m"):
        assert add(login=login).rc == "OK", login
    a = add(login="urgences.2")
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "LOGIN_SHARED", "login")
    a = add(login="garance.d", until="2020-01-01")
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "FIELD_DATE", "until")


def test_one_account_at_work_in_two_places_at_once_is_told_to_the_person_and_to_the_security_officer(h):
    nurse = h.vault.account("nurse")
    first = h.vault.sign_in(nurse, from_="10.1.2.3")
    h.vault.sign_in(nurse, from_="10.1.2.77")
    assert not [e for e in h.vault.ledger() if e["kind"] == "ALARM"], "two computers of one network"
    h.vault.sign_in(nurse, from_="10.9.2.3")
    assert ("elsewhere", "10.9.2.3") in [(kind, detail) for kind, detail, *_ in notices(h, first, "10.1.2.3")]
    e, = [e for e in h.vault.ledger() if e["kind"] == "ALARM"]
    assert (e["route"], e["note"], e["patients"]) == ("account:elsewhere", "elsewhere", [])
    assert alive(h, first, "10.1.2.3").rc == "OK", "nobody is stopped for it"


# ---- what a person is told ----

def test_asvs_6_3_7_a_person_is_told_of_a_new_key_a_revoked_one_and_another_password(h):
    nurse = h.vault.account("nurse")
    token = h.token["nurse"]
    assert notices(h, token) == []
    key = h.vault.add_key(token, label="badge bleu", code=h.vault.code(nurse))
    assert [n[:2] for n in notices(h, token)] == [("key_added", "badge bleu")]
    assert ask(h, token, "account_set_password", old_password=nurse["password"], password="quatre murs et un toit de tuiles").rc == "OK"
    assert kinds(h, token) == ["password", "key_added"] and all(n[2] for n in notices(h, token))
    assert ask(h, token, "notices_seen").rc == "OK"
    assert not any(n[2] for n in notices(h, token)), "read"
    no = h.vault.ask(token, ("view", "my_keys", {}), get=[("keys", "no")])["got"][0][0]
    assert ask(h, token, "passkey_revoke", no=no, passkey=h.vault.touch(token, key)).rc == "OK"
    token = h.vault.sign_in({**nurse, "password": "quatre murs et un toit de tuiles"})
    assert notices(h, token)[0][:3] == ("key_revoked", "badge bleu", "1")
    assert kinds(h, h.token["physician"]) == [], "nobody else's"


def test_asvs_6_3_5_a_sign_in_from_an_unusual_place_or_program_is_told(h):
    nurse = h.vault.account("nurse")

    def come(from_, agent):
        token = h.vault.sign_in(nurse, from_=from_, args={"agent": agent})
        h.vault.ask(token, ("act", "sign_out", {}))
        h.vault.clock(h.vault.now + 3600 * 1000)
    come("10.1.2.3", FIREFOX.format("139.0", "139.0"))
    come("10.1.2.250", FIREFOX.format("140.0", "140.0"))
    assert kinds(h, h.vault.sign_in(nurse, from_="10.1.2.9", args={"agent": FIREFOX.format("141.0", "141.0")}), "10.1.2.9") == [], "the first, another computer of the ward, a new version: nothing"
    come("10.1.2.3", CHROME)
    token = h.vault.sign_in(nurse, from_="203.0.113.9", args={"agent": FIREFOX.format("141.0", "141.0")})
    told = [detail for kind, detail, *_ in notices(h, token, "203.0.113.9") if kind == "odd"]
    assert len(told) == 2 and told[0].startswith("203.0.113.9\n") and "Chrome" in told[1]
    seen = h.vault.ask(token, ("view", "my_notices", {}), get=[("sign_ins", "from"), ("sign_ins", "odd")], from_="203.0.113.9")["got"]
    assert seen[0][0] == "203.0.113.9" and [bool(o) for o in seen[1]] == [True, True, False, False, False]


def test_where_two_keys_are_asked_for_who_has_fewer_is_told_once_until_it_was_read(h):
    assert ask(h, h.token["rssi"], "rule_set", rule="two_keys", value="1", code=h.vault.code(h.vault.account("rssi"))).rc == "OK"
    for _ in range(2):
        token = h.vault.sign_in(h.vault.account("nurse"))
    assert kinds(h, token) == ["two_keys"]
    assert ask(h, token, "notices_seen").rc == "OK"
    assert kinds(h, h.vault.sign_in(h.vault.account("nurse"))) == ["two_keys", "two_keys"]


# ---- the way back ----

def recovered(h, whom, asker="admin", giver="rssi"):
    """A one-time code for whom, asked for by one and given by another with a key."""
    a = ask(h, h.token[asker], "recovery_ask", get=[("recovery", "no")], login=whom["login"], reason="clé perdue", code=h.vault.code(h.vault.account(asker)))
    assert a.rc == "OK", (a.rc, a.why, a["where"])
    no = a["got"][0][0]
    key, token = h.vault.key_of(h.vault.account(giver))
    a = ask(h, token, "recovery_give", get=[("recovery", "code"), ("recovery", "until_at")], no=no, passkey=h.vault.touch(token, key))
    assert a.rc == "OK", (a.rc, a.why)
    assert int(a["got"][1][0]) <= h.vault.now + DAY
    return a["got"][0][0]


def activate(h, login, code):
    return ask(h, "", "activate", get=[("session", "token")], login=login, activation=code)


def test_asvs_6_4_4_who_lost_every_key_comes_back_by_two_people_and_no_factor_is_taken_away(h):
    nurse = h.vault.account("nurse")
    old, _ = h.vault.key_of(nurse)
    code = recovered(h, nurse)
    a = activate(h, nurse["login"], code.lower()[:4] + "-" + code[4:])
    assert a.rc == "OK", (a.rc, a.why)
    token = a["got"][0][0]
    for what in (("view", "my_units", {}), ("view", "unit_present", {}), ("view", "my_keys", {}), ("act", "account_set_password", {"old_password": nurse["password"], "password": "quatre murs et un toit"}),
                 ("act", "declare_unit", {"unit": nurse["unit"]}), ("act", "prove", {"reason": "other", "text": "x", "code": "000000"}), ("read", "r", "Patient", h.stage.mine[0].id)):
        a = h.vault.ask(token, what)
        assert a.rc in ("DENIED", "NOT_FOUND"), (what, a.rc, a.why)
    assert activate(h, nurse["login"], code).why == "SIGN_IN_REFUSED", "a code opens once"
    new = h.vault.add_key(token, label="badge neuf")
    assert alive(h, token).why == "SIGN_IN", "one key, and its session is over"
    for key in (new, old):
        assert alive(h, h.vault.sign_in_by(key)).rc == "OK"
    assert alive(h, h.vault.sign_in(nurse)).rc == "OK", "password and code are what they were"
    assert kinds(h, h.vault.sign_in_by(new))[:4] == ["key_added", "recovery_used", "recovery_given", "recovery_asked"]


def test_asvs_6_4_1_a_one_time_code_is_over_after_a_day_or_when_it_is_taken_back(h):
    nurse, physician = h.vault.account("nurse"), h.vault.account("physician")
    code = recovered(h, nurse)
    h.vault.clock(h.vault.now + DAY + 1000)
    assert activate(h, nurse["login"], code).why == "SIGN_IN_REFUSED"
    h.token.clear()
    code = recovered(h, physician, giver="dpo")
    no = h.vault.ask(h.token["admin"], ("view", "recoveries", {}), get=[("recoveries", "no"), ("recoveries", "state")])["got"]
    assert no[1] == ["given", "over"]
    assert ask(h, h.token["admin"], "recovery_drop", no=no[0][0], code=h.vault.code(h.vault.account("admin"))).rc == "OK"
    assert activate(h, physician["login"], code).why == "SIGN_IN_REFUSED"


def test_asvs_2_3_5_nobody_gives_the_code_alone_nor_to_himself(h):
    nurse, admin = h.vault.account("nurse"), h.vault.account("admin")
    admin_key, by_key = h.vault.key_of(admin)
    code = lambda role: h.vault.code(h.vault.account(role))
    a = ask(h, h.token["admin"], "recovery_ask", login=admin["login"], reason="essai", code=code("admin"))
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "RECOVERY_OWN", "login")
    a = ask(h, h.token["admin"], "recovery_ask", login="nobody.here", reason="essai", code=code("admin"))
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "UNKNOWN_ACCOUNT", "login")
    a = ask(h, h.token["admin"], "recovery_ask", get=[("recovery", "no")], login=nurse["login"], reason="essai", code=code("admin"))
    no = a["got"][0][0]
    a = ask(h, h.token["admin"], "recovery_ask", login=nurse["login"], reason="essai", code=code("admin"))
    assert (a.rc, a.why) == ("CONFLICT", "RECOVERY_RUNS")
    a = ask(h, by_key, "recovery_give", no=no, passkey=h.vault.touch(by_key, admin_key))
    assert (a.rc, a.why) == ("DENIED", "RECOVERY_OWN")
    a = ask(h, h.token["rssi"], "recovery_give", no=no, code=code("rssi"))
    assert (a.rc, a.why) == ("DENIED", "KEY_WANTED")
    for role in ("nurse", "clerk", "pharmacist", "billing"):
        assert ask(h, h.token[role], "recovery_give", no=no, code="000000").why == "NOT_ALLOWED"


def test_asvs_6_3_8_a_wrong_one_time_code_and_an_unknown_login_are_answered_alike(h):
    nurse = h.vault.account("nurse")
    recovered(h, nurse)
    wrong = [activate(h, login, code).said() for login, code in ((nurse["login"], "A" * 24), ("nobody.here", "A" * 24), (nurse["login"], "short"), (h.vault.account("clerk")["login"], "B" * 24))]
    assert all(w == wrong[0] for w in wrong) and wrong[0]["why"] == "SIGN_IN_REFUSED"


# ---- keys in other hands ----

def test_asvs_6_5_6_a_key_that_an_administrator_revokes_opens_nothing_and_ends_all_sessions_of_that_person(h):
    nurse = h.vault.account("nurse")
    key, by_key = h.vault.key_of(nurse)
    by_code, other = h.vault.sign_in(nurse), h.token["physician"]
    no = h.vault.ask(h.token["admin"], ("view", "account_keys", {"login": nurse["login"]}), get=[("keys", "no")])["got"][0][0]
    a = ask(h, h.token["admin"], "account_key_revoke", login=h.vault.account("clerk")["login"], no=no, code=h.vault.code(h.vault.account("admin")))
    assert (a.rc, a.why) == ("NOT_FOUND", "NOT_FOUND"), "of another person"
    assert alive(h, by_key).rc == "OK"
    assert ask(h, h.token["admin"], "account_key_revoke", login=nurse["login"], no=no, code=h.vault.code(h.vault.account("admin"))).rc == "OK"
    assert [alive(h, t).why for t in (by_key, by_code)] == ["SIGN_IN", "SIGN_IN"] and alive(h, other).rc == alive(h, h.token["admin"]).rc == "OK"
    a = ask(h, "", "sign_in", passkey=key.shown(h.vault.challenge("", "sign_in")[0]))
    assert (a.rc, a.why) == ("DENIED", "PASSKEY_REFUSED")
    h.reopen()
    assert [alive(h, t).why for t in (by_key, by_code)] == ["SIGN_IN", "SIGN_IN"]
    kind, detail, unread, by = notices(h, h.vault.sign_in(nurse))[0]
    assert (kind, detail, unread) == ("key_revoked", "essai", "1") and by == h.vault.account("admin")["name"]


# ---- a colleague's key ----

def glass(h, token, patient, **more):
    return ask(h, token, "break_glass", patient=patient.id, reason="emergency", text="essai", **more)


def test_a_colleague_of_the_unit_signs_an_emergency_with_a_key(h):
    nurse = h.vault.account("nurse")
    token = h.token["nurse"]
    near = next(a for a in h.vault.demo["accounts"] if a["unit"] == nurse["unit"] and a["login"] != nurse["login"] and a["role"] in ("nurse", "physician"))
    own, _ = h.vault.key_of(nurse)
    key, _ = h.vault.key_of(near)
    far, _ = h.vault.key_of(h.vault.account("admin"))
    strangers = iter(h.stage.strangers)
    assert [glass(h, token, next(strangers)).rc for _ in range(3)] == ["OK", "OK", "OVER_BUDGET"]
    p = next(strangers)
    unknown = Passkey()
    unknown.user = own.user
    for what, shown in (("one's own", h.vault.touch(token, own, "cosign")), ("who opens no chart himself", h.vault.touch(token, far, "cosign")), ("nobody's", h.vault.touch(token, unknown, "cosign")),
                        ("asked for another thing", h.vault.touch(token, own, "fresh")), ("no answer at all", "A.B.C")):
        a = glass(h, token, p, colleague_passkey=shown)
        assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "COLLEAGUE", "colleague_code"), (what, a.rc, a.why)
    shown = h.vault.touch(token, key, "cosign")
    assert glass(h, token, p, colleague_passkey=shown).rc == "OK"
    assert h.vault.ask(token, ("view", "chart_head", {"patient": p.id})).rc == "OK"
    a = glass(h, token, next(strangers), colleague_passkey=shown)
    assert (a.rc, a.why) == ("BAD_INPUT", "COLLEAGUE"), "a touch signs once"
    e = [e for e in h.vault.ledger() if e["kind"] == "INTENT" and e["route"] == "break_glass"][-1]
    assert e["about"] == dict(base_sql(h.dir, "SELECT login, no FROM account"))[near["login"]], "the ledger names who signed too"


def test_asvs_2_3_5_an_account_is_opened_by_another_person_than_the_one_who_made_it(h):
    """Whoever holds an administrator could else make himself as many physicians as he likes."""
    v = h.vault
    key, admin = v.key_of(v.account("admin"))
    officer_key, officer = v.key_of(v.account("rssi"))
    new = {"login": "garance.dumoulin", "name": "Garance Dumoulin", "role": "physician", "units": h.stage.unit, "password": "un cheval sans selle 42"}
    assert v.ask(admin, ("act", "account_add", new)).rc != "OK", "a fresh proof is asked for"
    a = v.ask(admin, ("act", "account_add", {**new, "passkey": v.touch(admin, key)}), get=[("account", "totp_secret")])
    assert a.rc == "OK", (a.rc, a.why)
    made = {"login": new["login"], "password": new["password"], "totp_secret": a["got"][0][0]}
    waits = lambda token: v.ask(token, ("view", "accounts_waiting", {}), get=[("waiting", "login"), ("waiting", "seen"), ("waiting", "mine")])["got"]
    (login,), (seen,), (mine,) = waits(admin)
    assert login == new["login"] and mine == "1"
    assert v.try_sign_in(made).why == "SIGN_IN_REFUSED", "closed, and answered like any other"
    assert v.ask(admin, ("act", "account_enable", {"login": login})).why == "ACCOUNT_WAITS"
    assert v.ask(admin, ("act", "account_confirm", {"login": login, "seen": seen, "passkey": v.touch(admin, key)})).why == "ACCOUNT_OWN"
    assert v.ask(h.token["rssi"], ("act", "account_confirm", {"login": login, "seen": seen, "passkey": v.touch(h.token["rssi"], officer_key)})).why == "KEY_WANTED"
    assert v.ask(admin, ("act", "account_work", {"login": login, "work": "emergency", "passkey": v.touch(admin, key)})).rc == "OK"
    assert v.ask(officer, ("act", "account_confirm", {"login": login, "seen": seen, "passkey": v.touch(officer, officer_key)})).why == "ACCOUNT_CHANGED", "what is confirmed is what was looked at"
    h.reopen()
    v = h.vault
    seen = waits(officer)[1][0]
    a = v.ask(officer, ("act", "account_confirm", {"login": login, "seen": seen, "passkey": v.touch(officer, officer_key)}))
    assert a.rc == "OK", (a.rc, a.why)
    assert v.sign_in(made) and waits(officer)[0] == []


def test_asvs_8_2_4_a_session_that_comes_from_another_network_is_locked_until_its_person_proves_who_it_is(h):
    """A stolen cookie is worth nothing elsewhere; whoever moves with a trolley proves once where another network begins."""
    v, nurse, p = h.vault, h.vault.account("nurse"), h.stage.mine[0]
    token = v.sign_in(nurse, from_="10.1.1.5")
    opens = lambda token, from_: h.vault.ask(token, ("view", "chart_head", {"patient": p.id}), from_=from_)
    assert opens(token, "10.1.1.5").rc == "OK" and opens(token, "10.1.1.77").rc == "OK"
    first = v.ledger()[-1]["number"] + 1
    a = opens(token, "10.9.2.3")
    assert (a.rc, a.why) == ("STEP_UP", "LOCKED") and a.empty and not p.found_in(json.dumps(a))
    assert [e["note"] for e in v.ledger(first) if e["kind"] == "SESSION"] == ["moved"]
    assert opens(token, "10.1.1.5").why == "LOCKED", "and stays so: who of the two is the person is not known"
    unlock = {"password": nurse["password"], "code": v.code(nurse)}
    assert v.ask(token, ("act", "unlock", {**unlock, "code": "000000"}), from_="10.9.2.3").rc != "OK"
    a = v.ask(token, ("act", "unlock", unlock), get=[("session", "token")], from_="10.9.2.3")
    assert a.rc == "OK", (a.rc, a.why)
    moved = a["got"][0][0]
    assert opens(moved, "10.9.2.3").rc == "OK" and opens(token, "10.9.2.3").rc != "OK"
    h.reopen()
    assert opens(moved, "10.9.2.3").rc == "OK", "a restart knows where it is at work now"
    assert opens(moved, "10.1.1.5").why == "LOCKED"


def test_asvs_6_3_6_no_factor_is_sent_by_mail_or_telephone(h):
    """Nothing here could send one: the table of factors takes codes of RFC 6238 alone, keys are passkeys, and who enters is asked for nothing else."""
    import sqlite3

    import postgres
    from gate_tables import PAGES
    asked = {f["name"] for r in PAGES if r["path"] in ("/sign-in", "/unlock", "/prove", "/activate", "/activate/key") for f in r["fields"]}
    assert {"login", "password", "code", "passkey"} <= asked and not {n for n in asked if "mail" in n or "phone" in n or "sms" in n}, asked
    assert h.close() == 0
    if not postgres.url_of(h.dir):
        with sqlite3.connect(h.dir / "hygie.db") as c:
            for kind in ("sms", "mail", "phone", "push"):
                with pytest.raises(sqlite3.IntegrityError):
                    c.execute("INSERT INTO factor(account, kind, secret, state, last_step, made_ms) SELECT min(no), ?, x'00', 'active', 0, 0 FROM account", (kind,))
    h.open(h.dir)


def test_asvs_7_5_2_a_person_sees_the_sessions_that_are_open_and_ends_one_of_them(h):
    v, nurse = h.vault, h.vault.account("nurse")
    first, (key, second) = v.sign_in(nurse), v.key_of(nurse)
    listed = lambda token: dict(zip(*v.ask(token, ("view", "my_sessions", {}), get=[("sessions", "no"), ("sessions", "mine")])["got"]))
    places = v.ask(second, ("view", "my_sessions", {}), get=[("sessions", "place")])["got"][0]
    assert set(places) == {"127.0.0"} and list(listed(second).values()).count("1") == 1
    of = lambda token: next(no for no, mine in listed(token).items() if mine)
    proof = lambda: {"passkey": v.touch(second, key)}
    assert v.ask(second, ("act", "session_end", {"session": of(first)})).rc != "OK", "a fresh proof is asked for"
    strange = next(no for no, mine in dict(zip(*v.ask(h.token["clerk"], ("view", "my_sessions", {}), get=[("sessions", "no"), ("sessions", "mine")])["got"])).items() if mine)
    assert strange not in listed(second)
    for no in (strange, of(second), "1"):
        assert v.ask(second, ("act", "session_end", {"session": no, **proof()})).why == "SESSION_OVER", "not another's, not one's own, not what is not there"
    assert v.ask(h.token["clerk"], ("view", "my_units", {})).rc == "OK"
    ended, from_no = of(first), v.ledger()[-1]["number"] + 1
    assert v.ask(second, ("act", "session_end", {"session": ended, **proof()})).rc == "OK"
    assert v.ask(first, ("view", "my_units", {})).why == "SIGN_IN", "at once"
    assert v.ask(second, ("view", "my_units", {})).rc == "OK" and ended not in listed(second)
    assert [e["note"] for e in v.ledger(from_no) if e["kind"] == "SESSION" and e["route"] == "session_end"] == ["over"]
    h.reopen()
    assert h.vault.ask(first, ("view", "my_units", {})).why == "SIGN_IN" and h.vault.ask(second, ("view", "my_units", {})).rc == "OK"
