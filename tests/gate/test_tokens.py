# SPDX-License-Identifier: Apache-2.0
"""Who stands behind a token: a cookie is not a bearer token nor the reverse, what takes rights away acts at once, and a code opens once."""
import time
from pathlib import Path

import pytest

from hygie_server import base_sql, fresh_code
from vault import API, CLI, IMPORT, PAGE

WORK = ("view", "my_units", {})


def test_a_machine_token_is_no_cookie_and_a_cookie_no_bearer_token(house):
    h = house
    p = h.stage.mine[0]
    read = ("read", "it", "Patient", p.id)
    assert h.vault.ask(h.vault.machine, read, bearer=True, surface=API).rc == "OK"
    assert h.vault.ask(h.token["nurse"], read, bearer=False, surface=PAGE).rc == "OK"
    for surface in (PAGE, API):
        a = h.vault.ask(h.vault.machine, read, bearer=False, surface=surface)
        assert a.rc == "STEP_UP" and a.empty
        a = h.vault.ask(h.token["nurse"], read, bearer=True, surface=surface)
        assert a.rc == "STEP_UP" and a.empty


def test_the_operators_token_is_for_commands_only_and_opens_no_record(house):
    h = house
    token = h.vault.operator()
    for surface in (PAGE, API):
        assert h.vault.ask(token, WORK, surface=surface).rc == "STEP_UP"
    for ask in (("read", "it", "Patient", h.stage.mine[0].id), ("view", "chart_head", {"patient": h.stage.mine[0].id}), ("view", "patient_search", {"birthdate": h.stage.mine[0].birth})):
        for surface in (CLI, IMPORT):
            a = h.vault.ask(token, ask, surface=surface)
            assert a.rc in ("DENIED", "NOT_FOUND") and a.empty


def sign_in(h, account, password=None, code=None, login=None):
    return h.vault.ask("", ("act", "sign_in", {"login": login or account["login"], "password": password or account["password"], "code": code or fresh_code(account, str(h.vault.dir))}),
                       get=[("session", "token")])


def test_a_code_opens_once(house):
    a = house.vault.account("nurse", 1)
    code = fresh_code(a, str(house.vault.dir))
    assert sign_in(house, a, code=code).rc == "OK"
    again = sign_in(house, a, code=code)
    assert (again.rc, again.why) == ("DENIED", "SIGN_IN_REFUSED")


def test_one_code_twice_at_once_opens_once(house):
    a = house.vault.account("physician", 1)
    code = fresh_code(a, str(house.vault.dir))
    call = house.vault.call("", ("act", "sign_in", {"login": a["login"], "password": a["password"], "code": code}))
    assert sorted(x.rc for x in house.vault.many([call] * 4)) == ["DENIED"] * 3 + ["OK"]


def worked_ns(house):
    """Time of a processor that all threads of the vault have had: another load of the machine changes nothing of it."""
    return sum(int(at.read_text().split()[0]) for at in Path(f"/proc/{house.vault.proc.pid}/task").glob("*/schedstat"))


def test_known_and_unknown_accounts_are_refused_alike_in_words_and_time(house):
    a = house.vault.account("clerk", 1)
    tries = {"unknown": ("personne", a["password"]), "password": (a["login"], "ce n'est pas le bon"), "code": (a["login"], a["password"])}
    took, said = {what: [] for what in tries}, {}
    for _ in range(2):
        for what, (login, password) in tries.items():
            start = worked_ns(house)
            said[what] = sign_in(house, a, login=login, password=password, code="000001")
            took[what].append(worked_ns(house) - start)
    assert said["unknown"].said() == said["password"].said() == said["code"].said()
    assert said["code"].why == "SIGN_IN_REFUSED"
    best = {what: min(t) for what, t in took.items()}
    assert max(best.values()) < 3 * min(best.values()), best


def test_a_guessed_account_is_slowed_down(house):
    a = house.vault.account("clerk", 2)
    whys = [sign_in(house, a, password=f"essai numero {i}", code="000000").why for i in range(12)]
    assert whys[0] == "SIGN_IN_REFUSED" and whys[-1] == "THROTTLED"


