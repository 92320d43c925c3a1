# SPDX-License-Identifier: Apache-2.0
"""
A desk of bench/day: one person at one computer, on one connection of its own, who reads pages and sends their forms as a browser would, and what all of them met is counted in a Tally.

    d = Desk(tally, port, origin, account, "127.0.1.7"); await d.enrol(code1, code2); await d.come()
    page = await d.get("/unit"); await d.send(page.form("/patients/new"), birth_name="…"); await d.think()
"""
import asyncio
import base64
import collections
import hashlib
import html
import random
import re
import time
import urllib.parse

from authenticator import Passkey

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
INPUT = re.compile(r"<(input)\b([^>]*)>|<(select|textarea)\b([^>]*)>(.*?)</(?:select|textarea)>", re.S)
OPTION = re.compile(r'<option([^>]*)value="([^"]*)"([^>]*)>([^<]*)')
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def attribute(text, name):
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return html.unescape(found.group(1)) if found else None


class Form:
    """The fields of a form as the page brings them: what is hidden, typed or chosen already."""

    def __init__(self, action, inside):
        self.action, self.fields, self.options, self.names = action, {}, {}, set()
        for one, head_of_one, more, head_of_more, body in INPUT.findall(inside):
            kind, head = one or more, head_of_one or head_of_more
            name, type_ = attribute(head, "name"), attribute(head, "type")
            if not name:
                continue
            self.names.add(name)
            if kind == "select":
                self.options[name] = [(html.unescape(value), html.unescape(text)) for _, value, _, text in OPTION.findall(body)]
                self.fields[name] = next((html.unescape(v) for a, v, b, _ in OPTION.findall(body) if "selected" in a + b), "")
            elif type_ in ("checkbox", "radio"):
                self.options.setdefault(name, []).append((attribute(head, "value") or "", ""))
                if re.search(r"\bchecked\b", head):
                    self.fields[name] = attribute(head, "value") or ""
            else:
                self.fields[name] = html.unescape(body) if kind == "textarea" else attribute(head, "value") or ""


class Page:
    def __init__(self, status, location, text):
        self.status, self.location, self.text = status, location, text

    def forms(self, tail):
        return [Form(action, inside + self.elsewhere(attribute(head, "id"))) for head, inside in FORM.findall(self.text) if (action := attribute(head, "action") or "").endswith(tail)]

    def elsewhere(self, id_):
        """The fields that stand outside of a form and name it."""
        return "".join(re.findall(rf'<input\b[^>]*\bform="{re.escape(id_)}"[^>]*>', self.text)) if id_ else ""

    def form(self, tail):
        """The first form that goes there, or None."""
        return next(iter(self.forms(tail)), None)

    def links(self, pattern):
        return list(dict.fromkeys(html.unescape(link) for link in re.findall(rf'href="({pattern})"', self.text)))

    def reason(self):
        """What the page says is wrong, without anything that was typed: its first words of a fault."""
        main = (re.search(r"<main.*?</main>", self.text, re.S) or re.search(".*", self.text, re.S)).group(0)
        found = re.search(r'class="(?:faults|error|note (?:bad|warn))[^"]*"[^>]*>(.{0,400})', main, re.S) or re.search(r"<h1[^>]*>(.{0,200})", main, re.S)
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>?", " ", found.group(1))).strip() if found else ""
        return re.sub(r"\d+", "#", words)[:110]


class Tally:
    """What all desks met, by route."""

    def __init__(self):
        self.times = collections.defaultdict(list)    # "GET /unit": ms
        self.refused = collections.Counter()          # (route, status, reason): a page that says why it does not do it
        self.stopped = collections.Counter()          # the same, where the gate held an honest person
        self.errors = collections.Counter()           # the same, where something broke
        self.done = collections.Counter()             # acts that were answered as done
        self.sums = collections.Counter()             # what the jobs gave, took, billed
        self.requests, self.bytes, self.counting = 0, 0, False

    def met(self, method, path, page, ms):
        route = f"{method} {ID.sub(':id', path.split('?')[0])}"
        self.requests += 1
        self.bytes += len(page.text)
        if self.counting:
            self.times[route].append(ms)
        if page.status == 303:
            where = page.location.split("?")[0]
            if where in ("/sign-in", "/prove") and path != "/sign-out":
                self.stopped[route, 303, where] += 1
            elif method == "POST":
                self.done[route] += 1
        elif page.status == 403 and path.startswith("/identity/compare"): # somebody of another unit: a reason is asked for first
            self.refused[route, page.status, page.reason()] += 1
        elif page.status in (401, 403, 429):
            self.stopped[route, page.status, page.reason()] += 1
        elif page.status in (409, 412, 422) or (page.status == 400 and "trop de résultats pour les trier" not in page.text):
            self.refused[route, page.status, page.reason()] += 1
        elif page.status >= 400:
            self.errors[route, page.status, page.reason()] += 1


