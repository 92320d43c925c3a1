# SPDX-License-Identifier: Apache-2.0
"""`hygie books count`: journal and stock anew, beside a server and without one; what differs is told to who keeps the books, once while it is unread, and by the exit code."""
import os
import sqlite3

import pytest

import postgres
from hygie_server import hygie


def count(directory):
    return hygie("books", "count", "--dir", directory)


def told(h, role):
    a = h.vault.ask(h.token[role], ("view", "my_notices", {}), get=[("notices", "kind"), ("notices", "detail")])
    assert a.rc == "OK", a.why
    return [n for n in zip(*a["got"]) if n[0] in ("journal", "stock")]


def test_beside_a_server_the_order_goes_to_it(own_server):
    a = count(own_server.dir)
    assert a.returncode == 0 and "journal: " in a.stdout and "stock: " in a.stdout and a.stdout.count(" 0 differences") == 2, a.stdout + a.stderr
    assert own_server.person("nurse").get("/").status_code in (200, 303), "it goes on serving"


def test_what_differs_is_told_to_who_keeps_it_and_to_nobody_else(h):
    if postgres.url_of(h.dir):
        pytest.skip("the wrong figure is written into SQLite's file")
    assert h.close() == 0
    with sqlite3.connect(os.path.join(h.dir, "hygie.db")) as c:
        c.execute("INSERT INTO journal_day VALUES ('x', '2026-01-01', 1, 5, 0)")
    for _ in range(2):
        a = count(h.dir)
        assert a.returncode == 3 and "1 differences" in a.stdout, a.stdout + a.stderr
    h.open(h.dir)
    assert told(h, "billing") == [("journal", "1")], "once while it is unread"
    for role in ("pharmacist", "nurse", "rssi", "admin"):
        assert told(h, role) == [], role
