# SPDX-License-Identifier: Apache-2.0
"""What the tests of the gate share: vaults opened directly on copies of the demonstration base, with everybody signed in."""
import json
import shutil
import time

import balp
import pytest

from gate_tables import PEOPLE
from hygie_server import Stage, base_sql, copy_base, hygie
from vault import Vault


class House:
    """A vault, who is whose on its base, and a token of each role."""

    def __init__(self, directory):
        self.stage = Stage(directory)
        self.vault = Vault(directory)
        self.token = {role: self.vault.sign_in(self.vault.account(role)) for role in PEOPLE}
        self.no = dict(base_sql(directory, "SELECT login, no FROM account"))
        self.nth = {}
        self.last = 1

    def account_no(self, role, nth=0):
        return 0 if role == "operator" else self.no[self.vault.account(role, nth)["login"]]

    def proof(self, role):
        return self.vault.proof(self.token[role], self.vault.account(role))

    def fresh(self, kind):
        """The next patient of a kind ("mine", "strangers") that no other test has used."""
        self.nth[kind] = self.nth.get(kind, -1) + 1
        return getattr(self.stage, kind)[self.nth[kind]]

    def since(self):
        """Marks the ledger: call what it gives to read what came after."""
        self.last = self.vault.ledger(self.last)[-1]["number"]
        after = self.last + 1
        return lambda: self.vault.ledger(after)

    def close(self):
        return self.vault.close()


class LightHouse:
    """A vault on a copy of its own, people who sign in when they are first needed, and a clock that is the test's: codes are not waited for."""

    class _Tokens(dict):
        def __missing__(self, role):
            self[role] = self.vault.sign_in(self.vault.account(role))
            return self[role]

    def __init__(self, directory, stage):
        self.stage, self.token = stage, self._Tokens()
        self.open(directory)
        self.vault.clock(int(time.time() * 1000))

    def open(self, directory):
        self.dir, self.vault = directory, Vault(directory)
        self.token.vault = self.vault

    def reopen(self):
        now = self.vault.now
        assert self.close() == 0
        self.open(self.dir)
        self.vault.clock(now)

    def close(self):
        return self.vault.close()


@pytest.fixture(scope="session")
def stage(demo_base):
    return Stage(demo_base)


_light = [0]


@pytest.fixture
def h(demo_base, work_dir, stage):
    _light[0] += 1
    path = work_dir / f"light{_light[0]}"
    light = LightHouse(copy_base(demo_base, path), stage)
    yield light
    code = light.close()
    shutil.rmtree(path, ignore_errors=True)
    assert code == 0, f"the vault's process ended with {code}"


def events_broken(directory):
    """What the ledger of a base tells others and breaks a rule of BALP's profiles: whatever the tests did to it (tests/lib/balp.py)."""
    told = [json.loads(line) for line in hygie("audit", "events", "--dir", directory, check=True).stdout.splitlines()]
    assert told
    return [(e, balp.breaches(e)) for e in told if balp.breaches(e)]


def _house(demo_base, work_dir, name):
    house = House(copy_base(demo_base, work_dir / name))
    yield house
    code = house.close()
    broken = events_broken(work_dir / name)
    shutil.rmtree(work_dir / name, ignore_errors=True)
    assert code == 0, f"the vault's process ended with {code}"
    assert not broken, broken[:3]


@pytest.fixture(scope="module")
def house(demo_base, work_dir, request):
    yield from _house(demo_base, work_dir, "house-" + request.module.__name__)


@pytest.fixture(scope="module")
def spent_house(demo_base, work_dir, request):
    """A second one, whose people spend their budgets."""
    yield from _house(demo_base, work_dir, "spent-" + request.module.__name__)
