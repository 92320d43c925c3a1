# SPDX-License-Identifier: Apache-2.0
"""The day of a nurse, a clerk, a security officer, as hands and eyes meet it."""
import re
import time

from browser import Keys, in_by_key, press_key, with_key


def born(patient):
    return "/".join(reversed(patient.birth.split("-")))


def find(b, text):
    """F2 from anywhere, type, Enter."""
    b.press(Keys.F2)
    b.press(text, Keys.ENTER)
    b.until(lambda: b.path == "/search" and b.all("#results .state, #results .empty, #results .faults"))


def test_a_newcomer_is_in_with_two_clicks(browser, server):
    nurse = server.account("nurse", 2)
    b = browser.get("/")
    assert "DÉMO" in b.text
    b.one(f'a[href="/sign-in?as={nurse["login"]}"]').click()
    b.one("#sign-in button[type=submit]").click()
    b.until(lambda: b.path == "/unit")
    assert nurse["unit_name"] in b.title


def test_a_nurse_finds_her_patient_by_birth_date_and_opens_the_chart(browser, server, stage):
    mine = stage.mine[0]
    b = browser.sign_in(server.account("nurse"))
    assert b.path == "/unit"
    find(b, re.sub(r"\D", "", born(mine)))
    link = b.one(f'#results a[href="/patient/{mine.id}"]')
    assert any(n["family"].upper() in link.text.upper() for n in mine.body["name"])
    link.click()
    b.until(lambda: b.path == f"/patient/{mine.id}")
    assert mine.family.upper() in b.one(".banner").text.upper()
    assert b.title.startswith("Synthèse — ") and b.one(".banner .who").text in b.title
    assert "séjour dans votre unité" in b.one(".strip").text.replace("\u202f", " ")


def test_results_come_while_typing_and_nothing_is_chosen_by_itself(browser, server, stage):
    b = browser.sign_in(server.account("nurse")).get("/search")
    b.one("#search-q").send_keys(re.sub(r"\D", "", born(stage.mine[0])))
    b.until(lambda: b.all("#results tbody tr"))
    assert b.path == "/search"
    assert b.driver.switch_to.active_element.get_attribute("id") == "search-q"


def test_a_stranger_asks_for_a_reason_and_the_security_officer_sees_it(open_browser, server, stage):
    stranger = stage.strangers[0]
    nurse, b = server.account("nurse"), open_browser()
    b.sign_in(nurse)
    find(b, born(stranger))
    row = b.one(f'#results a[href="/patient/{stranger.id}"]')
    assert stranger.family not in b.text, "a stranger's line is masked"
    row.click()
    b.until(lambda: "demande un motif" in b.text)
    assert b.path == f"/patient/{stranger.id}"
    assert stranger.family not in b.text and not b.all(".banner")
    b.press("1")
    b.one("#glass-text").send_keys("Chute dans le couloir")
    b.chord(Keys.CONTROL, Keys.ENTER)
    b.until(lambda: b.all(".banner"))
    assert b.path == f"/patient/{stranger.id}" and stranger.family.upper() in b.one(".banner").text.upper()
    assert "urgence, jusqu'au" in b.text
    b.get(f"/patient/{stranger.id}/who")
    assert nurse["name"] in b.text and "Urgence" in b.text

    r = open_browser().sign_in(server.account("rssi"))
    assert r.path == "/cockpit"
    r.get("/review")
    assert nurse["name"] in r.text and "Chute dans le couloir" in r.text
    assert stranger.family not in r.text, "the reviewer sees the masked line"
    r.one("main tbody tr button[data-key=e]").click()
    r.until(lambda: "Rien à revoir" in r.text)
    r.get("/review/all")
    assert "Justifié" in r.text


def test_the_reviewer_and_the_administrator_open_no_chart(open_browser, server, stage):
    for role in ("rssi", "admin"):
        b = open_browser().sign_in(server.account(role))
        b.get(f"/patient/{stage.mine[0].id}")
        assert stage.mine[0].family not in b.text and not b.all(".banner")
        assert not b.all('a[href="/search"]')


