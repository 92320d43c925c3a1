# SPDX-License-Identifier: Apache-2.0
"""Without script, with the keyboard alone, at 200 %, in the dark, against hostile text."""
import time

import pytest

from browser import Keys
from gate_tables import may
from scene import SCREENS, needs


def each_screen(b, server, stage, role):
    """Each page of the route table that a role may open by its address alone."""
    b.sign_in(server.account(role))
    for row in SCREENS:
        if may(role, row) and not needs(row):
            yield b.get(row["path"].replace(":patient", stage.mine[0].id))


def born(patient):
    return "/".join(reversed(patient.birth.split("-")))


# ---- without script ----

def test_without_script_a_nurse_finds_opens_and_breaks_the_glass(open_browser, server, stage):
    b = open_browser(script=False).type_in(server.account("nurse"))
    for patient, reason in ((stage.mine[0], False), (stage.strangers[1], True)):
        b.get("/search")
        b.one("#search-q").send_keys(born(patient), Keys.ENTER)
        b.one(f'#results a[href="/patient/{patient.id}"]').click()
        if reason:
            b.one('#glass [value=advice]').click()
            b.one("#glass-text").send_keys("avis de spécialité")
            b.submit("#glass")
        assert patient.family.upper() in b.one(".banner").text.upper()


def leave_in_another_tab(b, who, way):
    """A new patient is typed and not sent; then the session is locked or left where it is open twice."""
    for name, value in zip(("birth_name", "given_names", "birthdate"), who):
        b.one(f"#new-{name}").send_keys(value)
    b.one("#new [name=sex][value=female]").click()
    b.driver.switch_to.new_window("tab")
    b.get("/help").one(f'form[action="{way}"] button').click()


def test_without_script_a_form_stopped_by_the_lock_is_offered_again(open_browser, server):
    clerk = server.account("clerk", 2)
    b = open_browser(script=False).sign_in(clerk).get("/patients/new")
    first = b.driver.current_window_handle
    leave_in_another_tab(b, ("KOWALCZYK <b>", "Łucja", "05/06/1983"), "/lock")
    b.until(lambda: "Session verrouillée" in b.one("h1").text)
    b.driver.switch_to.window(first)
    b.submit("#new")
    b.until(lambda: "Session verrouillée" in b.one("h1").text and "gardé ici" in b.text)
    b.one("[name=password]").send_keys("wrong")
    b.one("[name=code]").send_keys("000000")
    b.submit("form.unlock")
    b.until(lambda: b.all("[role=alert]"))
    b.one("[name=password]").send_keys(clerk["password"])
    b.one("[name=code]").send_keys(b.code(clerk))
    b.submit("form.unlock")
    b.until(lambda: "pas encore fait" in b.text)
    b.one("main form.inline button").click()
    b.until(lambda: b.path.endswith("/admin"), told=b.text)
    assert "KOWALCZYK <B>, Łucja" in b.one(".banner .who").text


def test_without_script_a_form_that_came_after_signing_out_is_offered_to_its_person(open_browser, server):
    clerk, other = server.account("clerk", 1), server.account("nurse", 1)
    b = open_browser(script=False).sign_in(clerk).get("/patients/new")
    first = b.driver.current_window_handle
    leave_in_another_tab(b, ("ZIELINSKA", "Ewa", "07/08/1984"), "/sign-out")
    b.until(lambda: b.path.startswith("/sign-in"))
    b.driver.switch_to.window(first)
    b.submit("#new")
    b.until(lambda: "illisible" in b.text)
    assert "ZIELINSKA" not in b.driver.page_source
    for account in (other, clerk):
        b.one(f'button[name=as][value="{account["login"]}"]').click()
        b.until(lambda: b.one("#sign-in [name=login]").get_attribute("value") == account["login"])
        b.one("#sign-in [name=password]").clear()
        b.one("#sign-in [name=password]").send_keys(account["password"] if account is clerk else "un cheval sans selle")
        b.one("#sign-in [name=code]").clear()
        b.one("#sign-in [name=code]").send_keys(b.code(account) if account is clerk else "000000")
        b.submit("#sign-in")
        b.until(lambda: "pas encore fait" in b.text if account is clerk else b.all("#sign-in [role=alert]"), told=b.text)
    b.one("main form.inline button").click()
    b.until(lambda: b.path.endswith("/admin"), told=b.text)
    assert "ZIELINSKA, Ewa" in b.one(".banner .who").text


# ---- keyboard ----

def test_the_keyboard_alone_suffices(browser, server, stage):
    b = browser.sign_in(server.account("physician"))
    b.get("/unit")
    b.press(Keys.TAB)
    assert b.driver.switch_to.active_element.get_attribute("class") == "skip"
    b.press("j")
    b.until(lambda: b.driver.switch_to.active_element.get_attribute("data-row") is not None) # a list that takes scans holds single keys back for an instant
    b.press("j", "k", Keys.ENTER)
    b.until(lambda: b.path.startswith("/patient/"))
    b.press("g", "c")
    b.until(lambda: b.path.endswith("/timeline"))
    b.press("1")
    b.until(lambda: b.path.count("/") == 2)
    b.press(Keys.F1)
    b.until(lambda: b.path == "/help")
    assert "Alt+L" in b.text
    b.press(Keys.F8)
    b.until(lambda: b.path == "/my-patients")
    b.press(Keys.F2)
    assert b.driver.switch_to.active_element.get_attribute("id") == "find"
    b.press("gc", Keys.ESCAPE)
    assert b.path == "/my-patients", "letters typed into a field are letters"


