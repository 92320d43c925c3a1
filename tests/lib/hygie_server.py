# SPDX-License-Identifier: Apache-2.0
"""
The real server, from outside: a demonstration base made once a session, copies of it, a server process on a copy, people who sign in.

    def test_x(server): ...            one server of the whole session; do not spend its people's budgets
    def test_y(own_server): ...        a server on a copy of its own
    with Server(base_copy) as s: ...   started and stopped by hand

Environment: HYGIE_BUILD (build directory, default b/tests or build-check), HYGIE_SHARED (reference material), HYGIE_SET (quick, full, campaign),
HYGIE_PG (address of a PostgreSQL server, see postgres.py: bases are then databases of it), HYGIE_WALLS (0: the server is one process; 1, the default: a vault
and fronts, as it is installed).
"""
import base64
import functools
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests
import urllib3

import postgres
import sealed
from authenticator import Passkey

urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

ROOT = Path(__file__).resolve().parents[2]


def _build():
    if os.environ.get("HYGIE_BUILD"):
        return Path(os.environ["HYGIE_BUILD"]).resolve()
    for name in ("b/tests", "build-check", "build"):
        if (ROOT / name / "src/cli/hygie").exists():
            return ROOT / name
    return ROOT / "b/tests"


BUILD = _build()
HYGIE = BUILD / "src/cli/hygie"
PATIENTS = 300
FULL = os.environ.get("HYGIE_SET", "quick") != "quick"
WALLS = os.environ.get("HYGIE_WALLS", "1") != "0"
if not WALLS:
    os.environ["HYGIE_WALLS_FRONTS"] = "0"

_shared = os.environ.get("HYGIE_SHARED") or str(ROOT.parent / "shared")
SHARED = Path(_shared) if (Path(_shared) / "data").is_dir() else None


def shared(*parts):
    """A path of the reference material, or a loud skip."""
    path = SHARED.joinpath(*parts) if SHARED else None
    if path is None or not path.exists():
        reason = f"SKIPPED: HYGIE_SHARED is not set or lacks {'/'.join(parts)}"
        print(reason)
        pytest.skip(reason)
    return path


