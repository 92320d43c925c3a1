# SPDX-License-Identifier: Apache-2.0
"""
Machines that show a key instead of keeping a secret (RFC 7523; SMART App Launch 2, backend services): the assertion of each kind of key opens for five minutes, once;
everything else about it that can be wrong is refused, all alike; and what it opens has a number of patients a day.
"""
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import LightHouse
from hygie_server import base_sql, copy_base
from machine_key import Key
from vault import API, CLI

KEYS = {a: Key(a, a.lower() + "-1") for a in ("ES256", "ES384", "RS256", "RS384")}
AUDIENCE = "https://localhost/auth/token"
_serial = [0]


@pytest.fixture(scope="module")
def m(demo_base, work_dir, stage):
    house = LightHouse(copy_base(demo_base, work_dir / "machines"), stage)
    for key in KEYS.values():
        a = add(house, key)
        assert a.rc == "OK", (a.rc, a.why, a["where"])
    yield house
    assert house.close() == 0


def add(h, key, login="labo-externe", patients="3", unit=""):
    return h.vault.ask(h.vault.operator(), ("act", "machine_key_add", {"login": login, "jwk": json.dumps(key.jwk()), "may": "read", "patients": patients, **({"unit": unit} if unit else {})}), surface=CLI)


def claims(h, **more):
    _serial[0] += 1
    now = h.vault.now // 1000
    return {"iss": "labo-externe", "sub": "labo-externe", "aud": AUDIENCE, "exp": now + 240, "iat": now, "jti": f"id-{_serial[0]}", **more}


def token_of(h, assertion, **more):
    return h.vault.ask("", ("act", "machine_token", {"assertion": assertion, **more}), surface=API, get=[("token", "token"), ("token", "expires_s"), ("token", "scope")])


def may_read(h, token):
    return h.vault.ask(token, ("search", "r", "Organization", "", 1), bearer=True, surface=API)


@pytest.mark.parametrize("algorithm", KEYS)
def test_an_assertion_of_each_kind_of_key_opens_for_five_minutes_and_once(m, algorithm):
    assertion = KEYS[algorithm].assertion(claims(m))
    a = token_of(m, assertion)
    assert a.rc == "OK", (a.rc, a.why)
    token, seconds, scope = (g[0] for g in a["got"])
    assert (seconds, scope) == ("300", "system/*.rs")
    assert may_read(m, token).rc == "OK"
    again = token_of(m, assertion)
    assert (again.rc, again.why) == ("BAD_INPUT", "CLIENT_REFUSED"), "an assertion twice"
    m.vault.clock(m.vault.now + 301 * 1000)
    assert may_read(m, token).rc == "STEP_UP", "five minutes are over"


def flip(part, at=5):
    return part[:at] + ("A" if part[at] != "A" else "B") + part[at + 1:]


ES, RS = KEYS["ES256"], KEYS["RS256"]
OTHER = Key("ES256", "es256-1")


def der(key):
    return lambda data: key.private.sign(data, ec.ECDSA(hashes.SHA256()))


