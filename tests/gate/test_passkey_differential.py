# SPDX-License-Identifier: Apache-2.0
"""The house's WebAuthn checks (src/codec/passkey.c) beside those of python3-fido2, on answers made and spoilt at random.
A seed decides how each is spoilt; keys and the chance in signatures are new each time, so that no verdict hangs on one key.

No server is needed: build/tests/unit/codec/passkey_probe gives the house's verdicts. What the house accepts, python3-fido2 accepts; what only the house
refuses must be a class of STRICTER, each with its reason, and each class must be met. Beside it stands libfido2, another program by another hand, for what it judges of an assertion.
"""
import collections
import json
import os
import random
import struct
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from fido2 import cbor
from fido2.client import ClientData
from fido2.cose import ES256, EdDSA, RS256
from fido2.ctap2 import AttestationObject, AttestedCredentialData, AuthenticatorData
from fido2.server import Fido2Server
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import UserVerificationRequirement

import libfido2

PROBE = Path(os.environ.get("HYGIE_BUILD", "build")) / "tests/unit/codec/passkey_probe"
RP, ORIGIN = "dpi.hopital.test", "https://dpi.hopital.test"
ID, USER, AAGUID = b"an id of thirty-two bytes, alas.", b"user-handle-0001", bytes(range(16))
UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128

# What python3-fido2 0.9.1 lets pass and the house does not, and why the house does not.
STRICTER = {
    "text": "base64url has one spelling: no padding, no blanks, spare bits zero (python decodes leniently)",
    "size": "ids of 16 to 1023 bytes, and bounds on every field",
    "id": "the id beside a registration must be the one inside it (python is not given it)",
    "user": "the user handle must be the stored one (Level 2 §7.2 step 6; python leaves it to its caller)",
    "json": "crossOrigin is true or false, and nothing else",
    "twice": "a member twice, in JSON or CBOR, has two readings",
    "challenge": "compared as the text that the standard makes of it: not in other spellings of base64",
    "cross_origin": "asked for in another site's frame (Level 2 §7.1 and §7.2 leave it to policy)",
    "token_binding": "Level 2 §7.2 step 14; python does not look",
    "cbor": "CTAP2 canonical form (Level 2 §2.2.4): python reads long heads, other types, floats as false",
    "attestation": "asked for none: a statement that came all the same is not taken",
    "backup": "Level 3 §7.2: BS without BE, BE changed; python 0.9.1 does not know the flags",
    "credential": "a key inside an assertion, or a registration without one",
    "extension": "an extension that nobody asked for",
    "algorithm": "python takes any algorithm at registration, PS256 and RS1 too, and looks at no kty",
    "curve": "checked at registration, not at the first use",
    "point": "checked at registration, not at the first use; Ed25519 of small order; RSA exponents other than 65537",
    "key": "no members but those of the algorithm (Level 2 §6.5.1); python takes what it needs",
    "clone": "the counter did not grow (Level 2 §7.2 step 21; python leaves it to its caller)",
}
# What libfido2 judges of an assertion too: refused here for one of these, it is refused there.
JUDGED_BY_LIBFIDO2 = {"rp", "presence", "verification", "signature"}


class Key:
    def __init__(self, kind):
        self.kind = kind
        if kind == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
            self.cose = ES256.from_cryptography_key(self.private.public_key())
        elif kind == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
            self.cose = EdDSA.from_cryptography_key(self.private.public_key())
        else:
            self.private = rsa.generate_private_key(65537, 2048)
            self.cose = RS256.from_cryptography_key(self.private.public_key())

    def sign(self, message):
        if self.kind == "ES256":
            return self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        if self.kind == "EdDSA":
            return self.private.sign(message)
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())


