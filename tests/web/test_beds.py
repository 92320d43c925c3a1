# SPDX-License-Identifier: Apache-2.0
"""
The board of beds and the page of movements through a real server, without script: moving by menu, preparing a bed, what was typed stays when it is refused, what is
sent twice is done once, two who look at one stay, hostile texts.
"""
import re
import zoneinfo
from datetime import datetime, timedelta

import pytest

from hygie_server import Person


@pytest.fixture(scope="module")
def nurse(server):
    return Person(server, server.account("nurse")).come()


def beds(person):
    """Bed → text of its row."""
    page = person.get("/beds").text
    return {m.group(1): m.group(0) for m in re.finditer(r'<tr[^>]*><th scope="row" class="time">([^<]*)</th>.*?</tr>', page)}


def value(name, text):
    return re.search(rf'name="{name}" value="([^"]*)"', text).group(1)


def lying(person, n):
    """The n-th who lies in a bed and can be moved: (bed, hidden fields of the form)."""
    rows = [(bed, row) for bed, row in beds(person).items() if 'action="/beds/move"' in row]
    bed, row = rows[n]
    return bed, {name: value(name, row[row.index('action="/beds/move"'):]) for name in ("unit", "patient", "stay", "version")}


def free(person):
    row = next(row for row in beds(person).values() if 'action="/beds/move"' in row)
    return re.findall(r'<option value="([^"]+)">(Lit [^<(]*)</option>', row)


def words(answer):
    return re.sub("<[^>]*>", " ", answer.text)


def test_somebody_is_moved_by_menu_and_the_bed_that_was_left_is_cleaned(nurse):
    bed, hidden = lying(nurse, 0)
    to, name = free(nurse)[0]
    again = {**hidden, "place": to, "reason": "no_bed"}
    assert nurse.post("/beds/move", again).status_code == 303
    rows = beds(nurse)
    assert "À nettoyer" in rows[bed] and hidden["patient"] in rows[name]
    twice = nurse.post("/beds/move", again)
    assert twice.status_code == 409 and "tel qu’il est maintenant" in words(twice), "the same form a second time moves nobody"
    which = value("bed", rows[bed])
    assert nurse.post("/beds/set", {"unit": hidden["unit"], "bed": which, "state": "ready"}).status_code == 303
    assert "Libre" in beds(nurse)[bed]


def test_without_a_bed_chosen_the_board_says_so(nurse):
    _, hidden = lying(nurse, 1)
    a = nurse.post("/beds/move", {**hidden, "place": ""})
    assert a.status_code == 422 and "Choisissez d’abord un lit." in words(a)


def test_the_corridor_has_no_name_no_form_and_reads_itself_again(nurse, server):
    a = nurse.get("/beds/corridor")
    assert a.headers["Refresh"] == "60" and "no-store" in a.headers["Cache-Control"]
    main = a.text.split("<main", 1)[1].split("</main", 1)[0]
    assert "<form" not in main and "/patient/" not in main and "Occupé" in main


@pytest.mark.parametrize("typed, told", [
    ({"day": "01/01/2020", "time": "10:00"}, "précède le dernier événement"), ({"day": "31/12/2098", "time": "10:00"}, "est à venir"), ({"time": "25:61"}, "14:12 ou 1412"),
    ({"day": "30/02/2026", "time": "10:00"}, "Cette date"), ({"day": "j"}, "14:12 ou 1412"), ({"mode": "Z"}, "pas dans la table"), ({"time": "10:00" * 40}, "trop long"),
])
def test_what_was_typed_stays_beside_what_is_wrong_with_it(nurse, typed, told):
    _, hidden = lying(nurse, 2)
    path = f"/patient/{hidden['patient']}/moves"
    a = nurse.post(path + "/discharge", {"stay": hidden["stay"], "version": hidden["version"], **typed})
    assert a.status_code == 422, words(a)[-400:]
    assert told in words(a)
    for name, text in typed.items():
        if name != "mode":
            assert f'name="{name}"' in a.text and f'value="{text}"' in a.text, f"{name} is lost"
    assert "<details open><summary>Sortie</summary>" in a.text


