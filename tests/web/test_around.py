# SPDX-License-Identifier: Apache-2.0
"""Who is around a patient and what the patient wishes, entered by the keyboard alone; the summary says the trusted person and that directives exist; a desk reads the people and no wish."""
from hands import Hands, said


def test_people_and_wishes_are_entered_by_keyboard_and_a_desk_reads_the_people_alone(open_browser, server, stage):
    p = stage.mine[0]
    b = open_browser().sign_in(server.account("nurse"))
    h = Hands(b)
    text = lambda: said(b.one("main"))
    b.get(f"/patient/{p.id}")
    assert "Entourage et volontés" not in text(), "nobody and nothing: no card"
    h.enter(h.link("Entourage et volontés"))
    assert "Aucun entourage renseigné" in text() and "n'interroge ni le registre national des refus ni" in text()
    b.shot("around-empty")
    h.fill("#person", family="Proche", given="Paul", phone="06 39 98 00 01", role="Personne de conf", relation="Fils").send()
    assert "PROCHE, Paul" in h.row("06 39 98 00 01").text and "Personne de confiance" in said(h.row("06 39 98 00 01"))
    assert "une nouvelle prend la place de PROCHE, Paul" in text()
    h.fill("#person", family="Seconde", given="Anne", phone="06 39 98 00 02", role="Personne de conf", relation="Fille").send()
    assert "Qui y figurait auparavant" in text()
    h.fill("#wishes", directives="exist", said_by="Le patient").send()
    assert "Ce champ" in text() and b.one("#wishes [value=exist]").is_selected(), "where they are kept is asked for, and what was said is kept"
    h.fill("#wishes", kept="au coffre du service", organs="refusal").send()
    assert "Elles existent" in said(h.row("Directives anticipées")) and "au coffre du service" in said(h.row("Directives anticipées")) and "Un refus est connu" in said(h.row("Don d'organes"))
    b.shot("around")
    h.fill("#wishes", organs="no_refusal", said_by="Un proche").send()
    assert "Pas de refus connu" in said(h.row("Don d'organes"))
    b.shot("around-words")
    row = h.row("Don d'organes", "Pas de refus connu")
    h.open(row, "Erreur de saisie")
    h.enter(row.find_element("css selector", "details[open] button"))
    assert "Un refus est connu" in said(h.row("Don d'organes")), "what was said before counts again"
    assert [s for s in b.all("main s") if "Pas de refus connu" in s.get_attribute("textContent")], "and the slip is readable, struck out"
    b.shot("around-struck")
    b.get(f"/patient/{p.id}")
    card = text()
    assert "SECONDE, Anne" in card and "06 39 98 00 02" in card and "Des directives anticipées existent" in card and "au coffre du service" in card and "PROCHE" not in card
    b.driver.execute_script("[...document.querySelectorAll('.card')].pop().scrollIntoView()")
    b.shot("around-summary")
    desk = open_browser().sign_in(server.account("clerk"))
    desk.get(f"/patient/{p.id}/around")
    seen = said(desk.one("body"))
    assert "SECONDE, Anne" in seen and "Volontés" not in seen and "coffre" not in seen
    desk.get(f"/patient/{p.id}/people")
    assert "coffre" not in said(desk.one("body"))
