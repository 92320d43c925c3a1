# SPDX-License-Identifier: Apache-2.0
"""
Exports by two people: every way that a ticket must not go, each with its reason; what is sealed is opened by Debian's age and is what the ledger says; a stop,
a kill and a swapped row are told; and nothing else returns more than fifty patients.
"""
import copy
import csv
import hashlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from authenticator import Passkey
import postgres
from hygie_server import base_sql, copy_base, drop_base, fresh_code, hygie
from vault import API, IMPORT, Vault

COHORTS = {1851: 60, 1852: 1050, 1853: 9900}     # imported people by year of birth
SMALL, BIG, HUGE = "birthdate=1851", "birthdate=1852", "birthdate=ge1852-01-01&birthdate=lt1854-01-01"
N_SMALL, N_BIG, N_HUGE = 60, 1050, 10950
HOUR = 3600 * 1000


def key_pair(where):
    text = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True).stdout
    path = where / "key.txt"
    path.write_text(text)
    return next(line.split(": ")[1] for line in text.splitlines() if line.startswith("# public key")), path


def people_lines():
    for year, n in COHORTS.items():
        for i in range(n):
            yield json.dumps({"resourceType": "Patient", "id": f"x{year}-{i}", "gender": "female" if i % 2 else "male", "birthDate": f"{year}-{1 + i % 12:02}-{1 + i % 28:02}",
                              "identifier": [{"system": "urn:hygie:ipp", "value": f"X{year}{i:05}"}],
                              "name": [{"use": "official", "family": f"Exportin{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyzabcd'[i // 100 % 10]}", "given": ["Zoé, \"dite\" Zo"]}]})


def load(vault, people):
    lines = list(people)
    for at in range(0, len(lines), 4000):
        a = vault.ask(vault.operator(), ("act", "import", {"source": f"exports{at}.ndjson", "lines": "\n".join(lines[at:at + 4000])}), surface=IMPORT)
        assert a.rc == "OK", (a.rc, a.why, a["where"])


ROLES = ("physician", "pharmacist", "billing", "rssi", "dpo", "admin", ("physician", 1))


class Exports:
    """A vault with people to export. Everybody is signed in and has a passkey, so that fresh proofs wait for no code."""

    def __init__(self, directory, where, before=None, people=people_lines):
        self.dir, self.where = directory, where
        self.vault = Vault(directory)
        self.no = dict(base_sql(directory, "SELECT login, no FROM account"))
        self.token = dict(before.token) if before else {who: self.vault.sign_in(self.vault.account(*self.named(who))) for who in ROLES}
        self.by_code = before.by_code if before else dict(self.token)
        self.keys = {who: copy.copy(key) for who, key in before.keys.items()} if before else {}  # each copy goes on counting by itself
        self.public, self.private = (before.public, before.private) if before else key_pair(where)
        if not before:
            load(self.vault, people())
            for who in ROLES:
                self.register(who)

    @staticmethod
    def named(who):
        return who if isinstance(who, tuple) else (who, 0)

    def account_no(self, who):
        return self.no[self.vault.account(*self.named(who))["login"]]

    def since(self):
        after = self.vault.ledger()[-1]["number"] + 1
        return lambda: self.vault.ledger(after)

    # ---- people ----
    def register(self, who):
        key = Passkey()
        code = fresh_code(self.vault.account(*self.named(who)), str(self.dir))
        a = self.ask(who, ("act", "passkey_ask", {"for": "register", "code": code}), get=[("challenge", "challenge"), ("challenge", "user")])
        assert a.rc == "OK", (a.rc, a.why)
        a = self.ask(who, ("act", "passkey_add", {"label": "essai", "made": key.made(a["got"][0][0], a["got"][1][0])}))
        assert a.rc == "OK", (a.rc, a.why)
        self.keys[who] = key
        self.token[who] = self.vault.sign_in_by(key)  # a session of a code neither asks nor approves

    def proof(self, who):
        a = self.ask(who, ("act", "passkey_ask", {"for": "fresh"}), get=[("challenge", "challenge")])
        assert a.rc == "OK", (a.rc, a.why)
        return {"passkey": self.keys[who].shown(a["got"][0][0])}

    def ask(self, who, *asks, get=()):
        return self.vault.ask(self.token[who], *asks, get=get)

    # ---- tickets ----
    def want(self, who="physician", cohort=SMALL, kind="contact", count=N_SMALL, **more):
        args = {"purpose": "Rappel de dépistage, liste pour le centre", "kind": kind, "cohort": cohort, "recipient": self.public, "hours": "24", "count": str(count), **more}
        return self.ask(who, ("act", "export_ask", {**args, **self.proof(who)}), get=[("export", "no")])

    def ticket(self, *args, **more):
        a = self.want(*args, **more)
        assert a.rc == "OK" and a["act_rc"] == "OK", (a.rc, a["act_rc"], a.why, a["where"])
        return a["got"][0][0]

    def seen(self, no, who="rssi"):
        columns = ("state", "hash", "rows", "patients", "number", "share", "approved", "needs")
        a = self.ask(who, ("view", "export", {"no": no}), get=[("export", c) for c in columns])
        assert a.rc == "OK", (a.rc, a.why)
        return {c: (v[0] if v else "") for c, v in zip(columns, a["got"])}

    def approve(self, no, who="rssi", **more):
        return self.ask(who, ("act", "export_approve", {"no": no, "hash": more.get("hash") or self.seen(no, who)["hash"], **self.proof(who)}))

    def approved(self, *args, **more):
        no = self.ticket(*args, **more)
        assert self.approve(no).rc == "OK"
        return no

    def take(self, no, who="physician"):
        return self.ask(who, ("act", "export_take", {"no": no, **self.proof(who)}))

    def until(self, no, *states, seconds=60):
        end = time.time() + seconds
        while True:
            x = self.seen(no)
            if x["state"] in states:
                return x
            assert time.time() < end, f"still {x}"
            time.sleep(0.1)

    def file(self, no, part="1", who="physician"):
        return self.ask(who, ("act", "export_fetch", {"no": no}), ("view", "export_file", {"no": no, "part": part}), get=[("file", "type")])

    def stored(self, no, part=1):
        return (self.dir / "exports" / f"{no}.{part}.age").read_bytes()

    def open(self, sealed):
        a = subprocess.run(["age", "-d", "-i", str(self.private)], input=sealed, capture_output=True)
        assert a.returncode == 0, a.stderr
        return a.stdout

    def chunks(self, no):
        return [e for e in self.vault.ledger() if e["kind"] == "RELEASE" and e["route"] == "export" and e["about"] == int(no)]


