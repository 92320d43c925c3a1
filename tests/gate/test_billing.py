# SPDX-License-Identifier: Apache-2.0
"""
Billing through the vault, by several people at once: one draft posted by two, thirty-two posted together, one slip sent twice, a refund and a closing by two; what the desk tells of whom,
and what the role of billing is told of a chart: codes, never a word.
"""
import pytest

from conftest import LightHouse
from hygie_server import Stage, base_sql, copy_base


@pytest.fixture(scope="module")
def house(demo_base, work_dir):
    directory = copy_base(demo_base, work_dir / "billed")
    h = LightHouse(directory, Stage(directory))
    h.second = None
    yield h
    assert h.vault.close() == 0


_serial = [0]


def done(h, token, act, args, get=()):
    a = h.vault.ask(token, ("act", act, args), get=get)
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (act, a.rc, a["act_rc"], a.why, a["where"])
    return a["got"]


def stay(h, p):
    return h.stage.one_of("Encounter", p)


def other(h):
    """A second person of the same desk."""
    if not h.second:
        admin = h.vault.key_of(h.vault.account("admin"))[1]
        done(h, admin, "account_units", {"login": h.vault.account("billing", 1)["login"], "units": h.stage.unit})
        token = h.vault.sign_in(h.vault.account("billing", 1))
        h.second = (done(h, token, "declare_unit", {"unit": h.stage.unit}, [("session", "token")])[0] or [token])[0]
    return h.second


def proof(h, second=False):
    return h.vault.proof(other(h), h.vault.account("billing", 1)) if second else h.vault.proof(h.token["billing"], h.vault.account("billing"))


def look(h, p, no):
    a = h.vault.ask(h.token["billing"], ("view", "bill", {"patient": p.id, "no": no}), get=[("bill", "version"), ("bill", "state"), ("bill", "invoice"), ("lines", "place"), ("lines", "block")])
    assert a.rc == "OK", (a.rc, a.why)
    return a["got"]


def checked(h, p):
    """A draft of one act, ready to be posted: its number and version."""
    _serial[0] += 1
    n = _serial[0]
    done(h, h.token["physician"], "act_capture", {"patient": p.id, "stay": stay(h, p), "act": "AAFA001", "activity": "1", "phase": "0", "day": f"2025-{1 + n % 12:02d}-{1 + n % 28:02d}", "nth": str(1 + n % 99)})
    no = done(h, h.token["billing"], "bill_open", {"patient": p.id, "stay": stay(h, p)}, [("bill", "no")])[0][0]
    version, _, _, places, blocks = look(h, p, no)
    for place, block in zip(places, blocks):
        if block:
            done(h, h.token["billing"], "bill_line_set", {"patient": p.id, "no": no, "version": version[0], "place": place, "amount": "80,5"})
            version = look(h, p, no)[0]
    for act in ("bill_share", "bill_check"):
        done(h, h.token["billing"], act, {"patient": p.id, "no": no, "version": version[0], **({"own": "30,50"} if act == "bill_share" else {})})
        version = look(h, p, no)[0]
    return {"patient": p.id, "no": no, "version": version[0]}


def posted(h, p):
    return done(h, h.token["billing"], "bill_post", checked(h, p), [("bill", "invoice")])[0][0]


def numbers(h):
    return base_sql(h.dir, "SELECT establishment, year, number FROM invoice ORDER BY 1, 2, 3")


def gapless(h):
    last = {}
    for establishment, year, number in numbers(h):
        assert number == last.get((establishment, year), 0) + 1, (establishment, year, number)
        last[establishment, year] = number


def test_one_draft_posted_by_two_people_at_once_is_one_invoice(house):
    h, p = house, house.stage.mine[0]
    draft = checked(h, p)
    before = len(numbers(h))
    calls = [h.vault.call(token, ("act", "bill_post", draft), get=[("bill", "invoice")]) for token in (h.token["billing"], other(h)) for _ in range(4)]
    answers = h.vault.many(calls)
    assert {a.rc for a in answers} == {"OK"}, [(a.rc, a.why) for a in answers]
    assert len({a["got"][0][0] for a in answers}) == 1, "pressed twice, another invoice"
    assert len(numbers(h)) == before + 1
    gapless(h)


def test_thirty_two_posted_at_once_with_refused_ones_between_leave_no_gap(house):
    h = house
    drafts = [checked(h, p) for p in h.stage.mine[:8]]
    before = len(numbers(h))
    stale = [{**d, "version": "1"} for d in drafts]
    calls = [h.vault.call(token, ("act", "bill_post", d)) for d, s in zip(drafts, stale) for token, d in ((h.token["billing"], s), (other(h), d), (h.token["billing"], d), (other(h), s))]
    assert len(calls) == 32
    said = [a.rc for a in h.vault.many(calls)]
    assert said.count("OK") >= 16, said
    assert len(numbers(h)) == before + 8
    gapless(h)