WRONG = {
    "the algorithm none": lambda h: ES.assertion(claims(h), {"alg": "none"}, lambda d: b""),
    "none with a signature": lambda h: ES.assertion(claims(h), {"alg": "none"}),
    "None in other letters": lambda h: ES.assertion(claims(h), {"alg": "NoNe"}),
    "a keyed hash": lambda h: ES.assertion(claims(h), {"alg": "HS256"}),
    "an algorithm of another key": lambda h: ES.assertion(claims(h), {"alg": "ES384"}),
    "RSA's algorithm under the elliptic key": lambda h: RS.assertion(claims(h), {"kid": ES.kid}),
    "another's key under the same id": lambda h: OTHER.assertion(claims(h)),
    "an unknown key id": lambda h: ES.assertion(claims(h), {"kid": "unknown"}),
    "no key id": lambda h: ES.assertion(claims(h), {"kid": None}),
    "a key of its own in the header": lambda h: OTHER.assertion(claims(h), {"jwk": OTHER.jwk()}),
    "an address of a key": lambda h: ES.assertion(claims(h), {"jku": "https://evil.test/keys"}),
    "a critical header": lambda h: ES.assertion(claims(h), {"crit": ["exp"]}),
    "another type": lambda h: ES.assertion(claims(h), {"typ": "JOSE"}),
    "a signature in DER": lambda h: ES.assertion(claims(h), None, der(ES)),
    "a signature of zeros": lambda h: ES.assertion(claims(h), None, lambda d: bytes(64)),
    "a short signature": lambda h: ES.assertion(claims(h), None, lambda d: ES.sign(d)[:63]),
    "a long signature": lambda h: ES.assertion(claims(h), None, lambda d: ES.sign(d) + b"\0"),
    "a signature with r and s exchanged": lambda h: ES.assertion(claims(h), None, lambda d: (lambda s: s[32:] + s[:32])(ES.sign(d))),
    "a changed claim": lambda h: (lambda t: ".".join((t[0], flip(t[1], 20), t[2])))(ES.assertion(claims(h)).split(".")),
    "a changed RSA signature": lambda h: (lambda t: ".".join((t[0], t[1], flip(t[2], 9))))(RS.assertion(claims(h)).split(".")),
    "two parts": lambda h: ES.assertion(claims(h)).rsplit(".", 1)[0],
    "four parts": lambda h: ES.assertion(claims(h)) + ".AAAA",
    "an empty signature": lambda h: ES.assertion(claims(h)).rsplit(".", 1)[0] + ".",
    "padding": lambda h: ES.assertion(claims(h)) + "=",
    "no JSON": lambda h: "AAAA." + ES.assertion(claims(h)).split(".", 1)[1],
    "another's name as subject": lambda h: ES.assertion(claims(h, sub="machine-demo")),
    "an unknown client": lambda h: ES.assertion(claims(h, iss="nobody", sub="nobody")),
    "a person as client": lambda h: ES.assertion(claims(h, iss=h.vault.account("nurse")["login"], sub=h.vault.account("nurse")["login"])),
    "another machine's name": lambda h: ES.assertion(claims(h, iss="machine-demo", sub="machine-demo")),
    "another audience": lambda h: ES.assertion(claims(h, aud="https://other.test/auth/token")),
    "an audience with a stroke more": lambda h: ES.assertion(claims(h, aud=AUDIENCE + "/")),
    "two audiences": lambda h: ES.assertion(claims(h, aud=[AUDIENCE, "https://other.test/auth/token"])),
    "no audience": lambda h: ES.assertion(claims(h, aud=None)),
    "over": lambda h: ES.assertion(claims(h, exp=h.vault.now // 1000)),
    "longer than five minutes": lambda h: ES.assertion(claims(h, exp=h.vault.now // 1000 + 301)),
    "no end": lambda h: ES.assertion(claims(h, exp=None)),
    "an end in words": lambda h: ES.assertion(claims(h, exp=str(h.vault.now // 1000 + 100))),
    "an end with a fraction": lambda h: ES.assertion(claims(h, exp=h.vault.now / 1000 + 100.5)),
    "not yet": lambda h: ES.assertion(claims(h, nbf=h.vault.now // 1000 + 60)),
    "made in the future": lambda h: ES.assertion(claims(h, iat=h.vault.now // 1000 + 60)),
    "no id": lambda h: ES.assertion(claims(h, jti=None)),
    "an id without end": lambda h: ES.assertion(claims(h, jti="x" * 129)),
}


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_wrong_with_an_assertion_is_refused_and_all_alike(m, what):
    a = token_of(m, WRONG[what](m))
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "CLIENT_REFUSED", "assertion"), (a.rc, a.why)
    assert a["got"] == [[], [], []]


@pytest.mark.parametrize("scope, rc", [("system/*.rs", "OK"), ("system/Patient.read", "OK"), ("system/*.cruds", "OK"), ("system/*.cud", "BAD_INPUT"), ("patient/*.rs", "BAD_INPUT"), ("openid", "BAD_INPUT"),
                                       ("system/*.rs offline_access", "BAD_INPUT"), ("system/*.everything", "BAD_INPUT")])
def test_a_scope_is_never_more_than_what_was_registered(m, scope, rc):
    a = token_of(m, ES.assertion(claims(m)), scope=scope)
    assert a.rc == rc, (a.rc, a.why)
    assert a["got"][2] == (["system/*.rs"] if rc == "OK" else [])


@pytest.mark.parametrize("jwk", [{"d": "AAAA"}, {"kid": None}, {"alg": "HS256"}, {"alg": "RS256"}, {"crv": "P-384"}, {"x": "AAAA"}, {"y": ES.jwk()["x"]}, {"use": "enc"}, {"kty": "oct"}])
def test_a_key_that_is_none_is_not_registered(m, jwk):
    key = {k: v for k, v in Key("ES256", "es256-x").jwk(**jwk).items() if v is not None}
    a = m.vault.ask(m.vault.operator(), ("act", "machine_key_add", {"login": "labo-externe", "jwk": json.dumps(key), "may": "read", "patients": "3"}), surface=CLI)
    assert (a.rc, a.why, a["where"]) == ("BAD_INPUT", "KEY_FORM", "jwk")


def test_a_short_rsa_key_a_key_id_twice_and_a_persons_login_are_refused(m):
    assert add(m, Key("RS256", "rs256-short", bits=1024)).why == "KEY_FORM"
    assert add(m, Key("ES256", ES.kid)).why == "DUPLICATE"
    assert add(m, Key("ES256", "es256-2"), login=m.vault.account("nurse")["login"]).why == "LOGIN_TAKEN"
    for role in ("admin", "rssi", "nurse"):
        a = m.vault.ask(m.token[role], ("act", "machine_key_add", {"login": "x-labo", "jwk": json.dumps(Key("ES256", "k").jwk()), "may": "read", "patients": "3"}))
        assert a.why == "NOT_ALLOWED"


def test_a_machine_opens_no_more_patients_a_day_than_it_was_given_and_a_restart_refunds_none(h):
    """Those present in its unit are its cohort; three of them are its day, by however many tokens."""
    assert add(h, ES, login="labo-budget", unit=h.stage.unit).rc == "OK"
    token = lambda: token_of(h, ES.assertion(claims(h, iss="labo-budget", sub="labo-budget")))["got"][0][0]
    read = lambda p: h.vault.ask(token(), ("read", "r", "Patient", p.id), bearer=True, surface=API)
    assert read(h.stage.strangers[0]).rc in ("DENIED", "NOT_FOUND"), "nobody of its cohort"
    assert [read(p).rc for p in h.stage.mine[:3]] == ["OK", "OK", "OK"]
    a = read(h.stage.mine[3])
    assert (a.rc, a.why) == ("OVER_BUDGET", "OVER_BUDGET") and a.empty
    assert read(h.stage.mine[0]).rc == "OK", "who is open stays open"
    h.reopen()
    assert [read(p).why for p in h.stage.mine[3:5]] == ["OVER_BUDGET", "OVER_BUDGET"]


def newest_machine(h):
    return base_sql(h.dir, "SELECT MAX(no) FROM account WHERE role = 'machine'")[0][0]


def refusals(entries):
    """Of assertions: who, why, how many."""
    return [(e["account"], e["text"], e["rows"]) for e in entries if e["kind"] == "SESSION" and e["route"] == "machine_token"]


def test_a_refused_assertion_is_in_the_ledger_with_its_reason_and_under_the_name_it_came_by(h):
    assert add(h, ES).rc == "OK"
    no = newest_machine(h)
    last = h.vault.ledger()[-1]["number"]
    taken = ES.assertion(claims(h))
    assert token_of(h, taken).rc == "OK"
    for assertion, more in ((OTHER.assertion(claims(h)), {}), (ES.assertion(claims(h, aud="https://other.test/auth/token")), {}), (ES.assertion(claims(h), {"kid": "unknown"}), {}),
                            (ES.assertion(claims(h, iss="nobody", sub="nobody")), {}), ("A.B.C", {}), (ES.assertion(claims(h)), {"scope": "system/*.cud"}), (taken, {})):
        assert token_of(h, assertion, **more).rc == "BAD_INPUT"
    assert refusals(h.vault.ledger(last + 1)) == [(no, "signature", 1), (no, "audience", 1), (no, "unknown key", 1), (0, "client", 1), (0, "form", 1), (no, "scope", 1), (no, "twice", 1)]


def test_a_flood_of_refused_assertions_is_two_entries_a_minute_and_their_number_is_told(h):
    assert add(h, ES).rc == "OK"
    h.vault.clock(h.vault.now // 60000 * 60000 + 60000)
    last = h.vault.ledger()[-1]["number"]
    for _ in range(40):
        token_of(h, OTHER.assertion(claims(h)))
        token_of(h, OTHER.assertion(claims(h, iss="nobody", sub="nobody")))
    assert [r[2] for r in refusals(h.vault.ledger(last + 1))] == [1, 1], "the first of each reason and client"
    h.vault.clock(h.vault.now + 61000)
    token_of(h, OTHER.assertion(claims(h)))
    told = refusals(h.vault.ledger(last + 1))
    assert sum(r[2] for r in told if r[1] == "signature") == 41, told
    h.reopen()
    told = refusals(h.vault.ledger(last + 1))
    assert len(told) <= 6 and sum(r[2] for r in told) == 81, told


def test_a_token_ends_with_its_key_or_its_account_at_the_next_request_and_others_go_on(h):
    assert add(h, ES).rc == add(h, RS).rc == "OK" and add(h, KEYS["ES384"], login="labo-autre").rc == "OK"
    get = lambda key, who="labo-externe": token_of(h, key.assertion(claims(h, iss=who, sub=who)))["got"][0][0]
    first, other = get(ES), get(KEYS["ES384"], "labo-autre")
    assert may_read(h, first).rc == may_read(h, other).rc == "OK"
    assert h.vault.ask(h.vault.operator(), ("act", "machine_key_revoke", {"login": "labo-externe", "kid": ES.kid}), surface=CLI).rc == "OK"
    assert may_read(h, first).rc == "STEP_UP", "its key was taken away"
    second = get(RS)
    assert may_read(h, second).rc == may_read(h, other).rc == "OK"
    assert h.vault.ask(h.token["admin"], ("act", "account_disable", {"login": "labo-externe"})).rc == "OK"
    assert may_read(h, second).rc == "STEP_UP", "its account was disabled"
    assert may_read(h, other).rc == "OK"
    h.vault.clock(h.vault.now + 299 * 1000)
    assert may_read(h, other).rc == "OK"
    h.vault.clock(h.vault.now + 2 * 1000)
    assert may_read(h, other).rc == "STEP_UP", "over, though it was looked up two seconds ago"


def test_a_revoked_key_and_a_disabled_machine_get_no_token(h):
    assert add(h, ES).rc == add(h, RS).rc == "OK"
    assert token_of(h, ES.assertion(claims(h))).rc == "OK"
    assert h.vault.ask(h.vault.operator(), ("act", "machine_key_revoke", {"login": "labo-externe", "kid": ES.kid}), surface=CLI).rc == "OK"
    assert token_of(h, ES.assertion(claims(h))).why == "CLIENT_REFUSED"
    assert token_of(h, RS.assertion(claims(h))).rc == "OK"
    assert h.vault.ask(h.token["admin"], ("act", "account_disable", {"login": "labo-externe"})).rc == "OK"
    assert token_of(h, RS.assertion(claims(h))).why == "CLIENT_REFUSED"