def hygie(*words, cwd=None, timeout=120, check=False, env=None, **more):
    """Runs `hygie WORDS…`; gives the CompletedProcess with text output."""
    done = subprocess.run([str(HYGIE), *map(str, words)], cwd=cwd, timeout=timeout, capture_output=True, text=True, errors="replace",
                          env={**os.environ, **(env or {})}, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"hygie {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def copy_base(source, target):
    """A copy that its own server may spend. Preallocated ledger segments are copied as holes."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", "--sparse=always", str(source), str(target)], check=True)
    if postgres.url_of(source):
        (target / "base.url").write_text(postgres.make(postgres.url_of(source)) + "\n")
    return target


def drop_base(directory):
    if postgres.url_of(directory):
        postgres.drop(postgres.url_of(directory))
    shutil.rmtree(directory, ignore_errors=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- second factor ----

_used_steps = {}
_steps_lock = threading.Lock()


def totp(secret, step):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def fresh_code(account, key="", now_ms=None):
    """A code that this account has not used on this base: a step opens once, and the one before, now and the next are taken. Waits when all are spent."""
    who = (key, account["login"])
    while True:
        at = now_ms / 1000 if now_ms else time.time()
        now = int(at) // 30
        with _steps_lock:
            # The step before is given only early in a step: a code must not grow too old on its way to a busy server.
            step = max(_used_steps.get(who, 0) + 1, now - 1 if at % 30 < 15 else now)
            if step <= now + 1:
                _used_steps[who] = step
                return totp(account["totp_secret"], step)
        time.sleep(1)


def unused_from(account, key=""):
    """From when on (ms) this account has a code that was not used."""
    return _used_steps.get((key, account["login"]), 0) * 30000


# ---- people ----

_open = {}  # (data directory, login): the token of a session that was opened by a code


class Person:
    """A signed-in person: a cookie, a form token, requests on plain loopback."""

    def __init__(self, server, account):
        self.server, self.account, self.key = server, account, None
        self.http = requests.Session()
        self.http.trust_env = False
        self.csrf = ""

    @property
    def token(self):
        return self.http.cookies.get("hygie-plain") or ""

    def take(self, token):
        """Goes on in a session that is open already."""
        self.http.cookies.clear()
        self.http.cookies.set("hygie-plain", token, domain="127.0.0.1", path="/")  # as the server sets it, so that it may set another
        self.turn()
        return self

    def code(self):
        return fresh_code(self.account, str(self.server.dir))

    def sign_in(self):
        """Twice at most: the sign-in page of a demonstration offers codes too, and who took one there has spent it."""
        a = self.account
        for _ in range(2):
            r = self.http.post(self.server.http_url + "/sign-in", allow_redirects=False, timeout=30, data={"login": a["login"], "password": a["password"], "code": self.code()})
            if r.status_code == 303:
                break
        assert r.status_code == 303, f"{a['login']} is not let in: {r.status_code} {r.text[:400]}"
        self.turn()
        return self

    def come(self):
        """Comes in by a code, or goes on in the session of a test before that did: a code opens once in thirty seconds, a session serves many."""
        at = (str(self.server.dir), self.account["login"])
        if at not in _open or self.take(_open[at]).get("/me").status_code != 200:
            self.http.cookies.clear()
            _open[at] = self.sign_in().token
        return self

    def challenge(self, purpose, **proof):
        page = self.post("/passkey/ask", {"for": purpose, **proof}).text
        part = lambda name: (re.search(rf'data-{name}="([^"]*)"', page) or [None, ""])[1]
        assert part("challenge"), page[:400]
        return part("challenge"), part("user")

    def add_key(self):
        """A key of this person, after a code."""
        self.key = Passkey("localhost", f"https://localhost:{self.server.port}")
        r = self.post("/keys/add", {"label": "essai", "made": self.key.made(*self.challenge("register", code=self.code()))})
        assert r.status_code == 303, r.text[:400]
        return self

    def sign_in_by_key(self):
        """Makes a key of this person, after a code, and signs in anew with it."""
        self.sign_in().add_key()
        self.http.cookies.clear()
        self.turn()
        r = self.post("/sign-in", {"passkey": self.key.shown(self.challenge("sign_in")[0])})
        assert r.status_code == 303, r.text[:400]
        return self

    def proof(self, purpose="fresh"):
        """What a form takes instead of a code: a touch of the key, which waits for nothing."""
        return {"passkey": self.key.shown(self.challenge(purpose)[0])}

    def turn(self):
        """The form token follows the session's: it is made from it, as the pages write it."""
        made = hashlib.sha256(b"csrf" + self.token.encode()).digest()
        self.csrf = base64.urlsafe_b64encode(made).decode().rstrip("=")[:32]

    def get(self, path, **more):
        more.setdefault("allow_redirects", False)
        more.setdefault("timeout", 30)
        return self.http.get(self.server.http_url + path, **more)

    def post(self, path, data=None, csrf=True, **more):
        more.setdefault("allow_redirects", False)
        more.setdefault("timeout", 30)
        data = dict(data or {})
        if csrf:
            data.setdefault("csrf", self.csrf)
        r = self.http.post(self.server.http_url + path, data=data, **more)
        self.turn()
        return r


class Machine:
    """The machine account of the demonstration: FHIR with a bearer token."""

    def __init__(self, server):
        self.server = server
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = "Bearer " + server.demo["machine"]["token"]

    def request(self, method, path, body=None, **more):
        more.setdefault("timeout", 60)
        headers = more.pop("headers", {})
        if body is not None:
            headers.setdefault("Content-Type", "application/fhir+json")
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode("utf-8", "surrogatepass")
        return self.http.request(method, self.server.http_url + "/fhir" + path, data=body, headers=headers, **more)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body, **more):
        return self.request("PUT", path, body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)


# ---- the server ----

