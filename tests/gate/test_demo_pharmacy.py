# SPDX-License-Identifier: Apache-2.0
"""The demonstration's pharmacy: pharmacists have a queue on their first day, stores hold lots, what was posted adds up, and a larger demonstration has no larger stock."""
import os

import pytest

from conftest import LightHouse
from hygie_server import ROOT, base_sql, hygie
import postgres

os.environ.setdefault("HYGIE_DATA", str(ROOT / "data"))


def demonstration(path, patients):
    place = ["--db", postgres.make()] if postgres.server() else []
    hygie("demo", "--no-canaries", "--dir", path, "--patients", patients, "--stays", 0, *place, check=True, timeout=300)
    return path


def size(path):
    return base_sql(path, "SELECT (SELECT count(*) FROM stock_account), (SELECT count(*) FROM stock_product), (SELECT count(*) FROM stock_lot)")[0]


@pytest.fixture(scope="module")
def base(work_dir):
    return demonstration(work_dir / "pharmacy", 1500)


def test_the_stock_adds_up_and_the_pharmacist_has_a_queue(base):
    house = LightHouse(base, None)
    pharmacist = house.token["pharmacist"]
    check = house.vault.ask(pharmacist, ("view", "stock_check", {}), get=[("check", c) for c in ("postings", "wrong_balances", "wrong_pools", "wrong_registers", "not_zero")])["got"]
    queue = house.vault.ask(pharmacist, ("view", "order_queue", {}), get=[("queue", "name"), ("queue", "lines"), ("queue_page", "house")])["got"]
    stores = house.vault.ask(pharmacist, ("view", "stock_stores", {}), get=[("stores", "store"), ("stores", "kind")])["got"]
    held = house.vault.ask(pharmacist, ("view", "stock", {"store": stores[0][0]}), get=[("lots", "expires_on"), ("products", "narcotic")])["got"]
    ward = house.vault.ask(pharmacist, ("view", "stock", {"store": stores[0][1]}), get=[("lots", "expired")])["got"]
    nurse = house.vault.ask(house.token["nurse"], ("view", "stock_stores", {}), get=[("stores", "kind")])["got"]
    assert house.close() == 0
    assert int(check[0][0]) > 200 and [v[0] for v in check[1:]] == ["0", "0", "0", "0"]
    assert queue[0] and all(queue[0]) and all(int(n) > 0 for n in queue[1]) and queue[2] == ["1"]
    assert stores[1].count("central") == 1 and stores[1].count("ward") >= 5
    assert all(held[0]) and any(held[1]) and any(ward[0])
    assert nurse == [["ward"]], "a nurse has the store of her ward"


def test_its_registers_are_signed_by_a_second_person_in_the_pharmacy_and_wait_in_wards(base):
    lines = base_sql(base, "SELECT store, count(*), count(second_by) FROM stock_register GROUP BY store ORDER BY store")
    assert lines[0][1] > 0 and lines[0][1] == lines[0][2]
    assert lines[1:] and all(signed == 0 for _, _, signed in lines[1:])


def test_more_patients_make_no_larger_stock(base, work_dir):
    assert size(demonstration(work_dir / "larger", 4500)) == size(base)


def test_without_a_pharmacy_there_is_none(demo_base):
    assert base_sql(demo_base, "SELECT (SELECT count(*) FROM stock_account), (SELECT count(*) FROM order_wait), (SELECT count(*) FROM order_pharmacy)")[0] == (0, 0, 0)
