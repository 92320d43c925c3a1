# SPDX-License-Identifier: Apache-2.0
"""A store is closed as a pharmacist does it: the page names what is still in it, and once it is closed nothing is offered for it any more."""

DOLIPRANE = "60234100"


def test_a_store_that_holds_something_says_what_and_closes_once_it_is_empty(browser, server):
    b = browser.sign_in(server.account("pharmacist")).get("/stock")
    b.one("#store-label").send_keys("VIEUX")
    b.driver.execute_script("document.querySelector('#store [name=kind][value=central]').checked = true")
    b.one("#store button[type=submit]").click()
    b.until(lambda: b.path == "/stock" and b.all('main table a[href^="/stock/store?"]'))
    store = b.one('main table a[href^="/stock/store?"]').get_attribute("href").split("=")[1]
    b.get(f"/stock/receive?store={store}")
    for name, value in (("cis", DOLIPRANE), ("number", "W1"), ("expires", "31/12/2039"), ("quantity", "3")):
        b.one(f"#receive [name={name}]").send_keys(value)
    b.one("#receive button[type=submit]").click()
    b.until(lambda: b.path.startswith("/stock/store?"))
    b.get(f"/stock/close?store={store}")
    assert "W1" in b.text and "contient encore" in b.text and not b.all('main form[action="/stock/close"]')
    b.shot("close-held")
    b.one('main table a[href^="/stock/move?"]').click()
    b.until(lambda: b.path.startswith("/stock/move?"))
    b.driver.execute_script("for (const [n, v] of [['kind', 'destruction'], ['reason', 'expired']]) document.querySelector(`#move [name=${n}]`).value = v")
    b.one("#move [name=quantity]").send_keys("3")
    b.one("#move button[type=submit]").click()
    b.until(lambda: b.path.startswith("/stock/store?"))
    b.get(f"/stock/close?store={store}")
    b.shot("close-empty")
    b.one('main form[action="/stock/close"] button').click()
    b.until(lambda: b.path == "/stock" and "Stock fermé" in b.text)
    b.shot("stores-closed")
    b.get(f"/stock/store?store={store}")
    assert "plus rien n'y entre" in b.text.replace("’", "'")
    assert not b.all('main a[href^="/stock/receive"]') and not b.all('main a[href^="/stock/close"]')
    b.shot("store-closed")
