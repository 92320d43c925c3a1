# SPDX-License-Identifier: Apache-2.0
"""Medicines in the browser: found by words, opened, held against each other; what cannot be checked is said; nothing of it for who reads no chart."""
import re

import pytest

from hygie_server import Person, Server, copy_base

COUMADINE, DAKTARIN, ARIMIDEX = "64631925", "69184289", "60002283"


def who(server, role):
    return Person(server, server.account(role)).come()


@pytest.fixture
def nurse(open_browser, server):
    b = open_browser()
    b.get("/sign-in")
    b.driver.add_cookie({"name": "__Host-hygie", "value": who(server, "nurse").token, "secure": True, "path": "/"})
    return b


def test_two_medicines_are_found_added_and_told_to_be_contraindicated(nurse):
    nurse.get("/drugs")
    assert "27 janv. 2026" in nurse.text and "15 sept. 2023" in nurse.text, "of which day the tables are"
    for typed, name in (("coumadine 2", "COUMADINE 2 mg"), ("daktarin gel", "DAKTARIN")):
        box = nurse.one("main input[name=q]")
        box.clear()
        box.send_keys(typed)
        nurse.submit("#drugs")
        assert name in nurse.text
        nurse.submit("#results form")
    assert "Contre-indication" in nurse.text and "ANTIVITAMINES K" in nurse.text and "MICONAZOLE" in nurse.text
    assert len(nurse.all("table")) >= 3


def test_nothing_is_chosen_and_few_letters_find_nothing(server):
    p = who(server, "physician")
    assert "trois au moins" in p.post("/drugs", {"q": "am"}).text
    page = p.post("/drugs", {"q": "paracetamol"}).text
    shown, total = re.search(r"(\d+) sur (\d+)", page).groups()
    assert int(shown) == 10 and int(total) > 100, "ten of many, and how many there are"
    assert page.index("<b>paracétamol</b>") < page.index("</table>") and "checked" not in page
    everything = p.post("/drugs", {"q": "paracetamol", "all": "1"}).text
    assert everything.count("/drugs/one?cis=") > 100


def test_one_medicine_shows_what_is_published_and_its_unknown_is_said(server):
    p = who(server, "pharmacist")
    page = p.get(f"/drugs/one?cis={ARIMIDEX}").text
    assert "3400949497294" in page and "25,36" in page and "L02BG03" in page and "liste I" in page
    assert "contrôle non effectué" in page
    both = p.post("/drugs", {"list": f"{ARIMIDEX},{COUMADINE}"}).text
    assert "Contrôle non effectué" in both and "preuve" in both


@pytest.mark.parametrize("path,status", [("/drugs/one?cis=1", 404), ("/drugs/one", 404), ("/drugs?list=abc", 400), ("/drugs?list=" + ",".join(["1" * 8] * 60), 422), ("/drugs?nonsense=1", 400)])
def test_what_is_no_medicine_is_refused(server, path, status):
    assert who(server, "physician").get(path).status_code == status


def test_a_medicine_that_is_gone_is_said_to_be_unchecked(server):
    assert "ne sont plus dans la base" in who(server, "physician").post("/drugs", {"list": "99999999," + COUMADINE}).text


@pytest.mark.parametrize("role", ["clerk", "billing", "rssi", "dpo", "admin"])
def test_who_reads_no_chart_has_no_medicines(server, role):
    p = who(server, role)
    assert p.get("/drugs").status_code in (403, 404)
    assert "/drugs" not in p.get("/me").text


def test_without_tables_the_page_says_that_nothing_is_checked(demo_base, work_dir):
    (work_dir / "no-tables").mkdir()
    with Server(copy_base(demo_base, work_dir / "drugs-absent"), args=["--data", str(work_dir / "no-tables")]) as s:
        page = s.person("pharmacist").get("/drugs")
        assert page.status_code == 200 and "aucun contrôle" in page.text and "<form method=\"post\" action=\"/drugs\"" not in page.text
        assert "drugs_absent" in s.log and "edition.tsv" in s.log
