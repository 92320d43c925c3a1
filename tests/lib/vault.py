# SPDX-License-Identifier: Apache-2.0
"""A vault opened directly (tests/gate/gate_call.c), without HTTP: calls of views, acts and FHIR asks as a given account. One process for many calls."""
import base64
import json
import os
import subprocess
from pathlib import Path

from authenticator import Passkey
from hygie_server import BUILD, ROOT, fresh_code, ledger_entries, unused_from

PAGE, API, PRINT, IMPORT, CLI, JOB = range(1, 7)


class Answer(dict):
    @property
    def rc(self):
        return self["rc"]

    @property
    def why(self):
        return self["why"]

    @property
    def flat(self):
        return base64.b64decode(self["flat"])

    @property
    def empty(self):
        """No row of anything: the eight bytes of an empty flat."""
        return len(self.flat) <= 8

    def said(self):
        """All that the answer tells, for comparing two refusals."""
        return {k: v for k, v in self.items() if k not in ("opened",)}


class Vault:
    def __init__(self, directory):
        self.dir = Path(directory)
        self.demo = json.loads((self.dir / "demo.json").read_text())
        self.machine = self.demo["machine"]["token"]
        self.proc = subprocess.Popen([str(BUILD / "tests/gate/gate_call"), str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env={"HYGIE_DATA": str(ROOT / "data"), **os.environ})
        self.now, self.keys = 0, {}
        line = self.proc.stdout.readline()
        assert line, self.proc.stderr.read().decode(errors="replace")

    def _send(self, what):
        self.proc.stdin.write(json.dumps(what).encode() + b"\n")
        self.proc.stdin.flush()
        line = self.proc.stdout.readline()
        if not line:
            self.proc.wait(10)
            raise AssertionError(f"the vault's process ended with {self.proc.returncode}: {self.proc.stderr.read().decode(errors='replace')[-2000:]}")
        return json.loads(line)

    def ask(self, token, *asks, get=(), bearer=False, surface=PAGE, from_=""):
        return Answer(self._send(self.call(token, *asks, get=get, bearer=bearer, surface=surface, from_=from_)))

    @staticmethod
    def call(token, *asks, get=(), bearer=False, surface=PAGE, from_=""):
        return {"token": token, "bearer": bearer, "surface": surface, **({"from": from_} if from_ else {}), "asks": [list(a) for a in asks], "get": [list(g) for g in get]}

    def many(self, calls):
        return [Answer(a) for a in self._send(calls)]

    def operator(self):
        return self._send({"operator": True})["token"]

    def account(self, role, nth=0):
        return [a for a in self.demo["accounts"] if a["role"] == role][nth]

    def clock(self, ms):
        """Sets the clock of the vault; 0: the real one."""
        self.now = ms
        self._send({"clock": ms})

    def code(self, account):
        """One that was not used yet. Where the clock is the test's own, it goes on instead of the test waiting."""
        if self.now:
            self.clock(max(self.now, unused_from(account, str(self.dir))))
        return fresh_code(account, str(self.dir), self.now or None)

    def try_sign_in(self, account, **more):
        return self.ask("", ("act", "sign_in", {"login": account["login"], "password": account["password"], "code": self.code(account), **more.pop("args", {})}), get=[("session", "token")], **more)

    def sign_in(self, account, **more):
        a = self.try_sign_in(account, **more)
        assert a.rc == "OK", (a.rc, a.why)
        return a["got"][0][0]

    # -- passkeys --
    def challenge(self, token, purpose, **proof):
        a = self.ask(token, ("act", "passkey_ask", {"for": purpose, **proof}), get=[("challenge", "challenge"), ("challenge", "user")])
        assert a.rc == "OK", (a.rc, a.why)
        return a["got"][0][0], (a["got"][1] or [""])[0]

    def touch(self, token, key, purpose="fresh"):
        """A touch of a key of who is signed in, as an act takes it."""
        return key.shown(self.challenge(token, purpose)[0])

    def add_key(self, token, label="essai", **proof):
        """A new key, after a proof: code or passkey; none for a session of a one-time code."""
        key = Passkey()
        a = self.ask(token, ("act", "passkey_add", {"label": label, "made": key.made(*self.challenge(token, "register", **proof))}))
        assert a.rc == "OK", (a.rc, a.why, a["where"])
        return key

    def sign_in_by(self, key, **more):
        a = self.ask("", ("act", "sign_in", {"passkey": key.shown(self.challenge("", "sign_in")[0]), **more.pop("args", {})}), get=[("session", "token")], **more)
        assert a.rc == "OK", (a.rc, a.why)
        return a["got"][0][0]

    def key_of(self, account, token=""):
        """A key of this person and a session that it opened. token: a session that is open already; else one is opened, by a code more."""
        key = self.add_key(token or self.sign_in(account), code=self.code(account))
        return key, self.sign_in_by(key)

    def proof(self, token, account):
        """A fresh proof as an act takes it: a touch of one key of this person, which is made at the first. A code opens once in thirty seconds; a key waits for nothing."""
        if account["login"] not in self.keys:
            self.keys[account["login"]] = self.add_key(token, label="preuve", code=self.code(account))
        return {"passkey": self.touch(token, self.keys[account["login"]])}

    def prove(self, token, account, reason="other", text="renfort de nuit", unit=""):
        """Answers where a proof is due. Gives the session's new token."""
        args = {"reason": reason, "text": text, "code": self.code(account), **({"unit": unit} if unit else {})}
        a = self.ask(token, ("act", "prove", args), get=[("session", "token")])
        assert a.rc == "OK", (a.rc, a.why, a["where"])
        return a["got"][0][0]

    def ledger(self, first=1):
        return ledger_entries(self.dir, first)

    def close(self):
        if self.proc.poll() is None:
            try:
                self.proc.stdin.write(b'{"close":true}\n')
                self.proc.stdin.flush()
                self.proc.wait(20)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self.proc.kill()
                self.proc.wait()
        return self.proc.returncode
