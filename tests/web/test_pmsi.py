# SPDX-License-Identifier: Apache-2.0
"""Files of the PMSI on the screens: what is typed badly is told beside its field, each stay that is not written has its reason, and a file is asked for from the page of its month."""
import re
import subprocess
import time

from selenium.webdriver.common.keys import Keys

from browser import in_by_key, press_key, with_key
from hygie_server import Person, base_sql
from test_beds import lying
from test_exports import fill, key  # noqa: F401 (a fixture)


def straight(b):
    return b.one("main").text.replace("’", "'").replace("\u202f", " ").replace("\xa0", " ")


def a_month(b):
    """The newest of the last twelve months in which somebody's stay in a bed ended here, as the page says."""
    year, month = time.localtime()[:2]
    for _ in range(12):
        said = f"{month:02}/{year}"
        b.get(f"/coding/files?month={said.replace('/', '%2F')}")
        n = int(re.search(r"Séjours en lit terminés en [\d/]+ : ([\d ]+)\.", straight(b)).group(1).replace(" ", ""))
        if n:
            return said, n
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    raise AssertionError("no stay ended within a year")


def test_the_numbers_are_typed_a_stay_is_coded_and_its_file_leaves_by_two_people(open_browser, server, key):
    billing, rssi = server.account("billing"), server.account("rssi")
    b = with_key(open_browser)
    b.sign_in(billing)
    in_by_key(b, billing)
    b.get("/coding")
    assert "Fichiers du PMSI" in straight(b)
    b.link("Fichiers du PMSI").click()
    b.until(lambda: b.path == "/coding/files")
    said, n = a_month(b)
    assert "FINESS de cet établissement n'est pas saisi" in straight(b) and "Demander un fichier" not in straight(b)
    assert "Non codé, ou codage incomplet" in straight(b) and "N immatriculation assure" in straight(b)
    b.shot("pmsi-month-empty")

    # badly typed: told beside the field, and what was typed stays
    b.get("/coding/units")
    fill(b, "place", finess="49000000X", vidhosp="V15")
    b.submit("#place")
    assert b.all("#place [aria-invalid=true]") and b.one("#place [name=finess]").get_attribute("value") == "49000000X"
    b.shot("pmsi-place-bad")
    fill(b, "place", finess="490000001", vidhosp="V015")
    b.submit("#place")
    b.until(lambda: b.path == "/coding/units" and not b.all("[aria-invalid=true]"))
    assert b.one("#place [name=finess]").get_attribute("value") == "490000001"

    # each unit of the stays that ended: one after the other
    numbers = iter(range(1, 200))
    for href in [a.get_attribute("href").split("/coding")[1] for a in b.all("main table a.button")]:
        b.get(f"/coding{href}")
        fill(b, "unit", number=f"{next(numbers):04}", finess="490000002", **{"from": "01/03/2024"})
        b.one("#unit [name=type] option[value='29']").click()
        b.one("#unit [name=mode][value=C]").click()
        b.shot("pmsi-unit")
        b.submit("#unit")
        b.until(lambda: not b.all("#unit"))
    b.shot("pmsi-units")
    assert "29 Autres spécialités" in straight(b)

    b.get(f"/coding/files?month={said.replace('/', '%2F')}")
    assert "FINESS de cet établissement n'est pas saisi" not in straight(b)
    b.get("/coding/files?month=13%2F2026")
    assert b.all("#month [aria-invalid=true]"), "a month that is none is told at its field"

    # no fact joins this coder to the person any more: the record asks for a reason, and then the stay is coded
    b.get(f"/coding/files?month={said.replace('/', '%2F')}")
    assert "Sans lien de prise en charge" in straight(b)
    patient, stay = re.search(r"/patient/([^/]+)/coding\?stay=(\S+)", b.all("main table a.button")[0].get_attribute("href")).groups()
    a = server.person("billing").post(f"/patient/{patient}/glass", {"reason": "other", "text": "codage PMSI"})
    assert a.status_code == 303, a.text[-600:]
    b.get(f"/patient/{patient}/coding?stay={stay}")
    fill(b, "coding", dp="A000", das="I10", entry="8", exit="8")
    b.one("#coding [name=done]").click()
    b.submit("#coding")
    b.until(lambda: "Codé" in straight(b))
    b.get(f"/coding/files?month={said.replace('/', '%2F')}")
    b.shot("pmsi-month")
    assert "Demander un fichier" in straight(b), "nobody's stay could be coded and written"

    rows = {cells[0].text: cells[1].text for cells in ([*tr.find_elements("css selector", "td")] for tr in b.all("main table")[0].find_elements("css selector", "tbody tr"))}
    lines = int(next(v for k, v in rows.items() if k.startswith("RUM")))
    assert lines >= 1
    fill(b, "ask", purpose="Envoi mensuel au DIM", recipient=key[0])
    b.one("#ask [name=cohort] option[value*='PMSI/rum/']").click()
    b.submit("#ask")
    n = int(b.one("#export [name=count]").get_attribute("value"))
    assert b.path == "/exports/count" and f"{n} patient{'s' if n > 1 else ''} à présent" in straight(b)
    assert f"RUM, à grouper, séjours terminés en {said}" in straight(b) and not b.all("#export [name=machine]")
    b.shot("pmsi-counted")
    press_key(b, "#export")
    assert b.path == "/exports"
    no = str(base_sql(server.dir, "SELECT max(no) FROM export_ticket")[0][0])

    officer = with_key(open_browser)
    officer.sign_in(rssi)
    in_by_key(officer, rssi)
    officer.get(f"/exports/approve?no={no}")
    assert f"séjours terminés en {said}" in straight(officer) and "RUM, à grouper" in straight(officer)
    officer.shot("pmsi-approve")
    press_key(officer, "#step")
    officer.until(lambda: officer.path == "/exports/inbox")
    b.get(f"/export?no={no}")
    press_key(b, "#step")
    end = time.time() + 60
    while "Reçu" not in b.get(f"/export?no={no}").text:
        assert time.time() < end
        time.sleep(0.3)
    plain = subprocess.run(["age", "-d", "-i", str(key[1])], input=(server.dir / "exports" / f"{no}.1.age").read_bytes(), capture_output=True, check=True).stdout
    assert plain.count(b"\r\n") == lines and plain.startswith(b"490000001022")
    english = open_browser(lang="en").sign_in(server.account("billing")).get(f"/coding/files?month={said.replace('/', '%2F')}")
    assert "Zones that are never filled" in english.text
    english.shot("pmsi-english")


