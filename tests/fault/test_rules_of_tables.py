# SPDX-License-Identifier: Apache-2.0
"""
What is posted stands by the tables, whoever writes: each rule of the tables of billing and of the stock (CHECK, foreign key, unique key, trigger) is asked past the program on a base that
it made, on SQLite and on a throw-away PostgreSQL. With all rules a statement is refused, by the rule that it is written against; with that one rule taken away it is done. A rule without
a statement fails the test, so a new one brings its own.
"""
import contextlib
import os
import re
import sqlite3

import pytest

import postgres
from hygie_server import hygie

BOOKS = re.compile(r"stock_\w+|bill|bill_line|billing_\w+|house_tariff|invoice\w*|claim|cash_\w+|refund|payment|posting|journal_\w+|reminder\w*|pmsi_\w+")

# Rows that stand: a store with a lot of a medicine and one of a narcotic, a kit; an invoice of three payers of whom one paid, a draft, an open desk. {b}: bytes.
STANDS = """
INSERT INTO stock_account(no, kind, free, code, unit, made_by, made_ms, of_store) VALUES (1, 'supplier', 1, 'SUP', '', 7, 1, 0), (2, 'loss', 1, 'LOSS', '', 7, 1, 0), (100, 'central', 0, 'PUI', '', 7, 1, 0), (101, 'ward', 0, 'W1', 'u1', 7, 1, 0), (102, 'ward', 0, 'KIT', 'u1', 7, 1, 101);
INSERT INTO stock_product VALUES (1, 60234100, '', 'tablet', 0, 1, 7, 1), (2, 60762795, '', 'vial', 1, 1, 7, 1);
INSERT INTO stock_pool VALUES (1, 10000, 500);
INSERT INTO stock_lot VALUES (1, 1, 'A1', '', '2028-01-31', 0, 'usable', 1), (2, 2, 'M1', '', '2028-01-31', 0, 'usable', 1);
INSERT INTO stock_lot_event VALUES (1, 1, 'quarantine', 'x', 7, 1);
INSERT INTO stock_movement VALUES (1, 'receive', 'k1', '', 0, '', 7, 1, 1, NULL);
INSERT INTO stock_posting VALUES (1, 1, 1, 1, 1, 101, 10000, 500), (2, 1, 2, 2, 1, 101, 5000, 100);
INSERT INTO stock_balance VALUES (101, 1, 1, 0, 10000), (1, 1, 1, 1, -10000);
INSERT INTO stock_register VALUES (1, 101, 2, 2, 5000, 5000, 7, 1, NULL, NULL), (2, 101, 2, 2, -1000, 4000, 7, 1, 8, 2);
INSERT INTO stock_shortage(no, movement, product, store, unit, quantity, made_ms) VALUES (1, 1, 1, 101, 'u1', 1000, 1);
INSERT INTO stock_level VALUES (101, 1, 1, 2, 3, 4, 7, 1, 0);
INSERT INTO stock_order(no, key, store, supplier, state, version, made_by, made_ms) VALUES (1, 'o1', 100, 'S', 'draft', 1, 7, 1);
INSERT INTO stock_order_line VALUES (1, 1, 10, 0, 0, 100);
INSERT INTO stock_invoice_typed VALUES (1, 1, 10, 100, 7, 1);
INSERT INTO stock_invoice VALUES (1, 1, 'F-1', 100, 'agreed', '', 7, 1);
INSERT INTO stock_invoice_line VALUES (1, 1, 10, 10, 100, 10, 100);
INSERT INTO stock_count(no, store, made_by, made_ms) VALUES (1, 101, 7, 1);
INSERT INTO stock_count_line VALUES (1, 1, 10, 10, 7, 1);
INSERT INTO stock_kit VALUES (102, 101, 1);
INSERT INTO stock_kit_line VALUES (102, 1, 1, 0, 5, 7, 1);
INSERT INTO stock_kit_seal VALUES (1, 102, 'S1', 1, '', 7, 1, NULL, NULL);
INSERT INTO stock_kit_check VALUES (1, 102, 'S1', 'ok', 7, 1);
INSERT INTO billing_place VALUES ('E1', 'public', 16, 7, 1);
INSERT INTO house_tariff VALUES (1, 'room', 'x', '2026-01-01', 100, {b}, 7, 1);
INSERT INTO billing_stay VALUES ('s1', 5, 'E1', 't1', 1, 'coded', 1, 'A00', '', '', '8', '8', '', '', 7, 1, 'u1');
INSERT INTO billing_passage VALUES ('s1', 2, 'coded', 'u2', 'A00', '', '', 7, 1);
INSERT INTO pmsi_number VALUES (1, 's1', 1), (2, 's1', 2);
INSERT INTO pmsi_place VALUES ('E1', '490000001', 'V015', 1, 7, 1);
INSERT INTO pmsi_medical VALUES ('u1', 'E1', NULL, '0101', '490000002', '29', '2024-03-01', 30, 'C', 1, 7, 1), ('u2', 'E1', 'u1', '0101', '', '', '', 0, '', 1, 7, 1), ('u3', 'E1', NULL, '0103', '490000002', '29', '2024-03-01', 0, 'C', 1, 7, 1);
INSERT INTO bill VALUES (1, 's1', 5, 'E1', 'posted', '', 3, 1, 7, 1), (2, 's1', 5, 'E1', 'draft', '', 1, 1, 7, 1);
INSERT INTO billing_act VALUES (1, 's1', 5, 'E1', 'AAAA001', 1, 0, '', '2026-11-01', 1, 'p1', 'captured', NULL, 7, 1, '');
INSERT INTO bill_line VALUES (2, 1, 1, 'ccam', 'AAAA001', '', 16, '2026-11-01', 1000, 10000, 1000, 700, 200, 100, 'r', '');
INSERT INTO invoice_number VALUES ('E1', 2026, 1);
INSERT INTO invoice VALUES (1, 1, NULL, 's1', 5, 'E1', 2026, 1, NULL, '2026-11-02', 1, 1000, 7, 1);
INSERT INTO invoice_line VALUES (1, 1, 1, 'ccam', 'AAAA001', '', 16, '2026-11-01', 1000, 10000, 1000, 700, 200, 100, 'r');
INSERT INTO claim VALUES (1, 1, 'E1', 5, 700, 0, 0, 0, 'open', '', 1, '2026-11-02', 0), (1, 2, 'E1', 5, 200, 0, 0, 0, 'open', '', 1, '2026-11-02', 0), (1, 3, 'E1', 5, 100, 100, 0, 0, 'settled', '', 2, '2026-11-02', 0);
INSERT INTO cash_session(no, establishment, opened_by, opened_ms, n_counted) VALUES (1, 'E1', 7, 1, 0);
INSERT INTO cash_count VALUES (1, 1, 0, 0);
INSERT INTO refund(no, invoice, payer, establishment, amount_cents, means, asked_by, asked_ms) VALUES (1, 1, 1, 'E1', 100, 1, 7, 1);
INSERT INTO payment VALUES (1, 1, 3, 1, 1, 1, 100, NULL, NULL, 7, 1);
INSERT INTO posting VALUES (1, 1, 1, 1, 'E1', '2026-11-02', 1, 10, 700, 7, 1);
INSERT INTO journal_day VALUES ('E1', '2026-11-02', 1, 700, 0);
INSERT INTO journal_recount VALUES (1, 1, 7, 1, 0, 5);
INSERT INTO reminder_wording VALUES (1, 'E1', '2026-01-01', {b}, 7, 1);
INSERT INTO reminder_batch VALUES (1, 'E1', 'f1', '2026-12-02', 30, 1, 7, 1);
INSERT INTO reminder VALUES (1, 1, 1, 1, 1, 5, '2026-12-02', 700, 0, 0, 0, 700, 1, {b})
"""