def test_single_letter_keys_can_be_switched_off(browser, server):
    b = browser.sign_in(server.account("physician", 1)).get("/help")
    b.one("[data-keys-switch]").click()
    assert b.one("[data-keys-switch]").get_attribute("aria-pressed") == "true"
    b.get("/unit").press("g", "m")
    assert b.path == "/unit"
    b.press(Keys.F1)
    b.until(lambda: b.path == "/help")


def test_enter_does_not_send_a_long_form(browser, server):
    b = browser.sign_in(server.account("clerk")).get("/patients/new")
    b.one("#new-birth_name").send_keys("DURAND", Keys.ENTER)
    assert not b.all(".faults")
    b.chord(Keys.CONTROL, Keys.ENTER)
    b.until(lambda: b.all(".faults"))


def test_every_focus_is_seen(browser, server):
    b = browser.sign_in(server.account("nurse")).get("/search")
    for _ in range(14):
        b.press(Keys.TAB)
        time.sleep(0.15)         # the skip link slides in
        style = b.driver.execute_script("const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();"
                                        "return [e.tagName + ' ' + e.className + ' ' + e.textContent.slice(0, 30), s.outlineStyle, parseFloat(s.outlineWidth), r.top >= 0 && r.bottom <= innerHeight + 1]")
        assert style[0].startswith("BODY") or (style[1] != "none" and style[2] >= 2 and style[3]), style


# ---- zoom, themes ----

@pytest.mark.parametrize("role", ["nurse", pytest.param("rssi", marks=pytest.mark.full), pytest.param("admin", marks=pytest.mark.full)])
def test_at_200_percent_nothing_is_cut_off(open_browser, server, stage, role):
    b = open_browser(zoom=2)
    for at in each_screen(b, server, stage, role):
        wide = at.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{at.path} is {wide} px too wide"
        out = at.driver.execute_script("return [...document.querySelectorAll('main a, main button, main input, main label, .banner *')]"
                                       ".filter(e => !e.closest('.scroll, dialog, .sr') && e.checkVisibility())"
                                       ".filter(e => { const r = e.getBoundingClientRect(); return r.width && r.right > innerWidth + 1 }).map(e => e.outerHTML.slice(0, 90))")
        assert not out, f"{at.path}: {out}"


def test_dark_and_light_have_their_own_colours(open_browser, server):
    seen = set()
    for dark in (False, True):
        b = open_browser(dark=dark).get("/sign-in")
        seen.add(b.driver.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert seen == {"rgb(243, 245, 247)", "rgb(16, 23, 29)"}


@pytest.mark.full
@pytest.mark.parametrize("role", ["nurse", "clerk", "rssi", "admin"])
def test_targets_are_large_enough(browser, server, stage, role):
    for at in each_screen(browser, server, stage, role):
        small = at.driver.execute_script("return [...document.querySelectorAll('a, button, input, select')].filter(e => e.checkVisibility() && !e.closest('p, li, .sr, dialog, .skip') && !e.matches('.sr-focus, [type=hidden], .who'))"
                                         ".filter(e => e.getBoundingClientRect().height < 22 && !e.closest('label')).map(e => e.outerHTML.slice(0, 90))")
        assert not small, f"{at.path}: {small}"


# ---- hostile text ----

HOSTILE = ["<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "'-alert(1)-'", "{{7*7}}${7*7}", "</title><svg onload=alert(1)>", "javascript:alert(1)", "\u202etxet"]


def test_nothing_executes_from_a_hostile_name(browser, server):
    b = browser.sign_in(server.account("clerk", 1))
    for text in HOSTILE:
        b.get("/patients/new")
        b.one("#new-birth_name").send_keys("Q" + text)
        b.one("#new-given_names").send_keys(text + "z")
        b.one("#new-birthdate").send_keys("01/01/1950")
        b.one("#new [name=sex][value=male]").click()
        b.submit("#new")
        b.until(lambda: b.path.endswith("/admin") or b.all("#new-confirm_no_duplicate, .faults"))
        if b.all("#new-confirm_no_duplicate"):
            assert b.one("#new-birth_name").get_attribute("value") == "Q" + text
            b.one("#new-confirm_no_duplicate").click()
            b.submit("#new")
            b.until(lambda: b.path.endswith("/admin"), told=b.text)
        made = b.driver.execute_script("return document.querySelectorAll('img, script:not([src]), [onerror], [onload]').length")
        assert made == 0 and len(b.all("script")) == 1
        assert ("Q" + text) in b.driver.execute_script("return document.querySelector('dl').textContent"), "the name comes back as typed"
