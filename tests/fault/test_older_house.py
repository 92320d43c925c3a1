# SPDX-License-Identifier: Apache-2.0
"""A base that older migrations made, with people in it, is brought forward: who was there stays, and so does what refers to them."""
import re
import sqlite3

import pytest

from hygie_server import ROOT

ORDER = re.findall(r"'(\d{4}-[\w-]+\.sql)'", (ROOT / "src/db/meson.build").read_text())
ROW = "INSERT INTO account(no, login_key, login, name, role, lang, unit, password_ms, disabled, until_ms, made_by, made_ms, seen_ms, work) VALUES(?, ?, x'01', x'02', ?, 'fr', ?, 1, 0, 0, 0, 1, 7, 'emergency')"


def apply(base, name):
    base.executescript(f"BEGIN IMMEDIATE; {(ROOT / 'db/sqlite' / name).read_text()}; COMMIT;")


def test_a_role_is_added_and_every_account_stays_with_what_refers_to_it():
    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("PRAGMA foreign_keys=ON")
    base.execute("CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID")  # what db/sqlite.c begins a base with
    at = ORDER.index("0046-technician.sql")
    for name in ORDER[:at]:
        apply(base, name)
    for no, role in ((1, "nurse"), (2, "pharmacist"), (9, "operator")):
        base.execute(ROW, (no, no * 11, role, f"u{no}"))
        base.execute("INSERT INTO account_unit(account, place, unit) VALUES(?, 0, 'u1')", (no,))
    with pytest.raises(sqlite3.IntegrityError):
        base.execute(ROW, (3, 3, "technician", "u1"))
    look = lambda: (base.execute("SELECT * FROM account ORDER BY no").fetchall(), base.execute("SELECT * FROM account_unit ORDER BY account").fetchall(),
                    sorted(n for n, in base.execute("SELECT name FROM sqlite_schema WHERE tbl_name = 'account' AND type = 'index'")), base.execute("SELECT name FROM pragma_table_info('account')").fetchall())
    before = look()
    for name in ORDER[at:]:
        apply(base, name)
    assert look() == before and not base.execute("PRAGMA foreign_key_check").fetchall()
    base.execute(ROW, (3, 3, "technician", "u1"))
    for wrong in ((ROW, (4, 4, "anybody", "u1")), (ROW, (4, 3, "nurse", "u1")), ("INSERT INTO account_unit(account, place, unit) VALUES(77, 0, 'u1')", ()), ("DELETE FROM account WHERE no = 1", ())):
        with pytest.raises(sqlite3.IntegrityError):
            base.execute(*wrong)
    assert not base.execute("SELECT 1 FROM sqlite_schema WHERE name = 'account_before'").fetchall()


def test_stays_that_were_billed_have_a_number_and_tickets_and_drafts_stay_as_they_were():
    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("PRAGMA foreign_keys=ON")
    base.execute("CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID")
    at = ORDER.index("0047-pmsi.sql")
    for name in ORDER[:at]:
        apply(base, name)
    base.execute(ROW, (1, 11, "billing", "u1"))
    for stay in ("s2", "s1"):
        base.execute("INSERT INTO billing_stay VALUES (?, 5, 'E1', 't1', 1, 'coded', 1, 'A00', '', '', '8', '8', '', '', 7, 1)", (stay,))
    base.execute("INSERT INTO bill VALUES (1, 's1', 5, 'E1', 'draft', '', 1, 1, 7, 1)")
    line = "INSERT INTO bill_line VALUES (1, ?, NULL, ?, 'x', '', 0, '2026-11-01', 1000, NULL, 100, 100, 0, 0, 'r', '')"
    base.execute(line, (1, "ucd"))
    with pytest.raises(sqlite3.IntegrityError):
        base.execute(line, (2, "lpp"))
    ticket = ("INSERT INTO export_ticket(no, account, role, unit, machine, asked_ms, until_ms, kind, types, purpose, cohort, group_id, recipient, patients, cohort_hash, hash, special) "
              "VALUES (?, 1, 'billing', 'u1', 0, 1, 2, ?, '', x'01', x'02', '', 'age1x', 60, zeroblob(32), zeroblob(32), 0)")
    for no, kind in ((1, "stays"), (2, "fhir")):
        base.execute(ticket, (no, kind))
    for name in ORDER[at:]:
        apply(base, name)
    assert base.execute("SELECT stay, no, nth FROM pmsi_number ORDER BY no").fetchall() == [("s1", 1, 1), ("s2", 2, 1)]
    assert base.execute("SELECT no, kind FROM export_ticket ORDER BY no").fetchall() == [(1, "stays"), (2, "fhir")]
    base.execute(ticket, (3, "pmsi"))
    base.execute(line, (2, "lpp"))
    assert not base.execute("PRAGMA foreign_key_check").fetchall() and base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for wrong in ((ticket, (4, "else")), (line, (3, "else")), (line, (2, "ucd"))):
        with pytest.raises(sqlite3.IntegrityError):
            base.execute(*wrong)


def test_what_was_coded_is_of_the_first_passage_and_units_and_numbers_go_on():
    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("PRAGMA foreign_keys=ON")
    base.execute("CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID")
    at = ORDER.index("0049-passages.sql")
    for name in ORDER[:at]:
        apply(base, name)
    base.execute("INSERT INTO billing_stay VALUES ('s1', 5, 'E1', 't1', 1, 'coded', 3, 'A000', 'A001', 'I10 J189', '8', '7', '', '', 7, 1)")
    base.execute("INSERT INTO billing_act VALUES (1, 's1', 5, 'E1', 'AAFA001', 1, 0, '', '2026-11-01', 1, 'p1', 'captured', NULL, 7, 1)")
    base.execute("INSERT INTO bill VALUES (1, 's1', 5, 'E1', 'draft', '', 1, 1, 7, 1)")
    base.execute("INSERT INTO pmsi_stay(no, stay) VALUES (4, 's1'), (9, 's2')")
    base.execute("INSERT INTO pmsi_unit VALUES ('u1', 'E1', '0101', '490000001', '29', '2024-03-01', 30, 'C', 2, 7, 1)")
    for name in ORDER[at:]:
        apply(base, name)
    assert base.execute("SELECT dp, dr, das, state, version, first_unit FROM billing_stay").fetchall() == [("A000", "A001", "I10 J189", "coded", 3, "")]
    assert base.execute("SELECT no, stay, nth FROM pmsi_number ORDER BY no").fetchall() == [(4, "s1", 1), (9, "s2", 1)]
    assert base.execute("SELECT unit, establishment, part_of, code, finess, type, from_on, beds, mode, version FROM pmsi_medical").fetchall() == [("u1", "E1", None, "0101", "490000001", "29", "2024-03-01", 30, "C", 2)]
    assert base.execute("SELECT unit FROM billing_act").fetchall() == [("",)] and not base.execute("SELECT 1 FROM billing_passage").fetchall()
    base.execute("INSERT INTO pmsi_number(stay, nth) VALUES ('s1', 2)")
    assert base.execute("SELECT no FROM pmsi_number WHERE nth = 2").fetchall() == [(10,)]
    assert not base.execute("PRAGMA foreign_key_check").fetchall() and base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
