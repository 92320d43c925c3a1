# SPDX-License-Identifier: Apache-2.0
"""A button that is pressed twice in a hurry, and a form that is sent again after the browser went back: what was meant once is written once."""
import time

from selenium.webdriver.common.action_chains import ActionChains


def measures(server, p):
    return server.sql("SELECT count(*) FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Observation' AND r.patient = ? AND r.deleted = 0", p.rid)[0][0]


def test_a_button_that_is_pressed_twice_writes_once(open_browser, server, stage):
    p = stage.mine[9]
    b = open_browser()
    b.sign_in(server.account("nurse")).get(f"/patient/{p.id}/vitals")
    before = measures(server, p)
    b.one("#vitals [name=pulse]").send_keys("77")
    ActionChains(b.driver).double_click(b.one("#vitals button[type=submit]")).perform()
    b.until(lambda: measures(server, p) > before)
    time.sleep(1)
    assert measures(server, p) == before + 1


def test_a_form_that_is_sent_again_after_going_back_writes_nothing_more(open_browser, server, stage):
    """An appointment: the page comes anew from the server, its first free time is another by then; what was sent is there once, and the old form itself is answered as at first."""
    p = stage.mine[9]
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{p.id}/appointments")
    taken = lambda: server.sql("SELECT count(*) FROM appointment WHERE patient = ? AND state = 'booked'", p.rid)[0][0]
    before = taken()
    form = b.one("#book")
    sent = {i.get_attribute("name"): i.get_attribute("value") for i in form.find_elements("css selector", "input[type=hidden], select")}
    b.submit("#book")
    b.until(lambda: taken() == before + 1)
    b.driver.back()
    b.until(lambda: b.all("#book"))
    assert "Réservé" in b.one("main").text, "the page is read anew: what was booked stands there"
    assert b.one("#book [name=once]").get_attribute("value") != sent["once"], "and its form is a new one"
    b.driver.execute_script("for (const [name, value] of Object.entries(arguments[0])) { const at = document.querySelector(`#book [name=${name}]`); if (at && name !== 'csrf') { if (at.tagName === 'SELECT' && ![...at.options].some(o => o.value === value)) at.add(new Option(value, value)); at.value = value; } }", sent)
    b.submit("#book")
    time.sleep(0.5)
    assert taken() == before + 1, "the first form, sent a second time, is the first appointment"