class Desk:
    def __init__(self, tally, port, origin, account, address, pause):
        self.tally, self.port, self.account, self.address, self.pause = tally, port, account, address, pause
        self.link, self.cookie, self.random = None, None, random.Random(account["login"])
        self.key = Passkey("localhost", origin)

    # ---- requests ----
    async def call(self, method, path, fields=None):
        body = urllib.parse.urlencode(fields).encode() if fields is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        if self.cookie:
            head += f"Cookie: {self.cookie}\r\n"
        if method == "POST":
            head += f"Origin: http://127.0.0.1:{self.port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        started = time.perf_counter()
        try:
            page = await asyncio.wait_for(self.exchange(head.encode() + b"\r\n" + body), 60)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError) as e:
            self.tally.errors[f"{method} {ID.sub(':id', path.split('?')[0])}", 0, type(e).__name__] += 1
            self.hang_up()
            return Page(0, "", "")
        self.tally.met(method, path, page, (time.perf_counter() - started) * 1000)
        return page

    async def exchange(self, request):
        fresh = self.link is None
        if fresh:
            self.link = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
        reader, writer = self.link
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hang_up()
            if fresh:
                raise
            return await self.exchange(request) # the server closes what stood idle; nothing of an answer came
        field = lambda name: re.findall(rf"\r\n{name}: ([^\r]*)", head, re.I)
        body = await reader.readexactly(int((field("content-length") or ["0"])[0]))
        for line in field("set-cookie"):
            self.cookie = line.split(";")[0]
        if [w.lower() for w in field("connection")] == ["close"]:
            self.hang_up()
        return Page(int(head.split(" ", 2)[1]), (field("location") or [""])[0], body.decode("utf-8", "replace")) # a paper is no text

    def hang_up(self):
        if self.link:
            self.link[1].close()
        self.link = None

    async def get(self, path):
        """The page; one redirect is followed, as a browser does."""
        page = await self.call("GET", path)
        if page.status == 303 and page.location.startswith("/") and page.location.split("?")[0] not in ("/sign-in", "/prove"):
            page = await self.call("GET", page.location)
        return page

    async def post(self, path, **fields):
        token = self.cookie.split("=", 1)[1] if self.cookie else ""
        made = hashlib.sha256(b"csrf" + token.encode()).digest()
        return await self.call("POST", path, {**fields, "csrf": base64.urlsafe_b64encode(made).decode().rstrip("=")[:32]})

    async def send(self, form, **fields):
        """The form with these fields filled in; the page that follows is read too, and becomes .next."""
        answer = await self.post(form.action, **{**{k: v for k, v in form.fields.items() if k != "csrf"}, **fields})
        answer.next = await self.get(answer.location) if answer.status == 303 else answer
        return answer

    async def think(self, most=3):
        """As long as a person looks at a page or types: around the pause, never none."""
        await asyncio.sleep(min(self.pause * most, self.pause * (0.4 + self.random.expovariate(1 / 0.6))))

    # ---- coming in ----
    async def challenge(self, purpose, **proof):
        page = await self.post("/passkey/ask", **{"for": purpose, **proof})
        if attribute(page.text, "data-challenge") is None:
            raise SystemExit(f"bench/day: {self.account['role']} gets no challenge: {page.status} {page.reason()}")
        return attribute(page.text, "data-challenge"), attribute(page.text, "data-user") or ""

    async def enrol(self, codes):
        """The first day: password and code, a key of one's own, out again."""
        a = self.account
        page = await self.call("POST", "/sign-in", {"login": a["login"], "password": a["password"], "code": codes()})
        if page.status != 303:
            raise SystemExit(f"bench/day: {a['role']} is not let in: {page.status} {page.reason()}")
        page = await self.post("/keys/add", label="badge", made=self.key.made(*await self.challenge("register", code=codes())))
        if page.status != 303:
            raise SystemExit(f"bench/day: {a['role']} gets no key: {page.status} {page.reason()}")
        await self.post("/sign-out")
        self.cookie = None

    async def come(self):
        page = await self.post("/sign-in", passkey=self.key.shown((await self.challenge("sign_in"))[0]))
        if page.status != 303:
            raise SystemExit(f"bench/day: {self.account['role']} is not let in by key: {page.status} {page.reason()}")