def checked(order=1, cents=100, outcome="agreed", reason=""):
    return f"INSERT INTO stock_invoice VALUES (2, {order}, 'F-2', {cents}, '{outcome}', '{reason}', 7, 1)"


def checked_line(invoice=1, product=2, ordered=1, received=1, due=1, quantity=1, cents=1):
    return f"INSERT INTO stock_invoice_line VALUES ({invoice}, {product}, {ordered}, {received}, {due}, {quantity}, {cents})"


def invoice(no=2, bill=2, credits="NULL", number=2, before=1, n_lines=1, cents=1000):
    return f"INSERT INTO invoice VALUES ({no}, {bill}, {credits}, 's1', 5, 'E1', 2026, {number}, {before}, '2026-11-03', {n_lines}, {cents}, 7, 1)"


def credit(no=2, **but):
    return invoice(no, bill="NULL", **{"credits": 1, "number": no, "before": no - 1, "cents": -1000, **but})


def line(number=2, place=1, n_lines=2, patient=100):
    return f"INSERT INTO invoice_line VALUES ({number}, {place}, {n_lines}, 'ccam', 'AAAA001', '', 16, '2026-11-01', 1000, 10000, 1000, 700, 200, {patient}, 'r')"


def claim(number=1, payer=1, cents=10, state="'open'"):
    return f"INSERT INTO claim VALUES ({number}, {payer}, 'E1', 5, {cents}, 0, 0, 0, {state}, '', 1, '2026-11-02', 0)"


def payment(no=2, number=1, payer=1, seen=1, session=1, means=1, cents=100, refund="NULL"):
    return f"INSERT INTO payment VALUES ({no}, {number}, {payer}, {seen}, {session}, {means}, {cents}, {refund}, NULL, 7, 1)"


def posting(number=1, seq=2, kind=1, payer=1, debit=1, credit_=10, cents=5):
    return f"INSERT INTO posting VALUES ({number}, {seq}, {kind}, {payer}, 'E1', '2026-11-02', {debit}, {credit_}, {cents}, 7, 1)"


def moved(no=3, movement=1, product=1, lot=1, source=1, to=101, quantity=5, cents=0):
    return f"INSERT INTO stock_posting VALUES ({no}, {movement}, {product}, {lot}, {source}, {to}, {quantity}, {cents})"


def entry(product=2, of=2, delta=5, left=5):
    return f"INSERT INTO stock_register VALUES (3, 101, {product}, {of}, {delta}, {left}, 7, 1, NULL, NULL)"


def reminder(no=2, batch=1, number=1, payer=2, nth=1, day="2026-12-02", amount=200, due=200, wording=1):
    return f"INSERT INTO reminder SELECT {no}, {batch}, {number}, {payer}, {nth}, 5, '{day}', {amount}, 0, 0, 0, {due}, {wording}, letter FROM reminder WHERE no = 1"


def batch(no=2, form="f2", days=30, n=1):
    return f"INSERT INTO reminder_batch VALUES ({no}, 'E1', '{form}', '2026-12-02', {days}, {n}, 7, 1)"


def copied(table, where="1 = 1"):
    return f"INSERT INTO {table} SELECT * FROM {table} WHERE {where}"


DEED = "INSERT INTO stock_movement VALUES (2, 'x', '{}', '', 0, '', 7, 1, 1, NULL)"

