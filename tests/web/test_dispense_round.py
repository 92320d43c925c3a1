# SPDX-License-Identifier: Apache-2.0
"""Dispensing by round as a pharmacist uses it: a unit and a store, what its lines need, a pick list on paper, one press; a sheet that is stale is refused with both; and the chart shows what was dispensed."""
import re

import test_kits
import test_print

DOLIPRANE = "60234100"


def a_line(server, patient, words):
    line = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{patient.id}"}, "authoredOn": "2026-01-01T08:00:00+01:00",
            "medicationCodeableConcept": {"coding": [{"system": "https://base-donnees-publique.medicaments.gouv.fr", "code": DOLIPRANE}], "text": words},
            "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-01T08:00:00+01:00"}, "frequency": 1, "period": 8, "periodUnit": "h"}},
                                   "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "comprimé", "system": "http://unitsofmeasure.org", "code": "{comprime}"}}]}]}
    a = server.machine().post("/MedicationRequest", line)
    assert a.status_code == 201, a.text


def tick(b, words):
    box = b.one(f'#round input[name=ticks][aria-label*="{words}"]')
    assert not box.is_selected(), "no pharmacist has validated it"
    b.driver.execute_script("arguments[0].click()", box)


def press(b):
    b.driver.execute_script("arguments[0].click()", b.one("#round button[type=submit]"))


def test_a_unit_is_dispensed_to_by_round(browser, open_browser, server, stage):
    unit = server.account("nurse")["unit"]
    b = browser.sign_in(server.account("pharmacist"))
    pui = test_kits.store(b, "PUI-T", "central")
    test_kits.receive(b, pui, DOLIPRANE, "T-TOT", "31/12/2037", "4")
    for n, patient in enumerate(stage.mine[:2]):
        a_line(server, patient, f"essai de tournée {n}")
    b.get("/stock/round")
    b.driver.execute_script("document.querySelector('#choose [name=unit]').value = arguments[0]; document.querySelector('#choose [name=store]').value = arguments[1]", unit, pui)
    test_kits.fill(b, "choose")
    b.until(lambda: b.all("#round"))
    text = test_kits.plain(b)
    assert "T-TOT" in text and "Non validée" in text and "manque : 2 " in text, "three each, and four are there"
    b.shot("round-sheet")
    tick(b, "essai de tournée 0")
    held = open_browser().sign_in(server.account("pharmacist"))
    held.get(f"/stock/round?unit={unit}&store={pui}")
    tick(held, "essai de tournée 0")
    press(b)
    b.until(lambda: b.path.startswith("/stock/round?") and "Déjà dispensé" in b.text)
    assert "Dispensé : 1 ligne, 3 unités." in test_kits.plain(b)
    b.shot("round-dispensed")
    press(held)
    held.until(lambda: held.path == "/stock/round")
    assert "rien n'a été dispensé" in test_kits.plain(held), held.text
    assert "Ce qui était coché et a changé" in held.text and "essai de tournée 0" in held.text, "what was asked for stands beside what is there"
    held.shot("round-stale")
    b.get(f"/patient/{stage.mine[0].id}/dispense")
    assert "Dispensé ces cinq dernières semaines" in test_kits.plain(b) and b.text.count("DOLIPRANE") >= 1


def test_a_pick_list_is_a_paper_that_names_lots_and_beds(server, stage, tmp_path):
    pharmacist = server.person("pharmacist").come()
    unit = server.account("nurse")["unit"]
    assert pharmacist.post("/stock/new", {"label": "PUI-L", "kind": "central"}).status_code == 303
    pui = max(re.findall(r'/stock/store\?store=(\d+)"', pharmacist.get("/stock").text), key=int)
    assert pharmacist.post("/stock/receive", {"key": "cueillette", "store": pui, "cis": DOLIPRANE, "number": "L-LISTE", "expires": "2037-12-31", "quantity": "40", "source": "delivery"}).status_code == 303
    a_line(server, stage.mine[2], "essai de cueillette")
    before = server.ledger(1)[-1]["number"]
    pdf = test_print.pdf_of(pharmacist.get(f"/stock/round.pdf?unit={unit}&store={pui}"))
    entries = [e for e in server.ledger(before + 1) if e.get("route", "").endswith("/stock/round.pdf")]
    assert entries and stage.mine[2].rid in [rid for rid, *_ in entries[-1]["patients"]], "a print is a look at each patient on it"
    text = " ".join(test_print.tool("pdftotext", pdf, tmp=tmp_path).split())
    assert "Liste de cueillette" in text and "L-LISTE" in text and "Seulement si coché" in text
    family = next(n for n in stage.mine[2].body["name"] if n.get("use") == "official")["family"]
    assert family.upper() in text.upper()
