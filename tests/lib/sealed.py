# SPDX-License-Identifier: Apache-2.0
"""A base's sealed columns read beside the server, written from docs and headers alone (codec/seal.h, record/keys.h): a second opinion on what lies on the disk.
Views named like the tables stand before them, so that a query reads plain text where the server would."""
import ctypes
import ctypes.util
import datetime
import hashlib
import struct
import uuid
from pathlib import Path

BODY, FACTS, KEY, ACCOUNT, LOGIN, SHARED = 1, 2, 3, 8, 12, 13
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


_zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
_zstd.ZSTD_createDCtx.restype = ctypes.c_void_p
_zstd.ZSTD_decompress_usingDict.restype = _zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
_unpacker = ctypes.c_void_p(_zstd.ZSTD_createDCtx())
_dictionary = (Path(__file__).resolve().parents[2] / "data/pack/json_1.dict").read_bytes()


def from_frame(frame, with_it):
    n = _zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    out = ctypes.create_string_buffer(max(1, n))
    got = _zstd.ZSTD_decompress_usingDict(_unpacker, out, ctypes.c_size_t(n), frame, ctypes.c_size_t(len(frame)), with_it, ctypes.c_size_t(len(with_it)))
    assert got == n, "a packed text does not unpack"
    return out.raw[:n]


def number(data, at):
    """Seven bits a byte, low ones first, and the place after it."""
    v = shift = 0
    while data[at] & 0x80:
        v |= (data[at] & 0x7f) << shift
        shift, at = shift + 7, at + 1
    return v | data[at] << shift, at + 1


def thick(text, table):
    """codec/thin.h: what stands beside the text goes back to its places."""
    out, at = [], 0
    while at < len(table):
        v, at = number(table, at)
        kind, gap = v & 3, v >> 2
        piece = table[at:at + (16, 6, 6)[kind]]
        out.append(text[:gap])
        text, at = text[gap:], at + len(piece)
        if kind == 0:
            out.append(str(uuid.UUID(bytes=piece)).encode())
        elif kind == 1:
            out.append((datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=int.from_bytes(piece, "little"))).isoformat(timespec="milliseconds").encode() + b"Z")
        else:
            moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int.from_bytes(piece[:5], "little") - 719528 * 86400)
            quarters = int.from_bytes(piece[5:], "little", signed=True)
            out.append(f"{moment.isoformat(timespec='seconds')}{'-' if quarters < 0 else '+'}{abs(quarters) // 4:02}:{abs(quarters) % 4 * 15:02}".encode())
    return b"".join(out) + text


MAGIC = bytes.fromhex("28b52ffd")


def unpacked(packed):
    """codec/pack.h: 0 as it is, 1 zstd with the dictionary, 2 zstd alone, 3 thinned and with the dictionary, 4 zstd alone; 3 and 4 leave out the bytes that begin each frame."""
    how, rest = packed[0], packed[1:]
    if how == 0:
        return rest
    if how in (1, 2):
        return from_frame(rest, _dictionary if how == 1 else b"")
    if how == 4:
        return from_frame(MAGIC + rest, b"")
    n, at = number(rest, 0)
    table_n, at = number(rest, at)
    plain = thick(from_frame(MAGIC + rest[at + table_n:], _dictionary), rest[at:at + table_n])
    assert how == 3 and len(plain) == n, "a packed text does not unpack"
    return plain


def bound_of(kind, row, more):
    return struct.pack("<Bqq", kind, row, more)


class Keys:
    def __init__(self, directory, wrapped, shared=()):
        """wrapped: rows of sealed_key (patient, wrapped_by, wrapped); shared: of shared_key (rid, since, patient, wrapped)."""
        self.shared = {}
        for rid, since, patient, sealed in shared:
            self.shared.setdefault((rid, since), []).append((patient, bytes(sealed)))
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
        if sealed and sealed[0] == 0x80: # of several patients: 0x80, since, sealed form
            since = struct.unpack_from("<I", sealed, 1)[0]
            keys = (opened(self.of(of), bound_of(SHARED, row, since), wrapped) for of, wrapped in self.shared.get((row, since), ()) if self.of(of))
            key, sealed = next((k for k in keys if k), None), sealed[5:]
        else:
            key = self.of(patient) if sealed else None
        plain = opened(key, bound_of(kind, row, more), bytes(sealed)) if key else None
        if not key:
            return sealed
        if plain is None:
            return None
        return unpacked(plain[1:]) if kind == BODY else unpacked(plain) if kind == FACTS else plain  # a body has its mark first


def unseal(c, directory):
    """Before a query of this connection (sqlite3): plain(kind, patient, row, more, sealed), and the views."""
    keys = Keys(directory, c.execute("SELECT patient, wrapped_by, wrapped FROM main.sealed_key").fetchall(), c.execute("SELECT rid, since, patient, wrapped FROM main.shared_key").fetchall())
    c.create_function("plain", 5, keys.plain, deterministic=True)
    for table, plain in (("resource", {"body": f"plain({BODY}, patient, rid, version, body)"}), ("history", {"body": f"plain({BODY}, patient, at / 1048576, at % 1048576, body)"}),
                         ("account", {"login": f"CAST(plain({LOGIN}, {HOUSE}, login_key, 0, login) AS TEXT)", "name": f"CAST(plain({ACCOUNT}, {HOUSE}, login_key, 0, name) AS TEXT)"})):
        names = [r[1] for r in c.execute(f"PRAGMA main.table_info({table})")]
        c.execute(f"CREATE TEMP VIEW {table} AS SELECT {', '.join(f'{plain[n]} AS {n}' if n in plain else n for n in names)} FROM main.{table}")
