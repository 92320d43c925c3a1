# SPDX-License-Identifier: Apache-2.0
"""
Two hands on a keyboard and no mouse: goes by Tab, by the leap to the content or from line to line to what it wants, types, chooses by first letters and arrows, and counts each key. What no Tab reaches fails.

    h = Hands(b); h.fill("#vitals", pulse="92"); h.send(); h.keys, h.seconds
"""
import time

from browser import By, Keys, is_gone

# The ways from what has the focus to an element, as the browser orders what Tab stops at (a group of radios is one stop): by Tab or Shift and Tab; by the link that leaps over bar and rail; by j
# and k from line to line, where the element is what a line does first. Each a number of steps, or null.
WAY = r"""
const stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")]
	.filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}) && !e.closest("dialog:not([open])"))
	.filter((e) => e.type !== "radio" || e === stop_of(e));
function stop_of(e) {
	const group = [...document.querySelectorAll("input[type=radio]")].filter((r) => r.form === e.form && r.name === e.name);
	return group.find((r) => r.checked) || group[0];
}
const now = document.activeElement, at = now.type === "radio" ? stop_of(now) : now, to = stops.indexOf(arguments[0].type === "radio" ? stop_of(arguments[0]) : arguments[0]);
if (to < 0) return null;
let from = stops.indexOf(at);
if (from < 0) from = stops.filter((e) => at.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING && at !== document.body).length - (at === document.body ? 1 : 0.5);
const inMain = stops.findIndex((e) => e.closest("main")), leap = from < inMain && to >= inMain && stops[0].matches(".skip") ? [0 - from, to - inMain + 1] : null;
const lines = [...document.querySelectorAll("[data-row], tbody [data-key=e]")], line = lines.indexOf(arguments[0]);
const rows = line < 0 || now.matches("input, textarea, select") ? null : line - lines.findIndex((e) => e.closest("tr") === now.closest("tr"));
return {tab: to - from, leap, rows};
"""
RADIOS = "return [...document.querySelectorAll('input[type=radio]')].filter((r) => r.form === arguments[0].form && r.name === arguments[0].name)"
FOCUSED = "return document.activeElement === arguments[0]"


def said(element):
    """Its words with plain spaces and apostrophes."""
    return element.text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


class Hands:
    def __init__(self, browser):
        self.b = browser
        self.start()

    def start(self):
        """From here on keys and time are counted."""
        self.keys, self.since, self.pages = 0, time.monotonic(), 0
        return self

    @property
    def seconds(self):
        return time.monotonic() - self.since

    def press(self, *keys):
        """Each a key or letters."""
        self.keys += sum(map(len, keys))
        self.b.press(*keys)
        return self

    def chord(self, modifier, key):
        self.keys += 1
        self.b.chord(modifier, key)
        return self

    def has_focus(self, element):
        return self.b.driver.execute_script(FOCUSED, element)

    def tab(self, steps):
        """So many times Tab, or Shift and Tab; from between two stops to the next."""
        count = int(-(-steps // 1)) if steps > 0 else int(steps // 1)
        if count > 0:
            self.press(*[Keys.TAB] * count)
        elif count < 0:
            self.keys -= count
            for _ in range(-count):
                self.b.chord(Keys.SHIFT, Keys.TAB)

    def to(self, what):
        """By the shortest way of the keyboard to an element, or to the first that a selector finds."""
        element = self.b.one(what) if isinstance(what, str) else what
        way = self.b.driver.execute_script(WAY, element)
        assert way is not None, f"no Tab leads to {what} on {self.b.path}"
        if way["rows"] is not None and abs(way["rows"]) < abs(way["tab"]):
            self.press(*("j" if way["rows"] > 0 else "k") * abs(way["rows"]))
            self.b.until(lambda: self.has_focus(element), told=f"no line with {what} on {self.b.path}")  # where a scanner writes, single keys are held back for an instant
        elif way["leap"] is not None and sum(map(abs, way["leap"])) + 1 < abs(way["tab"]):
            self.tab(way["leap"][0])
            self.press(Keys.ENTER)
            self.tab(way["leap"][1])
        else:
            self.tab(way["tab"])
        if element.get_attribute("type") == "radio":
            group = self.b.driver.execute_script(RADIOS, element)
            here = next(i for i, r in enumerate(group) if self.has_focus(r))
            there = group.index(element)
            self.press(*([Keys.ARROW_DOWN] * (there - here) if there > here else [Keys.ARROW_UP] * (here - there) if there < here else [Keys.SPACE]))
            assert element.is_selected(), f"{what} on {self.b.path}"
        assert self.has_focus(element), f"Tab does not lead to {what} on {self.b.path}: {self.b.driver.switch_to.active_element.get_attribute('outerHTML')[:120]}"
        return element

    def put(self, element, value):
        """True ticks; letters are typed; of a list they choose the first entry that begins so; of radios value is the code."""
        kind = element.get_attribute("type")
        if kind == "radio":
            group = self.b.driver.execute_script(RADIOS, element)
            return self.to(next(r for r in group if r.get_attribute("value") == value))
        self.to(element)
        if value is True:
            if not element.is_selected():
                self.press(Keys.SPACE)
            assert element.is_selected()
        elif element.tag_name == "select":
            self.press(value)
            self.b.until(lambda: self.b.driver.execute_script("return arguments[0].selectedOptions[0].text", element).replace("\u00a0", " ").casefold().startswith(value.casefold()),
                         told=f"« {value} » is not in the list {element.get_attribute('name')} on {self.b.path}")
        else:
            if element.get_attribute("value"):
                self.chord(Keys.CONTROL, "a")
            self.press(value)
        return element

    def fill(self, form, **fields):
        for name, value in fields.items():
            self.put(self.b.one(f"{form} [name={name}]"), value)
        return self

    def leave(self, element):
        """Waits until the page that this stands on is left for another that is whole."""
        self.b.until(lambda: is_gone(element), timeout=15, told=f"{self.b.path} was not left")
        self.b.until(lambda: self.b.driver.execute_script("return document.readyState") == "complete", timeout=15)
        self.pages += 1
        return self

    def send(self):
        """Control and Enter, from the form that has the focus."""
        body = self.b.one("body")
        self.chord(Keys.CONTROL, Keys.ENTER)
        return self.leave(body)

    def enter(self, what):
        """To a link or a button, and Enter."""
        element = self.to(what)
        body = self.b.one("body")
        self.press(Keys.ENTER)
        return self.leave(body)

    def key(self, *keys):
        """What leads to another page by itself: a function key, or g and a letter."""
        body = self.b.one("body")
        self.press(*keys)
        return self.leave(body)

    def link(self, words, where="main, .rail"):
        """The link or button of the page that says so: just that, or among other words."""
        near = [(said(a), a) for at in where.split(", ") for a in self.b.all(f"{at} a, {at} button, {at} summary")]
        for a in [a for text, a in near if text == words] + [a for text, a in near if words in text]:
            return a
        raise AssertionError(f"nothing says « {words} » on {self.b.path}")

    def row(self, *words):
        """The line of a table that has all these words."""
        for tr in self.b.all("main tbody tr"):
            if all(w in said(tr) for w in words):
                return tr
        raise AssertionError(f"no line with {words} on {self.b.path}: {self.b.text[:1500]}")

    def open(self, tr, words):
        """A folded part of a line."""
        summary = next(s for s in tr.find_elements(By.TAG_NAME, "summary") if words in s.text)
        self.to(summary)
        self.press(Keys.ENTER)
        return self
