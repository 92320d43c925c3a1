# SPDX-License-Identifier: Apache-2.0
"""Who an appointment explains: the practitioner with whom a clerk books; not, past five a day, who books with himself. And what a day of calendars says of whom."""
import time

from hygie_server import base_sql


def calendar_of(house, role):
    """The calendar of the practitioner that this account is, kept by a clerk of the unit and open each day."""
    actor = base_sql(house.stage.dir, "SELECT login, practitioner FROM account WHERE login = ?", house.vault.account(role)["login"])[0][1]
    rows = base_sql(house.stage.dir, "SELECT no FROM agenda WHERE actor = ? AND ended_ms IS NULL", actor)
    no = str(rows[0][0]) if rows else house.vault.ask(house.token["clerk"], ("act", "agenda_add", {"type": "Practitioner", "actor": actor}), get=[("agenda", "no")])["got"][0][0]
    assert house.vault.ask(house.token["clerk"], ("act", "agenda_hours_add", {"agenda": no, "days": "1234567", "begin": "0", "end": "24:00", "minutes": "10"})).rc == "OK"
    return no


def at(nth, days=2):
    return str((int(time.time()) // 86400 * 86400 + days * 86400 + 10 * 3600 + nth * 600) * 1000)


def book(house, role, p, no, start, once):
    return house.vault.ask(house.token[role], ("act", "appointment_book", {"patient": p.id, "once": once, "person": no, "start": start, "minutes": "10"}))


def explained(house, role, p):
    a = house.vault.ask(house.token[role], ("view", "chart_head", {"patient": p.id}))
    return a["explained"] if a.rc == "OK" else a.why


def test_a_clerk_who_books_with_a_physician_explains_that_physician(house):
    no, p = calendar_of(house, "physician"), house.fresh("strangers")
    assert house.vault.ask(house.token["clerk"], ("act", "break_glass", {"patient": p.id, "reason": "emergency", "text": "au téléphone"})).rc == "OK"
    a = book(house, "clerk", p, no, at(1), "essai-1")
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    assert explained(house, "physician", p) == "appointment"


def test_who_books_with_himself_is_explained_as_self_made(house):
    no, p = calendar_of(house, "physician"), house.fresh("strangers")
    assert house.vault.ask(house.token["physician"], ("act", "break_glass", {"patient": p.id, "reason": "emergency", "text": "essai"})).rc == "OK"
    a = book(house, "physician", p, no, at(2), "essai-2")
    assert (a.rc, a["act_rc"]) == ("OK", "OK"), (a.rc, a.why)
    made_by = base_sql(house.stage.dir, "SELECT DISTINCT made_by FROM relation WHERE patient = ? AND kind = 2", p.rid)
    assert made_by == [(house.account_no("physician"),)], "a fact of his own: five such openings a day"


def test_a_day_says_initials_on_other_days_and_nothing_of_other_units(house):
    no, p = calendar_of(house, "physician"), house.stage.mine[2]
    assert book(house, "clerk", p, no, at(3), "essai-3")["act_rc"] == "OK"
    day = time.strftime("%Y-%m-%d", time.gmtime(int(at(3)) / 1000))
    a = house.vault.ask(house.token["physician"], ("view", "agenda_day", {"day": day}), get=[("lines", "name"), ("lines", "masked")])
    assert a.rc == "OK" and not any(a["got"][0]) and any(a["got"][1])
    other = house.vault.ask(house.token["rssi"], ("view", "agenda_day", {"day": day}))
    assert other.rc == "DENIED"
