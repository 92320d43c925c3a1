# SPDX-License-Identifier: Apache-2.0
"""
Live pages: what one does appears on another's screen; an event says a version and nothing else; who may not read a region hears nothing of it; a stream ends with the session, its lock or its
unit; hundreds at once; a dragged bed is the menu's own form.
"""
import re
import socket
import time

import pytest

from hygie_server import Person
from test_beds import beds, free, lying, value


def main_of(page):
    return re.search(r'<main[^>]*data-live="([^"]*)"', page).group(1).replace("&amp;", "&")


class Stream:
    """One open stream, read byte by byte."""

    def __init__(self, person, path, **headers):
        self.s = socket.create_connection(("127.0.0.1", int(person.server.http_url.rsplit(":", 1)[1])), timeout=10)
        more = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        self.s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: hygie-plain={person.token}\r\nAccept: text/event-stream\r\n{more}\r\n".encode())
        self.got = b""
        self.until(b"\r\n\r\n")
        self.head, self.got = self.got.split(b"\r\n\r\n", 1)
        self.status = int(self.head.split()[1])

    def until(self, what, seconds=10):
        self.s.settimeout(seconds)
        while what not in self.got:
            piece = self.s.recv(4096)
            if not piece:
                raise EOFError
            self.got += piece
        return self.got

    def event(self, seconds=10):
        """The version of the next event."""
        self.until(b"data: ", seconds)
        self.until(b"\n\n", seconds)
        found = re.search(rb"id: (\d+)\ndata: (\d+)\n\n", self.got)
        assert found and found.group(1) == found.group(2), self.got
        self.got = self.got[found.end():]
        return int(found.group(1))

    def is_over(self, seconds=3):
        """Ended by the server: the last piece of a chunked answer."""
        try:
            self.until(b"0\r\n\r\n", seconds)
        except EOFError:
            pass
        except TimeoutError:
            return False
        return True

    def close(self):
        self.s.close()


@pytest.fixture(scope="module")
def nurse(server):
    return Person(server, server.account("nurse")).come()


def act(nurse):
    """Somebody moves, and the bed that was left is clean again."""
    bed, hidden = lying(nurse, 0)
    to, name = free(nurse)[0]
    assert nurse.post("/beds/move", {**hidden, "place": to, "reason": "no_bed"}).status_code == 303
    assert nurse.post("/beds/set", {"unit": hidden["unit"], "bed": value("bed", beds(nurse)[bed]), "state": "ready"}).status_code == 303
    return bed, name


def test_an_act_is_an_event_that_says_a_version_and_nothing_else(nurse):
    path = main_of(nurse.get("/beds").text)
    s = Stream(nurse, path)
    assert s.status == 200 and b"text/event-stream" in s.head and b"no-store" in s.head
    act(nurse)
    first = s.event(2)
    assert first > int(path.rsplit("=", 1)[1])
    s.close()
    missed = Stream(nurse, path)
    assert missed.event(2) >= first, "what happened before it was opened is told at once"
    missed.close()
    again = Stream(nurse, path, **{"Last-Event-ID": str(1 << 60)})
    with pytest.raises(TimeoutError):
        again.event(1)
    again.close()


def test_another_unit_and_an_act_that_is_refused_are_no_events(nurse):
    path = main_of(nurse.get("/beds").text)
    s = Stream(nurse, re.sub(r"/live/beds/[^?]*", "/live/beds/nowhere", path))
    t = Stream(nurse, path)
    _, hidden = lying(nurse, 0)
    assert nurse.post("/beds/move", {**hidden, "place": "", "reason": "no_bed"}).status_code == 422
    for one in (s, t):
        with pytest.raises(TimeoutError):
            one.event(0.7)
    act(nurse)
    t.event(2)
    with pytest.raises(TimeoutError):
        s.event(0.7)
    s.close()
    t.close()


@pytest.mark.parametrize("path, status", [
    ("/live/queue/-", 403), ("/live/nothing/-", 404), ("/live/chart/nobody", 403), ("/live/beds/-%00", 400), ("/live/beds/x?since=abc", 400), ("/live/beds/x?since=1&more=1", 400),
])
def test_what_one_may_not_hear_is_refused(nurse, path, status):
    s = Stream(nurse, path)
    assert s.status == status, s.head
    s.close()