def test_of_two_who_look_at_a_stay_the_second_sees_it_as_it_is_now(nurse, server):
    _, hidden = lying(nurse, 3)
    path = f"/patient/{hidden['patient']}/moves"
    other = Person(server, server.account("clerk")).come()
    form = {"stay": hidden["stay"], "version": hidden["version"]}
    assert other.post(path + "/leave", form).status_code == 303
    a = nurse.post(path + "/transfer", {**form, "place": free(nurse)[-1][0]})
    assert a.status_code == 409 and "En permission" in words(a) and "tel qu’il est maintenant" in words(a)


def test_hostile_texts_are_refused_and_come_back_as_text(nurse):
    _, hidden = lying(nurse, 4)
    texts = ["<script>alert(1)</script>", "' OR 1=1 --", "\u202e14:12", "14:12\u0000", "%s%n", "٣٤:١٢", "-1:30", "1e3", "   ", "14,12", "14.12"]
    for text in texts:
        a = nurse.post(f"/patient/{hidden['patient']}/moves/leave", {"stay": hidden["stay"], "day": "j", "time": text})
        assert a.status_code in (400, 422), (text, a.status_code)
        assert "<script>alert" not in a.text


def test_a_movement_shows_in_the_history_and_struck_out_when_it_is_cancelled(nurse):
    _, hidden = lying(nurse, 5)
    path = f"/patient/{hidden['patient']}/moves"
    assert nurse.post(path + "/exit", {"stay": hidden["stay"], "day": "31/12/2026", "time": "23:30"}).status_code in (303, 422)
    assert nurse.post(path + "/leave", {"stay": hidden["stay"]}).status_code == 303
    page = nurse.get(path)
    no = value("no", page.text)
    assert nurse.post(path + "/cancel", {"stay": hidden["stay"], "no": no}).status_code == 422, "without a reason nothing is cancelled"
    assert nurse.post(path + "/cancel", {"stay": hidden["stay"], "no": no, "reason": "not_done"}).status_code == 303
    page = nurse.get(path).text
    assert "<s>Permission</s>" in page and "Permission annulée" in page and "Présent" in page
    assert nurse.post(path + "/cancel", {"stay": hidden["stay"], "no": no, "reason": "not_done"}).status_code == 409


def test_a_wrong_time_is_corrected_in_one_form_and_what_was_typed_stays_struck_out(nurse, open_browser):
    _, hidden = lying(nurse, 6)
    path = f"/patient/{hidden['patient']}/moves"
    yesterday = (datetime.now(zoneinfo.ZoneInfo("Europe/Paris")) - timedelta(days=1)).strftime("%d/%m/%Y")
    assert nurse.post(path + "/leave", {"stay": hidden["stay"], "day": yesterday, "time": "0910"}).status_code == 303
    b = open_browser()
    b.take(nurse.token)
    b.get(path)
    form = "form[action$='/moves/retime']"
    b.driver.execute_script("arguments[0].closest('details').open = true", b.one(form))
    b.driver.execute_script("arguments[0].setAttribute('id', 'retime')", b.one(form))
    b.one("#retime [name=time]").send_keys("9h75")
    b.driver.execute_script("arguments[0].click()", b.one("#retime input[name=reason][value=mistyped]"))
    b.submit("#retime")
    assert "14:12" in b.text and b.one(f"{form} [name=time]").get_attribute("value") == "9h75", "told beside the field, nothing typed is lost"
    b.shot("retime-refused")
    b.driver.execute_script("arguments[0].setAttribute('id', 'retime')", b.one(form))
    for name, typed in (("day", yesterday), ("time", "9h50")):
        box = b.one(f"#retime [name={name}]")
        box.clear()
        box.send_keys(typed)
    b.submit("#retime")
    page = nurse.get(path).text
    assert "<s>Permission</s>" in page and "Permission annulée" in page and "Erreur de saisie" in page and "09:50" in page and "09:10" in page
    b.shot("retime-done")
    old = {"stay": hidden["stay"], "no": "1", "day": yesterday, "time": "0930", "reason": "learned"}
    assert nurse.post(path + "/retime", old).status_code == 409, "no longer the last"
    assert nurse.post(path + "/retime", {**old, "no": value("no", page), "time": ""}).status_code == 422
    assert nurse.post(path + "/retime", {**old, "no": value("no", page), "day": "01/01/2001"}).status_code == 422, "before the stay began"