# By the name that PostgreSQL gives a rule (SQLite has none: pieces_of makes the same): what it refuses. A list: of the rule's several sides each; in a tuple only the last is refused.
REFUSED = {
    "billing_place_kind_check": ["UPDATE billing_place SET kind = 'x'"],
    "billing_place_grid_check": ["UPDATE billing_place SET grid = 20", "UPDATE billing_place SET grid = 2"],
    "billing_place_pkey": [copied("billing_place")],
    "house_tariff_kind_check": ["UPDATE house_tariff SET kind = 'x'"],
    "house_tariff_check": ["UPDATE house_tariff SET value = -1", "UPDATE house_tariff SET kind = 'rate', value = 10001"],
    "billing_stay_pkey": ["INSERT INTO billing_stay SELECT stay, patient, establishment, task, open, 'to_code', version, dp, dr, das, entry, exit, ghm, ghs, coded_by, coded_ms, first_unit FROM billing_stay"],
    "billing_stay_open_check": ["UPDATE billing_stay SET open = 2"],
    "billing_stay_state_check": ["UPDATE billing_stay SET state = 'x'"],
    "billing_stay_check": ["UPDATE billing_stay SET dp = ''", "UPDATE billing_stay SET coded_by = 0"],
    "billing_passage_pkey": [copied("billing_passage")],
    "billing_passage_nth_check": ["UPDATE billing_passage SET nth = 1", "UPDATE billing_passage SET nth = 100"],
    "billing_passage_unit_check": ["UPDATE billing_passage SET unit = ''"],
    "billing_passage_stay_state_fkey": ["UPDATE billing_passage SET stay = 'none'", "UPDATE billing_passage SET state = 'to_code'"],
    "billing_passage_check": ["UPDATE billing_passage SET dp = ''", ("UPDATE billing_stay SET state = 'to_code'", "UPDATE billing_passage SET dp = ''", "UPDATE billing_stay SET state = 'coded'")],
    "pmsi_number_nth_check": ["UPDATE pmsi_number SET nth = 0 WHERE no = 1", "UPDATE pmsi_number SET nth = 100 WHERE no = 2"],
    "pmsi_number_stay_nth_key": ["INSERT INTO pmsi_number VALUES (3, 's1', 2)"],
    "pmsi_place_pkey": [copied("pmsi_place")],
    "pmsi_place_finess_check": ["UPDATE pmsi_place SET finess = '49000000'"],
    "pmsi_place_vidhosp_check": ["UPDATE pmsi_place SET vidhosp = 'V15'"],
    "pmsi_medical_pkey": ["INSERT INTO pmsi_medical VALUES ('u3', 'E1', NULL, '0104', '490000002', '29', '2024-03-01', 0, 'C', 1, 7, 1)"],
    "pmsi_medical_code_check": ["UPDATE pmsi_medical SET code = '' WHERE unit = 'u3'", "UPDATE pmsi_medical SET code = '01033' WHERE unit = 'u3'"],
    "pmsi_medical_beds_check": ["UPDATE pmsi_medical SET beds = -1 WHERE unit = 'u3'", "UPDATE pmsi_medical SET beds = 1000 WHERE unit = 'u3'"],
    "pmsi_medical_part_of_establishment_code_fkey": ["UPDATE pmsi_medical SET part_of = 'none' WHERE unit = 'u2'", "UPDATE pmsi_medical SET code = '0102' WHERE unit = 'u2'", "UPDATE pmsi_medical SET establishment = 'E2' WHERE unit = 'u2'"],
    "pmsi_medical_check": ["UPDATE pmsi_medical SET part_of = 'u2' WHERE unit = 'u2'"],
    "pmsi_medical_check1": [f"UPDATE pmsi_medical SET {wrong} WHERE unit = 'u3'" for wrong in ("finess = ''", "type = '2'", "mode = 'x'")]
                           + [f"UPDATE pmsi_medical SET {wrong} WHERE unit = 'u2'" for wrong in ("finess = '490000002'", "type = '29'", "from_on = '2024-03-01'", "beds = 1", "mode = 'C'")],
    "pmsi_medical_code": ["UPDATE pmsi_medical SET code = '0101' WHERE unit = 'u3'"],
    "bill_stay_fkey": ["UPDATE bill SET stay = 'none' WHERE no = 2"],
    "bill_state_check": ["UPDATE bill SET state = 'x' WHERE no = 2"],
    "bill_shared_check": ["UPDATE bill SET shared = 2 WHERE no = 2"],
    "bill_check": ["UPDATE bill SET block = 'why' WHERE no = 1", "UPDATE bill SET shared = 0 WHERE no = 1"],
    "bill_open": ["INSERT INTO bill VALUES (3, 's1', 5, 'E1', 'draft', '', 1, 1, 7, 1)"],
    "billing_act_stay_fkey": ["UPDATE billing_act SET stay = 'none'"],
    "billing_act_activity_check": ["UPDATE billing_act SET activity = 10"],
    "billing_act_phase_check": ["UPDATE billing_act SET phase = -1"],
    "billing_act_nth_check": ["UPDATE billing_act SET nth = 0"],
    "billing_act_state_check": ["UPDATE billing_act SET state = 'x'"],
    "billing_act_bill_fkey": ["UPDATE billing_act SET state = 'billed', bill = 99"],
    "billing_act_check": ["UPDATE billing_act SET state = 'billed'", "UPDATE billing_act SET bill = 2"],
    "billing_act_once": ["INSERT INTO billing_act VALUES (2, 's1', 5, 'E1', 'AAAA001', 1, 0, '', '2026-11-01', 1, 'p2', 'captured', NULL, 7, 1, '')"],
    "bill_line_pkey": [copied("bill_line")],
    "bill_line_bill_fkey": ["UPDATE bill_line SET bill = 99"],
    "bill_line_place_check": ["UPDATE bill_line SET place = 201", "UPDATE bill_line SET place = 0"],
    "bill_line_act_fkey": ["UPDATE bill_line SET act = 99"],
    "bill_line_kind_check": ["UPDATE bill_line SET kind = 'x'"],
    "bill_line_quantity_milli_check": ["UPDATE bill_line SET quantity_milli = 0"],
    "bill_line_amo_cents_check": ["UPDATE bill_line SET amo_cents = -1, amc_cents = 901"],
    "bill_line_amc_cents_check": ["UPDATE bill_line SET amc_cents = -1, amo_cents = 901"],
    "bill_line_patient_cents_check": ["UPDATE bill_line SET patient_cents = -1, amo_cents = 801"],
    "bill_line_check": ["UPDATE bill_line SET block = 'why'", "UPDATE bill_line SET amount_cents = NULL, amo_cents = 0, amc_cents = 0, patient_cents = 0"],
    "bill_line_check1": ["UPDATE bill_line SET amo_cents = 701", "UPDATE bill_line SET amount_cents = NULL, block = 'why'"],
    "invoice_number_pkey": [copied("invoice_number")],
    "invoice_number_last_check": ["UPDATE invoice_number SET last = -1"],
    "invoice_bill_key": [invoice(bill=1)],
    "invoice_bill_fkey": [invoice(bill=99)],
    "invoice_credits_key": [(credit(), credit(3))],
    "invoice_credits_fkey": [credit(credits=99)],
    "invoice_n_lines_check": [invoice(n_lines=0)],
    "invoice_amount_cents_check": [credit(cents=0)],
    "invoice_establishment_year_number_key": [invoice(number=1, before="NULL")],
    "invoice_establishment_year_before_fkey": [invoice(number=3, before=2)],  # a gap
    "invoice_check": [invoice(number=3, before=1), invoice(number=2, before="NULL")],
    "invoice_check1": [invoice(credits=1, cents=-1000), invoice(bill="NULL")],
    "invoice_check2": [invoice(cents=-5), credit(cents=5)],
    "invoice_changed": ["UPDATE invoice SET posted_ms = 2"],
    "invoice_deleted": [(invoice(), "DELETE FROM invoice WHERE no = 2")],
    "invoice_line_pkey": [(invoice(n_lines=2), line(), line())],
    "invoice_line_invoice_n_lines_fkey": [(invoice(n_lines=2), line(n_lines=5)), line(number=99)],
    "invoice_line_check": [(invoice(n_lines=2), line(place=3)), (invoice(n_lines=2), line(place=0))],
    "invoice_line_check1": [(invoice(n_lines=2), line(patient=101))],
    "invoice_line_changed": ["UPDATE invoice_line SET rule = 'x'"],
    "invoice_line_deleted": ["DELETE FROM invoice_line"],
    "claim_pkey": [claim()],
    "claim_invoice_fkey": [claim(number=99)],
    "claim_payer_check": [claim(payer=4)],
    "claim_amount_cents_check": [(invoice(), claim(number=2, cents=0, state="'settled'"))],
    "claim_check": ["UPDATE claim SET credited_cents = -1 WHERE payer = 1", "UPDATE claim SET credited_cents = 701, state = 'refund' WHERE payer = 1"],
    "claim_check1": ["UPDATE claim SET refunded_cents = 1 WHERE payer = 1", "UPDATE claim SET refunded_cents = -1, state = 'refund' WHERE payer = 3"],
    "claim_state_check": ["UPDATE claim SET state = 'x' WHERE payer = 1"],
    "claim_check2": ["UPDATE claim SET state = 'settled' WHERE payer = 1", "UPDATE claim SET state = 'open' WHERE payer = 3"],
    "claim_check3": ["UPDATE claim SET state = 'refund' WHERE payer = 1", "UPDATE claim SET paid_cents = 101, state = 'part' WHERE payer = 3"],
    "claim_check4": ["UPDATE claim SET reason = 'x' WHERE payer = 1", "UPDATE claim SET state = 'rejected' WHERE payer = 1"],
    "cash_session_check": ["UPDATE cash_session SET counted_by = 7, counted_ms = 1, closed_by = 7, closed_ms = 1", "UPDATE cash_session SET closed_by = 7, closed_ms = 1"],
    "cash_session_check1": ["UPDATE cash_session SET closed_ms = 1", "UPDATE cash_session SET counted_by = 7"],
    "cash_session_open": ["INSERT INTO cash_session(no, establishment, opened_by, opened_ms, n_counted) VALUES (2, 'E1', 7, 1, 0)"],
    "cash_count_pkey": [copied("cash_count")],
    "cash_count_session_fkey": ["UPDATE cash_count SET session = 99"],
    "cash_count_means_check": ["UPDATE cash_count SET means = 5"],
    "refund_invoice_payer_fkey": ["UPDATE refund SET invoice = 99"],
    "refund_amount_cents_check": ["UPDATE refund SET amount_cents = 0"],
    "refund_means_check": ["UPDATE refund SET means = 5"],
    "refund_check": ["UPDATE refund SET signed_by = 7, signed_ms = 1"],
    "refund_check1": ["UPDATE refund SET signed_ms = 1", "UPDATE refund SET signed_by = 8, signed_ms = 1, dropped_ms = 1"],
    "refund_one": ["INSERT INTO refund(no, invoice, payer, establishment, amount_cents, means, asked_by, asked_ms) VALUES (2, 1, 1, 'E1', 5, 1, 7, 1)"],
    "payment_session_fkey": [payment(session=99)],
    "payment_means_check": [payment(means=5)],
    "payment_amount_cents_check": [payment(cents=0)],
    "payment_refund_fkey": [payment(cents=-5, refund=99)],
    "payment_refund_key": [(payment(cents=-5, refund=1), payment(3, seen=2, cents=-5, refund=1))],
    "payment_invoice_payer_fkey": [payment(number=99)],
    "payment_invoice_payer_seen_key": [payment(payer=3)],
    "payment_check": [payment(cents=-5), payment(refund=1)],
    "payment_changed": ["UPDATE payment SET made_ms = 2"],
    "payment_deleted": ["DELETE FROM payment"],
    "posting_pkey": [posting(seq=1)],
    "posting_invoice_fkey": [posting(number=99)],
    "posting_seq_check": [posting(seq=0)],
    "posting_kind_check": [posting(kind=5)],
    "posting_payer_check": [posting(payer=4)],
    "posting_debit_check": [posting(debit=4)],
    "posting_credit_check": [posting(credit_=4)],
    "posting_amount_cents_check": [posting(cents=0)],
    "posting_check": [posting(debit=10)],
    "posting_changed": ["UPDATE posting SET made_ms = 2"],
    "posting_deleted": ["DELETE FROM posting"],
    "journal_day_pkey": [copied("journal_day")],
    "journal_day_debit_cents_check": ["UPDATE journal_day SET debit_cents = -1"],
    "journal_day_credit_cents_check": ["UPDATE journal_day SET credit_cents = -1"],
    "reminder_batch_due_days_check": [batch(days=-1)],
    "reminder_batch_n_check": [batch(n=0)],
    "reminder_batch_made_by_form_key": [batch(form="f1")],
    "reminder_batch_changed": ["UPDATE reminder_batch SET made_ms = 2"],
    "reminder_batch_deleted": [(batch(), "DELETE FROM reminder_batch WHERE no = 2")],
    "reminder_batch_fkey": [reminder(batch=99)],
    "reminder_invoice_payer_fkey": [reminder(number=99)],
    "reminder_nth_check": [reminder(nth=0)],
    "reminder_due_cents_check": [reminder(amount=0, due=0)],
    "reminder_check": [reminder(due=199)],
    "reminder_wording_fkey": [reminder(wording=99)],
    "reminder_invoice_payer_day_key": [reminder(payer=1, nth=2)],
    "reminder_invoice_payer_nth_key": [reminder(payer=1, day="2026-12-03")],
    "reminder_changed": ["UPDATE reminder SET day = '2026-12-03'"],
    "reminder_deleted": ["DELETE FROM reminder"],
    "reminder_wording_changed": ["UPDATE reminder_wording SET made_ms = 2"],
    "reminder_wording_deleted": [("INSERT INTO reminder_wording SELECT 2, 'E1', '2026-02-01', words, 7, 1 FROM reminder_wording", "DELETE FROM reminder_wording WHERE no = 2")],
    "stock_account_kind_check": ["UPDATE stock_account SET kind = 'x' WHERE no = 1"],
    "stock_account_check": ["UPDATE stock_account SET free = 1 WHERE no = 100", "UPDATE stock_account SET free = 0 WHERE no = 2"],
    "stock_account_code": ["UPDATE stock_account SET code = 'SUP' WHERE no = 2"],
    "stock_product_narcotic_check": ["UPDATE stock_product SET narcotic = 2"],
    "stock_product_listed_check": ["UPDATE stock_product SET listed = 2"],
    "stock_product_cis": ["INSERT INTO stock_product VALUES (3, 60234100, '', 'tablet', 0, 1, 7, 1)"],
    "stock_pool_pkey": [copied("stock_pool")],
    "stock_pool_product_fkey": ["INSERT INTO stock_pool VALUES (99, 0, 0)"],
    "stock_pool_quantity_check": ["UPDATE stock_pool SET quantity = -1, value_cents = 0"],
    "stock_pool_check": ["UPDATE stock_pool SET value_cents = -1", "UPDATE stock_pool SET quantity = 0"],
    "stock_lot_product_fkey": ["INSERT INTO stock_lot VALUES (3, 99, 'B', '', '', 0, 'usable', 1)"],
    "stock_lot_state_check": ["UPDATE stock_lot SET state = 'x'"],
    "stock_lot_number": ["INSERT INTO stock_lot VALUES (3, 1, 'A1', '', '2029-01-31', 0, 'usable', 1)"],
    "stock_lot_event_lot_fkey": ["UPDATE stock_lot_event SET lot = 99"],
    "stock_movement_key_check": [DEED.format("")],
    "stock_movement_key": [DEED.format("k1")],
    "stock_movement_kept": ["UPDATE stock_movement SET made_by = 8"],
    "stock_movement_stays": [(DEED.format("k2"), "DELETE FROM stock_movement WHERE no = 2")],
    "stock_posting_movement_fkey": [moved(movement=99)],
    "stock_posting_from_account_fkey": [moved(source=99)],
    "stock_posting_to_account_fkey": [moved(to=99)],
    "stock_posting_lot_product_fkey": [moved(product=2), moved(lot=99)],
    "stock_posting_check": [moved(quantity=0), moved(quantity=-5), moved(quantity=1000000000001), moved(cents=-1), moved(source=101)],
    "stock_posting_kept": ["UPDATE stock_posting SET quantity = 1"],
    "stock_posting_stays": [(moved(), "DELETE FROM stock_posting WHERE no = 3")],
    "stock_balance_pkey": [copied("stock_balance", "account = 101")],
    "stock_balance_account_free_fkey": ["INSERT INTO stock_balance VALUES (100, 1, 1, 1, 5)"],  # a store that says it were none
    "stock_balance_lot_product_fkey": ["INSERT INTO stock_balance VALUES (100, 1, 2, 0, 5)"],
    "stock_balance_check": ["UPDATE stock_balance SET quantity = -1 WHERE account = 101"],
    "stock_register_product_fkey": [entry(product=99)],
    "stock_register_posting_fkey": [entry(of=99)],
    "stock_register_delta_check": [entry(delta=0)],
    "stock_register_left_after_check": [entry(left=-1)],
    "stock_register_check": ["UPDATE stock_register SET second_by = 7, second_ms = 1 WHERE no = 1"],
    "stock_register_check1": ["UPDATE stock_register SET second_ms = 1 WHERE no = 1", "UPDATE stock_register SET second_by = 8 WHERE no = 1"],
    "stock_register_kept": ["UPDATE stock_register SET left_after = 1 WHERE no = 1"],
    "stock_register_stays": ["DELETE FROM stock_register"],
    "stock_register_signed": ["UPDATE stock_register SET second_by = 9 WHERE no = 2"],
    "stock_shortage_movement_fkey": ["UPDATE stock_shortage SET movement = 99"],
    "stock_shortage_product_fkey": ["UPDATE stock_shortage SET product = 99"],
    "stock_shortage_quantity_check": ["UPDATE stock_shortage SET quantity = 0"],
    "stock_shortage_how_check": ["UPDATE stock_shortage SET how = 'x', settled_by = 7, settled_ms = 1"],
    "stock_shortage_check": ["UPDATE stock_shortage SET settled_by = 7", "UPDATE stock_shortage SET how = 'lot'"],
    "stock_level_pkey": [copied("stock_level")],
    "stock_level_store_fkey": ["UPDATE stock_level SET store = 99"],
    "stock_level_product_fkey": ["UPDATE stock_level SET product = 99"],
    "stock_level_check": ["UPDATE stock_level SET critical = 3", "UPDATE stock_level SET critical = -1", "UPDATE stock_level SET minimum = 4", "UPDATE stock_level SET optimum = 5"],
    "stock_level_told_check": ["UPDATE stock_level SET told = 4", "UPDATE stock_level SET told = -2"],
    "stock_order_key_key": ["INSERT INTO stock_order(no, key, store, supplier, state, version, made_by, made_ms) VALUES (2, 'o1', 100, 'S', 'draft', 1, 7, 1)"],
    "stock_order_store_fkey": ["UPDATE stock_order SET store = 99"],
    "stock_order_state_check": ["UPDATE stock_order SET state = 'x'"],
    "stock_order_line_pkey": [copied("stock_order_line")],
    "stock_order_line_ordered_in_fkey": ["UPDATE stock_order_line SET ordered_in = 99"],
    "stock_order_line_product_fkey": ["UPDATE stock_order_line SET product = 99"],
    "stock_order_line_ordered_check": ["UPDATE stock_order_line SET ordered = 0"],
    "stock_order_line_check": ["UPDATE stock_order_line SET received = 11", "UPDATE stock_order_line SET received = -1"],
    "stock_order_line_received_cents_check": ["UPDATE stock_order_line SET received_cents = -1"],
    "stock_order_line_price_cents_check": ["UPDATE stock_order_line SET price_cents = -1"],
    "stock_invoice_typed_pkey": [copied("stock_invoice_typed")],
    "stock_invoice_typed_ordered_in_fkey": ["UPDATE stock_invoice_typed SET ordered_in = 99"],
    "stock_invoice_typed_product_fkey": ["UPDATE stock_invoice_typed SET product = 99"],
    "stock_invoice_typed_quantity_check": ["UPDATE stock_invoice_typed SET quantity = -1"],
    "stock_invoice_typed_cents_check": ["UPDATE stock_invoice_typed SET cents = -1"],
    "stock_invoice_ordered_in_fkey": [checked(order=99)],
    "stock_invoice_cents_check": [checked(cents=-1)],
    "stock_invoice_outcome_check": [checked(outcome="x", reason="price")],
    "stock_invoice_check": [checked(reason="price"), checked(outcome="accepted"), checked(outcome="disputed")],
    "stock_invoice_kept": ["UPDATE stock_invoice SET cents = 99"],
    "stock_invoice_stays": [(checked(), "DELETE FROM stock_invoice WHERE no = 2")],
    "stock_invoice_line_pkey": [copied("stock_invoice_line")],
    "stock_invoice_line_invoice_fkey": [checked_line(invoice=99)],
    "stock_invoice_line_product_fkey": [checked_line(product=99)],
    "stock_invoice_line_ordered_check": [checked_line(ordered=-1)],
    "stock_invoice_line_received_check": [checked_line(received=-1)],
    "stock_invoice_line_due_cents_check": [checked_line(due=-1)],
    "stock_invoice_line_quantity_check": [checked_line(quantity=-1)],
    "stock_invoice_line_cents_check": [checked_line(cents=-1)],
    "stock_invoice_line_kept": ["UPDATE stock_invoice_line SET received = 9"],
    "stock_invoice_line_stays": ["DELETE FROM stock_invoice_line"],
    "stock_count_blind_check": ["UPDATE stock_count SET blind = 2"],
    "stock_count_store_fkey": ["UPDATE stock_count SET store = 99"],
    "stock_count_check": ["UPDATE stock_count SET first_by = 7, first_ms = 1, second_by = 7, second_ms = 2", "UPDATE stock_count SET second_by = 8, second_ms = 2"],
    "stock_count_check1": ["UPDATE stock_count SET first_ms = 1", "UPDATE stock_count SET second_ms = 1"],
    "stock_count_check2": ["UPDATE stock_count SET first_by = 7, first_ms = 1, second_by = 8, second_ms = 2, dropped_ms = 3"],
    "stock_count_open": ["INSERT INTO stock_count(no, store, made_by, made_ms) VALUES (2, 101, 7, 1)"],
    "stock_count_line_pkey": [copied("stock_count_line")],
    "stock_count_line_counted_in_fkey": ["UPDATE stock_count_line SET counted_in = 99"],
    "stock_count_line_lot_fkey": ["UPDATE stock_count_line SET lot = 99"],
    "stock_count_line_counted_check": ["UPDATE stock_count_line SET counted = -1"],
    "stock_kit_no_fkey": ["INSERT INTO stock_kit VALUES (99, 101, 1)"],
    "stock_kit_store_fkey": ["UPDATE stock_kit SET store = 99"],
    "stock_kit_version_check": ["UPDATE stock_kit SET version = 0"],
    "stock_kit_check": ["INSERT INTO stock_kit VALUES (101, 101, 1)"],
    "stock_kit_line_pkey": ["INSERT INTO stock_kit_line VALUES (102, 1, 1, 5, 5, 7, 1)"],
    "stock_kit_line_kit_fkey": ["UPDATE stock_kit_line SET kit = 99"],
    "stock_kit_line_product_fkey": ["UPDATE stock_kit_line SET product = 99"],
    "stock_kit_line_quantity_check": ["UPDATE stock_kit_line SET quantity = 0"],
    "stock_kit_line_check": ["UPDATE stock_kit_line SET until = 1"],
    "stock_kit_line_now": ["INSERT INTO stock_kit_line VALUES (102, 1, 2, 0, 5, 7, 1)"],
    "stock_kit_seal_kit_fkey": ["UPDATE stock_kit_seal SET kit = 99"],
    "stock_kit_seal_number_check": ["UPDATE stock_kit_seal SET number = ''"],
    "stock_kit_seal_check": ["UPDATE stock_kit_seal SET opened_by = 7", "UPDATE stock_kit_seal SET opened_ms = 1"],
    "stock_kit_seal_number": [("UPDATE stock_kit_seal SET opened_by = 7, opened_ms = 1", "INSERT INTO stock_kit_seal VALUES (2, 102, 'S1', 1, '', 7, 1, NULL, NULL)")],
    "stock_kit_seal_now": ["INSERT INTO stock_kit_seal VALUES (2, 102, 'S2', 1, '', 7, 1, NULL, NULL)"],
    "stock_kit_check_kit_fkey": ["UPDATE stock_kit_check SET kit = 99"],
    "stock_kit_check_outcome_check": ["UPDATE stock_kit_check SET outcome = 'x'"],
}
# Held twice: what one refuses, the other refuses too. Each alone refuses; without both it is done.
TWICE = {
    ("invoice_number_check", "invoice_establishment_year_before_fkey"): invoice(number=0, before=-1),
    ("claim_paid_cents_check", "claim_check1"): "UPDATE claim SET paid_cents = -1 WHERE payer = 1",
    ("bill_line_amount_cents_check", "bill_line_patient_cents_check"): "UPDATE bill_line SET amount_cents = -1, amo_cents = 0, amc_cents = 0, patient_cents = -1",
}
# Refuse nothing by themselves, for they hold a row's own number; foreign keys need them.
CARRY = {"stock_account_no_free_key", "stock_lot_no_product_key", "invoice_no_n_lines_key", "billing_stay_of_state", "pmsi_medical_unit_establishment_code_key"}


