# SPDX-License-Identifier: Apache-2.0
"""A nurse's account opens strangers, one after the other: a proof is asked for, then it is stopped; the security officer looks at the list and ends the stop."""

from browser import add_key, press_key, with_key
from hygie_server import Person, fresh_code, present_in


def open_strangers(person, patients):
    """With a reason each, over HTTP: those whose chart opened, then the answer that did not."""
    opened = []
    for p in patients:
        assert person.post(f"/patient/{p.id}/glass", {"reason": "advice", "text": "essai du jour"}).status_code in (303, 403)
        a = person.get(f"/patient/{p.id}")
        if a.status_code != 200:
            return opened, p, a
        opened.append(p)
    raise AssertionError("nothing stopped the account")


# A code opens once and a new one comes every thirty seconds: no person here needs more than two.

def test_a_proof_is_asked_for_and_the_work_goes_on_where_it_was(open_browser, server, stage):
    nurse = server.account("nurse")
    thief = Person(server, nurse).come()
    opened, p, a = open_strangers(thief, stage.strangers[40:])
    assert len(opened) == 6 and a.status_code == 303 and a.headers["Location"].startswith("/prove?next=")
    b = open_browser()
    b.sign_in(nurse)
    assert b.get(f"/patient/{opened[0].id}").all(".banner"), "what is open stays open"
    b.get(f"/patient/{p.id}")
    assert b.path.startswith("/prove?") and "Est-ce bien vous" in b.title
    b.shot("prove")
    # badly typed: said at its field, and what was chosen is still there
    b.one('#prove [value=unit]').click()
    b.one("#prove [name=code]").clear()
    b.one("#prove [name=code]").send_keys("000000")
    b.submit("#prove")
    assert b.path == "/prove" and b.all(".faults") and b.one('#prove [value=unit]').is_selected()
    b.shot("prove-again")
    options = [o.text for o in b.all("#prove [name=unit] option") if o.text != "—"]
    assert len(options) > 3 and all(not o.isdigit() for o in options), "units are chosen by name, after a fault too"
    b.one('#prove [value=other]').click()
    b.one("#prove [name=text]").send_keys("renfort aux urgences")
    b.one("#prove [name=code]").clear()
    b.one("#prove [name=code]").send_keys(fresh_code(nurse, str(server.dir)))
    b.submit("#prove")
    b.until(lambda: b.path == f"/patient/{p.id}")
    assert b.all(".banner"), "the proof leads back to the chart that was asked for"


def test_a_stopped_account_is_set_free_by_who_saw_the_list(open_browser, server, stage):
    nurse = server.account("nurse", 1)
    thief = Person(server, nurse).come()
    first, _, a = open_strangers(thief, stage.strangers[50:])
    assert len(first) == 6 and a.status_code == 303
    assert thief.post("/prove", {"reason": "emergency", "code": fresh_code(nurse, str(server.dir))}).status_code == 303
    _, p, a = open_strangers(thief, stage.strangers[56:])
    assert a.status_code == 403 and "compte est arrêté" in a.text and not p.found_in(a.content)
    own = next(stage.by_rid[rid] for rid in present_in(server.dir, nurse["unit"]))
    b = open_browser()
    b.take(thief.token).get(f"/patient/{own.id}")
    assert "arrêté" in b.text and not b.all(".banner")
    assert len(b.all("#glass [type=radio]")) == 1, "only an emergency opens"
    b.shot("stopped")
    officer = open_browser()
    officer.sign_in(server.account("rssi"))
    officer.get("/stops")
    assert nurse["name"].split()[-1].upper() in officer.text.upper()
    officer.shot("stops")
    officer.one("a[href^='/stop?number=']").click()
    officer.until(lambda: officer.path.startswith("/stop?"))
    text = officer.driver.page_source
    assert not [q for q in stage.strangers if q.family in text], "patients are masked"
    officer.shot("stop")
    assert len(officer.all("main tbody tr")) == 12, "each patient once; a session by code has half of the room of one by key"
    officer.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", officer.one("#stop [value=release]"))
    officer.shot("stop-form")
    officer.one("#stop [name=comment]").send_keys("Renfort confirmé par le cadre du service")
    officer.submit("#stop")
    assert officer.all("#stop .faults") and "cadre du service" in officer.one("#stop [name=comment]").get_attribute("value"), "without a verdict the form comes back with what was typed"
    officer.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", officer.one("#stop [value=release]"))
    officer.one("#stop [value=release]").click()
    officer.one("#stop [name=code]").clear()
    officer.one("#stop [name=code]").send_keys(fresh_code(server.account("rssi"), str(server.dir)))
    officer.submit("#stop")
    officer.until(lambda: officer.path == "/stops")
    assert "Aucun compte n'est arrêté" in officer.text.replace("\u2019", "'")
    b.get(f"/patient/{own.id}")
    assert b.all(".banner"), "the account works again"
    officer.get("/review")
    officer.shot("review")
    assert "Preuve demandée" in officer.text and "renfort aux urgences" in officer.text


