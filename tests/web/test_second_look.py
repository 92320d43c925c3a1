# SPDX-License-Identifier: Apache-2.0
"""What is looked at twice, as people use it: a supplier's invoice held against each line of its order, a shelf counted without being told what the books say, a narcotic at the dose;
and what tells by itself: thresholds."""
import re
import time

from selenium.webdriver.support.select import Select

from test_kits import DOLIPRANE, MORPHINE, fill, plain, receive, store


def press(b, selector):
    b.driver.execute_script("arguments[0].click()", b.one(selector))


def value(b, form, name):
    return b.one(f"#{form} [name={name}]").get_attribute("value")


def test_an_invoice_is_checked_line_by_line_and_what_differs_is_said(browser, server):
    b = browser.sign_in(server.account("pharmacist"))
    pui = store(b, "PUI-F", "central")
    for cis in (DOLIPRANE, MORPHINE):
        fill(b.get(f"/stock/level?store={pui}&cis={cis}"), "level", critical="1", minimum="5", optimum="10", maximum="20")
        b.until(lambda: b.path.startswith("/stock/store?"))
    fill(b.get(f"/stock/proposals?store={pui}"), "order", supplier="CERP-F")
    b.until(lambda: b.path.startswith("/stock/order?"))
    order = b.path
    for cis, amount in ((DOLIPRANE, "9,99"), (MORPHINE, "20")):
        fill(b, "line", cis=cis, quantity="10", amount=amount)
        b.until(lambda: b.path == order and amount in plain(b))
    press(b, 'main form[action="/stock/order/send"] button')
    b.until(lambda: b.all("#receive"))
    for cis, lot, quantity in ((DOLIPRANE, "F-1", "10"), (MORPHINE, "F-2", "7")):
        b.driver.execute_script("document.querySelector('#receive [name=cis]').value = arguments[0]", cis)
        fill(b, "receive", number=lot, expires="31/12/2039", quantity=quantity)
        b.until(lambda: b.path == order and (b.all("#receive") or b.all("#invoice")))
    press(b, 'main form[action="/stock/order/end"] button')
    b.until(lambda: b.all("#invoice"))
    assert plain(b).count("pas encore saisi") == 2
    fill(b, "invoice", invoice="F-2026-1", amount="29,99")
    b.until(lambda: "Saisissez d'abord" in plain(b))
    b.get(order)
    fill(b, f"billed-{DOLIPRANE}", quantity="10", amount="neuf")
    b.until(lambda: b.all(f"#billed-{DOLIPRANE} [aria-invalid=true]"))
    assert value(b, f"billed-{DOLIPRANE}", "amount") == "neuf" and value(b, f"billed-{DOLIPRANE}", "quantity") == "10", "nothing typed is lost"
    assert value(b, f"billed-{MORPHINE}", "amount") == "" and not b.all("#other [aria-invalid=true], #invoice [aria-invalid=true]"), "told in its own form"
    b.shot("invoice-typed-badly")
    b.get(order)
    fill(b, f"billed-{DOLIPRANE}", quantity="10", amount="9,99")
    b.until(lambda: b.path == order and "Conforme au reçu" in plain(b))
    fill(b, f"billed-{MORPHINE}", quantity="10", amount="20")
    b.until(lambda: b.path == order and "3 ampoules de plus que reçu" in plain(b) or "de plus que reçu" in plain(b))
    assert "6,00 € de plus que la commande" in plain(b)
    fill(b, "other", cis="60002283", quantity="2", amount="1")
    b.until(lambda: b.path == order and b.all("#billed-60002283"))
    fill(b, "billed-60002283", quantity="0", amount="0")
    b.until(lambda: b.path == order and not b.all("#billed-60002283"))
    fill(b, "invoice", invoice="F-2026-1", amount="29,99")
    b.until(lambda: b.all("#invoice [aria-invalid=true]"))
    assert "acceptée ou mise en litige" in plain(b) and value(b, "invoice", "amount") == "29,99"
    b.shot("invoice-differs")
    Select(b.one("#invoice [name=decision]")).select_by_value("dispute")
    Select(b.one("#invoice [name=reason]")).select_by_value("to_come")
    press(b, "#invoice button[type=submit]")
    b.until(lambda: b.path == order and "Facturé, encore attendu" in plain(b) and "En litige" in plain(b) or "Facture en litige" in plain(b))
    b.shot("invoice-disputed")
    fill(b, f"billed-{MORPHINE}", quantity="7", amount="14")
    b.until(lambda: b.path == order and plain(b).count("Conforme au reçu") >= 2)
    fill(b, "invoice", invoice="F-2026-1B", amount="23,99")
    b.until(lambda: "Conforme ligne par ligne" in plain(b))
    assert not b.all("#invoice") and "de plus que reçu" in plain(b), "what the first one said stays"
    b.shot("invoice-agreed")


