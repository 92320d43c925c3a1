# SPDX-License-Identifier: Apache-2.0
"""
A form that comes to a session which is locked or over: what it said is given back to the person who typed it once that person has come in, on every page that takes a form, and to nobody else.
Until then the page holds it sealed. Through HTTP, as a browser sends it.
"""
import html
import re

import pytest
import requests

from gate_tables import PAGES, name
from hygie_server import Person, Server, Stage, copy_base

# Who signs out of a session that is over is out.
SENT = [r for r in PAGES if r["surface"] == "page" and r["method"] == "POST" and not r["may"] & 1 and r["path"] != "/sign-out"]
WORD = "Zqwgardé"


class Served:
    def __init__(self, directory):
        self.stage = Stage(directory)
        self.server = Server(directory).start()
        self.people = {}

    def by_key(self, role, nth=0):
        """Somebody with a key, whose touches wait for nothing."""
        at = (role, nth)
        if at not in self.people:
            self.people[at] = self.server.person_by_key(role, nth)
        p = self.people[at]
        return p if p.get("/me").status_code == 200 else entered(p)


@pytest.fixture(scope="module")
def served(demo_base, work_dir):
    s = Served(copy_base(demo_base, work_dir / "kept"))
    yield s
    assert s.server.stop() == 0
    assert WORD not in s.server.log


def hidden_of(page, action):
    """The hidden inputs of the form that goes there: the last one, for each page's head has a search of its own."""
    form = re.findall(rf'<form\b[^>]*action="{re.escape(html.escape(action))}"[^>]*>(.*?)</form>', page.text, re.S)[-1]
    return {n: html.unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form) if n not in ("csrf", "passkey")}


def by_touch(person, page, way="/sign-in"):
    """Comes in from that page, by a key, with all that it carries."""
    carried = hidden_of(page, way)
    if way == "/sign-in":
        person.http.cookies.clear()
        person.turn()
    return person.post(way, {**carried, "passkey": person.key.shown(person.challenge(way.strip("/").replace("-", "_"))[0])})


def entered(person):
    person.http.cookies.clear()
    person.turn()
    a = person.post("/sign-in", {"passkey": person.key.shown(person.challenge("sign_in")[0])})
    assert a.status_code == 303, a.text[:300]
    return person


def out_elsewhere(person, keeps_cookie=False):
    """Signs out in another tab: the browser forgets the cookie, the page that is open does not. Gives what its forms carry."""
    csrf = person.csrf
    a = requests.post(person.server.http_url + "/sign-out", data={"csrf": csrf}, cookies={"hygie-plain": person.token}, allow_redirects=False, timeout=20)
    assert a.status_code == 303
    if not keeps_cookie:
        person.http.cookies.clear()
    return {"csrf": csrf}


def typed(field):
    return {"text": f"{WORD} & <1>", "lines": f"{WORD} & <1>\nsuite", "date": "03/04/1971", "int": "1", "code": (field["choices"] or ["x"])[0], "id": "zqw", "token": "Zqw", "scan": "ZQW",
            "secret": "Zqwsecret", "flag": "1"}.get(field["kind"])


def is_kept(row, field):
    proofs = {"passkey", "made", "colleague_code"} | ({"code"} if {"passkey", "made"} & {f["name"] for f in row["fields"]} else set())
    return field["kind"] not in ("secret", "file") and field["name"] not in proofs


@pytest.mark.parametrize("nth,row", list(enumerate(SENT)), ids=lambda v: name(v) if isinstance(v, dict) else "")
def test_every_page_that_takes_a_form_gives_back_what_was_typed(served, nth, row):
    person = served.by_key("nurse")
    path = row["path"].replace(":patient", served.stage.mine[0].id)
    said = {f["name"]: typed(f) for f in row["fields"] if typed(f)}
    kept = {f["name"]: said[f["name"]] for f in row["fields"] if f["name"] in said and is_kept(row, f)}
    way = ("/sign-in", "/sign-in", "/unlock")[nth % 3]
    if way == "/unlock":
        token = {"csrf": person.csrf}
        assert person.post("/lock").status_code == 200
    else:
        token = out_elsewhere(person, keeps_cookie=nth % 3 == 1)
    page = person.post(path, {**said, **token})
    assert page.status_code == 401, page.status_code
    assert "Zqw" not in html.unescape(page.text), "what was typed stands in the page"
    assert ("kept" in hidden_of(page, way)) == bool(kept)
    back = by_touch(person, page, way)
    if kept:
        assert back.status_code == 200, f"{back.status_code} {back.headers.get('Location')}"
        assert hidden_of(back, path) == kept
    else:
        assert back.status_code == 303