def test_the_file_of_units_is_downloaded_as_it_is_and_by_billing_only(server):
    billing = server.person("billing")
    a = billing.post("/coding/ficum", {})
    assert a.status_code == 200 and a.headers["Content-Disposition"] == 'attachment; filename="ficum.txt"' and "no-store" in a.headers["Cache-Control"]
    assert all(len(line) == 28 for line in a.text.split("\r\n")[:-1])
    assert server.person("nurse").post("/coding/ficum", {}).status_code in (403, 404)


def test_a_stay_that_was_transferred_is_coded_passage_by_passage(open_browser, server):
    nurse, billing = Person(server, server.account("nurse")).come(), server.account("billing")
    _, hidden = lying(nurse, 2)
    patient, stay = hidden["patient"], hidden["stay"]
    near = next(u for u in re.findall(r'href="/beds\?unit=([^"]+)"', nurse.get("/beds/sites").text) if u != hidden["unit"])
    assert server.person("billing").post(f"/patient/{patient}/glass", {"reason": "other", "text": "codage PMSI"}).status_code == 303
    b = open_browser().sign_in(billing)
    b.get(f"/patient/{patient}/coding?stay={stay}")
    assert b.all("#coding") and not b.all("#coding2") and "Passages dans les unités médicales" not in straight(b), "of one unit it is one form"
    assert nurse.post(f"/patient/{patient}/moves/transfer", {"stay": stay, "version": hidden["version"], "place": near}).status_code == 303
    b.get(f"/patient/{patient}/coding?stay={stay}")
    missing = lambda: [tr.find_elements("css selector", "td")[6].text for tr in b.all("main table")[0].find_elements("css selector", "tbody tr")]
    assert missing() == ["Diagnostic principal", "Diagnostic principal"] and len(b.all("main form.sheet")) == 2 and not b.all("#coding2 [name=done]")
    b.shot("coding-passages")
    fill(b, "coding", dp="A000", entry="8")
    b.one("#coding [name=done]").send_keys(" ")  # a click at the rim of the window would meet the strip that lies there
    b.submit("#coding")
    assert "Un passage de ce séjour n'est pas codé" in straight(b) and b.one("#coding [name=dp]").get_attribute("value") == "A000", "what was typed stays"
    assert b.one("#coding2 [name=dp]").get_attribute("value") == "" and not b.all("#coding2 [aria-invalid=true]"), "the other passage's form is not the one that was sent"
    b.get(f"/patient/{patient}/coding?stay={stay}")
    fill(b, "coding2", dp="XXXX")
    b.submit("#coding2")
    assert b.all("#coding2 [aria-invalid=true]") and not b.all("#coding [aria-invalid=true]") and b.one("#coding2 [name=dp]").get_attribute("value") == "XXXX"
    fill(b, "coding2", dp="J189", das="I10")
    b.submit("#coding2")
    b.until(lambda: missing() == ["Diagnostic principal", "Rien"])
    fill(b, "coding", dp="A000", entry="8")
    b.one("#coding [name=done]").send_keys(" ")
    b.submit("#coding")
    b.until(lambda: missing() == ["Rien", "Rien"])
    assert "Codé" in straight(b)
    b.shot("coding-passages-done")
    physician = server.person("physician")
    assert physician.get(f"/patient/{patient}/acts").status_code in (200, 303, 403)
    english = open_browser(lang="en").sign_in(billing).get(f"/patient/{patient}/coding?stay={stay}")
    assert "Passages through medical units" in english.text and "decides" in english.text


def test_a_unit_is_made_a_part_of_anothers_medical_unit(open_browser, server):
    b = open_browser().sign_in(server.account("billing"))
    b.get("/coding/units")
    rows = lambda: [[td.text for td in tr.find_elements("css selector", "td")] for tr in b.all("main table")[-1].find_elements("css selector", "tbody tr")]
    typed = [r for r in rows() if r[1]]
    links = [a.get_attribute("href").split("/coding")[1] for a in b.all("main table a.button")]
    if not typed:
        b.get(f"/coding{links[0]}")
        fill(b, "unit", number="0901", finess="490000002", **{"from": "01/03/2024"})
        b.one("#unit [name=type] option[value='29']").click()
        b.one("#unit [name=mode][value=C]").click()
        b.submit("#unit")
        b.until(lambda: not b.all("#unit"))
    b.get(f"/coding{links[-1]}")
    b.shot("pmsi-unit-part")
    b.one("#part [name=of]").send_keys(Keys.DOWN)
    b.submit("#part")
    b.until(lambda: not b.all("#part"))
    assert "Fait partie de l'unité médicale de" in straight(b)
    b.shot("pmsi-units-part")
