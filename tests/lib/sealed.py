# SPDX-License-Identifier: Apache-2.0
"""A base's sealed columns read beside the server, written from docs and headers alone (codec/seal.h, record/keys.h): a second opinion on what lies on the disk.
Views named like the tables stand before them, so that a query reads plain text where the server would."""
import ctypes
import ctypes.util
import hashlib
import struct
from pathlib import Path

BODY, KEY, ACCOUNT = 1, 3, 8
HOUSE = 0
_sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
assert _sodium.sodium_init() >= 0


def opened(key, bound, sealed):
    """The plain bytes, or None when key, bound bytes and sealed form do not belong together."""
    how, nonce_n = sealed[0], {1: 12, 2: 24}[sealed[0]]
    nonce, rest = sealed[1:1 + nonce_n], sealed[1 + nonce_n:]
    out, n = ctypes.create_string_buffer(max(1, len(rest) - 16)), ctypes.c_ulonglong()
    f = {1: _sodium.crypto_aead_aes256gcm_decrypt, 2: _sodium.crypto_aead_xchacha20poly1305_ietf_decrypt}[how]
    if f(out, ctypes.byref(n), None, rest, ctypes.c_ulonglong(len(rest)), bound, ctypes.c_ulonglong(len(bound)), nonce, key) != 0:
        return None
    return out.raw[:n.value]


def bound_of(kind, row, more):
    return struct.pack("<Bqq", kind, row, more)


def xxh64(data):
    """XXH64 with seed 0 (base/map.h, hash_stable), as a signed number."""
    M, p1, p2, p3, p4, p5 = (1 << 64) - 1, 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
    rot = lambda x, r: ((x << r) | (x >> (64 - r))) & M
    step = lambda acc, w: rot((acc + w * p2) & M, 31) * p1 & M
    at, n = 0, len(data)
    if n >= 32:
        v = [(p1 + p2) & M, p2, 0, (-p1) & M]
        while at + 32 <= n:
            for i in range(4):
                v[i] = step(v[i], struct.unpack_from("<Q", data, at)[0])
                at += 8
        h = (rot(v[0], 1) + rot(v[1], 7) + rot(v[2], 12) + rot(v[3], 18)) & M
        for x in v:
            h = ((h ^ step(0, x)) * p1 + p4) & M
    else:
        h = p5
    h = (h + n) & M
    while at + 8 <= n:
        h = (rot(h ^ step(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & M
        at += 8
    if at + 4 <= n:
        h = (rot(h ^ (struct.unpack_from("<I", data, at)[0] * p1 & M), 23) * p2 + p3) & M
        at += 4
    while at < n:
        h = rot(h ^ (data[at] * p5 & M), 11) * p1 & M
        at += 1
    h = (h ^ (h >> 33)) * p2 & M
    h = (h ^ (h >> 29)) * p3 & M
    h ^= h >> 32
    return h - (1 << 64) if h >> 63 else h


class Keys:
    def __init__(self, directory, wrapped):
        """wrapped: rows of sealed_key (patient, wrapped_by, wrapped)."""
        instance = [bytes.fromhex(f.read_text()) for f in sorted((Path(directory) / "keys").glob("instance.*"))]
        self.wraps = [hashlib.blake2b(b"hygie wrap", key=k, digest_size=32).digest() for k in instance]
        self.wrapped = {patient: (by, bytes(w)) for patient, by, w in wrapped}
        self.known = {}

    def of(self, patient):
        if patient not in self.known:
            by, wrapped = self.wrapped.get(patient, (0, b""))
            self.known[patient] = next((k for k in (opened(w, bound_of(KEY, patient, by), wrapped) for w in self.wraps) if k), None) if wrapped else None
        return self.known[patient]

    def plain(self, kind, patient, row, more, sealed):
        key = self.of(patient) if sealed else None
        return opened(key, bound_of(kind, row, more), bytes(sealed)) if key else sealed


def unseal(c, directory):
    """Before a query of this connection (sqlite3): plain(kind, patient, row, more, sealed), and the views."""
    keys = Keys(directory, c.execute("SELECT patient, wrapped_by, wrapped FROM main.sealed_key").fetchall())
    c.create_function("plain", 5, keys.plain, deterministic=True)
    c.create_function("stable", 1, lambda text: xxh64(text.encode()))
    for table, column, text in (("resource", "body", f"plain({BODY}, patient, rid, version, body)"), ("history", "body", f"plain({BODY}, patient, at / 1048576, at % 1048576, body)"),
                                ("account", "name", f"CAST(plain({ACCOUNT}, {HOUSE}, stable(login), 0, name) AS TEXT)")):
        names = [r[1] for r in c.execute(f"PRAGMA main.table_info({table})")]
        c.execute(f"CREATE TEMP VIEW {table} AS SELECT {', '.join(f'{text} AS {n}' if n == column else n for n in names)} FROM main.{table}")