class Case:
    """An answer with everything right, to be spoilt."""

    def __init__(self, r, key, verb):
        self.r, self.key, self.verb = r, key, verb
        self.challenge = r.randbytes(16 + r.randrange(17))
        self.members = [("type", "webauthn.get" if verb == "check" else "webauthn.create"), ("challenge", websafe_encode(self.challenge)), ("origin", ORIGIN), ("crossOrigin", False)]
        self.client = None
        self.rp_hash, self.flags, self.count, self.tail = sha256(RP.encode()), UP | UV | (AT if verb == "register" else 0), 7, b""
        self.stored_count, self.eligible, self.required = 6, 0, r.randrange(2)
        self.cose, self.id, self.attested_id, self.user = cbor.encode(key.cose), ID, ID, USER
        self.texts = {}
        self.statement = {"fmt": "none", "attStmt": {}}
        self.signature, self.after_signing, self.object_tail = None, [], b""
        self.attested = b""

    def finish(self):
        if self.client is None:
            self.client = ("{" + ",".join(f"{json.dumps(k)}:{json.dumps(v)}" for k, v in self.members) + "}").encode()
        self.attested = AAGUID + struct.pack(">H", len(self.attested_id)) + self.attested_id + self.cose
        self.auth = self.rp_hash + struct.pack(">BI", self.flags, self.count) + (self.attested if self.flags & AT else b"") + self.tail
        if self.signature is None:
            self.signature = self.key.sign(self.auth + sha256(self.client))
        for spoil in self.after_signing:
            spoil()
        self.object = cbor.encode({**self.statement, "authData": self.auth}) + self.object_tail
        given = {"id": self.id, "client": self.client, "auth": self.auth if self.verb == "check" else self.object, "signature": self.signature, "user": self.user}
        self.text = {name: self.texts.get(name, websafe_encode(value)) for name, value in given.items()}

    def line(self):
        stored = [websafe_encode(self.cose), websafe_encode(ID), websafe_encode(USER), str(self.stored_count), str(self.eligible), websafe_encode(self.challenge), str(self.required)]
        return "\t".join([self.verb, *stored, *(self.text[n] for n in ("id", "client", "auth", "signature", "user"))])

    def other_verdict(self):
        """python3-fido2's: True or False."""
        server = Fido2Server({"id": RP, "name": "Hospital"}, verify_origin=lambda origin: origin == ORIGIN)
        state = {"challenge": websafe_encode(self.challenge), "user_verification": UserVerificationRequirement.REQUIRED if self.required else None}
        try:
            client = ClientData(websafe_decode(self.text["client"]))
            if self.verb == "register":
                server.register_complete(state, client, AttestationObject(websafe_decode(self.text["auth"])))
            else:
                stored = AttestedCredentialData(AAGUID + struct.pack(">H", len(ID)) + ID + self.cose)
                server.authenticate_complete(state, [stored], websafe_decode(self.text["id"]), client, AuthenticatorData(websafe_decode(self.text["auth"])),
                                             websafe_decode(self.text["signature"]))
        except Exception:  # noqa: BLE001  whatever it throws, it does not accept
            return False
        return True

    def libfido2_verdict(self):
        """The same assertion to libfido2; the bytes that the texts stand for."""
        try:
            cose = dict(cbor.decode(self.cose))
            client, auth, signature = (websafe_decode(self.text[n]) for n in ("client", "auth", "signature"))
        except Exception:  # noqa: BLE001  what cannot be read cannot be given to it
            return False
        return libfido2.accepts(cose, RP, client, auth, signature, self.required)


# ---- ways to spoil an answer; each gets the case and the random source ----

def flip(r, data):
    if not data:
        return b"\x01"
    at = r.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << r.randrange(8)]) + data[at + 1:]


def member(c, name, value):
    c.members = [(k, value if k == name else v) for k, v in c.members]


def a_type(c, r):
    member(c, "type", r.choice(["webauthn.create", "webauthn.get", "", "WEBAUTHN.GET", "payment.get", None, 7, ["webauthn.get"]]))


def a_challenge(c, r):
    text = websafe_encode(c.challenge)
    member(c, "challenge", r.choice([text + "=", text + "==", text[:-1], text + "A", text[:-1] + chr(ord(text[-1]) + 1), websafe_encode(flip(r, c.challenge)), "", None, text + "\n", " " + text]))


def an_origin(c, r):
    member(c, "origin", r.choice([ORIGIN + "/", ORIGIN + ":443", "http://" + RP, "https://x." + RP, ORIGIN + ".evil.test", ORIGIN.upper(), "", None, [ORIGIN], ORIGIN + "\0"]))


def a_frame(c, r):
    member(c, "crossOrigin", r.choice([True, None, "false", 0, 1]))
    if r.randrange(2):
        c.members.append(("topOrigin", r.choice([ORIGIN, "https://evil.test", None])))


def a_binding(c, r):
    c.members.append(("tokenBinding", r.choice([{"status": "supported"}, {"status": "present", "id": "AA"}, {}, None, "supported", {"status": "not-supported"}])))


def members_moved(c, r):
    r.shuffle(c.members)
    if r.randrange(2):
        c.members.append(("unknown_keys_can_be_added", {"a": [1, 2.5, None]}))


def a_member_twice(c, r):
    c.members.insert(r.randrange(len(c.members) + 1), r.choice(c.members))


def a_member_gone(c, r):
    c.members.pop(r.randrange(len(c.members)))


