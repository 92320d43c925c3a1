# SPDX-License-Identifier: Apache-2.0
"""The figures of occupation and the history of a bed in a browser: they say what was done a moment before (a discharge, a transfer, an admission), and what is typed badly gets one sentence."""
import re

from hygie_server import Person
from test_beds import beds, lying, value

COLUMNS = ("day", "beds", "there", "rate", "admissions", "discharges", "transfers_in", "transfers_out", "length")


def rows(b):
    """Rows of the first table: texts of their cells."""
    return [[cell.text.strip() for cell in row.find_elements("css selector", "th, td")] for row in b.all("main tbody tr")]


def today(b):
    b.get("/beds/occupation").one("main table")
    row = dict(zip(COLUMNS, next(r for r in rows(b) if "à cet instant" in r[0].replace("’", "'"))))
    assert b.all("main svg.spark"), "the picture beside the table"
    return {name: int(row[name]) for name in ("beds", "there", "admissions", "discharges", "transfers_in", "transfers_out")} | {"length": row["length"]}


def period(b, **days):
    for name, text in days.items():
        field = b.one(f"#period [name={name}]")
        field.clear()
        field.send_keys(text)
    return b.submit("#period")


def test_the_figures_and_the_history_say_what_was_done(browser, server):
    nurse = Person(server, server.account("nurse")).come()
    b = browser.take(nurse.token)
    before = today(b)
    assert len(rows(b)) == 8, "seven days and their sum"
    away, gone = lying(nurse, 0), lying(nurse, 1)
    own = gone[1]["unit"]
    near = next(u for u in re.findall(r'href="/beds\?unit=([^"]+)"', nurse.get("/beds/sites").text) if u != own)
    moves = lambda who, deed, **typed: nurse.post(f"/patient/{who[1]['patient']}/moves/{deed}", {"stay": who[1]["stay"], "version": who[1]["version"], **typed})
    assert moves(gone, "discharge").status_code == 303
    assert moves(away, "transfer", place=near).status_code == 303
    freed = value("bed", beds(nurse)[away[0]])
    back = nurse.post(f"/patient/{gone[1]['patient']}/moves/admit", {"kind": "inpatient", "place": freed, "reason": "ready"})
    assert back.status_code == 303, re.sub("<[^>]*>", " ", back.text)[-500:]
    after = today(b)
    changed = {name: after[name] - before[name] for name in before if name != "length"}
    assert changed == {"beds": 0, "there": -1, "admissions": 1, "discharges": 1, "transfers_in": 0, "transfers_out": 1}, (before, after)
    assert re.fullmatch(r"\d+ j \d+ h", after["length"].replace("\u00a0", " ")), after
    b.shot("occupation")
    b.get(f"/beds/history?bed={freed}").one("main table")
    there, left = rows(b)[:2]
    assert "Présent" in there and "Transfert" in left, (there, left)
    assert not any("Présent" in row for row in rows(b)[1:])
    b.shot("history-bed")
    b.get(f"/beds/history?unit={own}").one("main table")
    assert sum("Présent" in row or "En permission" in row for row in rows(b)) == after["there"], "who is there is what is counted"
    b.shot("history-unit")
    b.get(f"/beds/history?unit={near}").one("main table")
    assert not b.all("main table a[href^='/patient/']"), "of another unit nobody is named"
    assert not b.complaints()


def test_a_period_typed_badly_gets_one_sentence_and_stays(browser, server):
    b = browser.sign_in(server.account("nurse"))
    b.get("/beds/occupation")
    period(b, **{"from": "31/02/2026"})
    assert "Cette date ne se lit pas" in b.text or "Cette date" in b.text
    assert b.one("#period [name=from]").get_attribute("value") == "31/02/2026"
    b.get("/beds/occupation")
    period(b, until="31/12/2098")
    assert "au plus tard aujourd'hui" in b.text and b.one("#period [name=until]").get_attribute("value") == "31/12/2098"
    assert not b.all("main tbody"), "nothing is counted"
    b.shot("occupation-wrong")
    b.get("/beds/occupation")
    period(b, **{"from": "01/01/2020"})
    assert "366" in b.text
    b.get("/beds/occupation?place=nothing-of-this-house")
    assert "Aucune unité" in b.text


def test_all_of_an_establishment_is_counted_together(browser, server):
    b = browser.sign_in(server.account("nurse"))
    b.get("/beds/occupation")
    unit = int(rows(b)[1][1])
    site = next(o for o in b.all("#period [name=place] option") if "(" not in o.text and o.get_attribute("value")).get_attribute("value")
    b.get(f"/beds/occupation?place={site}").one("main table")
    assert int(rows(b)[1][1]) > unit
    b.shot("occupation-site")