def test_a_slip_that_two_people_send_at_once_pays_once(house):
    h, p = house, house.stage.mine[1]
    slip = {"patient": p.id, "no": posted(h, p), "payer": "patient", "seen": "1", "means": "card", "amount": "30,50"}
    said = h.vault.many([h.vault.call(token, ("act", "pay", slip)) for token in (h.token["billing"], other(h)) for _ in range(8)])
    assert sum(paid for paid, in base_sql(h.dir, "SELECT amount_cents FROM payment WHERE invoice = ?", int(slip["no"]))) == 3050
    assert {a.rc for a in said} <= {"OK", "CONFLICT"} and [a.rc for a in said].count("OK") >= 8, "the one who paid is told so each time"


def test_money_goes_back_by_two_with_a_fresh_proof(house):
    h, p = house, house.stage.mine[2]
    no = posted(h, p)
    billing = h.token["billing"]
    done(h, billing, "pay", {"patient": p.id, "no": no, "payer": "patient", "seen": "1", "means": "cash", "amount": "10"})
    done(h, billing, "invoice_credit", {"patient": p.id, "no": no, **proof(h)})
    refund = done(h, billing, "refund_ask", {"patient": p.id, "no": no, "payer": "patient", "means": "cash"}, [("claim", "no")])[0][0]
    sign = {"patient": p.id, "refund": refund}
    assert h.vault.ask(billing, ("act", "refund_sign", {**sign, **proof(h)})).why == "BILL_TWO"
    assert h.vault.ask(other(h), ("act", "refund_sign", sign)).rc != "OK", "without a proof"
    done(h, other(h), "refund_sign", {**sign, **proof(h, second=True)})
    assert h.vault.ask(other(h), ("act", "refund_sign", {**sign, **proof(h, second=True)})).why == "NOT_FOUND"
    a = h.vault.ask(billing, ("view", "claims", {"patient": p.id, "no": no}), get=[("claims", "payer"), ("claims", "state")])
    assert dict(zip(*a["got"]))["patient"] == "settled"


def test_the_desk_is_closed_by_another_than_who_counted(house):
    h = house
    no = posted(h, h.stage.mine[3])
    done(h, h.token["billing"], "pay", {"patient": h.stage.mine[3].id, "no": no, "payer": "patient", "seen": "1", "means": "cash", "amount": "1"})
    session = h.vault.ask(h.token["billing"], ("view", "cash", {}), get=[("session", "no")])["got"][0][0]
    done(h, h.token["billing"], "cash_count", {"no": session, "cash": "1"})
    assert h.vault.ask(h.token["billing"], ("act", "cash_close", {"no": session, **proof(h)})).why == "BILL_TWO"
    done(h, other(h), "cash_close", {"no": session, **proof(h, second=True)})


def test_the_books_are_the_same_counted_anew(house):
    got = done(house, house.token["billing"], "journal_recount", {}, [("recounted", "postings"), ("recounted", "differences")])
    assert int(got[0][0]) > 0 and got[1] == ["0"]
    for establishment, day in base_sql(house.dir, "SELECT DISTINCT establishment, day FROM journal_day"):
        (debit, credit), = base_sql(house.dir, "SELECT SUM(debit_cents), SUM(credit_cents) FROM journal_day WHERE establishment = ? AND day = ?", establishment, day)
        assert debit == credit


def test_the_desk_names_who_is_explained_and_nobody_else(house):
    h, p = house, house.stage.mine[4]
    posted(h, p)
    a = h.vault.ask(h.token["billing"], ("view", "billing_desk", {}), get=[("desk", "patient"), ("desk", "name")])
    assert a.rc == "OK" and p.id in a["got"][0]
    for q in h.stage.strangers:
        assert not q.found_in(a.flat), "the desk names a stranger"