def test_who_counts_does_not_see_the_books_before_signing(browser, server):
    b = browser.sign_in(server.account("pharmacist"))
    pui = store(b, "PUI-B", "central")
    receive(b, pui, DOLIPRANE, "B-77", "31/12/2039", "77")
    b.get(f"/stock/counts?store={pui}")
    b.shot("count-begin")
    press(b, 'main form[action="/stock/counts"] button')
    b.until(lambda: b.path.startswith("/stock/count?"))
    assert "77" not in plain(b).replace("B-77", "") and not b.all("main th.num"), "nothing of the books"
    lot = b.one('main form[action="/stock/count/line"] [name=lot]').get_attribute("value")
    fill(b, f"lot-{lot}", quantity="septante")
    b.until(lambda: b.all(f"#lot-{lot} [aria-invalid=true]"))
    fill(b, f"lot-{lot}", quantity="70")
    b.until(lambda: value(b, f"lot-{lot}", "quantity") == "70" and not b.all("[aria-invalid=true]"))
    assert "\u22127" not in plain(b) and "77" not in plain(b).replace("B-77", "")
    b.shot("count-blind")
    press(b, 'main form[action="/stock/count/sign"] button')
    b.until(lambda: "\u22127" in plain(b))
    assert "77" in plain(b).replace("B-77", "")
    b.shot("count-blind-signed")


