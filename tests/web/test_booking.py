# SPDX-License-Identifier: Apache-2.0
"""An appointment by keyboard alone: from the chart to the first free time in a handful of keys; and the day on which it stands."""

from datetime import datetime
from zoneinfo import ZoneInfo

from browser import By, Keys
from hands import Hands, said

PARIS = ZoneInfo("Europe/Paris")
KEYS = 10  # as finding a patient (UX §9.1): an appointment has no figure of its own there


def test_the_first_free_time_is_booked_in_ten_keys(open_browser, server, stage):
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{stage.mine[1].id}/admin")
    h = Hands(b).start()
    h.press("g", "z")
    b.one("#book")
    b.shot("appointments")
    h.to("#book [name=slot]")
    h.send()
    b.until(lambda: "Réservé" in said(b.one("main")), told="it is not booked")
    assert h.keys <= KEYS, h.keys
    b.shot("booked")
    b.get("/agenda/day")
    b.shot("day")
    day = datetime.fromtimestamp(booked(server, stage.mine[1])[1] / 1000, PARIS).date()
    b.get(f"/agenda/day?day={day}")
    assert "Réservé" in said(b.one("main")), "of the day of the appointment, which in the evening is another one"
    b.all("main h2 a")[0].click()
    b.shot("week")
    b.get("/agenda/keep")
    b.shot("keep")


def booked(server, p):
    return server.sql("SELECT state, start_ms, reason FROM appointment WHERE patient = ? ORDER BY no DESC LIMIT 1", p.rid)[0]


def test_an_appointment_is_moved_and_cancelled_by_keyboard_alone(open_browser, server, stage):
    p = stage.mine[2]
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{p.id}/admin")
    h = Hands(b).start()
    h.key("g", "z")
    h.to("#book [name=slot]")
    h.send()
    state, start, _ = booked(server, p)
    assert state == "booked"
    h.start()
    summary = next(s for s in b.all("main td summary") if said(s) == "Déplacer")
    h.to(summary)
    h.press(Keys.ENTER)
    form = b.one("main td form[action$='/appointments/move']")
    assert form.is_displayed(), "the form opens by Enter"
    slot = h.to(form.find_element(By.CSS_SELECTOR, "[name=slot]"))
    while not slot.get_attribute("value") or int(slot.get_attribute("value").split(".")[0]) <= start:
        h.press(Keys.ARROW_DOWN)
    chosen = int(slot.get_attribute("value").split(".")[0])
    b.shot("move")
    h.send()
    state, moved, _ = booked(server, p)
    assert state == "booked" and moved == chosen > start, "it stands at a later time, and nothing is left of the first"
    assert h.keys <= 40, h.keys
    taken = server.sql("SELECT count(*) FROM appointment_place p JOIN appointment a ON a.no = p.appointment WHERE a.patient = ? AND a.state = 'booked'", p.rid)[0][0]
    assert taken == 1
    h.start()
    h.to(next(s for s in b.all("main td summary") if said(s) == "Annuler"))
    h.press(Keys.ENTER)
    h.put(b.one("main td form[action$='/appointments/cancel'] [name=reason]"), "pat")
    b.shot("cancel")
    h.send()
    b.until(lambda: "Annulé" in said(b.one("main")))
    assert booked(server, p)[0::2] == ("cancelled", "pat") and h.keys <= 40, h.keys


def test_who_would_come_earlier_stands_on_the_list_of_the_unit(open_browser, server, stage):
    p = stage.mine[3]
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{p.id}/appointments")
    h = Hands(b).start()
    h.to("#book [name=slot]")
    h.send()
    h.enter(next(s for s in b.all("main td button") if said(s) == "Viendrait plus tôt"))
    assert "Attend une date plus proche" in said(b.one("main"))
    b.get("/agenda/waiting")
    b.shot("waiting")
    assert "1 personne attend" in said(b.one("main")) and "Réservé pour" in said(b.one("main"))
    assert booked(server, p)[0] == "booked", "nothing is moved by itself"
