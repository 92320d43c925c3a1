# SPDX-License-Identifier: Apache-2.0
"""The security officer reads which rules are on and for whom they are not true yet, and makes one stricter; a lost key, from asking to the new one, by three people."""
from browser import in_by_key, use_key, with_key
from hygie_server import fresh_code


def code(b, form, account):
    at = b.one(f"{form} [name=code]")
    at.clear()
    at.send_keys(fresh_code(account, str(b.server.dir)))


def test_the_page_of_rules_says_what_nobody_switched_on_and_for_whom_it_would_not_be_true(open_browser, own_server):
    rssi = own_server.account("rssi")
    b = open_browser(server=own_server)
    b.sign_in(rssi)
    b.get("/rules")
    b.shot("rules")
    assert "la maison tourne comme elle a été livrée" in b.text and "Jamais activé" in b.text and "pas de clé" in b.text
    b.get("/rules/people?rule=key_only")
    b.shot("rules-people")
    assert "Pas encore vrai pour" in b.text
    b.get("/rules/change?rule=idle")
    for typed, told in (("20", "jamais plus souple"), ("10", "Renforcé partout")):
        b.one("#rule-value").clear()
        b.one("#rule-value").send_keys(typed)
        code(b, "#rule", rssi)
        b.shot("rules-change")
        b.submit("#rule")
        b.until(lambda: told in b.text, told=b.text)
    assert b.path == "/rules"
    b.shot("rules-stricter")


def test_a_lost_key_comes_back_by_two_people_and_the_person_reads_it(open_browser, own_server):
    nurse, admin, rssi = (own_server.account(role) for role in ("nurse", "admin", "rssi"))
    a = open_browser(server=own_server)
    a.sign_in(admin)
    a.get("/recovery")
    a.one("#recovery-login").send_keys(nurse["login"])
    a.one("#recovery-reason").send_keys("badge perdu dans le tram")
    code(a, "#recovery", admin)
    a.submit("#recovery")
    a.until(lambda: "Attend une seconde personne" in a.text, told=a.text)
    a.shot("recovery")
    b = with_key(lambda **more: open_browser(server=own_server, **more))
    b.sign_in(rssi)
    in_by_key(b, rssi)
    b.get("/recovery/give?no=1")
    b.shot("recovery-give")
    use_key(b, "#give")
    b.until(lambda: b.all("code.number"), told=b.text)
    b.shot("recovery-code")
    once = b.one("code.number").text
    c = with_key(lambda **more: open_browser(server=own_server, **more))
    c.get("/activate")
    c.shot("activate")
    c.one("#activate-login").send_keys(nurse["login"])
    c.one("#activate-activation").send_keys(once)
    c.submit("#activate")
    c.until(lambda: c.path == "/activate/key", told=c.text)
    c.shot("activate-key")
    c.one("#add-key [name=label]").send_keys("Nouveau badge")
    use_key(c, "#add-key")
    c.until(lambda: c.path == "/sign-in", timeout=10)
    use_key(c, "#sign-in")
    c.until(lambda: "/sign-in" not in c.path, timeout=10)
    assert "Du nouveau sur votre compte" in c.text
    c.shot("told")
    c.get("/me")
    c.shot("me")
    assert "Nouveau badge" in c.text and "code à usage unique" in c.text
    c.submit("form[action='/me']")
    c.until(lambda: "J’ai lu" not in c.text)
    assert "Du nouveau sur votre compte" not in c.text
