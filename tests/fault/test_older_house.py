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
