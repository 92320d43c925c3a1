# SPDX-License-Identifier: Apache-2.0
"""
The frames that a front process and the vault exchange (src/gate/line.c, asks.c, release.c), for tests that speak as a front whose code is a stranger's.

    line = Line(server)                       joins the client's connection and a line to the vault inside a front (tests/fault/hostile.c)
    line.call(token, view("chart_head", patient=id))   → Release
"""
import socket
import struct
import time

PAGE, API, PRINT, IMPORT, CLI, JOB = 1, 2, 3, 4, 5, 6
CALL, OPERATOR, ROTATE, FIGURES, PARAMS = 1, 2, 3, 4, 5
BEARER, TOUCH, ALONE = 1, 2, 4


def text(s):
    b = s.encode() if isinstance(s, str) else s
    return struct.pack("<I", len(b)) + b


def ended(s):
    return text(s) + b"\0"


def view(name, **args):
    return b"\2" + ended(name) + b"".join(b"\3" + ended(n) + ended(v) for n, v in args.items())


def act(name, **args):
    return b"\1" + ended(name) + b"".join(b"\3" + ended(n) + ended(v) for n, v in args.items())


def read(type_, id_):
    return b"\4" + ended("row") + ended(type_) + ended(id_)


def search(type_, query, limit=1000):
    return b"\7" + ended("row") + ended(type_) + ended(query) + struct.pack("<I", limit)


def call(token, asks, surface=PAGE, flags=TOUCH, route="/patient/:patient", from_="127.0.0.1"): # as a front that was broken into knows where its sessions come from
    return bytes([CALL, surface, flags]) + text(route) + text(token) + text(from_) + text(asks)


class Release:
    def __init__(self, flat):
        self.flat = flat
        self.rc, self.act_rc, _, self.role = flat[:4]

    @property
    def good(self):
        return self.rc == 0


class Line:
    """Number 0 … : the lanes of one front, in the order in which it was given them; the last is its side line."""

    def __init__(self, server, number=0):
        self.number = 0
        self.sock = socket.create_connection(("127.0.0.1", server.http_port), timeout=30)
        self.sock.sendall(f"GET /livez HTTP/1.1\r\nHost: x\r\nX-Hostile: relay {number} -\r\n\r\n".encode())
        said = self.take(7)
        assert said == b"joined\n", said

    def take(self, n):
        got = b""
        while len(got) < n:
            piece = self.sock.recv(n - len(got))
            if not piece:
                raise ConnectionError("the line ended")
            got += piece
        return got

    def send(self, flat, number=None):
        self.number += 1
        self.sock.sendall(struct.pack("<II", len(flat), self.number if number is None else number) + flat)
        return self.number

    def raw(self, data):
        self.sock.sendall(data)

    def answer(self):
        n, number = struct.unpack("<II", self.take(8))
        return number, self.take(n)

    def call(self, token, asks, **more):
        sent = self.send(call(token, asks, **more))
        number, flat = self.answer()
        assert number == sent
        return Release(flat)

    def ends(self, within=10):
        """Does the vault end this line?"""
        self.sock.settimeout(within)
        try:
            while self.sock.recv(65536):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True

    def close(self):
        self.sock.close()
        time.sleep(0.05)
