# SPDX-License-Identifier: Apache-2.0
"""A passkey of the tests: makes and uses an ES256 credential as a browser with an authenticator would, for tests that speak to the vault or over HTTP.

    key = Passkey("localhost", "https://localhost"); made = key.made(challenge, user); shown = key.shown(challenge)
Both are texts as the gate takes them (src/gate/touch.h). challenge, user: base64url texts as the gate gives them.
"""
import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


def text(b):
    return base64.urlsafe_b64encode(b).decode().rstrip("=")


def raw(t):
    return base64.urlsafe_b64decode(t + "=" * (-len(t) % 4))


class Passkey:
    def __init__(self, rp="localhost", origin="https://localhost"):
        self.rp, self.origin = rp, origin
        self.id, self.user, self.count = os.urandom(32), b"", 0
        self.private = ec.generate_private_key(ec.SECP256R1())

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _auth(self, flags):
        self.count += 1
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def made(self, challenge, user):
        n = self.private.public_key().public_numbers()
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + n.x.to_bytes(32, "big") + b"\x22\x58\x20" + n.y.to_bytes(32, "big")
        auth = self._auth(0x45) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose
        self.user = raw(user)
        assert 24 <= len(auth) < 256
        return ".".join((challenge, text(self.id), text(self._client("webauthn.create", challenge)),
                         text(b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(auth)]) + auth)))

    def shown(self, challenge):
        client, auth = self._client("webauthn.get", challenge), self._auth(0x05)
        signature = self.private.sign(auth + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return ".".join((challenge, text(self.id), text(client), text(auth), text(signature), text(self.user)))
