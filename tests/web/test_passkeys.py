# SPDX-License-Identifier: Apache-2.0
"""A nurse makes a key of her own with Chromium's virtual authenticator, signs in with it, unlocks, proves that it is still her, renames and revokes it."""
import pytest

from browser import add_key, use_key, with_key
from hygie_server import Person
from test_ladder import open_strangers


def test_a_key_is_made_and_signs_in_with_one_touch(open_browser, server):
    nurse = server.account("nurse")
    b = with_key(open_browser)
    b.sign_in(nurse)
    add_key(b, nurse, "Badge")
    b.shot("keys")
    assert len(b.driver.get_credentials()) == 1
    b.driver.delete_all_cookies()
    b.get("/sign-in")
    b.shot("sign-in-key")
    use_key(b, "#sign-in")
    b.until(lambda: "/sign-in" not in b.path, timeout=10)
    assert nurse["name"].split()[-1].upper() in b.text.upper(), "no name, no password, no code were typed"
    # a second one, proven by the first: the virtual device is the same, so it refuses to make another
    b.get("/keys")
    b.one("#add-key [name=label]").send_keys("Tiroir")
    b.one("#add-key [name=code]").clear()
    use_key(b, "#add-key")
    b.until(lambda: b.one("#add-key [data-passkey] .error").text, told="the device has a key of this house already")
    assert "annulée" in b.text


def test_a_locked_session_opens_with_one_touch(open_browser, server):
    nurse = server.account("nurse", 1)
    b = with_key(open_browser)
    b.sign_in(nurse)
    add_key(b, nurse, "Badge")
    b.get("/")
    b.one('form[action="/lock"] button').click()
    b.until(lambda: b.one("dialog#lock").is_displayed())
    b.shot("lock-key")
    use_key(b, "dialog#lock")
    b.until(lambda: not b.one("dialog#lock").is_displayed(), timeout=10)
    b.get("/keys")
    assert b.all("#add-key"), "the session works again"
    # by the page of its own, as it comes with the next request of a locked session
    b.driver.execute_script("fetch('/lock', {method: 'POST', body: new URLSearchParams({csrf: document.querySelector('[name=csrf]').value})}).then(() => document.title = 'locked')")
    b.until(lambda: b.title == "locked")
    b.get("/keys")
    assert b.all("main form.unlock")
    use_key(b, "main form.unlock")
    b.until(lambda: b.path == "/keys" and b.all("#add-key"), timeout=10)


def test_a_key_proves_that_it_is_still_you(open_browser, server, stage):
    nurse = server.account("nurse", 2)
    b = with_key(open_browser)
    b.sign_in(nurse)
    add_key(b, nurse, "Badge de preuve")
    thief = Person(server, nurse).come()
    opened, p, a = open_strangers(thief, stage.strangers[40:])
    assert a.status_code == 303
    b.get(f"/patient/{p.id}")
    assert b.path.startswith("/prove?")
    b.one('#prove [value=other]').click()
    b.one("#prove [name=text]").send_keys("renfort aux urgences")
    b.shot("prove-key")
    use_key(b, "#prove")
    b.until(lambda: b.path == f"/patient/{p.id}", timeout=10)
    assert b.all(".banner")


def test_a_key_is_renamed_and_revoked_by_a_touch(open_browser, server):
    doctor = server.account("physician")
    b = with_key(open_browser)
    b.sign_in(doctor)
    add_key(b, doctor, "Clé")
    b.one("main table [name=label]").clear()
    b.submit("main table form")
    assert b.all("main table .bad") and b.one("main table [name=label]").get_attribute("value") == "", "what was typed is still there, and said to be wrong"
    b.one("main table [name=label]").clear()
    b.one("main table [name=label]").send_keys("Clé du tiroir")
    b.submit("main table form")
    assert b.one("main table [name=label]").get_attribute("value") == "Clé du tiroir"
    b.one("main a[href^='/keys/revoke']").click()
    b.until(lambda: b.path.startswith("/keys/revoke?"))
    assert "Clé du tiroir" in b.text
    b.shot("revoke-key")
    use_key(b, "#revoke-key")
    b.until(lambda: b.path == "/sign-in", timeout=10)
    use_key(b, "#sign-in")
    b.until(lambda: "refusée" in b.text or "acceptée" in b.text, timeout=10)
    assert b.all("#sign-in"), "a revoked key opens nothing"


@pytest.mark.parametrize("path", ["/sign-in", "/keys"])
def test_without_script_nothing_speaks_of_touching(open_browser, server, path):
    b = open_browser(script=False)
    b.sign_in(server.account("clerk"))
    if path == "/sign-in":
        b.driver.delete_all_cookies()
    b.get(path)
    assert not [e for e in b.all("[data-passkey]") if e.is_displayed()]