def cases():
    """(rules that are taken away for it to be done, steps)"""
    for rule, statements in REFUSED.items():
        for steps in statements:
            yield (rule,), (steps if isinstance(steps, tuple) else (steps,))
    for rules, statement in TWICE.items():
        yield rules, (statement,)


def subsets(rules):
    return [()] + ([(rules[0],), (rules[1],)] if len(rules) == 2 else []) + [rules]


# ---- SQLite: the base's own tables, written anew without the rule ----

class Piece:
    """A rule in the text of a table: its name as PostgreSQL would give it, in which part it stands, and what it is a key of or points to."""

    def __init__(self, name, part, text, key=None, to=None):
        self.name, self.part, self.text, self.key, self.to = name, part, text, key, to


def parts_of(body):
    """By the commas that are in no parentheses."""
    depth, part, found = 0, "", []
    for ch in body:
        depth += (ch == "(") - (ch == ")")
        if ch == "," and depth == 0:
            found, part = found + [part], ""
        else:
            part += ch
    return [p.strip() for p in found + [part] if p.strip()]


def enclosed(text, at):
    """From a parenthesis to the one that closes it."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return text[at:i + 1]
    raise AssertionError(text)


def names_in(text):
    return [w.strip() for w in text.strip("() ").split(",")]


def pieces_of(table, parts, taken):
    """The rules of a CREATE TABLE. taken: names that were given before."""
    columns = [p.split()[0] for p in parts if p.split("(")[0].split()[0] not in ("PRIMARY", "CHECK", "UNIQUE", "FOREIGN")]

    def named(*words):
        base = name = "_".join(words)
        for n in range(1, 10):
            if name not in taken:
                break
            name = f"{base}{n}"
        taken.add(name)
        return name

    found = []
    for at, part in enumerate(parts):
        own = part.split()[0] if part.split()[0] in columns else None
        for m in re.finditer(r"\bCHECK\(", part):
            check = "CHECK" + enclosed(part, m.end() - 1)
            used = [c for c in columns if re.search(rf"\b{c}\b", re.sub(r"'[^']*'", "", check))]
            found.append(Piece(named(table, *(used if len(used) == 1 else []), "check"), at, check))
        for m in re.finditer(r"(?:FOREIGN KEY(\([^)]*\)) )?REFERENCES (\w+)(\([^)]*\))(?: ON UPDATE CASCADE)?", part):
            cols = names_in(m.group(1)) if m.group(1) else [own]
            found.append(Piece(named(table, *cols, "fkey"), at, m.group(0), to=(m.group(2), tuple(names_in(m.group(3))))))
        if m := re.search(r"\bUNIQUE\b(\([^)]*\))?", part):
            cols = names_in(m.group(1)) if m.group(1) else [own]
            found.append(Piece(named(table, *cols, "key"), at, m.group(0), key=(table, tuple(cols))))
        if m := re.search(r"\bPRIMARY KEY\b(\([^)]*\))?", part):
            cols = names_in(m.group(1)) if m.group(1) else [own]
            if cols != ["no"]:
                found.append(Piece(named(table, "pkey"), at, m.group(0), key=(table, tuple(cols))))
    return found


class OnSqlite:
    def __init__(self, directory):
        hygie("init", "--dir", directory, check=True)
        db = sqlite3.connect(directory / "hygie.db")
        self.tables = {n: re.sub(r"--[^\n]*", "", s) for n, s in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'") if BOOKS.fullmatch(n)}
        self.indexes = {n: s for n, t, s in db.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%'") if t in self.tables}
        self.triggers = {n: s for n, t, s in db.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'") if t in self.tables}
        db.close()
        taken = set()
        self.parts = {t: parts_of(sql[sql.index("(") + 1:sql.rindex(")")]) for t, sql in self.tables.items()}
        self.pieces = {t: pieces_of(t, self.parts[t], taken) for t in self.tables}
        self.bases = {}

    def rules(self):
        return {p.name for at in self.pieces.values() for p in at} | set(self.indexes) | set(self.triggers)

    def without(self, rules):
        """The same tables, in memory, but for these rules; and for the foreign keys that point to a key that is no more."""
        keys = [p.key for at in self.pieces.values() for p in at if p.name in rules and p.key]
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.execute("PRAGMA foreign_keys = ON")
        for table, sql in self.tables.items():
            parts, tail = list(self.parts[table]), sql[sql.rindex(")") + 1:]
            for p in self.pieces[table]:
                if p.name in rules or p.to in keys:
                    parts[p.part] = parts[p.part].replace(p.text, "", 1)
                    tail = tail.replace(", WITHOUT ROWID", "") if p.name.endswith("_pkey") else tail
            db.execute(f"CREATE TABLE {table}({', '.join(p for p in parts if p)}){tail}")
        for name, sql in {**self.indexes, **self.triggers}.items():
            if name not in rules:
                db.execute(sql)
        db.executescript(STANDS.format(b="x'00'"))
        return db

    def outcome(self, rules, steps):
        """"done", or True: refused, at the last step."""
        if rules not in self.bases:
            self.bases[rules] = self.without(rules)
        db = self.bases[rules]
        db.execute("BEGIN")
        try:
            for step in steps[:-1]:
                db.execute(step)
            try:
                db.execute(steps[-1])
                return "done"
            except sqlite3.IntegrityError:
                return "refused"
        finally:
            db.execute("ROLLBACK")

    def close(self):
        for db in self.bases.values():
            db.close()


def test_on_sqlite_each_rule_of_the_books_refuses_and_without_it_what_it_refuses_is_done(work_dir):
    base = OnSqlite(work_dir / "rules-sqlite")
    missing = base.rules() - CARRY - set(REFUSED) - {r for rules in TWICE for r in rules}
    assert not missing, f"rules that no statement is written against: {sorted(missing)}"
    assert not (set(REFUSED) | {r for rules in TWICE for r in rules}) - base.rules(), "rules that the base does not have"
    bad = []
    for rules, steps in cases():
        for removed in subsets(rules):
            expected = "done" if removed == rules else "refused"
            if (told := base.outcome(removed, steps)) != expected:
                bad.append(f"{steps[-1]}\n  without {removed or 'nothing'}: {told}")
    base.close()
    assert not bad, "\n".join(bad)


# ---- PostgreSQL: the rule is dropped in a transaction that is taken back ----

# Runs the steps and takes all of them back: says which rule refused one, at which step; "done".
TRY = r"""
CREATE FUNCTION pg_temp.try_it(steps text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int := 0; step text; rule text; told text; state text;
BEGIN
  FOREACH step IN ARRAY steps LOOP n := n + 1; EXECUTE step; END LOOP;
  RAISE EXCEPTION 'done' USING ERRCODE = 'ZZ001';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME, told = PG_EXCEPTION_CONTEXT, state = RETURNED_SQLSTATE;
  IF state = 'ZZ001' THEN RETURN 'done'; END IF;
  IF state NOT LIKE '23%' THEN RETURN SQLERRM; END IF;
  RETURN concat_ws(' ', COALESCE(NULLIF(rule, ''), substring(told FROM 'function (?:hygie\.)?(\w+)\(\)')), 'at', n, 'of', array_length(steps, 1));
END $$
"""
RULES = """
SELECT conname AS name, conrelid::regclass::text AS of, 'constraint' AS kind, pg_get_constraintdef(oid) AS says FROM pg_constraint WHERE connamespace = 'hygie'::regnamespace AND conrelid <> 0 AND contype IN ('c', 'f', 'u', 'p')
UNION ALL SELECT c.relname, i.indrelid::regclass::text, 'index', '' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisunique AND c.relnamespace = 'hygie'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('u', 'p'))
UNION ALL SELECT tgname, tgrelid::regclass::text, 'trigger', '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal AND c.relnamespace = 'hygie'::regnamespace
"""


@pytest.fixture(scope="module")
def server():
    """The server that the run is on, or one of our own."""
    if not postgres.binaries():
        print("SKIPPED: PostgreSQL 15 or later is not installed (package postgresql)")
        pytest.skip("SKIPPED: PostgreSQL 15 or later is not installed (package postgresql)")
    with contextlib.ExitStack() as stack:
        before = os.environ.get("HYGIE_PG")
        if not before:
            os.environ["HYGIE_PG"] = stack.enter_context(postgres.Cluster()).url()
        yield
        if not before:
            del os.environ["HYGIE_PG"]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def taken_away(rule, at):
    table, kind = at[rule]
    return {"constraint": f"ALTER TABLE {table} DROP CONSTRAINT {rule} CASCADE", "index": f"DROP INDEX {rule}", "trigger": f"DROP TRIGGER {rule} ON {table}"}[kind]


def test_on_postgresql_each_rule_of_the_books_refuses_and_without_it_what_it_refuses_is_done(server, work_dir):
    url = postgres.make()
    hygie("init", "--dir", work_dir / "rules-postgres", env={"HYGIE_DATA_DB": url}, check=True)
    at = {n: (t, kind) for n, t, kind, says in postgres.rows(url, RULES) if BOOKS.fullmatch(t) and says != "PRIMARY KEY (no)"}
    held = {r for rules in TWICE for r in rules}
    assert not set(at) - CARRY - set(REFUSED) - held, f"rules that no statement is written against: {sorted(set(at) - CARRY - set(REFUSED) - held)}"
    assert not (set(REFUSED) | held) - set(at), f"rules that the base does not have: {sorted((set(REFUSED) | held) - set(at))}"
    asked = [(rules, removed, steps) for rules, steps in cases() for removed in subsets(rules)]
    queries = [f"SELECT {i}, pg_temp.try_it(ARRAY[{', '.join(quoted(s) for s in (*(taken_away(r, at) for r in removed), *steps))}])" for i, (_, removed, steps) in enumerate(asked)]
    told = postgres.psql(url, "SET search_path = hygie", "BEGIN", STANDS.format(b="'\\x00'"), TRY, *queries, "ROLLBACK")
    answers = dict(row.split("|", 1) for row in told.splitlines() if "|" in row)
    bad = []
    for i, (rules, removed, steps) in enumerate(asked):
        n = len(removed) + len(steps)
        good = {"done"} if removed == rules else {f"{r} at {n} of {n}" for r in rules if r not in removed}
        if answers[str(i)] not in good:
            bad.append(f"{steps[-1]}\n  without {removed or 'nothing'}: {answers[str(i)]}")
    postgres.drop(url)
    assert not bad, "\n".join(bad)