def client_bytes(c, r):
    text = json.dumps(dict(c.members))
    c.client = r.choice([b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), b" " + text.encode() + b"\n", text.replace("/", "\\/").encode(), text.encode() + b"\0", text.encode() + b"{}",
                         b"[" + text.encode() + b"]", text.replace("}", ',"x":"\udcff"}').encode("utf-8", "surrogateescape"), text.replace("}", ',"x":NaN}').encode(), flip(r, text.encode())])


def a_name(c, r):
    c.rp_hash = r.choice([sha256(b"hopital.test"), sha256(ORIGIN.encode()), flip(r, c.rp_hash), bytes(32)])


def some_flags(c, r):
    c.flags = r.randrange(256) if r.randrange(2) else c.flags ^ r.choice([UP, UV, BE, BS, BE | BS, AT, ED, 2, 32])
    c.eligible = r.randrange(2)


def an_extension(c, r):
    c.flags |= ED
    c.tail = r.choice([cbor.encode({"credProtect": 2}), cbor.encode({}), b"", b"\x80", b"\xa1\x01\x02", cbor.encode({"a": True}) + b"\0", b"\xbf\xff", b"\xb8\x01\x61a\x01", b"\xa1\x61a\xf9\x00\x00"])


def some_tail(c, r):
    c.tail = r.randbytes(1 + r.randrange(4))


def a_counter(c, r):
    c.count, c.stored_count = r.choice([0, 1, 6, 7, 2**32 - 1]), r.choice([0, 1, 6, 7, 2**32 - 1])


def an_id(c, r):
    c.id = r.choice([flip(r, ID), ID[:-1], ID + b"\0", b"", r.randbytes(1024)])


def an_id_inside(c, r):
    c.attested_id = c.id = r.choice([ID[:15], b"", bytes(1024), bytes(1023), ID[:16]])


def a_handle(c, r):
    c.user = r.choice([b"", flip(r, USER), bytes(65), USER[:-1]])


def a_text(c, r):
    name = r.choice(["id", "client", "auth", "signature", "user"])
    how = r.choice(["=", "==", " ", "+", "A", "!", ""])
    c.after_signing.append(lambda: c.texts.__setitem__(name, websafe_encode({"id": c.id, "client": c.client, "auth": c.auth, "signature": c.signature, "user": c.user}[name]) + how))
    if c.verb == "register" and name == "auth":
        c.after_signing.pop()
        c.object_tail = b"\0"


def changed_after(c, r):
    name = r.choice(["client", "auth", "signature"])
    c.after_signing.append(lambda: setattr(c, name, flip(r, getattr(c, name))))


def another_key(c, r):
    c.cose = cbor.encode(OTHER[c.key.kind].cose)


def a_long_integer(n):
    body = n.to_bytes(33, "big")
    return b"\x02" + bytes([len(body)]) + body