@pytest.fixture(scope="module")
def loaded(demo_base, work_dir, tmp_path_factory):
    """Made once: the people, the sessions, the keys. Each test has a copy of its x."""
    x = Exports(copy_base(demo_base, work_dir / "exports"), tmp_path_factory.mktemp("age"))
    assert x.vault.close() == 0
    yield x
    drop_base(x.dir)


_copies = [0]


@pytest.fixture
def x(loaded, work_dir, tmp_path):
    _copies[0] += 1
    one = Exports(copy_base(loaded.dir, work_dir / f"export{_copies[0]}"), tmp_path, loaded)
    yield one
    code = one.vault.close()
    drop_base(one.dir)
    assert code in (0, -signal.SIGKILL)


def refused(a, why):
    assert (a.rc if a.rc != "OK" else a["act_rc"]) in ("DENIED", "CONFLICT", "BAD_INPUT") and a.why == why, (a.rc, a["act_rc"], a.why, a["where"])


# ---- counting and asking ----

def test_a_count_tells_more_than_fifty_only_and_is_recorded(x):
    entries = x.since()
    a = x.ask("physician", ("act", "export_count", {"cohort": SMALL}), get=[("count", "patients"), ("count", "small")])
    assert a.rc == "OK" and a["got"][0] == ["60"] and a["got"][1] in ([], [""])
    assert [e for e in entries() if e["kind"] == "INTENT" and e["route"] == "export_count"]
    a = x.ask("physician", ("act", "export_count", {"cohort": "birthdate=1851-03"}), get=[("count", "patients"), ("count", "small")])
    assert a.rc == "OK" and a["got"][0] in ([], [""]) and a["got"][1] == ["1"], "the number of a few people is told"


def test_twenty_counts_a_day_and_no_more(x):
    answers = [x.ask("pharmacist", ("act", "export_count", {"cohort": SMALL})) for _ in range(21)]
    assert [a.rc for a in answers[:20]] == ["OK"] * 20
    refused(answers[20], "EXPORT_COUNTS")
    assert answers[20].empty


@pytest.mark.parametrize("more, why", [
    ({"cohort": "birthdate=1851-03", "count": 5}, "EXPORT_SMALL"),
    ({"count": 61}, "EXPORT_COUNT"),
    ({"cohort": "birthdate=1851-03", "count": 60}, "EXPORT_COUNT"),
    ({"recipient": "age1notakeynotakeynotakeynotakeynotakeynotakeynotakeynotakeynot"}, "EXPORT_KEY"),
    ({"cohort": "_sort=birthdate"}, "EXPORT_COHORT"),
    ({"cohort": "Group/none-such"}, "EXPORT_COHORT"),
    ({"cohort": "nonsense=1"}, "UNKNOWN_PARAMETER"),
    ({"kind": "fhir", "types": "Practitioner"}, "UNKNOWN_TYPE"),
    ({"hours": "25"}, "FIELD_NUMBER"),
    ({"purpose": "court"}, "FIELD_TOO_SHORT"),
], ids=lambda v: v if isinstance(v, str) else "-".join(v))
def test_a_request_that_cannot_be_is_refused_with_its_reason(x, more, why):
    a = x.want(**more)
    refused(a, why)


def test_a_coder_asks_for_no_diagnosis_and_by_no_diagnosis(x):
    refused(x.want("billing", kind="diagnoses"), "EXPORT_KIND")
    refused(x.want("billing", kind="fhir", types="Patient,Condition"), "EXPORT_KIND")
    refused(x.want("billing", cohort="birthdate=1851&_has:Condition:patient:code=E11"), "NOT_ALLOWED")


# ---- two people ----