def test_nobody_signed_in_hears_nothing(server):
    s = Stream(Person(server, server.account("nurse")), "/live/beds/x")
    assert s.status == 401
    s.close()


def test_a_session_that_is_locked_or_over_hears_nothing_more(server):
    one = Person(server, server.account("physician")).sign_in()
    path = re.sub(r"\?.*", "", main_of(one.get("/beds").text))
    s = Stream(one, path)
    assert s.status == 200
    one.post("/lock", {})
    assert s.is_over(), "locked"
    s.close()
    assert Stream(one, path).status == 401
    one.http.cookies.clear()
    time.sleep(31)  # a code opens once
    one.sign_in()
    s = Stream(one, path)
    assert s.status == 200
    one.post("/sign-out", {})
    assert s.is_over(), "signed out"


def test_two_hundred_at_once_all_hear_of_it(server):
    first = Person(server, server.account("nurse", 1)).sign_in().add_key()
    people = []
    for _ in range(50):
        one = Person(server, first.account)
        one.key = first.key
        assert one.post("/sign-in", {"passkey": one.key.shown(one.challenge("sign_in")[0])}).status_code == 303
        one.turn()
        people.append(one)
    path = main_of(people[0].get("/beds").text)
    streams = [Stream(one, path) for one in people for _ in range(4)]
    assert [s.status for s in streams] == [200] * 200
    time.sleep(0.5)
    at = time.monotonic()
    act(first)
    assert all(s.event(5) for s in streams)
    assert time.monotonic() - at < 10
    assert first.get("/beds").status_code == 200
    for s in streams:
        s.close()


def test_what_one_nurse_does_is_on_the_screen_of_another_within_two_seconds(server, nurse, open_browser):
    b = open_browser()
    b.take(nurse.token)
    b.get("/beds")
    bed, hidden = lying(nurse, 1)
    to, name = free(nurse)[-1]
    opened = b.all("tbody details")[-1]
    b.driver.execute_script("arguments[0].open = true; arguments[0].querySelector('summary').focus()", opened)
    time.sleep(0.5)
    at = time.monotonic()
    assert nurse.post("/beds/move", {**hidden, "place": to, "reason": "no_bed"}).status_code == 303
    b.until(lambda: "À nettoyer" in next(row.text for row in b.all("tbody tr") if row.text.startswith(bed)), timeout=3)
    assert time.monotonic() - at < 2.5
    assert b.driver.execute_script("return arguments[0].isConnected && arguments[0].open && document.activeElement.parentNode === arguments[0]", opened), "what was opened stays, and the focus"
    assert "mise à jour" in b.driver.execute_script("return document.querySelector('#say').textContent")


def test_a_bed_is_dragged_onto_another_and_waits_to_be_sent(server, nurse, open_browser):
    b = open_browser()
    b.take(nurse.token)
    b.get("/beds")
    told = b.driver.execute_script("""
        const from = document.querySelector("tr[draggable]"), to = [...document.querySelectorAll("tr[data-bed]")].at(-1), data = new DataTransfer(), fire = (at, kind) => at.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
        fire(from, "dragstart"); const over = !fire(to, "dragover"); fire(to, "drop");
        return [over, from.querySelector("details").open, from.querySelector("[name=place]").value === to.dataset.bed, from.contains(document.activeElement), document.activeElement.tagName];
    """)
    assert told == [True, True, True, True, "BUTTON"], told
    bed = b.driver.execute_script("return document.querySelector('tr[draggable] th').textContent")
    b.press("\ue007")
    b.until(lambda: any(row.text.startswith(bed) and "À nettoyer" in row.text for row in b.all("tbody tr")) or "motif" in b.text, timeout=6)


def test_a_session_has_four_and_a_client_that_speaks_is_dropped(nurse):
    path = main_of(nurse.get("/beds").text).split("?")[0]
    time.sleep(0.5)
    four = [Stream(nurse, path) for _ in range(4)]
    assert [s.status for s in four] == [200] * 4
    time.sleep(0.3)
    fifth = Stream(nurse, path)
    assert fifth.status == 503 or fifth.is_over(2)
    four[0].s.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert four[0].is_over(2)
    for s in four[1:]:
        s.close()
    time.sleep(0.5)
    last = Stream(nurse, path)
    assert last.status == 200 and not last.is_over(0.7), "who leaves makes room"
    last.close()
