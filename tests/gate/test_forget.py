# SPDX-License-Identifier: Apache-2.0
"""`hygie audit forget`: the bounds of what it takes, beside a server and without one. What it takes away is tested where time can be set (tests/unit/gate/test_forget.c)."""
from hygie_server import hygie


def forget(directory, *more, **env):
    return hygie("audit", "forget", "--dir", directory, *more, **env)


def test_nothing_younger_than_six_months_is_forgotten_and_the_ledger_verifies(h, tmp_path):
    assert h.vault.ask(h.token["nurse"], ("view", "chart_head", {"patient": h.stage.mine[0].id})).rc == "OK"
    looks = lambda: h.vault.ask(h.token["nurse"], ("view", "who_looked", {"patient": h.stage.mine[0].id}), get=[("accesses", "number")])["got"][0]
    before = looks()
    assert h.close() == 0
    for months in ("0", "5", "1201", "x"):
        a = forget(h.dir, "--months", months)
        assert a.returncode == 2 and "from 6 to 1200" in a.stderr, a.stderr
    conf = tmp_path / "hygie.conf"
    conf.write_text("[ledger]\nkeep_months = 5\n")
    assert forget(h.dir, "--config", conf).returncode != 0
    conf.write_text("[ledger]\nkeep_months = 6\n")
    a = forget(h.dir, "--config", conf)
    assert a.returncode == 0 and "Older than 6 months" in a.stdout and "in 0 entries" in a.stdout and "0 lines" in a.stdout, a.stdout + a.stderr
    a = hygie("audit", "verify", "--dir", h.dir)
    assert a.returncode == 0 and "good" in a.stdout, a.stdout
    h.open(h.dir)
    assert set(before) <= set(looks())
    assert [e for e in h.vault.ledger() if e["kind"] == "MARK" and e["note"] == "erase_personal"], "the ledger says that it was asked for"


def test_beside_a_server_the_order_goes_to_it(own_server):
    a = forget(own_server.dir)
    assert a.returncode == 0 and "Older than 36 months" in a.stdout, a.stdout + a.stderr
    assert own_server.person("nurse").get("/").status_code in (200, 303), "it goes on serving"
    a = hygie("audit", "verify", "--dir", own_server.dir)
    assert "BAD" not in a.stdout, a.stdout
