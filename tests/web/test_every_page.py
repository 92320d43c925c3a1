# SPDX-License-Identifier: Apache-2.0
"""
Every page of the route table, and what comes of every form that is sent empty, refusals and errors among them, in both languages: whoever cannot see or holds no mouse is told
the same. The quick set asks Chromium's accessibility tree; ./check full also axe, in the light and in the dark, and walks each page by Tab.
"""
import json
import os
import re

import pytest

from browser import Keys
from gate_tables import may
from hygie_server import ROOT
from scene import NOBODY, ROLES, SCREENS, SENT, WITH, Scene, first, needs

CONTROLS = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "listbox", "spinbutton", "slider", "switch", "meter", "image", "img", "table", "navigation", "dialog"}
LOOK = r"""
const wrong = [], say = (what, e) => wrong.push(what + (e ? ": " + e.outerHTML.slice(0, 100) : "")), seen = (e) => e.checkVisibility({visibilityProperty: true});
const all = (s) => [...document.querySelectorAll(s)];
if (document.documentElement.lang !== arguments[0]) say("lang is " + document.documentElement.lang);
if (!document.title.trim()) say("no title");
if (all("h1").filter(seen).length !== 1) say(all("h1").filter(seen).length + " h1");
let level = 1;
for (const h of all("h1, h2, h3, h4").filter(seen)) { const n = +h.tagName[1]; if (n > level + 1) say("a level is left out", h); level = n; }
const ids = new Set();
for (const e of all("[id]")) { if (ids.has(e.id)) say("the id stands twice", e); ids.add(e.id); }
for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "list", "headers"])
	for (const e of all("[" + name + "]")) for (const id of e.getAttribute(name).split(/\s+/)) if (!ids.has(id)) say(name + " names nothing", e);
for (const e of all("label")) if (!e.control) say("a label of nothing", e);
for (const e of all("input:not([type=hidden]), select, textarea")) if (!e.labels.length && !e.ariaLabel && !e.hasAttribute("aria-labelledby")) say("no label", e);
for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("tabindex", e);
for (const e of all("table").filter(seen)) if (!e.caption || all("th:not([scope])").some((th) => e.contains(th))) say("a table without caption or scope", e);
for (const e of all("a:not([href]), main [onclick], img:not([alt])")) say("not for everybody", e);
for (const e of all("fieldset").filter(seen)) if (!e.querySelector("legend")) say("a group without a name", e);
if (all("main").length !== 1) say("not one main");
return wrong;
"""


@pytest.fixture(scope="module")
def scene(server, stage):
    return Scene(server, stage)


def status_of(b):
    return b.driver.execute_script("return performance.getEntriesByType('navigation')[0].responseStatus")


def send(b, path, **fields):
    """Sends a form to a path, as a page of this session would, and waits for what comes."""
    b.driver.execute_script("""const f = document.createElement("form"), token = document.querySelector("[name=csrf]");
        f.method = "post"; f.action = arguments[0]; window.isBefore = true;
        for (const [name, value] of Object.entries({csrf: token ? token.value : "", ...arguments[1]})) { const i = document.createElement("input"); i.name = name; i.value = value; f.append(i); }
        document.body.append(f); HTMLFormElement.prototype.submit.call(f);""", path, fields)
    return b.until(lambda: b.driver.execute_script("return !window.isBefore && document.readyState === 'complete'"), timeout=15, told=f"nothing came of {path}")


def screens_of(b, scene, role):
    """(row, address) of each page that a role may open; b is on it."""
    b.take(scene.people[role].token)
    for row in SCREENS:
        if may(role, row):
            b.get(scene.address(row, role))
            yield row, f"{role} {row['path']}"


def each_once(b, scene):
    """Each page by one who has something on it; b is on it."""
    for role in ROLES:
        rows = [row for row in SCREENS if first(row) == role]
        if rows:
            b.take(scene.people[role].token)
        for row in rows:
            b.get(scene.address(row, role))
            assert status_of(b) == 200, f"{role} {b.path}: {status_of(b)} {b.text[:300]}"
            yield f"{role} {row['path']}"
        for address in scene.more.get(role, ()):
            b.get(address)
            assert status_of(b) == 200, f"{role} {b.path}: {status_of(b)}"
            yield f"{role} {address}"