def test_the_security_officer_sees_the_limits_and_what_an_account_cannot_do(open_browser, server, stage):
    nurse = server.account("nurse", 2)
    own = next(stage.by_rid[rid] for rid in present_in(server.dir, nurse["unit"]))
    assert Person(server, nurse).come().get(f"/patient/{own.id}").status_code == 200
    officer = open_browser()
    officer.sign_in(server.account("rssi", 1))
    officer.get("/budgets")
    officer.shot("budgets")
    rows = {r.text.split("\n")[0]: r.text for r in officer.all("main table:first-of-type tbody tr")}
    assert any("43 · 53" in text and "16 · 24" in text for text in rows.values()), rows
    officer.driver.execute_script("arguments[0].click()", officer.one(f"a[href='/budget?login={nurse['login']}']"))
    officer.until(lambda: officer.path.startswith("/budget?"))
    officer.shot("budget")
    said = officer.text.replace("\u2019", "'")
    assert "export de plus de 50 patients" in said and "voir qui a consulté qui" in said and "écrire dans un dossier" not in said
    officer.get(f"/budget?login={server.account('admin')['login']}")
    assert "n'ouvre aucun dossier" in officer.text.replace("\u2019", "'")
    officer.shot("budget-admin")


def test_a_plan_blanc_takes_two_people_and_is_on_every_screen(open_browser, server):
    officer, dpo = with_key(open_browser), open_browser()
    asks = server.account("physician")
    officer.sign_in(asks)
    add_key(officer, asks, "Badge")
    officer.get("/plan")
    officer.one("#plan [name=reason]").send_keys("Accident de car sur la rocade")
    press_key(officer, "#plan")
    assert "seconde signature" in officer.text and "Signer" not in officer.text, "who asked does not sign"
    dpo.sign_in(server.account("dpo")).get("/plan")
    dpo.shot("plan-asked")
    assert "PLAN BLANC" not in dpo.text
    dpo.one("#plan [name=code]").clear()
    dpo.one("#plan [name=code]").send_keys(fresh_code(server.account("dpo"), str(server.dir)))
    dpo.submit("#plan")
    nurse = open_browser()
    nurse.sign_in(server.account("clerk"))
    assert "PLAN BLANC" in nurse.text
    nurse.shot("plan-on")
    officer.get("/plan")
    press_key(officer, "#plan")
    assert "PLAN BLANC jusqu" not in officer.get("/").text


def test_patients_of_an_unexplained_stop_are_told_line_by_line(open_browser, server, stage):
    """The security officer cannot explain a stop: whom the account had opened becomes a list, and the first page says how much of it is left."""
    nurse, officer = server.account("nurse", 2), open_browser()
    thief = Person(server, nurse).come()
    _, _, a = open_strangers(thief, stage.strangers[100:])
    assert a.status_code == 303
    assert thief.post("/prove", {"reason": "emergency", "code": fresh_code(nurse, str(server.dir))}).status_code == 303
    open_strangers(thief, stage.strangers[106:])
    officer.sign_in(server.account("rssi", 1))
    assert officer.path == "/cockpit" and "Rien à traiter" not in officer.text
    officer.shot("cockpit")
    officer.one(".tile a[href='/stops']").click()
    officer.until(lambda: officer.path == "/stops")
    officer.one("a[href^='/stop?number=']").click()
    officer.until(lambda: officer.path.startswith("/stop?"))
    officer.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", officer.one("#stop [value=keep]"))
    officer.one("#stop [value=keep]").click()
    officer.one("#stop [name=code]").clear()
    officer.one("#stop [name=code]").send_keys(fresh_code(server.account("rssi", 1), str(server.dir)))
    officer.submit("#stop")
    officer.until(lambda: officer.path == "/stops")
    officer.get("/to-tell")
    officer.shot("to-tell")
    text = officer.driver.page_source
    assert not [q for q in stage.strangers if q.family in text], "patients are masked"
    lines = lambda: len(officer.all("main tbody tr"))
    assert lines() == 10, "ten masked lines a page"
    officer.one("main tbody tr button[data-key=e]").click()
    officer.until(lambda: officer.path == "/to-tell")
    officer.one("main tbody tr a[href^='/to-tell/one?no=']").click()
    officer.until(lambda: officer.path.startswith("/to-tell/one?"))
    officer.one("#tell [value=not_told]").click()
    officer.submit("#tell")
    assert officer.all("#tell .faults") and officer.one("#tell [value=not_told]").is_selected(), "why somebody is not told is asked for"
    officer.shot("tell-form")
    officer.one("#tell [name=comment]").send_keys("Adresse inconnue, décès signalé")
    officer.submit("#tell")
    officer.until(lambda: officer.path == "/to-tell")
    officer.get("/to-tell/done")
    officer.shot("told")
    assert "Par courrier" in officer.text and "Adresse inconnue" in officer.text and lines() == 2