def es256_spellings(s):
    """Other ways to write a signature, and other signatures near it; none when it is no DER already."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    try:
        a, b = utils.decode_dss_signature(s)
        long_form = a_long_integer(a) + a_long_integer(b)
        return [s + b"\0", s[:-1], b"\x30\x81" + s[1:], utils.encode_dss_signature(a, order - b), utils.encode_dss_signature(a + order, b), utils.encode_dss_signature(a, 0),
                utils.encode_dss_signature(b, a), b"\x30" + bytes([len(long_form)]) + long_form, a.to_bytes(32, "big") + b.to_bytes(32, "big"), b"", utils.encode_dss_signature(order - a, b)]
    except (ValueError, OverflowError):
        return [s]


def a_signature(c, r):
    def spoil():
        s = c.signature
        if c.key.kind == "ES256":
            c.signature = r.choice(es256_spellings(s))
        else:
            c.signature = r.choice([s + b"\0", s[:-1], b"\0" + s, bytes(len(s)), s[::-1], b"", r.randbytes(len(s))])
    c.after_signing.append(spoil)


def a_cose(c, r):
    k = dict(c.key.cose)
    way = r.randrange(9)
    if way == 0:
        k[3] = r.choice([-35, -36, -37, -257, -8, -7, -65535, 7])
    elif way == 1:
        k[1] = r.choice([1, 2, 3, 4])
    elif way == 2:
        k[-1] = r.choice([1, 2, 3, 6, 8])
    elif way == 3:
        at = r.choice([n for n in k if isinstance(k[n], bytes)])
        k[at] = r.choice([flip(r, k[at]), k[at][:-1], b"\0" + k[at], bytes(len(k[at])), b""])
    elif way == 4:
        k[r.choice([4, 2, -70])] = r.choice([7, b"x", [1]])
    elif way == 5:
        k.pop(r.choice(list(k)))
    c.cose = cbor.encode(k)
    if way == 6:
        c.cose = c.cose[:1] + b"\x18\x01" + c.cose[2:]
    elif way == 7:
        c.cose = bytes([c.cose[0] + 1]) + c.cose[1:] + b"\x03" + c.cose[4:5]
    elif way == 8 and c.key.kind == "EdDSA":
        small = r.choice([bytes(32), b"\1" + bytes(31), bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")])
        c.cose = cbor.encode({**k, -2: small})


def a_statement(c, r):
    c.statement = r.choice([{"fmt": "packed", "attStmt": {"alg": -7, "sig": b"x"}}, {"fmt": "none", "attStmt": {"a": 1}}, {"fmt": "none"}, {"fmt": 1, "attStmt": {}}, {"fmt": "none", "attStmt": []},
                            {"fmt": "none", "attStmt": {}, "epAtt": False}, {"fmt": "tpm", "attStmt": {"x5c": [b"a", [b"b"]]}}])


def an_object_tail(c, r):
    c.object_tail = r.randbytes(1 + r.randrange(3))


BOTH = [a_type, a_challenge, an_origin, a_frame, a_binding, members_moved, a_member_twice, a_member_gone, client_bytes, a_name, some_flags, an_extension, some_tail, an_id, a_text, a_cose]
WAYS = {"check": BOTH + [a_counter, a_handle, changed_after, another_key, a_signature], "register": BOTH + [an_id_inside, a_statement, an_object_tail]}
KEYS = {kind: Key(kind) for kind in ("ES256", "EdDSA", "RS256")}
OTHER = {kind: Key(kind) for kind in ("ES256", "EdDSA", "RS256")}


def cases(seed, n):
    r = random.Random(seed)
    for i in range(n):
        verb = "check" if r.randrange(4) else "register"
        case = Case(r, KEYS[r.choice(["ES256", "ES256", "EdDSA", "RS256"])], verb)
        spoilt = () if i % 25 == 0 else r.sample(WAYS[verb], 1 if r.randrange(4) else 2)
        for way in spoilt:
            way(case, r)
        case.finish()
        yield case, [way.__name__ for way in spoilt]


def compare(seed, n):
    made = list(cases(seed, n))
    answer = subprocess.run([PROBE], input="".join(c.line() + "\n" for c, _ in made), capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answer) == n
    met, accepted, refused_by_both = collections.Counter(), 0, 0
    for (case, spoilt), house in zip(made, answer):
        other = case.other_verdict()
        if house == "ok":
            assert other, f"accepted here only: {spoilt} {case.line()}"
            accepted += 1
        elif other:
            fault = house.split()[1]
            assert fault in STRICTER, f"refused here only, {fault}: {spoilt} {case.line()}"
            met[fault] += 1
        else:
            refused_by_both += 1
        assert spoilt or house == "ok", f"a sound answer was refused: {house} {case.line()}"
    print(f"{n} answers: {accepted} accepted by both, {refused_by_both} refused by both, refused here only: {dict(met)}")
    assert accepted > n // 20 and refused_by_both > n // 5
    return set(met)


def compare_libfido2(seed, n):
    made = [c for c, _ in cases(seed, n) if c.verb == "check"]
    answer = subprocess.run([PROBE], input="".join(c.line() + "\n" for c in made), capture_output=True, text=True, check=True).stdout.splitlines()
    met, accepted, milder = collections.Counter(), 0, 0
    for case, house in zip(made, answer):
        other, fault = case.libfido2_verdict(), house.split()[-1]
        if house == "ok":
            assert other, f"accepted here only: {case.line()}"
            accepted += 1
        elif fault in JUDGED_BY_LIBFIDO2:
            assert not other, f"refused for {fault} here only: {case.line()}"
            met[fault] += 1
        else:
            milder += other
    print(f"{len(made)} assertions: {accepted} accepted by both, refused by both for {dict(met)}, {milder} refused here for what libfido2 leaves to its caller")
    assert accepted > len(made) // 20 and milder > 0 and set(met) == JUDGED_BY_LIBFIDO2


def test_what_the_house_accepts_libfido2_accepts_and_they_agree_on_name_presence_verification_and_signature():
    compare_libfido2(20210408, 6000)


def test_the_house_is_never_milder_than_python3_fido2_and_stricter_only_where_it_says_so():
    met = compare(20210408, 6000)
    assert met == set(STRICTER), f"listed and not met: {set(STRICTER) - met}"


@pytest.mark.full
def test_the_same_over_another_thirty_thousand_answers():
    compare(1, 30000)


@pytest.mark.campaign
def test_the_same_over_a_million_answers():
    for seed in range(2, 102):
        compare(seed, 10000)