def test_locking_keeps_what_is_being_typed(browser, server):
    nurse = server.account("nurse", 1)
    b = browser.sign_in(nurse).get("/patients/new")
    b.one("#new-birth_name").send_keys("O'HARA-ÉTÉ")
    b.chord(Keys.ALT, "l")
    b.until(lambda: b.one("#lock").get_attribute("open") is not None)
    assert b.driver.execute_script("const r = document.querySelector('#new-birth_name').getBoundingClientRect();"
                                   "return document.elementFromPoint(r.x + 5, r.y + 5).closest('dialog') !== null"), "nothing of the page shows or answers"
    b.press(Keys.ESCAPE)
    assert b.one("#lock").get_attribute("open") is not None
    b.one("#lock [name=password]").send_keys("wrong")
    b.one("#lock [name=code]").send_keys("000000", Keys.ENTER)
    b.until(lambda: b.one("#lock [role=alert]").text)
    time.sleep(1)
    b.one("#lock [name=password]").clear()
    b.one("#lock [name=password]").send_keys(nurse["password"])
    b.one("#lock [name=code]").send_keys(b.code(nurse), Keys.ENTER)
    b.until(lambda: b.one("#lock").get_attribute("open") is None)
    assert b.one("#new-birth_name").get_attribute("value") == "O'HARA-ÉTÉ"
    b.submit("#new")
    b.until(lambda: b.all(".faults"))
    assert b.one("#new-birth_name").get_attribute("value") == "O'HARA-ÉTÉ", "the form went out with the new token and came back whole"


def test_a_session_locked_elsewhere_covers_the_page(browser, server, stage):
    nurse = server.account("nurse", 1)
    b = browser.sign_in(nurse).get("/search")
    first = b.driver.current_window_handle
    b.driver.switch_to.new_window("tab")
    b.get("/help")
    b.one('form[action="/lock"] button').click()
    b.until(lambda: b.one("#lock").get_attribute("open") is not None)
    time.sleep(0.5)
    b.driver.switch_to.window(first)
    b.one("#search-q").send_keys(born(stage.mine[0]))
    b.until(lambda: b.one("#lock").get_attribute("open") is not None)
    assert stage.mine[0].family.upper() not in b.text.upper()


def fill_identity(b, name, given, date, sex="female"):
    b.one("#new-birth_name").send_keys(name)
    b.one("#new-given_names").send_keys(given)
    b.one("#new-birthdate").send_keys(date)
    b.one(f'#new [name=sex][value={sex}]').click()


def test_a_clerk_is_shown_likely_duplicates_before_creating(browser, server, stage):
    known = stage.mine[1]
    given = next(n["given"][0] for n in known.body["name"] if n.get("given"))
    b = browser.sign_in(server.account("clerk")).get("/patients/new")
    fill_identity(b, known.family, given, born(known), "female" if known.body["gender"] == "female" else "male")
    b.submit("#new")
    b.until(lambda: "déjà connue" in b.text)
    assert b.one("#new-birth_name").get_attribute("value") == known.family
    assert b.all("#new table tbody tr")
    b.one("#new-confirm_no_duplicate").click()
    b.submit("#new")
    b.until(lambda: re.fullmatch(r"/patient/[^/]+/admin", b.path))
    assert known.family.upper() in b.one(".banner").text.upper()


def test_a_clerk_creates_corrects_and_deletes_and_somebody_else_brings_back(open_browser, server):
    b = open_browser().sign_in(server.account("clerk", 1)).get("/patients/new")
    b.submit("#new")
    b.until(lambda: b.all(".faults a"))
    assert b.driver.switch_to.active_element.get_attribute("class") == "faults"
    fill_identity(b, "ZYSMANOVIC", "Aurore Inès", "03/04/1971")
    b.submit("#new")
    b.until(lambda: b.path.endswith("/admin"), told=b.text)
    chart = b.path[:-len("/admin")]
    assert "ZYSMANOVIC, Aurore" in b.title and "Allergie" not in b.text
    b.get(chart + "/edit")
    b.one("#edit-phone").send_keys("06 39 98 00 11")
    assert "ZYSMANOVIC" in b.one("#edit button[type=submit]").text
    b.submit("#edit")
    b.until(lambda: b.path.endswith("/admin"))
    assert "06 39 98 00 11" in b.text
    b.get(chart + "/delete")
    b.one("#delete [value=error]").click()
    b.one("#delete-text").send_keys("saisi deux fois")
    b.submit("#delete")
    b.until(lambda: b.path == "/patients/deleted")
    assert "Z" in b.one("main tbody th").text and not b.all('main form.inline'), b.text
    b.get(chart + "/admin")
    assert "ZYSMANOVIC" not in b.text

    other = open_browser().sign_in(server.account("clerk")).get("/patients/deleted")
    other.one("main form.inline button").click()
    other.until(lambda: other.path == chart + "/admin" or "demande un motif" in other.text)


def test_the_treating_physician_is_chosen_by_name(browser, server, stage):
    doctor = server.account("physician")
    b = browser.sign_in(server.account("nurse")).get(f"/patient/{stage.mine[2].id}/treating")
    b.one("#treating-text").send_keys(doctor["name"].split()[-1])
    b.until(lambda: b.all("#found tbody button"))
    b.one("#found tbody button").click()
    b.until(lambda: b.path.endswith("/identity"))
    assert doctor["name"].split()[-1].upper() in b.one("dl").text.upper() or doctor["name"].split()[-1].upper() in b.text.upper()


