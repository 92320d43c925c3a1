# SPDX-License-Identifier: Apache-2.0
"""
A scanner that types like a keyboard on the forms of the stock: the form comes back filled, what was typed is kept, what speaks against the pack is said in one sentence. And names with tall letters.
"""
from browser import Keys
from test_kits import DOLIPRANE, fill, plain, receive, store

PACK = "0103400935955838"  # the GTIN of a pack of the first medicine


def scan(b, field, text):
    box = b.one(field)
    box.clear()
    box.send_keys(text + Keys.ENTER)


def value(b, form, name):
    return b.one(f"#{form} [name={name}]").get_attribute("value")


def test_a_scan_fills_the_forms_of_the_stock(browser, open_browser, server, stage):
    b = browser.sign_in(server.account("pharmacist"))
    nurse = server.account("nurse")
    pui, ward = store(b, "PUI-S", "central"), store(b, "PH-S", "ward", nurse["unit"])
    b.get(f"/stock/receive?store={pui}")
    b.one("#receive [name=amount]").send_keys("12,50")
    scan(b, "#receive [name=scan]", PACK + "17371231" + "10A1~21S7")
    b.until(lambda: b.all("#receive") and value(b, "receive", "cis") == DOLIPRANE)
    assert (value(b, "receive", "number"), value(b, "receive", "serial"), value(b, "receive", "expires"), value(b, "receive", "amount")) == ("A1", "S7", "31/12/2037", "12,50")
    assert value(b, "receive", "scan") == "" and not b.all("#receive .bad")
    assert b.driver.switch_to.active_element.get_attribute("name") == "quantity"
    b.shot("scan-filled")
    b.driver.switch_to.active_element.send_keys("30")
    b.driver.execute_script("arguments[0].click()", b.one("#receive button[type=submit]"))
    b.until(lambda: b.path == f"/stock/store?store={pui}" and "A1" in b.text)
    for text, words in ((PACK + "17381231" + "10A1", "autre date de péremption"), (PACK + "17200131" + "10B1", "Cette boîte est périmée"), ("0104006381333931" + "10A1", "Aucun médicament des tables"), ("n'importe", "incompréhensible")):
        b.get(f"/stock/receive?store={pui}")
        b.one("#receive [name=quantity]").send_keys("7,5")
        scan(b, "#receive [name=scan]", text)
        b.until(lambda: words in plain(b))
        assert value(b, "receive", "quantity") == "7,5" and value(b, "receive", "cis") == "", "nothing typed is lost, nothing wrong is filled in"
    b.shot("scan-refused")
    scan(b.get(f"/stock/store?store={pui}"), "#pack [name=scan]", PACK + "17371231" + "10A1~21S7")
    b.until(lambda: b.path.startswith("/stock/move?") and "A1" in b.text)
    scan(b.get(f"/stock/store?store={ward}"), "#pack [name=scan]", PACK + "17371231" + "10A1~21S7")
    b.until(lambda: "ne contient rien de ce lot" in plain(b))
    b.get(f"/stock/counts?store={pui}")
    b.driver.execute_script("arguments[0].click()", b.one('main form[action="/stock/counts"] [name=sighted]'))
    b.driver.execute_script("arguments[0].click()", b.one('main form[action="/stock/counts"] button'))
    b.until(lambda: b.path.startswith("/stock/count?"))
    scan(b, "#pack [name=scan]", PACK + "17371231" + "10A1~21S7")
    b.until(lambda: b.driver.switch_to.active_element.get_attribute("name") == "quantity")
    b.shot("scan-count")
    box = b.driver.switch_to.active_element
    box.clear()
    box.send_keys("29" + Keys.ENTER)
    b.until(lambda: b.path.startswith("/stock/count?") and "\u22121 unité" in plain(b))
    b.get("/stock/kits")
    b.driver.execute_script("document.querySelector('#kit [name=store]').value = arguments[0]", ward)
    fill(b, "kit", label="KIT-S")
    b.until(lambda: b.path.startswith("/stock/kit?"))
    kit = b.path.split("=")[1]
    fill(b, "line", cis=DOLIPRANE, quantity="4")
    b.until(lambda: "DOLIPRANE" in b.text)
    scan(b.get(f"/stock/kit?kit={kit}&from={pui}"), "#pack [name=scan]", PACK + "17371231" + "10A1~21S7")
    b.until(lambda: "c'est le bon, prenez-en 4" in plain(b))
    b.shot("scan-kit")
    scan(b, "#pack [name=scan]", PACK + "17391231" + "10ZZ")
    b.until(lambda: "il n'est pas de ceux à prendre" in plain(b))
    n = open_browser().sign_in(nurse).get(f"/patient/{stage.mine[0].id}/dispense")
    n.one("#dispense [name=quantity]").send_keys("2")
    scan(n, "#dispense [name=scan]", PACK + "17371231" + "10A1~21S7")
    n.until(lambda: n.all("#dispense") and value(n, "dispense", "cis") == DOLIPRANE)
    assert (value(n, "dispense", "number"), value(n, "dispense", "quantity")) == ("A1", "2") and value(n, "own", "cis") == ""
    scan(n, "#own [name=scan]", PACK + "17371231" + "10MAISON")
    n.until(lambda: n.all("#own") and value(n, "own", "number") == "MAISON")
    assert value(n, "own", "expires") == "31/12/2037" and value(n, "dispense", "cis") == ""


def test_names_are_shown_with_the_tall_letters_of_the_pharmacists_table(browser, server):
    b = browser.sign_in(server.account("pharmacist")).get("/pharmacy/tall")
    assert "Non fourni" in b.text
    fill(b, "tall", tall="doliprane", source="liste d'essai")
    b.until(lambda: "un seul mot" in b.text)
    assert value(b, "tall", "tall") == "doliprane"
    fill(b, "tall", tall="doliPRANE", source="liste d'essai")
    b.until(lambda: b.all('form[action="/pharmacy/tall/end"]'))
    b.shot("tall-table")
    at = store(b, "PUI-T", "central")
    receive(b, at, DOLIPRANE, "T1", "31/12/2039", "5")
    assert "doliPRANE 1000 mg" in b.text and "DOLIPRANE" not in b.text
    b.shot("tall-stock")
    b.get(f"/stock/medicine?cis={DOLIPRANE}")
    assert "doliPRANE" in b.text
    b.get("/pharmacy/tall")
    b.driver.execute_script("arguments[0].click()", b.one('form[action="/pharmacy/tall/end"] button'))
    b.until(lambda: "Non fourni" in b.text)
    b.get(f"/stock/medicine?cis={DOLIPRANE}")
    assert "DOLIPRANE" in b.text