def stat_of(pid):
    """State and parent of a process, or None."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return None


def is_alive(pid):
    stat = stat_of(pid)
    return stat is not None and stat[0] not in "ZX"


def children_of(parent):
    found = []
    for entry in Path("/proc").iterdir():
        stat = stat_of(entry.name) if entry.name.isdigit() else None
        if stat and stat[1] == str(parent) and stat[0] not in "ZX":
            words = (entry / "cmdline").read_bytes().split(b"\0")
            found.append((int(entry.name), words[1].decode() if len(words) > 1 else ""))
    return found


class Server:
    def __init__(self, directory, **start):
        self.dir = Path(directory)
        self.start_options = start
        self.proc = None
        self.port = self.http_port = 0
        self.starts = 0
        self.out_path = self.dir.parent / (self.dir.name + ".out")
        self.err_path = self.dir.parent / (self.dir.name + ".err")

    # -- process --
    def start(self, args=(), preexec_fn=None, env=None, timeout=30, wait=True):
        args = [*self.start_options.get("args", ()), *args]
        for attempt in range(5):
            self.port, self.http_port = free_port(), free_port()
            with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
                from_out, from_err = out.tell(), err.tell()
                self.proc = subprocess.Popen(
                    [str(HYGIE), "serve", "--dir", str(self.dir), "--port", str(self.port), "--http-port", str(self.http_port), *map(str, args)],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=err, preexec_fn=preexec_fn, env={**os.environ, **self.start_options.get("env", {}), **(env or {})})
            self.starts += 1
            if not wait:
                return self
            end = time.time() + timeout
            while time.time() < end:
                if b"Ready" in self.out_path.read_bytes()[from_out:]:
                    return self
                if self.proc.poll() is not None:
                    break
                time.sleep(0.02)
            said = self.err_path.read_bytes()[from_err:].decode(errors="replace")
            if self.proc.poll() is None:
                self.proc.kill()
                self.proc.wait()
                raise AssertionError(f"the server was not ready within {timeout} s:\n{said}")
            if "already listens" in said and attempt < 4:
                continue  # somebody took the port meanwhile
            raise AssertionError(f"the server ended with {self.proc.returncode}:\n{said}")

    def stop(self, timeout=15):
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            self.proc.wait(timeout)
        return self.proc.returncode if self.proc else None

    def kill(self):
        """kill -9, of all of it: the end of the supervisor is the end of the others."""
        if self.proc and self.proc.poll() is None:
            others = self.processes()
            self.proc.kill()
            self.proc.wait()
            end = time.time() + 20
            while any(is_alive(pid) for pid, _ in others) or self.vaults():
                assert time.time() < end, "a process of the server outlived its supervisor"
                time.sleep(0.005)

    def vaults(self):
        """Vaults of this directory, whoever is their parent now: one may have been born while its supervisor was killed."""
        words = [b"serve-vault", str(self.dir).encode()]
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and all(w in (entry / "cmdline").read_bytes().split(b"\0") for w in words):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def processes(self):
        """[(process, its word)] that the supervisor started; none where all is one process. Without the presses."""
        return [(pid, word) for pid, word in children_of(self.proc.pid) if word.startswith("serve-")]

    @property
    def vault_pid(self):
        """Of the process that holds base, ledger and keys."""
        return next((pid for pid, word in self.processes() if word == "serve-vault"), self.proc.pid)

    @property
    def front_pids(self):
        return [pid for pid, word in self.processes() if word == "serve-front"] or [self.proc.pid]

    def alive(self):
        if self.proc.poll() is not None:
            return False
        try:
            return requests.get(self.http_url + "/livez", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop on SIGTERM")

    # -- what it says --
    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def http_url(self):
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def log(self):
        return self.err_path.read_text(errors="replace") + self.out_path.read_text(errors="replace")

    @property
    def demo(self):
        return json.loads((self.dir / "demo.json").read_text())

    # -- people --
    def account(self, role, nth=0):
        return [a for a in self.demo["accounts"] if a["role"] == role][nth]

    def person(self, role, nth=0):
        return Person(self, self.account(role, nth)).sign_in()

    def person_by_key(self, role, nth=0):
        return Person(self, self.account(role, nth)).sign_in_by_key()

    def machine(self):
        return Machine(self)

    # -- inside, for checks only --
    def sql(self, query, *args):
        return base_sql(self.dir, query, *args)

    def ledger(self, first=1):
        return ledger_entries(self.dir, first)


COPIED = {"resource": "rid, type, id, version, txn, updated_ms, deleted, patient, body", "history": "at, patient, txn, updated_ms, deleted, body",
          "vocabulary": "kind, no, name", "account": "no, login_key, login, name, role, unit, practitioner, disabled", "sealed_key": "patient, wrapped_by, wrapped", "shared_key": "rid, since, patient, wrapped",
          "account_unit": "account, place, unit"}


def base_sql(directory, query, *args):
    """Reads the database beside the server: what the tests expect is taken from the base itself, not from an answer."""
    url = postgres.url_of(directory)
    if url and not re.search(r"body|\b(?:name|login)\b.*\baccount\b", query):
        return postgres.rows(url, query, *args)
    c = sqlite3.connect(":memory:") if url else sqlite3.connect(f"file:{directory}/hygie.db?mode=ro", uri=True, timeout=10)
    try:
        if url: # what is sealed is read on a copy
            for table, columns in COPIED.items():
                c.execute(f"CREATE TABLE {table}({columns})")
                for row in postgres.rows(url, f"SELECT {columns} FROM {table}"):
                    c.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        sealed.unseal(c, directory)
        return c.execute(query, args).fetchall()
    finally:
        c.close()


def ledger_entries(directory, first=1):
    """The entries from first on. An act is answered before its outcome's entry is durable: waited for here, so that what was answered is whole (not for ever: a server may be dead)."""
    end = time.monotonic() + 2.5
    while True:
        done = subprocess.run([str(BUILD / "tests/gate/ledger_dump"), str(Path(directory) / "ledger"), str(first)], capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        closed = {e["about"] for e in entries if e["kind"] == "OUTCOME"}
        if time.monotonic() > end or all(e["number"] in closed for e in entries if e["kind"] == "INTENT"):
            return entries
        time.sleep(0.02)


# ---- patients and their markers ----

class Patient:
    """One synthetic patient as stored: its id, surrogate, and the strings that must never leave unasked."""

    def __init__(self, rid, fhir_id, body):
        self.rid, self.id, self.body = rid, fhir_id, json.loads(body)
        names = self.body.get("name", [])
        self.family = next((n["family"] for n in names if n.get("use") == "official" and "family" in n), next((n["family"] for n in names if "family" in n), ""))
        self.birth = self.body.get("birthDate", "")
        texts = [n.get("family") for n in names]
        texts += [t.get("value") for t in self.body.get("telecom", [])]
        texts += [i.get("value") for i in self.body.get("identifier", [])]
        texts += [line for a in self.body.get("address", []) for line in a.get("line", [])]
        self.markers = sorted({t for t in texts if t and len(t) >= 5})

    @functools.cached_property
    def needles(self):
        return [(m, sorted({w.encode() for w in spellings(m)})) for m in self.markers]

    def found_in(self, data):
        """The markers that a body holds, as they are or as HTML and JSON write them. Looked for as bytes first: thousands of times, and nearly always in vain."""
        if isinstance(data, str):
            data = data.encode()
        near = [(m, [w for w in words if w in data]) for m, words in self.needles]
        return [m for m, words in near if words and is_among(words, data.decode("utf-8", "replace"))]


def is_among(words, text):
    """As a word of its own."""
    return any(re.search(r"(?<![A-Za-zÀ-ÿ0-9])" + re.escape(w.decode()) + r"(?![A-Za-zÀ-ÿ0-9])", text) for w in words)


def spellings(marker):
    import html
    yield marker
    yield html.escape(marker)
    yield marker.replace("'", "&#39;").replace("\"", "&quot;")
    yield json.dumps(marker)[1:-1]
    digits = re.sub(r"\D", "", marker)
    if len(digits) == 15:
        yield f"{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]} {digits[7:10]} {digits[10:13]} {digits[13:]}"


EVERYTHING = "SELECT r.rid, v.name, r.id, CAST(r.body AS BLOB), r.patient, r.deleted FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type ORDER BY r.rid"
OF_TYPE = "SELECT r.rid, r.id, r.body, r.patient FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = ? AND r.deleted = 0 ORDER BY r.rid"


def patients_among(record, staff):
    """All patients. A family name is a marker only where it is nobody else's, staff included: else its appearance would prove nothing."""
    all_ = [Patient(rid, id_, body) for rid, type_, id_, body, _, deleted in record if type_ == "Patient" and not deleted and body]
    families = {}
    for p in all_:
        for word in {n.get("family", "").casefold() for n in p.body.get("name", [])}:
            families[word] = families.get(word, 0) + 1
    for p in all_:
        names = {n.get("family", "").casefold() for n in p.body.get("name", [])}
        p.markers = [m for m in p.markers if m.casefold() not in names or (families[m.casefold()] == 1 and m.casefold() not in staff)]
    return all_


def is_present(stay, unit):
    return stay.get("status") == "in-progress" and (stay.get("serviceProvider") or {}).get("reference") == f"Organization/{unit}"


def present_in(directory, unit):
    """Patients (surrogates) with a stay in progress in a unit, from the record itself."""
    return sorted({rid for _, _, body, rid in base_sql(directory, OF_TYPE, "Encounter") if is_present(json.loads(body), unit)})


_casts = {}


def cast_of(directory, demo):
    """
    (all patients, those present in the unit of the offered people, strangers to all of these people), from the record, not from answers. To unseal a whole record in
    Python takes longer than most tests: it is done once for a base and all copies of it, until something is written.
    """
    units = base_sql(directory, "SELECT account, place, unit FROM account_unit ORDER BY account, place")
    at = json.dumps([demo, units, base_sql(directory, "SELECT count(*), max(txn) FROM resource")])
    if at not in _casts:
        offered = {a["login"] for a in demo["accounts"]}
        accounts = base_sql(directory, "SELECT no, login, name, practitioner FROM account")
        nos = {no for no, login, _, _ in accounts if login in offered}
        known = {a["unit"] for a in demo["accounts"] if a["unit"]} | {practitioner for no, _, _, practitioner in accounts if no in nos and practitioner}
        known = [word.encode() for word in known | {unit for no, _, unit in units if no in nos}]
        record = base_sql(directory, EVERYTHING)
        near, unit = set(), next(a["unit"] for a in demo["accounts"] if a["role"] == "nurse")
        for _, _, _, body, patient, _ in record:
            if patient not in near and any(word in (body or b"") for word in known):
                near.add(patient)
        patients = patients_among(record, {word.casefold() for _, _, name, _ in accounts for word in name.split()})
        by_rid = {p.rid: p for p in patients}
        present = {patient for _, type_, _, body, patient, deleted in record if type_ == "Encounter" and not deleted and body and is_present(json.loads(body), unit)}
        _casts[at] = patients, [by_rid[rid] for rid in sorted(present)], [p for p in patients if p.rid not in near]
    return _casts[at]


class Stage:
    """Who is whose on a base. The patients are the same objects on each copy of it: only to be read."""

    def __init__(self, directory):
        self.dir = Path(directory)
        self.demo = json.loads((self.dir / "demo.json").read_text())
        self.patients, self.mine, self.strangers = (list(some) for some in cast_of(directory, self.demo))
        self.by_rid = {p.rid: p for p in self.patients}
        self.by_id = {p.id: p for p in self.patients}
        self.unit = next(a["unit"] for a in self.demo["accounts"] if a["role"] == "nurse")

    def one_of(self, type_, patient):
        """Id of a resource of a type in a patient's compartment, or None."""
        rows = base_sql(self.dir, "SELECT r.id FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = ? AND r.patient = ? AND r.deleted = 0 LIMIT 1",
                        type_, patient.rid)
        return rows[0][0] if rows else None


# ---- fixtures ----

@pytest.fixture(scope="session")
def work_dir():
    """On a disk, not too long a path (unix sockets), removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="hygie-", dir=os.environ.get("HYGIE_TMP") or None))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def demo_base(work_dir):
    """Made once a session; never served: copy it."""
    assert HYGIE.exists(), f"{HYGIE} is not built (HYGIE_BUILD names the build directory)"
    path = work_dir / "base"
    place = ["--db", postgres.make()] if postgres.server() else []
    hygie("demo", "--no-canaries", "--no-pharmacy", "--dir", path, "--patients", PATIENTS, *place, check=True, timeout=300)
    return path


_copies = [0]


@pytest.fixture
def base_copy(demo_base, work_dir):
    _copies[0] += 1
    path = copy_base(demo_base, work_dir / f"copy{_copies[0]}")
    yield path
    drop_base(path)


@pytest.fixture
def own_server(base_copy):
    with Server(base_copy) as s:
        yield s


@pytest.fixture(scope="session")
def server(demo_base, work_dir):
    with Server(copy_base(demo_base, work_dir / "served")) as s:
        yield s
