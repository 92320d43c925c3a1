# SPDX-License-Identifier: Apache-2.0
"""The second scale of a score: nobody has one until two physicians made a score that has it, and it counts for whom a prescriber ordered it, visibly. The numbers are of no score that exists."""
from test_kits import fill, plain

BANDS = "pulse - 300 0\nsaturation - 90 3\nsaturation 91 - 0\nsaturation - 80 3 2\nsaturation 81 - 0 2"


def click(b, selector):
    b.driver.execute_script("arguments[0].click()", b.one(selector))


def test_the_second_scale_is_shown_and_counts_on_order_alone(browser, open_browser, server, stage):
    one, two = [a for a in server.demo["accounts"] if a["role"] == "physician"][:2]
    p = stage.mine[0]
    b = browser.sign_in(one)
    b.get(f"/patient/{p.id}/vitals")
    assert "Seconde échelle de saturation : non fournie" in plain(b)
    b.get("/scores")
    click(b, "#score [name=pregnancy][value=not]")
    fill(b, "score", name="Essai", source="Source d'essai, page 1", limits="aucune, essai", age_from="0", age_below="150", hours="72", bands=BANDS)
    b.until(lambda: b.path == "/scores" and "Essai" in b.text)
    other = open_browser().sign_in(two).get("/scores")
    click(other, 'form[action="/scores/sign"] button')
    other.until(lambda: not other.all('form[action="/scores/sign"]'))
    b.get(f"/patient/{p.id}/vitals")
    assert "la première compte" in plain(b) and "Selon la première échelle" in plain(b)
    click(b, "#scale button")
    b.until(lambda: "Selon la seconde échelle" in plain(b))
    assert "Seconde échelle de saturation prescrite le" in plain(b)
    b.driver.execute_script("document.querySelector('#scale').scrollIntoView({block: 'center'})")
    b.shot("scale-ordered")
    click(b, "#scale button")
    b.until(lambda: "la première compte" in plain(b))