def morphine(server, patient, unit, cis=MORPHINE):
    begin = int(time.time()) // 3600 * 3600 - 3600
    a = server.machine().post("/MedicationRequest", {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{patient.id}"}, "note": [{"text": "Surveiller la fréquence respiratoire"}],
        "medicationCodeableConcept": {"coding": [{"system": "https://base-donnees-publique.medicaments.gouv.fr", "code": cis}], "text": "morphine, essai"},
        "dosageInstruction": [{"sequence": 1, "timing": {"repeat": {"boundsPeriod": {"start": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(begin))}, "frequency": 1, "period": 1, "periodUnit": "h"}},
                               "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "x", "system": "http://unitsofmeasure.org", "code": unit}}]}]})
    assert a.status_code == 201, a.text
    return a.json()["id"]


def dose_of(b, patient, line):
    b.get(f"/patient/{patient.id}/plan")
    b.get(next(a.get_dom_attribute("href") for a in b.all(f'main a.dose[href*="line={line}"]') if re.search("Maintenant|Retard|À faire", a.text)))


def test_a_narcotic_asks_for_a_second_person_and_is_given_alone_for_a_reason(browser, open_browser, server, stage):
    p, nurse = stage.mine[1], server.account("nurse")
    b = browser.sign_in(server.account("pharmacist"))
    ward = store(b, "PH-N", "ward", nurse["unit"])
    receive(b, ward, MORPHINE, "N-1", "31/12/2039", "9")
    line = morphine(server, p, "{ampoule}")
    n = open_browser().sign_in(nurse)
    dose_of(n, p, line)
    assert "une seconde personne contrôle ce stupéfiant" in plain(n)
    n.shot("narcotic-dose")
    Select(n.one("#give [name=reason]")).select_by_value("no_code")
    press(n, "#give button[type=submit]")
    n.until(lambda: n.path == f"/patient/{p.id}/plan")
    assert "préparé par" in plain(n) and "morphine" in plain(n)
    n.shot("narcotic-waits")
    alone = n.one('form[id^="alone-"]').get_attribute("id")
    press(n, f"#{alone} button[type=submit]")
    n.until(lambda: n.all(f"#{alone} [aria-invalid=true]"))
    Select(n.one(f"#{alone} [name=alone]")).select_by_value("nobody")
    press(n, f"#{alone} button[type=submit]")
    n.until(lambda: n.path == f"/patient/{p.id}/plan" and not n.all('form[id^="alone-"]'))
    assert "1 seconde signature due au registre" in plain(n) and "Surveiller la fréquence respiratoire" in plain(n)
    n.shot("narcotic-owed")
    b.get(f"/stock/register?store={ward}&cis={MORPHINE}")
    assert "Attend une signature" in plain(b)
    n.get(f"/patient/{p.id}/prescriptions")
    assert "Surveiller la fréquence respiratoire" in plain(n), "the note of the line is on the list"
    n.shot("prescription-note")
    # a colleague was there: both are in the register
    line = morphine(server, p, "{ampoule}")
    dose_of(n, p, line)
    Select(n.one("#give [name=reason]")).select_by_value("no_code")
    press(n, "#give button[type=submit]")
    n.until(lambda: n.path == f"/patient/{p.id}/plan")
    d = open_browser().sign_in(server.account("physician"))
    d.get(f"/patient/{p.id}/plan")
    press(d, 'form[id^="check-"] button[type=submit]')
    d.until(lambda: d.path == f"/patient/{p.id}/plan" and not d.all('form[id^="check-"]'))
    b.get(f"/stock/register?store={ward}&cis={MORPHINE}")
    assert plain(b).count("Attend une signature") == 1, "that line has both"
    b.shot("narcotic-register")
    # in mg nothing leaves the store, and the page says so
    line = morphine(server, p, "mg")
    dose_of(n, p, line)
    assert "Rien n'en est pris sur le stock" in plain(n)
    n.shot("dose-undrawn")
    # but for where the published composition says how many that is
    line = morphine(server, p, "g", DOLIPRANE)
    dose_of(n, p, line)
    assert "1 comprimé (dosage BDPM, édition du" in plain(n) and "Rien n'en est pris sur le stock" not in plain(n)
    n.shot("dose-in-grams")


def test_a_threshold_that_is_reached_is_told_and_leads_to_the_store(browser, open_browser, server):
    nurse = server.account("nurse")
    b = browser.sign_in(server.account("pharmacist"))
    ward = store(b, "PH-T", "ward", nurse["unit"])
    fill(b.get(f"/stock/level?store={ward}&cis={DOLIPRANE}"), "level", critical="2", minimum="5", optimum="10", maximum="20")
    b.until(lambda: b.path.startswith("/stock/store?"))
    receive(b, ward, DOLIPRANE, "T-1", "31/12/2039", "9")
    n = open_browser().sign_in(nurse)
    assert "seuil de stock" not in plain(n)
    n.get(f"/stock/store?store={ward}")
    n.get(next(a.get_dom_attribute("href") for a in n.all('main a[href^="/stock/move?"]')))
    Select(n.one("#move [name=kind]")).select_by_value("use")
    fill(n, "move", quantity="5")
    n.until(lambda: n.path.startswith("/stock/store?"))
    n.get("/")
    assert "Un seuil de stock est atteint" in plain(n)
    n.shot("threshold-told")
    n.get("/me")
    assert "Au stock PH-T, DOLIPRANE 1000 mg, comprimé est au minimum." in plain(n)
    n.shot("threshold-notice")
    n.get(n.one('main a[href^="/stock/store?store="]').get_dom_attribute("href"))
    assert n.path == f"/stock/store?store={ward}" and "PH-T" in plain(n)