def test_who_asked_does_not_approve_nor_judge_it(x):
    no = x.ticket()
    refused(x.approve(no, "physician"), "EXPORT_OWN")
    refused(x.ask("physician", ("act", "export_refuse", {"no": no})), "EXPORT_OWN")
    refused(x.ask("physician", ("view", "export_sample", {"no": no})), "EXPORT_OWN")


def unit_of(x, no):
    return base_sql(x.dir, "SELECT unit FROM export_ticket WHERE no = ?", int(no))[0][0]


def another_unit(x, than):
    return base_sql(x.dir, "SELECT DISTINCT unit FROM account_unit WHERE unit <> ?", than)[0][0]


def move(x, who, unit):
    a = x.ask("admin", ("act", "account_units", {"login": x.vault.account(*x.named(who))["login"], "units": unit}))
    assert a.rc == "OK", (a.rc, a.why)


def test_a_colleague_of_the_same_unit_does_not_approve(x):
    """The colleague has the requester's unit among his own, whichever he is signed in to."""
    no = x.ticket()
    colleague = ("physician", 1)
    move(x, colleague, unit_of(x, no))
    refused(x.approve(no, colleague), "EXPORT_SAME_UNIT")
    refused(x.ask(colleague, ("act", "export_refuse", {"no": no})), "EXPORT_SAME_UNIT")


def test_what_was_not_looked_at_is_not_approved(x):
    no = x.ticket()
    refused(x.approve(no, hash="0" * 64), "EXPORT_CHANGED")


