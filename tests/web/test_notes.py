# SPDX-License-Identifier: Apache-2.0
"""Medical notes by the keyboard alone: written, corrected with what stood before readable, struck out with a reason; a nurse reads them and writes none, a desk sees nothing of them."""
from hands import Hands, said


def test_a_physician_writes_corrects_and_strikes_out_and_a_nurse_reads(open_browser, server, stage):
    p = stage.mine[1]
    b = open_browser().sign_in(server.account("physician"))
    h = Hands(b)
    text = lambda: said(b.one("main"))
    b.get(f"/patient/{p.id}")
    h.enter(h.link("Observations médicales"))
    assert "Aucune observation médicale" in text()
    h.fill("#note", kind="Observation d").send()
    assert "Écrire quelque chose" in text()
    h.fill("#note", reason="Fièvre", history="Depuis hier.\nFrissons.", conclusion="Hémocultures").send()
    card = said(b.one("main article"))
    assert "Observation d'entrée" in card and "Depuis hier." in card and "Frissons." in card and "Hémocultures" in card, card
    b.shot("notes")
    article = b.one("main article")
    h.open(article, "Corriger")
    h.fill("#" + article.find_element("css selector", "form[id^=correct]").get_attribute("id"), conclusion="Hémocultures puis antibiotique").send()
    card = said(b.one("main article"))
    assert "puis antibiotique" in card and "Corrigée : ce qui figurait avant" in card
    h.enter(h.link("Corrigée"))
    assert [said(a) for a in b.all("main article")][1].endswith("Hémocultures"), "what stood before"
    b.shot("notes-versions")
    b.get(f"/patient/{p.id}/timeline?kind=note")
    assert "puis antibiotique" in text()
    nurse = open_browser().sign_in(server.account("nurse"))
    nurse.get(f"/patient/{p.id}/notes")
    assert "puis antibiotique" in said(nurse.one("main")) and not nurse.all("main form")
    desk = open_browser().sign_in(server.account("clerk"))
    desk.get(f"/patient/{p.id}/notes")
    assert "antibiotique" not in said(desk.one("body"))
    b.get(f"/patient/{p.id}/notes")
    article = b.one("main article")
    h.open(article, "Erreur de saisie")
    h.fill("#" + article.find_element("css selector", "form[id^=strike]").get_attribute("id"), why="autre patient").send()
    card = b.one("main article")
    assert "Annulé" in card.text and "autre patient" in card.text and card.find_elements("css selector", "s") and not card.find_elements("css selector", "form")
