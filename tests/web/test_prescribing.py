# SPDX-License-Identifier: Apache-2.0
"""
Prescribing in the browser: two medicines that do not go together are written, the alert stands before the signature and asks for a reason, the pharmacist sees what is new and says so, the
nurse reads it; what is typed wrong is told beside its field and nothing typed is lost; the basket outlives the session.
"""
import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from hygie_server import Person

COUMADINE, DAKTARIN = "64631925", "69184289"


def who(server, role):
    return Person(server, server.account(role)).come()


def mine(stage, n):
    return stage.mine[n]


def write(b, **fields):
    for name, value in fields.items():
        box = b.one(f"#line [name={name}]")
        if box.tag_name == "select":
            Select(box).select_by_value(value)
        else:
            box.clear()
            box.send_keys(value)


def choose(b, p, words, cis):
    b.get(f"/patient/{p.id}/prescribe")
    box = b.one("#medicine [name=q]")
    box.send_keys(words)
    b.submit("#medicine")
    for form in b.all("main td form"):
        if form.find_elements(By.CSS_SELECTOR, f"input[name=cis][value='{cis}']"):
            b.driver.execute_script("arguments[0].setAttribute('id', 'chosen')", form)
    b.submit("#chosen")
    assert words.split()[0] not in b.path, "no address says what somebody is treated with"


def how(b, code):
    write(b, how=code)


def test_from_the_basket_to_the_nurse(open_browser, server, stage):
    p = mine(stage, 2)
    pharmacist = who(server, "pharmacist")
    assert pharmacist.post("/pharmacy", {}).status_code == 303
    b = open_browser()
    b.take(who(server, "physician").token)
    choose(b, p, "coumadine 2", COUMADINE)
    b.shot("line")
    how(b, "moments")
    write(b, dose="1,000 cp", take="soir")
    b.submit("#line")
    assert "milliers" in b.text
    assert b.one("#line [name=dose]").get_attribute("value") == "1,000 cp" and b.one("#line [name=take]").get_attribute("value") == "soir"
    b.shot("refused")
    write(b, dose="1 cp", during="5 j")
    b.submit("#line")
    assert "1 comprimé, voie orale, le soir pendant 5 jours" in b.text
    choose(b, p, "daktarin gel", DAKTARIN)
    how(b, "every")
    write(b, dose="1", unit="{application}", every="6 h")
    b.submit("#line")
    b.shot("basket")
    b.get(f"/patient/{p.id}/prescribe/review")
    assert "CONTRE-INDICATION" in b.text.upper() and "non fourni : contrôle non effectué" in b.driver.page_source.replace("\u00a0", " ").replace("\u202f", " ")
    assert "ANSM, édition du" in b.text
    b.shot("review")
    b.submit("#sign")
    assert "pourquoi vous passez outre" in b.text
    b.driver.execute_script("arguments[0].click()", b.one("#sign input[name=reason][value=monitored]"))
    b.submit("#sign")
    assert b.path.endswith("/prescriptions")
    assert "warfarine" in b.text and "Avis attendu" in b.text
    b.shot("list")
    b.take(pharmacist.token).get("/pharmacy")
    b.shot("queue")
    b.get(f"/patient/{p.id}/pharmacy")
    b.shot("validation")
    assert "Nouveau" in b.text
    b.shot("validation")
    page = pharmacist.get(f"/patient/{p.id}/pharmacy").text
    ids = re.findall(r'name="id" value="([^"]+)"[^§]*?name="version" value="(\d+)"', page)
    assert ids
    for id_, version in dict(ids).items():
        answer = pharmacist.post(f"/patient/{p.id}/pharmacy", {"id": id_, "version": version, "opinion": "modify", "text": "Surveiller l'INR"})
        assert answer.status_code == 303, answer.text[:300]
    b.get("/pharmacy/tables")
    b.shot("tables")
    b.take(who(server, "nurse").token).get(f"/patient/{p.id}/prescriptions")
    assert "Surveiller l'INR" in b.text and "Prescrire" not in b.text
    b.shot("nurse")