def each_refusal(b, scene):
    """What comes of each form that is sent without what it asks for, and of what is not there, not allowed, not yet or no more."""
    strangers = [p for p in scene.stage.strangers[-40:]]
    b.take(scene.stopped.token).get(f"/patient/{scene.own_of_stopped.id}")
    assert "arrêté" in b.text or "stopped" in b.text
    yield "a stopped account"
    for role in ROLES:
        sent = [row for row in SENT if first(row) == role and row["path"] != "/passkey/ask"]
        if sent:
            b.take(scene.people[role].token)
        for row in sent:
            send(b if b.all("[name=csrf]") else b.get("/help"), row["path"].replace(":patient", scene.mine.id))
            assert 200 <= status_of(b) < 500, f"{role} {row['path']}: {status_of(b)}"
            yield f"{role} POST {row['path']}"
    b.take(scene.people["nurse"].token)
    for path in (f"/patient/{strangers[0].id}", f"/patient/{NOBODY}", "/cockpit", "/nowhere"):
        yield f"nurse {b.get(path).path}"
    for q in ("/".join(reversed(strangers[1].birth.split("-"))), "/".join(reversed(scene.mine.birth.split("-"))), "01/01/1801"):
        send(b.get("/search"), "/search", q=q)
        yield f"nurse finds {q}"
    b.driver.delete_cookie("__Host-hygie")
    for path in ("/sign-in", f"/sign-in?as={scene.server.account('nurse')['login']}", "/activate", "/activate/key", "/unit", "/nowhere"):
        yield f"nobody {b.get(path).path}"
    send(b.get("/sign-in"), "/sign-in", login="nobody.here", password="not this one", code="000000")
    yield "nobody is let in"


def speak(b, lang):
    b.get(f"/lang/{lang}")
    return b


def unnamed(b):
    """What a screen reader would call by its kind alone."""
    out = []
    for node in b.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
        role = node.get("role", {}).get("value", "")
        if not node.get("ignored") and role in CONTROLS and not node.get("name", {}).get("value", "").strip():
            out.append(f"a {role} without a name")
    return out


def look(b, lang, where, wrong):
    found = b.driver.execute_script(LOOK, lang) + unnamed(b)
    if found:
        wrong.append((where, lang, sorted(set(found))))


# ---- quick ----

@pytest.mark.parametrize("row", [r for r in SCREENS if needs(r)], ids=lambda r: r["path"])
def test_every_page_that_needs_something_has_it_here(row):
    assert row["path"] in WITH, f"new page {row['path']}: say in scene.py what it is opened with, so that it comes under test"


@pytest.mark.parametrize("spoil, told", [
    ("document.documentElement.lang = ''", "lang is"), ("document.querySelector('h1').remove()", "0 h1"), ("document.querySelector('main form label').remove()", "no label"),
    ("document.querySelector('main form [id]').id = 'new-birthdate'", "the id stands twice"), ("document.querySelector('main form button').replaceChildren()", "a button without a name"),
    ("document.querySelector('.rail a').replaceChildren()", "a link without a name"), ("document.querySelector('main form input:not([type=hidden])').setAttribute('aria-describedby', 'nowhere')", "names nothing"),
    ("document.querySelector('legend').remove()", "a group without a name"), ("document.querySelector('main a, main button').tabIndex = 3", "tabindex"),
    ("document.querySelector('main').append(document.createElement('table'))", "a table without"), ("document.querySelector('h1').after(document.createElement('h3'))", "a level is left out"),
], ids=lambda v: v if " " in v and "document" not in v else "")
def test_what_is_looked_for_is_found(browser, server, spoil, told):
    b = browser.sign_in(server.account("clerk")).get("/patients/new")
    wrong = []
    look(b, "fr", "as it is", wrong)
    assert not wrong, wrong
    b.driver.execute_script(spoil)
    look(b, "fr", "spoilt", wrong)
    assert wrong and any(told in w for w in wrong[0][2]), wrong


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_page_is_named_labelled_and_in_order(open_browser, scene, lang):
    b, wrong = speak(open_browser(lang=lang), lang), []
    for where in each_once(b, scene):
        look(b, lang, where, wrong)
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("lang", ["fr", pytest.param("en", marks=pytest.mark.full)])  # the same tree with other words: the quick set has both of the pages
def test_every_refusal_is_named_labelled_and_in_order(open_browser, scene, lang):
    b, wrong = speak(open_browser(lang=lang), lang), []
    for where in each_refusal(b, scene):
        look(b, lang, where, wrong)
    assert not wrong, "\n".join(map(str, wrong))


def palettes():
    """The tokens of the style sheet, in the light and in the dark."""
    css = (ROOT / "assets/hygie.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b", block)) for block in re.findall(r":root \{(.*?)\n\t?\}", css, re.S)[:2])
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    return sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in zip((0.2126, 0.7152, 0.0722), parts))


def contrast(one, other):
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


