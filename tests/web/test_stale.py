# SPDX-License-Identifier: Apache-2.0
"""Two people open one form, both send it: who comes second reads what was recorded meanwhile beside what he typed, loses neither, and may then send his own over the version that he has seen."""
import re

import pytest

from hygie_server import Person


@pytest.fixture
def clerks(server):
    return [Person(server, server.account("clerk")).come(), Person(server, server.account("clerk")).come()]


def fields_of(page, action, head_has=""):
    """What a browser would send of the form that goes there: {name: value}."""
    form = next(f for head, f in re.findall(r"<form\b([^>]*)>(.*?)</form>", page.text, re.S) if re.search(rf'action="[^"]*{re.escape(action)}"', head) and head_has in head)
    out = {}
    for tag, attributes in re.findall(r"<(input|select|textarea)\b([^>]*)>", form):
        name, value = re.search(r'\bname="([^"]*)"', attributes), re.search(r'\bvalue="([^"]*)"', attributes)
        if name and (not re.search(r'type="(?:radio|checkbox)"', attributes) or re.search(r"\bchecked\b", attributes)):
            out[name.group(1)] = value.group(1) if value else ""
    out.pop("csrf", None)
    return out


def said(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text)).replace("\u202f", " ").replace("\u00a0", " ")


def test_an_identity_that_two_correct_at_once(clerks, stage):
    one, other = clerks
    path = f"/patient/{stage.mine[4].id}/edit"
    first, second = fields_of(one.get(path), "/edit"), fields_of(other.get(path), "/edit")
    assert one.post(path, {**first, "phone": "0639980011", "city": "Vannes"}).status_code == 303
    both = other.post(path, {**second, "phone": "0639980022"})
    assert both.status_code == 412, both.status_code
    kept = fields_of(both, "/edit")
    assert kept["phone"] == "0639980022", "what was typed is there"
    assert "Au dossier à présent : 0639980011" in said(both) and "Au dossier à présent : Vannes" in said(both), "what the other recorded stands beside it"
    assert kept["version"] != second["version"] and "Votre saisie est gardée ici" in said(both)
    assert other.post(path, {**kept, "city": "Vannes"}).status_code == 303, "whoever has seen both decides"
    now = fields_of(one.get(path), "/edit")
    assert now["phone"] == "0639980022" and now["city"] == "Vannes", now


def test_a_prescription_that_two_stop_at_once(server, stage):
    one, other = (Person(server, server.account("physician")).come() for _ in range(2))
    path = f"/patient/{stage.mine[5].id}/prescriptions"
    fields = fields_of(one.get(path), "/prescriptions/stop")
    assert one.post(path + "/stop", {**fields, "reason": "done"}).status_code == 303
    both = other.post(path + "/stop", {**fields, "reason": "adverse"})
    assert both.status_code == 409 and "modifié cette prescription depuis" in said(both)
    ended = [tr for tr in re.findall(r"<tr\b.*?</tr>", both.text, re.S) if "Fin du traitement" in tr and "prescriptions/stop" not in tr]
    assert ended, "how it was stopped meanwhile stands in the list, among those that ended"


def test_an_appointment_that_two_move_at_once(clerks, stage):
    one, other = clerks
    path = f"/patient/{stage.mine[6].id}/appointments"
    book = fields_of(one.get(path), "/book")
    slots = re.findall(r'<option value="(\d+\.\d+\.\d+\.\d+)"', one.get(path).text)
    assert one.post(path + "/book", {**book, "slot": slots[0]}).status_code == 303
    moved = fields_of(other.get(path), "/move")
    assert one.post(path + "/move", {**moved, "slot": slots[5]}).status_code == 303
    both = other.post(path + "/move", {**moved, "slot": "", "day": "01/02/2027", "time": "10h15"})
    assert both.status_code == 409 and "ci-dessous" in said(both), said(both)[-2500:]
    again = fields_of(both, "/move")
    assert again["time"] == "10h15" and again["day"] == "01/02/2027" and again["version"] != moved["version"]


def test_an_amount_that_two_type_at_once(server, stage):
    physician, (one, other) = Person(server, server.account("physician")).come(), [Person(server, server.account("billing")).come() for _ in range(2)]
    own = f"/patient/{stage.mine[7].id}"
    stay = re.search(r'name="stay" value="([^"]+)"', one.get(own + "/bills").text).group(1)
    assert physician.post(own + "/acts", {"stay": stay, "act": "AAFA001", "activity": "1", "phase": "0", "day": "02/01/2025"}).status_code == 303
    at = one.post(own + "/bills", {"stay": stay}).headers["Location"]
    typed = {**fields_of(one.get(at), "/bill/amount"), "place": "1"}
    assert one.post(own + "/bill/amount", {**typed, "amount": "120,50"}).status_code == 303
    both = other.post(own + "/bill/amount", {**typed, "amount": "99,00"})
    assert both.status_code == 409 and "120,50" in said(both)
    again = fields_of(both, "/bill/amount")
    assert again["amount"] == "99,00" and again["version"] != typed["version"]
    assert other.post(own + "/bill/amount", {**again, "place": "1"}).status_code == 303


def test_people_around_a_patient_that_two_enter_at_once(clerks, stage):
    one, other = clerks
    path = f"/patient/{stage.mine[8].id}/around"
    first, late = fields_of(one.get(path), "/around", 'id="person"'), fields_of(other.get(path), "/around", 'id="person"')
    assert one.post(path, {**first, "family": "Zyproche", "role": "ECON", "phone": "0639980010"}).status_code == 303
    both = other.post(path, {**late, "family": "Zysecond", "role": "NOK"})
    assert both.status_code == 412 and "ZYPROCHE" in said(both), "who was entered meanwhile stands in the list"
    kept = fields_of(both, "/around", 'id="person"')
    assert kept["family"] == "Zysecond" and kept["version"] != late["version"]
    assert other.post(path, {**kept, "role": "NOK"}).status_code == 303
    change, late = fields_of(one.get(path), "/around", 'id="person0"'), fields_of(other.get(path), "/around", 'id="person0"')
    assert change["family"] == "Zyproche" and change["ref"]
    assert one.post(path, {**change, "role": "ECON", "phone": "0639980011"}).status_code == 303
    both = other.post(path, {**late, "role": "ECON", "phone": "0639980022"})
    assert both.status_code == 412 and "Au dossier à présent : 0639980011" in said(both)
    kept = fields_of(both, "/around", 'id="person0"')
    assert kept["phone"] == "0639980022"
    assert other.post(path, {**kept, "role": "ECON"}).status_code == 303, "whoever has seen both decides"
    page = other.get(path)
    late = fields_of(page, "/around", 'id="person0"')
    assert one.post(path + "/end", fields_of(page, "/around/end")).status_code == 303
    gone = other.post(path, {**late, "role": "ECON", "phone": "0639980033"})
    assert gone.status_code == 412, gone.status_code
    kept = fields_of(gone, "/around", 'id="person"')
    assert kept["phone"] == "0639980033" and kept["family"] == "Zyproche" and "ref" not in kept, "what was typed of somebody who ended is kept, for somebody new"