def test_treatments_are_gone_through_before_the_stay_ends(open_browser, server, stage):
    p = mine(stage, 6)
    b = open_browser()
    b.take(who(server, "physician").token)
    b.get(f"/patient/{p.id}/discharge")
    b.shot("discharge-open")
    lines = b.all("form[id^=stop-]")
    assert len(lines) > 1
    to_stop = lines[0].get_attribute("id")
    b.driver.execute_script("document.getElementById(arguments[0]).closest('details').open = true", to_stop)
    Select(b.one(f"#{to_stop} [name=reason]")).select_by_value("stay_only")
    b.submit(f"#{to_stop}")
    b.submit("form[action$='/discharge/continue']")
    b.get(f"/patient/{p.id}/prescribe/review")
    b.shot("discharge-basket")
    if b.all("#sign [name=reason]"):
        b.one("#sign [value=benefit]").click()
    b.submit("#sign")
    b.get(f"/patient/{p.id}/discharge")
    b.shot("discharge-decided")
    b.submit("form[action$='/discharge/sign']")
    assert "Conciliation faite" in b.text
    b.get(f"/patient/{p.id}/plan")
    b.shot("discharge-plan")


def test_a_draft_outlives_the_session_and_two_tabs_lose_nothing(server, stage):
    p = mine(stage, 3)
    one, other = who(server, "physician"), who(server, "physician")
    keys = [re.search(r'name="form" value="([0-9a-f]+)"', tab.get(f"/patient/{p.id}/prescribe").text).group(1) for tab in (one, other)]
    for tab, key, what in ((one, keys[0], "NFS plaquettes"), (other, keys[1], "Radiographie du thorax"), (one, keys[0], "NFS plaquettes")):
        assert tab.post(f"/patient/{p.id}/prescribe/other", {"form": key, "kind": "lab", "what": what}).status_code == 303
    again = who(server, "physician").get(f"/patient/{p.id}/prescribe").text
    assert again.count("NFS plaquettes") == 1 and again.count("Radiographie du thorax") == 1, "a form sent twice adds one line"
    assert "NFS plaquettes" not in who(server, "nurse").get(f"/patient/{p.id}").text


def test_a_protocol_is_kept_from_one_basket_and_put_into_another(server, stage):
    p, q = mine(stage, 5), mine(stage, 6)
    d = who(server, "physician")

    def key(person):
        return re.search(r'name="form" value="([0-9a-f]+)"', d.get(f"/patient/{person.id}/prescribe").text).group(1)
    assert d.post(f"/patient/{p.id}/prescribe/add", {"form": key(p), "kind": "drug", "cis": COUMADINE, "how": "moments", "dose": "1 cp", "take": "soir", "route": "orale"}).status_code == 303
    assert d.post(f"/patient/{p.id}/prescribe/save", {"name": "x"}).status_code == 422
    assert d.post(f"/patient/{p.id}/prescribe/save", {"name": "Anticoagulation", "shared": "1"}).status_code == 303
    no = re.search(r'name="no" value="(\d+)"', d.get("/protocols").text).group(1)
    assert d.post(f"/patient/{q.id}/prescribe/use", {"no": no, "form": key(q)}).status_code == 303
    assert "1 comprimé, voie orale, le soir" in d.get(f"/patient/{q.id}/prescribe").text
    assert d.post("/protocols", {"no": no}).status_code == 303 and "Anticoagulation" not in d.get("/protocols").text


@pytest.mark.parametrize("path", ["prescribe", "prescribe/review", "pharmacy"])
def test_who_does_not_prescribe_or_validate_gets_no_such_page(server, stage, path):
    assert who(server, "nurse").get(f"/patient/{mine(stage, 4).id}/{path}").status_code in (403, 404)
