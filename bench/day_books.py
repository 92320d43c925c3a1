# SPDX-License-Identifier: Apache-2.0
"""After bench/day: every sum of stock and money anew from its postings, by this program and not by Hygie's, and what people were told is done against what the base holds. Start at faults."""
from hygie_server import base_sql, hygie

FIRST_STORE = 100  # src/hospital/stock.h: what is below is no store


def stock(base):
    rows = base_sql(base, "SELECT product, lot, from_account, to_account, quantity, value_cents FROM stock_posting")
    sums = {}
    for product, lot, from_, to, quantity, _ in rows:
        sums[from_, product, lot] = sums.get((from_, product, lot), 0) - quantity
        sums[to, product, lot] = sums.get((to, product, lot), 0) + quantity
    held = {(a, p, l): q for a, p, l, q in base_sql(base, "SELECT account, product, lot, quantity FROM stock_balance")}
    for at in sums.keys() | held.keys():
        if sums.get(at, 0) != held.get(at, 0):
            yield f"stock: balance {at} says {held.get(at)}, its postings {sums.get(at)}"
    if sum(sums.values()):
        yield "stock: what went out of somewhere did not come in anywhere"
    yield from (f"stock: less than nothing in {at}" for at, q in held.items() if at[0] >= FIRST_STORE and q < 0)


def money(base):
    days = {}
    for establishment, day, debit, credit, cents in base_sql(base, "SELECT establishment, day, debit, credit, amount_cents FROM posting"):
        for account, side in ((debit, 0), (credit, 1)):
            days.setdefault((establishment, day, account), [0, 0])[side] += cents
    held = {(e, d, a): [debit, credit] for e, d, a, debit, credit in base_sql(base, "SELECT establishment, day, account, debit_cents, credit_cents FROM journal_day")}
    for at in days.keys() | held.keys():
        if days.get(at) != held.get(at):
            yield f"journal: {at[1:]} says {held.get(at)}, its postings {days.get(at)}"
    if sum(d - c for d, c in held.values()):
        yield "journal: debit is not credit"
    last = {}
    for establishment, year, number in base_sql(base, "SELECT establishment, year, number FROM invoice ORDER BY 1, 2, 3"):
        if number != last.get((establishment, year), 0) + 1:
            yield f"invoices: a gap before {year}/{number}"
        last[establishment, year] = number
    paid = dict(((i, p), c) for i, p, c in base_sql(base, "SELECT invoice, payer, SUM(amount_cents) FROM payment WHERE amount_cents > 0 GROUP BY 1, 2"))
    for invoice, payer, cents in base_sql(base, "SELECT invoice, payer, paid_cents FROM claim"):
        if int(paid.get((invoice, payer), 0)) != cents:
            yield f"claim {invoice}/{payer}: {cents} paid, payments say {paid.get((invoice, payer), 0)}"


def calendars(base):
    """Nobody is booked twice: what an appointment takes of a calendar, unless it was booked over, begins when what was before is over."""
    until = {}
    for agenda, start, end in base_sql(base, "SELECT agenda, start_ms, end_ms FROM appointment_place WHERE over = 0 ORDER BY agenda, start_ms"):
        if start < until.get(agenda, 0):
            yield f"calendar {agenda}: two at {start}"
        until[agenda] = end


def counts(base):
    """What the base holds of what the day counts; taken before and after."""
    one = lambda query: int(base_sql(base, query)[0][0] or 0)
    return {
        "admitted": one("SELECT COUNT(*) FROM movement WHERE kind = 'A01'"),
        "transferred": one("SELECT COUNT(*) FROM movement WHERE kind = 'A02'"),
        "booked": one("SELECT COUNT(*) FROM appointment"),
        "cancelled": one("SELECT COUNT(*) FROM appointment WHERE state = 'cancelled'"),
        "reconciled": one("SELECT COUNT(*) FROM discharge_review"),
        "letters begun": one("SELECT COUNT(*) FROM letter"),
        "letters signed": one("SELECT COUNT(*) FROM letter WHERE state = 'signed'"),
        "discharged": one("SELECT COUNT(*) FROM movement WHERE kind = 'A03'"),
        "invoices posted": one("SELECT COUNT(*) FROM invoice"),
        "payments": one("SELECT COUNT(*) FROM payment"),
        "cents paid": one("SELECT SUM(amount_cents) FROM payment"),
        "lines signed": one("SELECT COUNT(*) FROM order_signature"),
        "opinions": one("SELECT COUNT(*) FROM order_opinion"),
        "merges made": one("SELECT COUNT(*) FROM identity_merge WHERE state = 'merged'"),
        "tablets received": one(f"SELECT SUM(quantity) FROM stock_posting WHERE to_account >= {FIRST_STORE} AND from_account < {FIRST_STORE}") // 1000,
    }


def faults(base, before, told):
    """[what is wrong], of a base whose server has ended. told: what people were answered is done (day_jobs). An answer may be lost on its way, so the base may hold more only where one was."""
    wrong = [*stock(base), *money(base), *calendars(base)]
    after = counts(base)
    wrong += [f"{what}: {told[what]} were told, the base has {after[what] - before[what]}" for what in before if after[what] - before[what] != told[what]]
    for words in (("audit", "verify"), ("db", "check")):
        done = hygie(*words, "--dir", base, timeout=1800)
        if done.returncode:
            wrong.append(f"hygie {' '.join(words)}: {(done.stdout + done.stderr)[-300:]}")
    return wrong
