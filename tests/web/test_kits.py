# SPDX-License-Identifier: Apache-2.0
"""A ward's kit as a pharmacist and a nurse use it: a list, what the store lacks said by its name, prepared, sealed, looked at, opened into the ward's stock."""

DOLIPRANE, MORPHINE = "60234100", "60762795"


def plain(b):
    return b.text.replace("’", "'").replace("\u202f", " ").replace("\u00a0", " ")


def fill(b, form, **values):
    for name, value in values.items():
        field = b.one(f"#{form} [name={name}]")
        field.clear()
        field.send_keys(value)
    b.driver.execute_script("arguments[0].click()", b.one(f"#{form} button[type=submit]"))


def store(b, code, kind, unit=None):
    b.get("/stock").one("#store-label").send_keys(code)
    b.driver.execute_script("document.querySelector(`#store [name=kind][value=${arguments[0]}]`).checked = true; if (arguments[1]) document.querySelector('#store [name=unit]').value = arguments[1]", kind, unit)
    b.one("#store button[type=submit]").click()
    b.until(lambda: b.path == "/stock" and code in b.text)
    return next(a for a in b.all('main table a[href^="/stock/store?"]') if a.text == code).get_attribute("href").split("=")[1]


def receive(b, at, cis, number, expires, quantity):
    fill(b.get(f"/stock/receive?store={at}"), "receive", cis=cis, number=number, expires=expires, quantity=quantity)
    b.until(lambda: b.path.startswith("/stock/store?"))


def test_a_kit_is_made_prepared_sealed_checked_and_opened(browser, open_browser, server):
    nurse = server.account("nurse")
    b = browser.sign_in(server.account("pharmacist"))
    pui, ward = store(b, "PUI-K", "central"), store(b, "PH-K", "ward", nurse["unit"])
    receive(b, pui, DOLIPRANE, "D-TARD", "31/12/2039", "50")
    receive(b, pui, DOLIPRANE, "D-TOT", "31/12/2037", "4")
    receive(b, pui, MORPHINE, "M-1", "30/06/2038", "1")
    b.get("/stock/kits")
    b.driver.execute_script("document.querySelector('#kit [name=store]').value = arguments[0]", ward)
    fill(b, "kit", label="CHARIOT-K")
    b.until(lambda: b.path.startswith("/stock/kit?"))
    kit = b.path.split("=")[1]
    fill(b, "line", cis=DOLIPRANE, quantity="10")
    b.until(lambda: "DOLIPRANE" in b.text.upper() and b.path == f"/stock/kit?kit={kit}")
    fill(b, "line", cis=MORPHINE, quantity="3,5x")
    b.until(lambda: b.all("#line .fault, #line [aria-invalid=true]"))
    assert b.one("#line [name=quantity]").get_attribute("value") == "3,5x" and b.one("#line [name=cis]").get_attribute("value") == MORPHINE, "nothing typed is lost"
    fill(b, "line", cis=MORPHINE, quantity="3")
    b.until(lambda: "MORPHINE" in b.text.upper() and b.path == f"/stock/kit?kit={kit}")
    b.shot("kit-list")
    b.get(f"/stock/kit?kit={kit}&from={pui}")
    assert "Il manque à ce stock 2 unité(s) de MORPHINE" in plain(b) and not b.all('main form[action="/stock/kit/prepare"]')
    b.shot("kit-lacking")
    receive(b, pui, MORPHINE, "M-2", "30/06/2038", "5")
    b.get(f"/stock/kit?kit={kit}&from={pui}")
    assert plain(b).index("D-TOT") < plain(b).index("D-TARD")
    b.shot("kit-pick")
    b.driver.execute_script("arguments[0].click()", b.one('main form[action="/stock/kit/prepare"] button'))
    b.until(lambda: b.all("#seal"))
    fill(b, "seal", number="S-1001")
    b.until(lambda: "Scellé S-1001" in plain(b))
    assert "31 déc. 2037" in plain(b) or "31/12/2037" in plain(b)
    b.shot("kit-sealed")
    n = open_browser().sign_in(nurse)
    n.get("/stock/kits")
    fill(n, "before", before="01/01/2038")
    n.until(lambda: "Périme avant ce jour" in n.text)
    n.shot("kits-nurse")
    n.get(f"/stock/kit?kit={kit}")
    assert not n.all("#seal") and not n.all("#line")
    fill(n, "check", number="S-1002")
    n.until(lambda: "Autre scellé" in n.text)
    n.shot("kit-checked")
    n.driver.execute_script("arguments[0].click()", n.one('main form[action="/stock/kit/open"] button'))
    n.until(lambda: "non scellée" in n.text)
    n.get(f"/stock/store?store={ward}")
    assert "D-TOT" in n.text and "M-2" in n.text
