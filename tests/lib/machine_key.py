# SPDX-License-Identifier: Apache-2.0
"""A machine's key of the tests: its public half as a JWK, and assertions (RFC 7523) signed with it, sound ones and others."""
import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def text(b):
    return base64.urlsafe_b64encode(b).decode().rstrip("=")


class Key:
    """A key pair of an algorithm, and what it signs."""
    HASH = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384(), "RS256": hashes.SHA256(), "RS384": hashes.SHA384()}

    def __init__(self, algorithm, kid, bits=2048):
        self.algorithm, self.kid = algorithm, kid
        self.size = {"ES256": 32, "ES384": 48}.get(algorithm)
        self.private = ec.generate_private_key(ec.SECP256R1() if self.size == 32 else ec.SECP384R1()) if self.size else rsa.generate_private_key(65537, bits)

    def jwk(self, **more):
        n = self.private.public_key().public_numbers()
        if self.size:
            own = {"kty": "EC", "crv": f"P-{self.size * 8}", "x": text(n.x.to_bytes(self.size, "big")), "y": text(n.y.to_bytes(self.size, "big"))}
        else:
            own = {"kty": "RSA", "n": text(n.n.to_bytes((n.n.bit_length() + 7) // 8, "big")), "e": text(n.e.to_bytes(3, "big"))}
        return {**own, "kid": self.kid, "alg": self.algorithm, **more}

    def sign(self, data):
        if not self.size:
            return self.private.sign(data, padding.PKCS1v15(), self.HASH[self.algorithm])
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(self.HASH[self.algorithm])))
        return r.to_bytes(self.size, "big") + s.to_bytes(self.size, "big")

    def assertion(self, claims, header=None, signed=None):
        head = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **(header or {})}
        head = {k: v for k, v in head.items() if v is not None}
        claims = {k: v for k, v in claims.items() if v is not None}
        part = text(json.dumps(head).encode()) + "." + text(json.dumps(claims).encode())
        return part + "." + text((signed or self.sign)(part.encode()))
