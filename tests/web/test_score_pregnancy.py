# SPDX-License-Identifier: Apache-2.0
"""A score that is not made for pregnancy says so, asks when nobody did, and is not computed for whom is pregnant. The numbers are of no score that exists."""
from test_kits import fill, plain
from test_second_scale import click


def choose(b, form, name, value):
    click(b, f"#{form} [name={name}][value={value}]")


def test_a_score_that_is_not_made_for_pregnancy_says_why_it_is_not_computed(browser, open_browser, server, stage):
    one, two = [a for a in server.demo["accounts"] if a["role"] == "physician"][:2]
    p = stage.mine[0]
    b = browser.sign_in(one)
    b.get("/scores")
    choose(b, "score", "pregnancy", "not")
    fill(b, "score", name="Essai grossesse", source="Source d'essai, page 1", limits="aucune, essai", age_from="0", age_below="150", hours="72", bands="pulse - 300 0")
    b.until(lambda: b.path == "/scores" and "Essai grossesse" in b.text)
    other = open_browser().sign_in(two).get("/scores")
    assert "Non calculé chez une personne enceinte" in plain(other), "who compares it sees the limit"
    click(other, 'form[action="/scores/sign"] button')
    other.until(lambda: not other.all('form[action="/scores/sign"]'))
    said = lambda: plain(b.get(f"/patient/{p.id}/vitals"))
    assert "Non calculé : n'est pas fait pour la grossesse" not in said()
    b.get(f"/patient/{p.id}/pregnancy")
    choose(b, "pregnancy", "pregnancy", "yes")
    click(b, "#pregnancy button[type=submit]")
    b.until(lambda: "Oui" in plain(b))
    assert "Non calculé : n'est pas fait pour la grossesse" in said() and "enceinte, d'après la réponse du" in plain(b)
    b.driver.execute_script("document.querySelector('h2').scrollIntoView()")
    b.shot("score-pregnant")
    b.get(f"/patient/{p.id}/pregnancy")
    choose(b, "pregnancy", "pregnancy", "no")
    click(b, "#pregnancy button[type=submit]")
    b.until(lambda: "Non" in plain(b))
    assert "Non calculé : n'est pas fait pour la grossesse" not in said()
