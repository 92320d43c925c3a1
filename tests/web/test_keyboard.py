# SPDX-License-Identifier: Apache-2.0
"""By the keyboard alone: the glass is broken by two keys and a reason, the review is finished by one key a line; and on paper « Qui a consulté ? » is all there."""
import base64

from browser import Keys
from hygie_server import Person

ACTIVE = "return document.activeElement.closest('tr') ? [...document.querySelectorAll('main tbody tr')].indexOf(document.activeElement.closest('tr')) : -1"


def test_the_glass_is_broken_by_two_keys_and_a_reason_on_one_page(open_browser, server, stage):
    p = stage.strangers[10]
    b = open_browser().sign_in(server.account("nurse"))
    b.get(f"/patient/{p.id}")
    asked = b.path
    assert "demande un motif" in b.text and b.all("#glass") and not b.all(".banner")
    b.press("1")
    assert b.one("#glass [value=emergency]").is_selected() and b.driver.switch_to.active_element.get_attribute("id") == "glass-text", "the reason, and on to its words"
    b.press("Chute dans le couloir")
    b.chord(Keys.CONTROL, Keys.ENTER)
    b.until(lambda: b.all(".banner"))
    assert b.path == asked and p.family.upper() in b.one(".banner").text.upper()


def test_the_review_is_finished_by_one_key_a_line(open_browser, server, stage):
    for nth, patients in ((0, stage.strangers[11:12]), (1, stage.strangers[12:14])):
        person = Person(server, server.account("nurse", nth)).come()
        for p in patients:
            assert person.post(f"/patient/{p.id}/glass", {"reason": "emergency", "text": f"essai au clavier {p.rid}"}).status_code == 303
    b = open_browser().sign_in(server.account("rssi"))
    b.press("g", "r")
    b.until(lambda: b.path == "/review")
    lines = lambda: len(b.all("main tbody tr [data-key=e]"))
    waiting = lines()
    assert waiting >= 3
    b.press("e")
    assert b.driver.execute_script(ACTIVE) == 0 and lines() == waiting, "before a line is chosen the key only chooses the first"
    b.press("j")
    assert b.driver.execute_script(ACTIVE) == 1
    b.press("k")
    assert b.driver.execute_script(ACTIVE) == 0
    while waiting:
        b.press("e")
        waiting -= 1
        b.until(lambda: lines() == waiting)
        if waiting:
            b.until(lambda: b.driver.execute_script(ACTIVE) == 0, told="the next line is chosen, and the same key goes on")
    assert "Rien à revoir" in b.text
    b.get("/review/all")
    assert b.text.count("Justifié") >= 3 and "Douteux" not in b.one("main tbody").text


def test_who_looked_is_whole_on_paper(open_browser, server, stage):
    mine = stage.mine[0]
    b = open_browser().sign_in(server.account("nurse"))
    for tail in ("", "/identity", "/stays"):
        b.get(f"/patient/{mine.id}{tail}")
    b.get(f"/patient/{mine.id}/who")
    on_screen = [row.text for row in b.all("main tbody tr")]
    assert len(on_screen) >= 3
    b.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    b.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 703, "height": 1000, "deviceScaleFactor": 1, "mobile": False})   # A4 less two margins of 12 mm, at 96 dots an inch
    assert [row.text for row in b.all("main tbody tr")] == on_screen and all(row.is_displayed() for row in b.all("main tbody tr"))
    assert not [e for e in b.all(".rail, .top, .strip, main .actions, main .button") if e.is_displayed()], "what only a screen needs"
    style = lambda css, name: b.driver.execute_script("return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", css, name)
    assert style(".banner", "display") == "table-header-group" and style("main thead", "display") == "table-header-group", "each sheet says whose it is and what its columns are"
    assert mine.family.upper() in b.one(".banner").text.upper() and server.account("nurse")["name"] in b.one(".print-foot").text
    assert b.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off at the edge"
    assert style("main td", "color") == "rgb(0, 0, 0)"
    pdf = base64.b64decode(b.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert pdf.startswith(b"%PDF") and len(pdf) > 5000
