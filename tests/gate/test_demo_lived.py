# SPDX-License-Identifier: Apache-2.0
"""
The demonstration looks lived in: of some stays of the first clinic the last days are there, by the house's own rules: doses given, late, refused and on demand, rounds of vital signs,
transmissions, a pharmacist's opinions, two kits of a ward. Nothing that was due before it was made stands open, and a larger demonstration has no more of it.
"""
import os
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conftest import LightHouse
from hygie_server import ROOT, base_sql, hygie, present_in
import postgres

os.environ.setdefault("HYGIE_DATA", str(ROOT / "data"))
HOUR, DAY = 3600_000, 86400_000
DOSES = "SELECT d.patient, d.state, d.kind, d.planned_ms, d.given_ms, d.recorded_ms, d.source, r.updated_ms FROM dose d JOIN resource r ON r.rid = d.source"


def demonstration(path, patients, *more):
    place = ["--db", postgres.make()] if postgres.server() else []
    hygie("demo", "--no-canaries", "--dir", path, "--patients", patients, "--stays", 0, *more, *place, check=True, timeout=300)
    return path


def day_of(ms):
    return datetime.fromtimestamp(ms / 1000, ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d")


def is_whole(base):
    """What the operator's verbs say of the books and of the record."""
    said = hygie("books", "count", "--dir", base, check=True).stdout
    return said.count(" 0 differences") == 2 and "indexes: 0 differences" in hygie("db", "check", "--dir", base, check=True).stdout


@pytest.fixture(scope="module")
def base(work_dir):
    base = demonstration(work_dir / "lived", 1500)
    assert is_whole(base), "as it was made"
    return base


@pytest.fixture(scope="module")
def made_ms(base):
    return (base / "demo.json").stat().st_mtime * 1000


@pytest.fixture(scope="module")
def house(base):
    house = LightHouse(base, None)
    yield house
    assert house.close() == 0


@pytest.fixture(scope="module")
def mine(base, house):
    """[(id, surrogate)] of the lived stays in the unit of the first nurse."""
    unit = house.vault.account("nurse")["unit"]
    of = {rid for rid, *_ in base_sql(base, DOSES)}
    rids = [rid for rid in present_in(base, unit) if rid in of]
    return [(base_sql(base, "SELECT id FROM resource WHERE rid = ?", rid)[0][0], rid) for rid in rids]


def see(house, view, patient, *got, role="nurse", **args):
    a = house.vault.ask(house.token[role], ("view", view, {"patient": patient, **args}), get=list(got))
    assert a.rc == "OK", (view, a.rc, a.why)
    return a["got"]


def test_the_plan_shows_what_was_given_late_refused_and_on_demand_and_nothing_open_before_it_was_made(house, base, mine, made_ms):
    assert len(mine) == 6
    states, late, needed = set(), 0, 0
    for patient, rid in mine:
        for back in range(3):
            day = day_of(made_ms - back * DAY)
            cells, overdue = [("cells", c) for c in ("planned_at", "state", "delay_min", "needed", "by_name")], ("overdue", "planned_at")
            planned, state, delay, on_demand, by, over = see(house, "plan_of_care", patient, *cells, overdue, day=day)
            assert planned and not over, (day, over)
            for at, is_, minutes, asked, who in zip(planned, state, delay, on_demand, by):
                assert int(at) > made_ms or is_ in ("given", "not_done"), (at, is_)
                assert (is_ in ("given", "not_done")) == bool(who)
                states.add(is_)
                late += int(minutes or 0) >= 60
                needed += asked == "1"
    assert states >= {"given", "not_done"} and late >= len(mine) and needed == len(mine)
    assert not any(int(n) for n in house.vault.ask(house.token["nurse"], ("view", "plan_of_unit", {}), get=[("patients", "late")])["got"][0] if n)


def test_each_dose_keeps_its_three_times_and_its_administration_and_is_of_no_time_to_come(base, made_ms):
    rows = base_sql(base, DOSES)
    assert all(planned - HOUR <= given <= recorded <= made_ms for _, _, _, planned, given, recorded, _, _ in rows)
    assert any(recorded - given > 30 * 60_000 for *_, given, recorded, _, _ in rows) and any(given - planned >= HOUR for *_, planned, given, _, _, _ in rows)
    administrations = {r for r, in base_sql(base, "SELECT r.rid FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'MedicationAdministration'")}
    assert all(recorded == updated for *_, recorded, _, updated in rows)
    assert {r for *_, r, _ in rows} == administrations and len(administrations) == len(rows)
    each = {patient: [state for p, state, *_ in rows if p == patient] for patient, *_ in rows}
    assert len(each) <= 42 and all(s.count("not_done") == 1 and "given" in s for s in each.values())


def test_what_was_given_was_drawn_on_the_wards_stock(base):
    given = base_sql(base, "SELECT count(*) FROM dose WHERE state = 'given' AND unit <> '{dose}'")[0][0]  # a dose that is said in no unit of its product draws nothing (decision 0052)
    drawn = base_sql(base, "SELECT count(*) FROM stock_movement WHERE kind = 'draw' AND key LIKE 'adm-%'")[0][0]
    missing = base_sql(base, "SELECT count(*) FROM stock_shortage")[0][0]
    assert drawn == given and missing < given / 20, "the fixture has counted the books anew"


def test_the_vital_signs_are_rounds_of_the_last_days(house, mine, made_ms):
    for patient, _ in mine:
        times, codes, values = see(house, "vitals", patient, ("times", "at"), ("kinds", "code"), ("values", "value"))
        assert len(times) >= 4 and len(codes) >= 4 and len(values) >= 16
        assert all(made_ms - 4 * DAY < int(at) <= made_ms for at in times)
        assert made_ms - max(map(int, times)) < 11 * HOUR, "the last round is the last of the day, or the one of the evening before"


def test_two_or_three_transmissions_are_read_in_the_chart(house, mine, made_ms):
    for patient, _ in mine:
        targets, by, at, mine_ = see(house, "transmissions", patient, *[("transmissions", c) for c in ("target", "by_name", "at", "mine")])
        assert len(targets) in (2, 3) and all(by) and all(int(t) <= made_ms for t in at)
        assert "Douleur" in targets and "Refus de traitement" in targets


def test_a_pharmacist_has_seen_lines_and_others_wait(house, base, mine):
    seen = {}
    for rid, n in base_sql(base, "SELECT patient, count(*) FROM order_opinion WHERE opinion = 'accept' GROUP BY patient"):
        seen[rid] = n
    waits = {rid for rid, in base_sql(base, "SELECT patient FROM order_wait")}
    whole, part = [rid for rid in seen if rid not in waits], [rid for rid in seen if rid in waits]
    assert whole and part and all(seen[rid] == 1 for rid in part) and all(seen[rid] >= 4 for rid in whole)
    for patient, rid in mine:
        verified = see(house, "plan_of_care", patient, ("lines", "verified"))[0]
        assert verified.count("1") == seen[rid] and (len(verified) > seen[rid]) == (rid in waits)


def test_one_kit_is_sealed_and_one_was_opened(house):
    label, complete, seal, store = house.vault.ask(house.token["pharmacist"], ("view", "stock_kits", {}), get=[("kits", c) for c in ("label", "complete", "seal", "code")])["got"]
    assert label == ["BOITE-1", "BOITE-2"] and complete[0] == "1" and seal[0] == "S-2001" and not (complete[1:] or [""])[0] and not (seal[1:] or [""])[0] and store == ["PH-1", "PH-1"]


def test_who_opens_it_has_the_next_doses_to_give(house, base, mine, made_ms):
    patient, cells = mine[0][0], [("cells", c) for c in ("line", "step", "planned_at", "nth")]
    both = [c for ahead in (0, 1) for c in zip(*see(house, "plan_of_care", patient, *cells, day=day_of(made_ms + ahead * DAY)))]
    line, step, at, nth = min((c for c in both if int(c[2]) > made_ms), key=lambda c: int(c[2]))  # the soonest: an evening's line begins a day later for who looks at night
    assert int(at) % HOUR == 0 and int(at) - made_ms < 21 * HOUR
    house.vault.clock(int(at) + 60_000)
    nurse = house.vault.sign_in(house.vault.account("nurse"))  # the session of before has ended meanwhile
    a = house.vault.ask(nurse, ("act", "dose_give", {"patient": patient, "once": "essai", "line": line, "step": step, "planned": at, "nth": nth, "reason": "no_code"}), get=[("dose", "state")])
    assert a.rc == "OK" and a["got"][0] == ["given"], (a.rc, a.why)


def test_more_patients_have_no_more_of_it_and_a_day_of_23_hours_will_do(base, work_dir):
    larger = demonstration(work_dir / "larger-lived", 4500, "--at", "29/03/2026")
    count = "SELECT count(DISTINCT patient) FROM dose"
    assert all(30 < base_sql(one, count)[0][0] <= 42 for one in (base, larger)) and is_whole(larger), "six a ward, where so many adults lie"
    noon = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Paris")).timestamp() * 1000
    assert base_sql(larger, "SELECT max(recorded_ms) FROM dose")[0][0] <= noon


def test_without_a_pharmacy_there_is_none(demo_base):
    assert base_sql(demo_base, "SELECT count(*) FROM dose")[0][0] == 0