def test_an_approver_sees_masked_lines_the_share_and_the_year(x):
    x.ticket()
    no = x.ticket()
    a = x.ask("rssi", ("view", "export", {"no": no}), ("view", "export_sample", {"no": no}), get=[("sample", "masked"), ("sample", "id"), ("export", "share"), ("year", "asked")])
    assert a.rc == "OK" and len(a["got"][0]) == 10 and all(not v for v in a["got"][1])
    assert b"Exportin" not in a.flat and b"X1851" not in a.flat, "a sample names somebody"
    base = base_sql(x.dir, "SELECT count(*) FROM known")[0][0]
    assert int(a["got"][2][0]) == (60 * 10000 + base // 2) // base and a["got"][3] == ["1"]


def test_one_approval_is_not_given_twice_and_an_approved_export_not_again(x):
    no = x.approved()
    refused(x.approve(no), "EXPORT_TWICE")
    refused(x.approve(no, "dpo"), "EXPORT_OVER")


def test_nothing_is_taken_before_it_is_approved_nor_by_somebody_else(x):
    no = x.ticket()
    refused(x.take(no), "EXPORT_WAITS")
    assert x.approve(no).rc == "OK"
    a = x.take(no, "billing")
    assert (a.rc, a.why) == ("NOT_FOUND", "NOT_FOUND") and a.empty
    a = x.ask("billing", ("view", "export", {"no": no}))
    assert a.rc == "NOT_FOUND" and a.empty


def test_a_code_is_asked_for_to_ask_to_approve_and_to_take(x):
    no = x.ticket()
    for who, act, args in (("physician", "export_take", {"no": no}), ("rssi", "export_approve", {"no": no, "hash": x.seen(no)["hash"]})):
        a = x.ask(who, ("act", act, args))
        assert a["act_rc"] == "BAD_INPUT" or a.rc == "BAD_INPUT", (a.rc, a.why)


def test_a_session_of_a_code_neither_asks_nor_approves(x):
    """Whoever has a password and a code, and no key, sets no export going; the same people by their keys did."""
    no = x.ticket()
    hash_ = x.seen(no)["hash"]
    for who in ("physician", "rssi"):
        x.token[who] = x.by_code[who]
    refused(x.want(), "KEY_WANTED")
    refused(x.approve(no, hash=hash_), "KEY_WANTED")
    assert x.seen(no)["state"] == "asked"


# ---- what is sealed ----

def test_an_export_is_opened_by_age_and_is_what_the_ledger_and_the_receipt_say(x):
    no = x.approved()
    entries = x.since()
    assert x.take(no).rc == "OK"
    done = x.until(no, "sealed")
    a = x.file(no)
    assert a.rc == "OK", (a.rc, a.why)
    sealed = x.stored(no)
    assert sealed in a.flat, "what is handed over is what was sealed"
    lines = list(csv.reader(io.StringIO(x.open(sealed).decode(), newline="")))
    assert lines[0][:4] == ["ipp", "birth_name", "used_name", "given_name"] and len(lines) == 61
    assert {line[0] for line in lines[1:]} == {f"X1851{i:05}" for i in range(60)}
    assert all(line[3].startswith('Zoé, "dite"') or line[3] for line in lines[1:])
    assert b"Exportin" not in sealed
    new = entries()
    chunks = [e for e in new if e["route"] == "export" and e["note"] == "export"]
    assert sum(e["rows"] for e in chunks) == 60 == int(done["rows"]) and all(e["rows"] <= 50 for e in chunks)
    named = {rid for e in chunks for rid, explain, _, draw in e["patients"] if explain == 7 and not draw}
    assert named == {rid for (rid,) in base_sql(x.dir, "SELECT rid FROM resource WHERE id LIKE 'x1851-%'")}
    assert all(e["account"] == x.account_no("physician") and e["about"] == int(no) for e in chunks)
    file, = [e for e in new if e["note"] == "export_file"]
    assert file["text"] == f"1 {hashlib.sha256(sealed).hexdigest()}" and file["rows"] == 60
    end, = [e for e in new if e["note"] == "export_end"]
    assert end["rows"] == 60 and end["number"] == int(done["number"])
    a = x.ask("physician", ("view", "export", {"no": no}), get=[("files", "sha256"), ("files", "rows"), ("files", "bytes"), ("export", "state")])
    assert a["got"] == [[hashlib.sha256(sealed).hexdigest()], ["60"], [str(len(sealed))], ["delivered"]]


def test_asvs_1_2_10_no_cell_of_an_export_is_a_formula_for_a_spreadsheet(x):
    """Names are typed: what begins as a formula does goes out as text, quoted, and nothing of it is lost."""
    typed = {"family": "=cmd|' /C calc'!A1", "given": ["@SUM(Zo)"]}
    load(x.vault, [json.dumps({"resourceType": "Patient", "id": "x1851-3", "gender": "female", "birthDate": "1851-04-04", "identifier": [{"system": "urn:hygie:ipp", "value": "X185100003"}],
                               "name": [{"use": "official", **typed}], "telecom": [{"system": "phone", "value": "+33 1 99 00 12 34"}], "address": [{"line": ["-2 rue des Lilas"], "city": "Angers"}]})])
    no = x.approved()
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    assert x.file(no).rc == "OK"
    text = x.open(x.stored(no)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    row, = [r for r in rows if r["ipp"] == "X185100003"]
    assert row["birth_name"] == "'" + typed["family"] and row["given_name"] == "'" + typed["given"][0], row
    assert not [cell for r in rows for cell in r.values() if cell[:1] in "=+-@\t\r" and cell], "no cell begins as a formula does"


def test_an_auditor_joins_asking_approval_and_what_went_by_the_hash_of_the_ticket(x):
    no = x.approved()
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    said = x.seen(no)["hash"]
    acts = [(e["route"], e["account"], e["rows"]) for e in x.vault.ledger() if e["kind"] == "INTENT" and e.get("text") == said]
    asker, approver = x.account_no("physician"), x.account_no("rssi")
    assert acts == [("export_ask", asker, 60), ("export_approve", approver, 60), ("export_take", asker, 60)]


def test_an_export_counts_on_nobodys_ladder_and_tells_the_patient(x):
    before = x.ask("physician", ("view", "my_units", {}))["opened"]
    no = x.approved()
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    assert x.ask("physician", ("view", "my_units", {}))["opened"] == before, "an export is no reading of charts"
    rid = base_sql(x.dir, "SELECT rid FROM resource WHERE id = 'x1851-7'")[0][0]
    end = time.time() + 10
    while not base_sql(x.dir, "SELECT 1 FROM access WHERE patient = ? AND explain = 7 AND account = ?", rid, x.account_no("physician")):
        assert time.time() < end, "who looked at a patient does not name the export"
        time.sleep(0.2)


def test_a_fhir_export_holds_whole_resources_of_each_type_as_its_requester_sees_them(x):
    cohort = "birthdate=ge1930-01-01&birthdate=lt1990-01-01"
    n = x.ask("dpo", ("act", "export_count", {"cohort": cohort}), get=[("count", "patients")])["got"][0][0]
    no = x.ticket("dpo", cohort=cohort, kind="fhir", types="Patient, Encounter", count=n)
    assert x.approve(no).rc == "OK"
    assert x.take(no, "dpo").rc == "OK"
    done = x.until(no, "sealed")
    parts = [json.loads(line) for part in (1, 2) for line in x.open(x.stored(no, part)).decode().splitlines()]
    assert len(parts) == int(done["rows"])
    patients, stays = [p for p in parts if p["resourceType"] == "Patient"], [p for p in parts if p["resourceType"] == "Encounter"]
    assert len(patients) == int(n) and stays
    assert not [s for s in stays if "reasonCode" in s or "diagnosis" in s], "a stay's reason is not for this role"
    assert {s["subject"]["reference"] for s in stays} <= {f"Patient/{p['id']}" for p in patients}


def test_lines_leave_no_faster_than_two_hundred_a_second(x):
    no = x.ticket("physician", cohort=BIG, count=N_BIG)
    assert x.approve(no, "rssi").rc == "OK" and x.approve(no, "dpo").rc == "OK"
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    chunks = [e for e in x.chunks(no) if e["note"] == "export"]
    span = chunks[-1]["at_ms"] - chunks[0]["at_ms"]
    assert sum(e["rows"] for e in chunks) == N_BIG and (N_BIG - chunks[-1]["rows"]) * 1000 / span <= 200 * 1.02


def test_ended_exports_keep_no_list_of_patients(x):
    no = x.ticket()
    assert base_sql(x.dir, "SELECT count(*) FROM export_cohort WHERE ticket = ?", int(no))[0][0] == 1
    assert x.ask("rssi", ("act", "export_refuse", {"no": no})).rc == "OK"
    assert base_sql(x.dir, "SELECT count(*) FROM export_cohort WHERE ticket = ?", int(no))[0][0] == 0
    assert x.seen(no)["state"] == "refused"
    refused(x.take(no), "EXPORT_OVER")


# ---- more than a thousand, more than ten thousand ----

def test_above_a_thousand_two_approve_and_one_of_them_is_an_officer(x):
    """Two physicians of other units are not enough: the second word is the DPO's or the RSSI's."""
    no = x.ticket("dpo", cohort=BIG, count=N_BIG)
    assert x.seen(no)["needs"] == "2"
    assert x.approve(no, "physician").rc == "OK"
    refused(x.take(no, "dpo"), "EXPORT_WAITS")
    refused(x.approve(no, ("physician", 1)), "EXPORT_SECOND")
    assert x.approve(no, "rssi").rc == "OK"
    assert x.seen(no)["state"] == "ready"


def label(x, *ids):
    lines = [json.dumps({"resourceType": "Condition", "id": f"label-{i}", "subject": {"reference": f"Patient/{i}"}, "code": {"text": "essai"},
                         "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]}}) for i in ids]
    a = x.vault.ask(x.vault.operator(), ("act", "import", {"source": "labels.ndjson", "lines": "\n".join(lines)}), surface=IMPORT)
    assert a.rc == "OK", (a.rc, a.why, a["where"])


def special(x, no, who="rssi"):
    return x.ask(who, ("view", "export", {"no": no}), get=[("export", "special")])["got"][0]


def test_specially_sensitive_data_of_one_patient_asks_for_two_approvals_and_the_ticket_does_not_say_whose(x):
    before = x.ticket()
    label(x, "x1851-7")
    no = x.ticket()
    assert x.seen(no)["needs"] == "2" and special(x, no) == ["few"] and special(x, before) == [""]
    assert x.approve(no, ("physician", 1)).rc == "OK"
    refused(x.take(no), "EXPORT_WAITS")
    assert x.approve(no, "dpo").rc == "OK" and x.seen(no)["state"] == "ready"
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    tiers = {rid: tier for e in x.chunks(no) for rid, _, tier, _ in e["patients"]}
    (rid,), = base_sql(x.dir, "SELECT rid FROM resource WHERE id = 'x1851-7'")
    assert [r for r, tier in tiers.items() if tier == 4] == [rid], "the pieces' entries say of whom"
    label(x, *(f"x1851-{i}" for i in range(10, 20)))
    assert special(x, x.ticket()) == ["11"], "above ten the number is told"


def test_a_label_that_came_after_one_approval_stops_an_export_that_asked_for_one_only(x):
    no = x.approved()
    label(x, "x1851-3")
    refused(x.take(no), "EXPORT_CHANGED")


def test_above_ten_thousand_four_hours_pass_and_an_approver_may_cancel(x):
    no = x.ticket("physician", cohort=HUGE, count=N_HUGE)
    assert x.approve(no, "rssi").rc == "OK" and x.approve(no, "dpo").rc == "OK"
    assert x.seen(no)["state"] == "cooling"
    refused(x.take(no), "EXPORT_WAITS")
    a = x.ask("dpo", ("view", "exports_inbox", {}), get=[("exports", "no"), ("exports", "state")])
    assert (no, "cooling") in list(zip(*a["got"])), "direction is told"
    for who in ("dpo", "rssi"):
        a = x.ask(who, ("view", "my_notices", {}), get=[("notices", "kind"), ("notices", "detail")])
        assert ("export", no) in list(zip(*a["got"])), "and on every screen of the officers"
    a = x.ask("billing", ("act", "export_cancel", {"no": no}))
    assert a.rc == "NOT_FOUND"
    assert x.ask("dpo", ("act", "export_cancel", {"no": no})).rc == "OK"
    assert x.seen(no)["state"] == "cancelled"


def test_the_direction_is_mailed_of_an_export_above_ten_thousand(x, tmp_path):
    """By the timer that publishes the ledger, within the four hours: how many, a fingerprint, a number, nobody. A mail that is not taken is tried again, one that was is not sent twice."""
    program, conf = tmp_path / "sendmail", tmp_path / "hygie.conf"
    conf.write_text(f"[heads]\nmail_from = hygie@hopital.test\nsendmail = {program}\n[exports]\nmail_to = direction@hopital.test\n")
    def publish(status):
        program.write_text(f"#!/bin/sh\ncat > {tmp_path}/mail-$$\nexit {status}\n")
        program.chmod(0o755)
        return hygie("audit", "publish", tmp_path / "published", "--dir", x.dir, "--config", conf)
    def taken():
        texts = [f.read_text() for f in tmp_path.glob("mail-*")]
        for f in tmp_path.glob("mail-*"):
            f.unlink()
        return texts
    assert publish(0).returncode == 0
    taken()
    x.ticket()
    no = x.ticket("physician", cohort=HUGE, count=N_HUGE)
    a = publish(75)
    assert a.returncode == 3 and "did not take the mail" in a.stderr, (a.returncode, a.stderr)
    taken()
    assert publish(0).returncode == 0
    mail, = taken()
    assert f"An export of {N_HUGE} patients was asked for" in mail and "To: direction@hopital.test" in mail and x.seen(no)["hash"] in mail
    assert x.approve(no, "rssi").rc == "OK"
    assert publish(0).returncode == 0
    mail, = taken()
    assert f"{N_HUGE} patients was approved" in mail
    assert publish(0).returncode == 0 and taken() == []
    done = hygie("config", "check", "--config", conf, env={"HYGIE_EXPORTS_MAIL_TO": "direction"})
    assert done.returncode == 1 and "exports.mail_to" in done.stderr


# ---- what must still be true when it is taken ----

def change(x, sql, *args):
    if postgres.url_of(x.dir):
        pytest.skip("SKIPPED: rows are swapped in the file of SQLite only")
    with sqlite3.connect(x.dir / "hygie.db", timeout=20) as c:
        c.execute(sql, args)


def test_a_swapped_row_is_refused_when_it_is_taken(x):
    """Whoever writes into the database can change the recipient, the cohort or an approval; none of it is given out."""
    other, _ = key_pair(x.where)
    for sql in ("UPDATE export_ticket SET recipient = '%s' WHERE no = ?" % other, "UPDATE export_ticket SET kind = 'diagnoses' WHERE no = ?", "UPDATE export_ticket SET patients = 61 WHERE no = ?",
                "UPDATE export_cohort SET patients = (SELECT patients FROM export_cohort WHERE ticket = 1) WHERE ticket = ?", "UPDATE export_approval SET hash = zeroblob(32) WHERE ticket = ?",
                "UPDATE export_ticket SET unit = '' WHERE no = ?"):
        no = x.ticket()
        assert x.approve(no, "dpo" if "unit" in sql or "kind" in sql else "rssi").rc == "OK"
        if "(SELECT" in sql:
            change(x, "UPDATE export_cohort SET patients = zeroblob(520) WHERE ticket = ?", int(no))
        else:
            change(x, sql, int(no))
        a = x.take(no)
        assert a.why in ("EXPORT_CHANGED", "EXPORT_UNIT"), (sql, a.rc, a.why)
        assert not list((x.dir / "exports").iterdir())
    entries = x.vault.ledger()
    assert len([e for e in entries if e["kind"] == "REFUSAL" and e["why"] == "EXPORT_CHANGED"]) >= 5


def test_an_export_is_taken_in_the_unit_where_it_was_asked_for(x):
    no = x.approved()
    elsewhere = another_unit(x, unit_of(x, no))
    move(x, "physician", elsewhere)
    a = x.ask("physician", ("act", "declare_unit", {"unit": elsewhere}), get=[("session", "token")])
    assert a.rc == "OK", (a.rc, a.why)
    x.token["physician"] = a["got"][0][0]
    refused(x.take(no), "EXPORT_UNIT")


def test_an_approver_whose_account_was_closed_takes_his_word_along(x):
    no = x.ticket("dpo")
    assert x.approve(no, "physician").rc == "OK"
    assert x.ask("admin", ("act", "account_disable", {"login": x.vault.account("physician")["login"]})).rc == "OK"
    refused(x.take(no, "dpo"), "EXPORT_CLOSED")


def stop(x, who):
    """Opens strangers with a reason each faster than anybody reads, proves once, and goes on until the ladder stops the account."""
    for i in range(100):
        patient = {"patient": f"x1853-{i}"}
        assert x.ask(who, ("act", "break_glass", {**patient, "reason": "advice", "text": "essai du jour"})).rc == "OK"
        a = x.ask(who, ("view", "chart_head", patient))
        if a.why == "STOPPED_ACCOUNT":
            return
        if a.why == "PROOF_DUE":
            challenge = x.ask(who, ("act", "passkey_ask", {"for": "prove"}), get=[("challenge", "challenge")])["got"][0][0]
            a = x.ask(who, ("act", "prove", {"reason": "other", "text": "renfort de nuit", "passkey": x.keys[who].shown(challenge)}), get=[("session", "token")])
            assert a.rc == "OK", (a.rc, a.why)
            x.token[who] = a["got"][0][0]
    raise AssertionError("never stopped")


def test_a_requester_who_was_stopped_takes_nothing_and_asks_for_nothing(x):
    no = x.approved()
    stop(x, "physician")
    refused(x.take(no), "EXPORT_FROZEN")
    refused(x.want(), "EXPORT_FROZEN")
    assert x.seen(no)["state"] == "ready"


def test_an_approver_who_was_stopped_takes_his_word_along(x):
    no = x.ticket("dpo")
    assert x.approve(no, "physician").rc == "OK"
    stop(x, "physician")
    refused(x.take(no, "dpo"), "EXPORT_FROZEN")


def test_an_export_expires(x):
    no = x.approved(hours="1")
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    late, waiting = x.approved(hours="1"), x.ticket(hours="1")
    for step in range(1, 9):  # nobody's session idles for a quarter of an hour
        x.vault._send({"clock": int(time.time() * 1000) + step * HOUR // 8 + 30000})
        for who in ("physician", "rssi"):
            assert x.ask(who, ("view", "my_units", {})).rc == "OK"
    refused(x.take(late), "EXPORT_EXPIRED")
    refused(x.approve(waiting), "EXPORT_EXPIRED")
    refused(x.file(no), "EXPORT_EXPIRED")
    assert x.seen(late)["state"] == x.seen(waiting)["state"] == "expired"


def test_after_its_waiting_time_an_export_may_be_taken(x):
    no = x.ticket("physician", cohort=HUGE, count=N_HUGE)
    assert x.approve(no, "rssi").rc == "OK" and x.approve(no, "dpo").rc == "OK"
    for step in range(1, 25):
        x.vault._send({"clock": int(time.time() * 1000) + step * 10 * 60 * 1000 + 5000})
        for who in ("physician", "rssi", "dpo"):
            assert x.ask(who, ("view", "my_units", {})).rc == "OK"
        if step == 23:
            refused(x.take(no), "EXPORT_WAITS")
    assert x.take(no).rc == "OK"
    assert x.until(no, "running")


def test_five_approvals_a_day_and_no_sixth(x):
    for _ in range(5):
        x.approved()
    no = x.ticket()
    refused(x.approve(no), "EXPORT_DAY")
    assert x.approve(no, "dpo").rc == "OK"


def test_a_cancel_in_the_middle_throws_away_what_was_sealed_and_says_how_much_went(x):
    no = x.ticket(cohort=BIG, count=N_BIG)
    assert x.approve(no, "rssi").rc == "OK" and x.approve(no, "dpo").rc == "OK"
    assert x.take(no).rc == "OK"
    while int(x.seen(no)["rows"]) < 150:
        time.sleep(0.05)
    assert x.ask("rssi", ("act", "export_cancel", {"no": no})).rc == "OK"
    end = time.time() + 10
    while not [e for e in x.chunks(no) if e["note"] == "export_cut"]:
        assert time.time() < end
        time.sleep(0.1)
    time.sleep(0.2)
    went = sum(e["rows"] for e in x.chunks(no) if e["note"] == "export")
    said = x.seen(no)
    assert said["state"] == "cancelled" and 150 <= went < N_BIG and int(said["rows"]) == went
    assert [e["rows"] for e in x.chunks(no) if e["note"] == "export_cut"] == [went]
    assert not list((x.dir / "exports").iterdir())
    refused(x.file(no), "EXPORT_OVER")


def stopped_in_the_middle(x, stop):
    no = x.ticket(cohort=BIG, count=N_BIG)
    assert x.approve(no, "rssi").rc == "OK" and x.approve(no, "dpo").rc == "OK"
    assert x.take(no).rc == "OK"
    while int(x.seen(no)["rows"]) < 150:
        time.sleep(0.05)
    if stop == "kill":
        os.kill(x.vault.proc.pid, signal.SIGKILL)
        x.vault.proc.wait()
    else:
        assert x.vault.close() == 0
    return no


@pytest.mark.parametrize("stop", ["kill", "close"])
def test_a_vault_that_stops_in_the_middle_goes_on_behind_the_last_whole_file_and_every_line_that_went_is_in_the_ledger(x, stop):
    no = stopped_in_the_middle(x, stop)
    before = sorted((x.dir / "exports").iterdir())
    x.vault = Vault(x.dir)
    said = x.until(no, "sealed")
    again, = [e["rows"] for e in x.chunks(no) if e["note"] == "export_again"]
    files = [e["rows"] for e in x.chunks(no) if e["note"] == "export_file"]
    went = sum(e["rows"] for e in x.chunks(no) if e["note"] == "export")
    assert went - again == int(said["rows"]) == sum(files) == N_BIG, "no line twice in what is handed over, none missing"
    assert (again >= 150 and len(files) == 1) if stop == "kill" else (again == 0 and len(files) == 2 and before == [x.dir / "exports" / f"{no}.1.age"])
    lines = [line[0] for part in range(1, len(files) + 1) for line in list(csv.reader(io.StringIO(x.open(x.stored(no, part)).decode(), newline="")))[1:]]
    assert len(lines) == len(set(lines)) == N_BIG, "each person once, over all files"
    named = {rid for e in x.chunks(no) for rid, *_ in e["patients"]}
    assert named == {rid for (rid,) in base_sql(x.dir, "SELECT rid FROM resource WHERE id LIKE 'x1852-%'")}
    assert not [e for e in x.chunks(no) if e["note"] == "export_cut"]
    refused(x.take(no), "EXPORT_OVER")


def test_an_export_that_no_longer_holds_when_the_vault_is_back_is_cut_and_its_files_are_thrown_away(x):
    no = stopped_in_the_middle(x, "close")
    change(x, "UPDATE account SET disabled = 1 WHERE no = ?", x.account_no("dpo"))
    x.vault = Vault(x.dir)
    said = x.until(no, "cut")
    cut, = [e["rows"] for e in x.chunks(no) if e["note"] == "export_cut"]
    assert cut == int(said["rows"]) == sum(e["rows"] for e in x.chunks(no) if e["note"] == "export")
    assert not list((x.dir / "exports").iterdir())


def erased(x):
    end = time.time() + 10
    while list((x.dir / "exports").iterdir()):
        assert time.time() < end, "a sealed file stayed"
        time.sleep(0.1)


def test_sealed_files_are_erased_once_they_are_received_and_nobody_fetches_them_again(x):
    no = x.approved()
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    assert x.file(no).rc == "OK"
    assert x.ask("billing", ("act", "export_cancel", {"no": no})).rc == "NOT_FOUND"
    assert list((x.dir / "exports").iterdir())
    assert x.ask("physician", ("act", "export_cancel", {"no": no})).rc == "OK"
    erased(x)
    refused(x.file(no), "EXPORT_OVER")
    refused(x.ask("physician", ("act", "export_cancel", {"no": no})), "EXPORT_OVER")
    a = x.ask("physician", ("view", "export", {"no": no}), get=[("export", "state"), ("export", "gone"), ("files", "rows")])
    assert a["got"] == [["delivered"], ["1"], ["60"]], "the receipt stays"


def test_what_was_sealed_and_not_fetched_is_taken_back_by_its_approver_while_another_export_runs(x):
    no = x.approved()
    assert x.take(no).rc == "OK"
    x.until(no, "sealed")
    other = x.ticket(cohort=BIG, count=N_BIG)
    assert x.approve(other, "rssi").rc == "OK" and x.approve(other, "dpo").rc == "OK" and x.take(other).rc == "OK"
    x.until(other, "running")
    assert x.ask("rssi", ("act", "export_cancel", {"no": no})).rc == "OK"
    end = time.time() + 3
    while (x.dir / "exports" / f"{no}.1.age").exists():
        assert time.time() < end, "it waited for the other export"
        time.sleep(0.05)
    assert x.seen(other)["state"] == "running"
    refused(x.file(no), "EXPORT_OVER")


# ---- nothing else gives more than fifty ----

WIDE = [
    ("search", "it", "Patient", "_count=200", 0), ("search", "it", "Encounter", "_count=200", 0), ("search", "it", "Encounter", "_count=200&_include=Encounter:patient", 0),
    ("search", "it", "Condition", "_count=200", 0), ("search", "it", "Observation", "_count=200", 0), ("changes", "it", "Patient", "_count=200"), ("changes", "it", "", "_count=200"),
]


@pytest.mark.parametrize("role", ["physician", "pharmacist", "billing", "dpo"])
def test_no_read_of_a_person_gives_more_than_fifty_patients_without_a_ticket(x, role):
    """Searches with the largest pages, all pages, includes, histories: distinct patients of all answers together, at once and within the day."""
    opened = set()
    for ask in WIDE:
        cursor, pages = "", 0
        while pages < 40:
            pages += 1
            asked = list(ask)
            asked[3 if ask[0] != "changes" else 3] = ask[3] + (f"&_cursor={cursor}" if cursor else "")
            entries = x.since()
            a = x.vault.ask(x.token[role], tuple(asked), get=[("it.page", "next")])
            drawn = {rid for e in entries() for rid, _, tier, draw in e["patients"] if draw}
            assert len(drawn) <= 50, f"{role} {ask}: {len(drawn)} patients in one answer"
            opened |= drawn
            if a.rc != "OK" or not a["got"][0] or not a["got"][0][0]:
                break
            cursor = a["got"][0][0]
    assert len(opened) <= 50, f"{role}: {len(opened)} patients over all pages"


def test_one_answer_with_more_than_fifty_of_ones_own_patients_is_refused(x):
    """Sixty people in the pharmacist's unit: all explained, all within the day's budget, and yet not in one answer."""
    unit = base_sql(x.dir, "SELECT u.unit FROM account_unit u WHERE u.account = ? ORDER BY u.place LIMIT 1", x.account_no("pharmacist"))[0][0]
    calls = [x.vault.call(x.vault.machine, ("act", "fhir_create", {"type": "Encounter", "body": json.dumps({
        "resourceType": "Encounter", "status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": f"Patient/x1851-{i}"}, "serviceProvider": {"reference": f"Organization/{unit}"}, "period": {"start": "2020-01-01T08:00:00+01:00"}})}), bearer=True, surface=API) for i in range(60)]
    assert {a.rc for a in x.vault.many(calls)} == {"OK"}
    entries = x.since()
    a = x.ask("pharmacist", ("search", "it", "Encounter", "_count=200&_sort=date", 0))
    assert (a.rc, a.why) == ("LIMIT", "NARROWER") and a.empty, (a.rc, a.why)
    assert [e for e in entries() if e["kind"] == "REFUSAL" and e["why"] == "NARROWER"] and not [e for e in entries() if e["draws"]]
    a = x.ask("pharmacist", ("search", "it", "Encounter", "_count=40&_sort=date", 0))
    assert a.rc == "OK", (a.rc, a.why)
    assert 0 < sum(e["draws"] for e in entries()) <= 40


def test_a_machine_held_to_its_cohort_and_a_whole_system_export_give_nobody(x):
    for act in ({}, {"id": "any"}):
        a = x.vault.ask(x.vault.machine, ("act", "fhir_export", act), bearer=True, surface=API)
        assert a.rc == "DENIED" and a.empty
