# SPDX-License-Identifier: Apache-2.0
"""libfido2's own verdict on an assertion (fido_assert_verify), through ctypes: Debian's library, no header, nothing linked. It judges the name's hash, presence, verification and
the signature; client data, ids, counter and backup flags it leaves to its caller."""
import ctypes
from hashlib import sha256

_lib = ctypes.CDLL("libfido2.so.1")
_TRUE, _OMIT = 2, 0
_P = ctypes.c_void_p
for _name in ("fido_assert_new", "es256_pk_new", "eddsa_pk_new", "rs256_pk_new"):
    getattr(_lib, _name).restype = _P
_lib.fido_init.argtypes = [ctypes.c_int]
_lib.fido_assert_set_count.argtypes = [_P, ctypes.c_size_t]
_lib.fido_assert_set_rp.argtypes = [_P, ctypes.c_char_p]
_lib.fido_assert_set_up.argtypes = _lib.fido_assert_set_uv.argtypes = [_P, ctypes.c_int]
_lib.fido_assert_set_clientdata_hash.argtypes = [_P, ctypes.c_char_p, ctypes.c_size_t]
_lib.fido_assert_set_authdata_raw.argtypes = _lib.fido_assert_set_sig.argtypes = [_P, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
_lib.fido_assert_verify.argtypes = [_P, ctypes.c_size_t, ctypes.c_int, _P]
_lib.fido_assert_free.argtypes = [ctypes.POINTER(_P)]
_lib.fido_init(0)

_KINDS = {-7: "es256", -8: "eddsa", -257: "rs256"}
for _kind in _KINDS.values():
    getattr(_lib, _kind + "_pk_from_ptr").argtypes = [_P, ctypes.c_char_p, ctypes.c_size_t]
    getattr(_lib, _kind + "_pk_free").argtypes = [ctypes.POINTER(_P)]


def _bytes_of(cose):
    """A COSE key's members → algorithm and its bytes as libfido2 takes them. Raises where it is none."""
    algorithm = cose[3]
    parts = {-7: lambda: (cose[-2], cose[-3]), -8: lambda: (cose[-2],), -257: lambda: (cose[-1], cose[-2])}[algorithm]()
    return algorithm, b"".join(parts)


def accepts(cose, rp, client, auth, signature, required):
    """True: libfido2 takes it. False: it does not, or cannot be given it. cose: the key's members as a dict."""
    try:
        algorithm, raw = _bytes_of(cose)
    except (KeyError, TypeError):
        return False
    kind = _KINDS[algorithm]
    key, assertion = _P(getattr(_lib, kind + "_pk_new")()), _P(_lib.fido_assert_new())
    try:
        return (getattr(_lib, kind + "_pk_from_ptr")(key, raw, len(raw)) == 0
                and _lib.fido_assert_set_count(assertion, 1) == 0
                and _lib.fido_assert_set_rp(assertion, rp.encode()) == 0
                and _lib.fido_assert_set_up(assertion, _TRUE) == 0
                and _lib.fido_assert_set_uv(assertion, _TRUE if required else _OMIT) == 0
                and _lib.fido_assert_set_clientdata_hash(assertion, sha256(client).digest(), 32) == 0
                and _lib.fido_assert_set_authdata_raw(assertion, 0, auth, len(auth)) == 0
                and _lib.fido_assert_set_sig(assertion, 0, signature, len(signature)) == 0
                and _lib.fido_assert_verify(assertion, 0, algorithm, key) == 0)
    finally:
        _lib.fido_assert_free(ctypes.byref(assertion))
        getattr(_lib, kind + "_pk_free")(ctypes.byref(key))