GROUNDS = ("surface", "page", "head")
# Text of any size: 4.5 to 1 (WCAG 2.2, 1.4.3). What only shows where a control or the focus is: 3 to 1 (1.4.11).
READ = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "brand") for ground in GROUNDS] + [
    ("critical", "surface"), ("critical", "page"), ("critical", "critical-soft"), ("on-critical", "critical-fill"), ("on-warn", "warn-fill"), ("ok", "ok-soft"), ("info", "info-soft"),
    ("ink", "info-soft"), ("brand", "info-soft"), ("ink", "ok-soft"), ("ink", "sealed-soft"), ("ink", "critical-soft"), ("sealed", "surface"), ("on-brand", "brand"), ("on-top", "top")]
SEEN = [(mark, ground) for mark in ("control", "focus") for ground in GROUNDS] + [("critical", "surface"), ("sealed", "surface"), ("ok", "ok-soft"), ("info", "info-soft")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_palette_is_read_by_weak_eyes(theme):
    of = palettes()[theme]
    weak = [(pair, least, round(contrast(of[pair[0]], of[pair[1]]), 2)) for pairs, least in ((READ, 4.5), (SEEN, 3.0)) for pair in pairs if contrast(of[pair[0]], of[pair[1]]) < least]
    assert not weak, weak
    # and no rule of the sheet sets a text on a ground that is not among these
    css = (ROOT / "assets/hygie.css").read_text(encoding="utf-8").split("@media print")[0]
    for rule in re.findall(r"\{([^{}]*)\}", css):
        ink, ground = re.search(r"(?<![\w-])color: var\(--([\w-]+)\)", rule), re.search(r"background: var\(--([\w-]+)\)", rule)
        if ink and ground:
            assert contrast(of[ink.group(1)], of[ground.group(1)]) >= 4.5, rule


# ---- full: axe, and Tab ----

TALL = (1366, 12000)   # taller than any page: the strip at the foot, which stays, lies over nothing


def axe_source():
    path = os.environ.get("HYGIE_AXE", "")   # ./check full sets it where npm is present
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            return f.read()
    print("SKIPPED: axe-core is not installed (HYGIE_AXE names its axe.min.js)")
    pytest.skip("SKIPPED: axe-core is not installed (HYGIE_AXE names its axe.min.js)")


def ask_axe(b, axe, where, wrong):
    b.driver.execute_script(axe)
    found = b.driver.execute_async_script("const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']})"
                                          ".then(r => done(JSON.stringify(r.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 120))]))))")
    wrong.extend((where, *v) for v in json.loads(found))


@pytest.mark.full
@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_on_what_a_role_may_open(open_browser, scene, role):
    axe, wrong = axe_source(), []
    b = speak(open_browser(size=TALL), "fr")
    for _, where in screens_of(b, scene, role):
        ask_axe(b, axe, where, wrong)
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.full
@pytest.mark.parametrize("lang, dark", [("fr", False), ("en", False), ("fr", True)])
def test_axe_finds_nothing_on_any_page_or_refusal(open_browser, scene, lang, dark):
    axe, wrong = axe_source(), []
    b = speak(open_browser(dark=dark, size=TALL), lang)
    for walk in (each_once, each_refusal):
        for where in walk(b, scene):
            ask_axe(b, axe, where, wrong)
    assert not wrong, "\n".join(map(str, wrong))


MARK = r"""
let n = 0;
const can = (e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0 && !e.closest("dialog:not([open])");
for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) if (can(e)) e.dataset.stop = ++n;
return n;
"""
STOP = r"""
const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
return [e.dataset.stop ? +e.dataset.stop : 0, e.outerHTML.slice(0, 100), e.matches("body, main, .scroll") || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2,
	e.type === "radio" ? [...document.getElementsByName(e.name)].filter((o) => o.form === e.form).map((o) => +o.dataset.stop || 0) : []];
"""


@pytest.mark.full
def test_tab_reaches_every_control_of_every_page_and_shows_where_it_is(open_browser, scene):
    b, wrong = speak(open_browser(), "fr"), []
    for where in each_once(b, scene):
        n = b.driver.execute_script(MARK)
        b.driver.execute_script("document.activeElement.blur(); getSelection().removeAllRanges(); document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
        reached = set()
        for _ in range(n + 20):
            b.press(Keys.TAB)
            stop, html, shown, group = b.driver.execute_script(STOP)
            if stop in reached:
                break
            if not shown:
                wrong.append((where, "no focus is seen", html))
            reached.update([stop, *group])
        missed = set(range(1, n + 1)) - reached
        if missed:
            wrong.append((where, "not reached by Tab", [b.driver.execute_script("return document.querySelector(`[data-stop='${arguments[0]}']`).outerHTML.slice(0, 100)", i) for i in sorted(missed)[:3]]))
    assert not wrong, "\n".join(map(str, wrong))