def test_who_looked_and_my_accesses_tell_the_opening(browser, server, stage):
    nurse, mine = server.account("nurse"), stage.mine[3]
    b = browser.sign_in(nurse).get(f"/patient/{mine.id}").get(f"/patient/{mine.id}/who")
    assert nurse["name"] in b.text and "séjour dans l'unité" in b.text
    b.get("/accesses")
    assert "sur 53" in b.text and mine.family not in b.text
    assert b.all("meter")


def test_signing_out_ends_the_session(browser, server):
    b = browser.sign_in(server.account("nurse", 2))
    b.one('form[action="/sign-out"] button').click()
    b.until(lambda: b.path == "/sign-in")
    b.get("/unit")
    assert b.all("#sign-in")


def test_an_administrator_makes_and_disables_an_account(open_browser, server):
    b = with_key(open_browser)
    b.sign_in(server.account("admin"))
    assert b.path == "/accounts"
    in_by_key(b, server.account("admin"))
    b.get("/accounts/new")
    b.one("#account-login").send_keys("nouvelle.idee")
    b.one("#account-name").send_keys("Nouvelle Idée")
    b.one("#account-role").send_keys("Infirm")
    b.one("#account-password").send_keys("trois chats gris dorment")
    press_key(b, "#account")
    b.until(lambda: "ne sera plus montré" in b.text, told=b.text)
    assert "deuxième personne" in b.text
    secret = b.one("code").text
    b.get("/accounts/waiting")
    assert "nouvelle.idee" in b.text and "Quelqu'un d'autre" in b.text.replace("’", "'") and not b.all("form[action='/accounts/waiting']")
    b.get("/accounts?after=noumea")
    assert "nouvelle.idee" in b.text and secret not in b.text
    b.one('button[name=enable][value="nouvelle.idee"]').click() # nobody opens it alone
    b.until(lambda: "attend une deuxième personne" in b.text, told=b.text)
    officer = with_key(open_browser)
    officer.sign_in(server.account("rssi"))
    in_by_key(officer, server.account("rssi"))
    officer.get("/accounts/waiting")
    officer.one("[id='w-nouvelle.idee'] input[name=answer][value=confirm]").click()
    press_key(officer, "[id='w-nouvelle.idee']")
    officer.until(lambda: "Aucun compte n" in officer.text, told=officer.text)
    b.get("/accounts?after=noumea")
    b.one('button[name=disable][value="nouvelle.idee"]').click()
    b.until(lambda: b.path == "/accounts")
    b.get("/accounts?after=noumea")
    b.until(lambda: b.all('button[name=enable][value="nouvelle.idee"]'))


def test_english_is_complete(browser, server, stage):
    b = browser.sign_in(server.account("physician"))
    b.one(".strip a[lang=en]").click()
    b.get(f"/patient/{stage.mine[0].id}")
    assert b.one("html").get_attribute("lang") == "en"
    assert "Summary" in b.title and "Current treatments" in b.text
    b.get("/lang/fr")
    assert b.one("html").get_attribute("lang") == "fr"


def test_print_repeats_the_patient_and_says_who_printed(browser, server, stage):
    mine = stage.mine[0]
    b = browser.sign_in(server.account("nurse")).get(f"/patient/{mine.id}/timeline")
    b.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    position = b.driver.execute_script("return getComputedStyle(document.querySelector('.banner')).display")
    foot = b.one(".print-foot").get_attribute("textContent").replace("\u202f", " ")
    assert position == "table-header-group" and "imprimé par" in foot and server.account("nurse")["name"] in foot
    assert not b.one(".rail").is_displayed() and not b.one(".top").is_displayed()


def test_a_print_is_told_apart_from_a_look(browser, server, stage):
    mine = stage.mine[0]
    b = browser.sign_in(server.account("nurse")).get(f"/patient/{mine.id}")
    b.one('.strip a[data-key="Alt+P"]').click()
    assert b.driver.current_url.endswith("?print=1")
    b.get(f"/patient/{mine.id}/who")
    assert "impression" in b.one("main table").text.lower()


def test_a_filtered_page_prints_filtered(browser, server, stage):
    b = browser.sign_in(server.account("nurse")).get(f"/patient/{stage.mine[0].id}/timeline")
    chosen = b.one('main a[href*="timeline?"]').get_attribute("href").split("?")[1]
    b.get(f"/patient/{stage.mine[0].id}/timeline?{chosen}")
    b.one('.strip a[data-key="Alt+P"]').click()
    assert b.driver.current_url.endswith(f"?{chosen}&print=1")
