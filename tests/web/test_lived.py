# SPDX-License-Identifier: Apache-2.0
"""A nurse opens the demonstration for the first time and finds a ward that has lived: doses of the last days in the plan of care, rounds of vital signs, transmissions of her colleagues."""
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hygie_server import Server, base_sql, hygie
import postgres


@pytest.fixture(scope="module")
def lived(work_dir):
    path = work_dir / "lived-web"
    place = ["--db", postgres.make()] if postgres.server() else []
    hygie("demo", "--no-canaries", "--dir", path, "--patients", 1500, "--stays", 0, *place, check=True, timeout=300)
    with Server(path) as s:
        yield s


@pytest.fixture(scope="module")
def patient(lived):
    unit = lived.account("nurse")["unit"]
    nurses = [no for no, in base_sql(lived.dir, "SELECT account FROM account_unit WHERE unit = ?", unit)]
    return next(id_ for id_, by in base_sql(lived.dir, "SELECT r.id, d.account FROM dose d JOIN resource r ON r.rid = d.patient WHERE d.state = 'not_done' ORDER BY d.no") if by in nurses)


@pytest.fixture(scope="module")
def days(lived, patient):
    """Those before the one on which it was made."""
    made = (lived.dir / "demo.json").stat().st_mtime
    return [datetime.fromtimestamp(made - back * 86400, ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d") for back in (2, 1)]


def words(text):
    return re.sub(r"\s+", " ", text.replace("’", "'"))


def test_she_sees_what_was_given_measured_and_told(open_browser, lived, patient, days):
    b = open_browser(server=lived).sign_in(lived.account("nurse"))
    b.get(f"/patient/{patient}/plan")
    b.shot("lived-plan")
    page = words(b.one("main").text)
    assert "comprimé à la demande" in page and "paracétamol" in page and "Vérifié par le pharmacien" in page, page[:2000]
    assert not b.all(".overdue"), "nobody begins late"
    seen = " ".join(words(b.get(f"/patient/{patient}/plan?day={day}").one("main").text) for day in days)
    b.shot("lived-plan-before")
    given = [(int(h) * 60 + int(m), int(gh) * 60 + int(gm)) for h, m, gh, gm in re.findall(r"(\d\d):(\d\d): (\d\d):(\d\d) [A-Z]", seen)]
    assert len(given) > 4 and any(at - planned >= 60 for planned, at in given) and any(at - planned < 60 for planned, at in given), "some in time, some late"
    assert "efus" in seen, seen[:3000]
    b.get(f"/patient/{patient}/vitals")
    b.shot("lived-vitals")
    assert all(word in words(b.one("main").text) for word in ("Fréquence cardiaque", "Température", "Saturation"))
    assert len(b.all("main svg.spark")) >= 3, "each as a chart beside its last values"
    b.get(f"/patient/{patient}/transmissions")
    b.shot("lived-transmissions")
    assert "Douleur" in b.text and "Refus de traitement" in b.text
    b.get("/stock/kits")
    b.shot("lived-kits")
    b.get("/round")
    b.shot("lived-round")
    assert not re.search(r"\d+ en retard", words(b.one("main").text))