def an_edit(served, person):
    p = served.stage.mine[2]
    path = f"/patient/{p.id}/edit"
    form = person.get(path)
    fields = dict(re.findall(r'<input\b[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', form.text))
    return path, {n: html.unescape(v) for n, v in fields.items() if n in ("version", "birth_name", "given_names", "birthdate")} | {"sex": "female", "address": WORD}


def test_it_is_sent_by_a_press_and_carried_out_once(served):
    clerk = served.by_key("clerk")
    path, said = an_edit(served, clerk)
    page = clerk.post(path, {**said, **out_elsewhere(clerk)})
    back = by_touch(clerk, page)
    assert WORD not in clerk.get(path).text, "nothing is sent before the press"
    again = hidden_of(back, path)
    assert clerk.post(path, again).status_code == 303
    assert WORD in clerk.get(path).text
    assert clerk.post(path, again).status_code == 412, "a second press meets the version that the first one made"


def test_whoever_else_signs_in_gets_neither_the_words_nor_their_page(served):
    clerk, other = served.by_key("clerk"), served.by_key("clerk", 1)
    path, said = an_edit(served, clerk)
    page = clerk.post(path, {**said, **out_elsewhere(clerk)})
    assert "garde, illisible, pour la personne" in html.unescape(page.text) and WORD not in page.text and said["birth_name"] not in page.text
    a = by_touch(other, page)
    assert a.status_code == 303 and a.headers["Location"] == "/" and not a.text
    assert by_touch(clerk, page).status_code == 200, "who typed it has it still"


def test_a_sealed_text_that_was_changed_gives_nothing_and_says_nothing(served):
    clerk = served.by_key("clerk")
    path, said = an_edit(served, clerk)
    page = clerk.post(path, {**said, **out_elsewhere(clerk)})
    kept = hidden_of(page, "/sign-in")["kept"]
    for changed in (kept[:-4], "AAAA" + kept, kept[:30] + ("A" if kept[30] != "A" else "B") + kept[31:], "gAEAAAA" + kept):
        clerk.http.cookies.clear()
        clerk.turn()
        a = clerk.post("/sign-in", {"kept": changed, "next": path, "passkey": clerk.key.shown(clerk.challenge("sign_in")[0])})
        assert a.status_code == 303 and a.headers["Location"] == "/"


def test_who_mistypes_the_password_keeps_it_and_who_has_no_session_has_none(served):
    clerk = served.by_key("clerk")
    path, said = an_edit(served, clerk)
    page = clerk.post(path, {**said, **out_elsewhere(clerk)})
    wrong = clerk.post("/sign-in", {**hidden_of(page, "/sign-in"), "login": "personne", "password": "un cheval sans selle", "code": "000000"})
    assert wrong.status_code == 401 and hidden_of(wrong, "/sign-in") == hidden_of(page, "/sign-in")
    nobody = requests.post(served.server.http_url + path, data=said, cookies={"hygie-plain": "A" * 43}, timeout=20)
    assert nobody.status_code == 403, "its form is not of that session"
    nobody = requests.post(served.server.http_url + path, data={**said, "csrf": "A" * 32}, timeout=20)
    assert nobody.status_code == 401 and "kept" not in hidden_of(nobody, "/sign-in") and "pas pu être gardé" in html.unescape(nobody.text)


def test_a_session_that_a_rule_ended_gives_it_back(served):
    nurse, rssi = Person(served.server, served.server.account("nurse", 1)).sign_in().add_key(), served.by_key("rssi")
    said = {"csrf": nurse.csrf, "target": WORD, "data": "suite"}
    assert rssi.post("/rules/change", {"rule": "key_only", "value": "1", **rssi.proof()}).status_code == 303
    path = f"/patient/{served.stage.mine[0].id}/transmissions"
    page = nurse.post(path, said)
    assert page.status_code == 401 and WORD not in page.text
    assert hidden_of(by_touch(nurse, page), path)["data"] == "suite"


def test_a_locked_session_gives_it_back_over_a_restart(demo_base, work_dir):
    with Server(copy_base(demo_base, work_dir / "keptstart")) as server:
        clerk = server.person("clerk")
        assert clerk.post("/lock").status_code == 200
        page = clerk.post("/patients/new", {"birth_name": WORD, "csrf": clerk.csrf})
        assert server.stop() == 0
        server.start()
        kept = {**hidden_of(page, "/unlock"), "password": clerk.account["password"], "code": clerk.code()}
        assert hidden_of(clerk.post("/unlock", kept), "/patients/new") == {"birth_name": WORD}
