# SPDX-License-Identifier: Apache-2.0
"""Problems and history, entered by the keyboard alone by a physician: what is wrong is said at its field with what was typed kept, what ended stays below and may come back; a nurse reads, a desk does not."""
from hands import Hands, said


def test_a_physician_enters_ends_and_takes_back_and_a_nurse_reads(open_browser, server, stage):
    p = stage.mine[0]
    b = open_browser().sign_in(server.account("physician"))
    h = Hands(b)
    text = lambda: said(b.one("main"))
    b.get(f"/patient/{p.id}")
    h.key("g", "u")
    assert b.path == f"/patient/{p.id}/problems"
    h.fill("#problem", label="Essai ancien", since="jadis").send()
    assert "Écrire une année, un mois et une année, ou un jour" in text() and b.one("#problem [name=label]").get_attribute("value") == "Essai ancien", "what was typed is kept"
    h.fill("#problem", since="1998", code="ZZ99").send()
    assert "CIM-10" in said(b.one("#problem .error"))
    h.fill("#problem", code="i10").send()
    row = said(h.row("Essai ancien"))
    assert "I10" in row and "1998" in row and "En cours" in row, row
    b.shot("problems")
    h.fill("#problem", label="ESSAI ancien", code="I10").send()
    assert "Ceci figure déjà" in text()
    b.get(f"/patient/{p.id}/problems")
    row = h.row("Essai ancien")
    h.open(row, "Clôturer")
    form = "#" + row.find_element("css selector", "form[id]").get_attribute("id")
    h.fill(form, how="resolved", on="2020").send()
    ended = [tr for tr in b.all("main tr") if "Essai ancien" in tr.get_attribute("textContent")]
    assert len(ended) == 1 and ended[0].find_elements("css selector", "s") and "2020" in ended[0].get_attribute("textContent")
    b.shot("problems-ended")
    nurse = open_browser().sign_in(server.account("nurse"))
    nurse.get(f"/patient/{p.id}/problems")
    assert "Essai ancien" in nurse.one("main").get_attribute("textContent") and not nurse.all("main form")
    desk = open_browser().sign_in(server.account("clerk"))
    desk.get(f"/patient/{p.id}/problems")
    assert "Essai ancien" not in said(desk.one("body"))