def test_a_disabled_account_is_out_at_its_next_request(house):
    h = house
    a = h.vault.account("nurse", 2)
    token = sign_in(h, a)["got"][0][0]
    assert h.vault.ask(token, WORK).rc == "OK"
    assert h.vault.ask(h.token["admin"], ("act", "account_disable", {"login": a["login"]})).rc == "OK"
    after = h.vault.ask(token, WORK)
    assert (after.rc, after.why) == ("STEP_UP", "SIGN_IN") and after.empty
    assert sign_in(h, a).why == "SIGN_IN_REFUSED"
    assert h.vault.ask(h.token["admin"], ("act", "account_enable", {"login": a["login"]})).why == "KEY_WANTED", "by a code nothing is given back"
    _, admin = h.vault.key_of(h.vault.account("admin"), h.token["admin"])
    assert h.vault.ask(admin, ("act", "account_enable", {"login": a["login"]})).rc == "OK"
    assert h.vault.ask(token, WORK).rc == "STEP_UP", "enabling brings no old session back"


def test_signing_out_ends_the_session_at_once(house):
    h = house
    token = sign_in(h, h.vault.account("physician", 2))["got"][0][0]
    assert h.vault.ask(token, WORK).rc == "OK"
    h.vault.ask(token, ("act", "sign_out", {}))
    assert h.vault.ask(token, WORK).rc == "STEP_UP"


def test_a_locked_session_shows_nothing_until_unlocked_with_a_new_token(house):
    h = house
    a = h.vault.account("pharmacist", 1)
    token = sign_in(h, a)["got"][0][0]
    p = h.stage.mine[0]
    assert h.vault.ask(token, ("act", "lock", {})).rc == "OK"
    for ask in (WORK, ("view", "chart_head", {"patient": p.id}), ("act", "break_glass", {"patient": p.id, "reason": "emergency", "text": "essai"})):
        x = h.vault.ask(token, ask)
        assert (x.rc, x.why) == ("STEP_UP", "LOCKED") and x.empty
    x = h.vault.ask(token, ("act", "unlock", {"password": a["password"], "code": fresh_code(a, str(h.vault.dir))}), get=[("session", "token")])
    assert x.rc == "OK", (x.rc, x.why)
    new = x["got"][0][0]
    assert new != token and h.vault.ask(new, WORK).rc == "OK" and h.vault.ask(token, WORK).rc == "STEP_UP"


def test_a_change_of_unit_gives_a_new_token_and_only_ones_own_units_are_taken(house):
    h = house
    a = h.vault.account("clerk", 0)
    token = h.token["clerk"]
    foreign = base_sql(h.stage.dir, "SELECT unit FROM account_unit WHERE unit NOT IN (SELECT unit FROM account_unit WHERE account = ?) LIMIT 1", h.no[a["login"]])[0][0]
    x = h.vault.ask(token, ("act", "declare_unit", {"unit": foreign}))
    assert (x.rc, x.why) == ("DENIED", "UNIT_NOT_YOURS")
    x = h.vault.ask(token, ("act", "declare_unit", {"unit": a["unit"]}), get=[("session", "token")])
    assert x.rc == "OK"
    new = x["got"][0][0]
    assert new != token and h.vault.ask(token, WORK).rc == "STEP_UP" and h.vault.ask(new, WORK).rc == "OK"
    h.token["clerk"] = new


def test_a_session_locks_after_fifteen_minutes_and_ends_after_twelve_hours(house):
    h = house
    now = int(time.time() * 1000)
    token = sign_in(h, h.vault.account("rssi", 1))["got"][0][0]
    try:
        h.vault._send({"clock": now + 14 * 60000})
        assert h.vault.ask(token, WORK).rc == "OK"
        h.vault._send({"clock": now + 30 * 60000})
        assert h.vault.ask(token, WORK).why == "LOCKED"
        h.vault._send({"clock": now + 12 * 3600000 + 60000})
        assert h.vault.ask(token, WORK).why == "SIGN_IN"
    finally:
        h.vault._send({"clock": 0})