def test_billing_is_told_codes_and_no_word_of_the_chart(house):
    """Each view of billing, of a patient whose chart holds conditions, notes and observations: none of their texts."""
    h, p = house, house.stage.mine[5]
    no = posted(h, p)
    chart = h.vault.ask(h.token["physician"], ("view", "chart_summary", {"patient": p.id}), get=[("problems", "label"), ("allergies", "code"), ("treatments", "drug")])
    texts = {text for column in chart["got"] for text in column if text and len(text) > 3}
    assert texts, "a chart that says nothing proves nothing"
    views = [("acts_captured", {}), ("bills", {}), ("invoice", {"no": no}), ("claims", {"no": no}), ("coding", {"stay": stay(h, p)})]
    for view, args in views:
        a = h.vault.ask(h.token["billing"], ("view", view, {"patient": p.id, **args}))
        assert a.rc == "OK", (view, a.why)
        for text in texts:
            assert text.encode() not in a.flat, (view, text)
    for type_ in ("Condition", "Observation", "DocumentReference", "Procedure", "Task"):
        assert h.vault.ask(h.token["billing"], ("search", "rows", type_, f"patient={p.id}", 10)).rc != "OK", f"billing reads {type_}"
    assert h.vault.ask(h.token["billing"], ("view", "chart_head", {"patient": p.id})).why == "NOT_ALLOWED"
    for role in ("nurse", "physician", "clerk", "pharmacist", "admin", "rssi"):
        assert h.vault.ask(h.token[role], ("view", "invoice", {"patient": p.id, "no": no})).why == "NOT_ALLOWED", role


# ---- reminders ----

def make(h, token, form, days="0"):
    return h.vault.call(token, ("act", "reminders_make", {"form": form, "days": days}), get=[("batch", "no"), ("batch", "n")])


def test_of_many_who_press_at_once_each_letter_is_written_once(house):
    h = house
    for p in h.stage.mine[6:10]:
        posted(h, p)
    owed = base_sql(h.dir, "SELECT count(*) FROM claim WHERE payer = 3 AND state IN ('open', 'sent', 'part')")[0][0]
    assert owed >= 4
    h.vault.many([make(h, token, f"presse-{n:04}") for n in range(8) for token in (h.token["billing"], other(h))])
    letters = base_sql(h.dir, "SELECT invoice, payer, day, count(*) FROM reminder GROUP BY invoice, payer, day")
    assert len(letters) >= min(owed, 60) - 2 and {n for *_, n in letters} == {1}, "two letters on one day"
    assert base_sql(h.dir, "SELECT count(*) FROM claim c WHERE reminders <> (SELECT count(*) FROM reminder r WHERE r.invoice = c.invoice AND r.payer = c.payer)") == [(0,)]
    a = h.vault.ask(h.token["billing"], ("act", "reminders_make", {"form": "presse-9999", "days": "0"}))
    assert a.why == "REMINDER_NONE", a.why
    for role in ("nurse", "physician", "clerk", "pharmacist", "admin", "rssi"):
        assert h.vault.ask(h.token[role], ("act", "reminders_make", {"form": "presse-8888", "days": "0"})).why == "NOT_ALLOWED", role


def test_letters_name_whom_a_fact_joins_to_the_reader_and_the_ledger_has_each(house):
    h = house
    p, q = h.stage.mine[10], h.stage.mine[11]
    posted(h, p), posted(h, q)
    sent = [make(h, h.token["billing"], "encore-0001"), make(h, h.token["billing"], "encore-0001")]
    answers = h.vault.many(sent)
    assert {a["got"][0][0] for a in answers} == {answers[0]["got"][0][0]}, "one form sent twice is one batch"
    no = answers[0]["got"][0][0]
    columns = [("letters", "to"), ("letters", "due_cents"), ("letters_page", "n"), ("letters_page", "left")]
    mine = h.vault.ask(h.token["billing"], ("view", "reminder_batch", {"batch": no}), get=columns)
    assert mine.rc == "OK" and len(mine["got"][0]) == int(mine["got"][2][0]) - int(mine["got"][3][0]) >= 2, mine.why
    near = next(u for u, in base_sql(h.dir, "SELECT DISTINCT unit FROM bed") if u != h.stage.unit and same_house(h, u))
    account = h.vault.account("billing", 1)
    done(h, h.vault.key_of(h.vault.account("admin"))[1], "account_units", {"login": account["login"], "units": near})
    token = h.vault.sign_in(account)
    token = (done(h, token, "declare_unit", {"unit": near}, [("session", "token")])[0] or [token])[0]
    h.second = None
    a = h.vault.ask(token, ("view", "reminder_batch", {"batch": no}), get=columns)
    assert a.rc == "OK" and a["got"][0] == [] and a["got"][3] == a["got"][2], "of another unit: a number, and nobody"
    for who in (p, q):
        assert not who.found_in(a.flat), "a letter names whom no fact joins"
    listed = h.vault.ask(token, ("view", "reminders", {"days": "0"}))
    assert listed.rc == "OK" and not any(who.found_in(listed.flat) for who in (p, q))
    assert h.vault.ask(h.token["physician"], ("view", "reminder_batch", {"batch": no})).why == "NOT_ALLOWED"


def same_house(h, unit):
    ids, sites = h.vault.ask(h.token["nurse"], ("view", "bed_sites", {}), get=[("units", "id"), ("units", "site")])["got"]
    site = dict(zip(ids, sites))
    return site.get(unit) and site.get(unit) == site.get(h.stage.unit)
