# SPDX-License-Identifier: Apache-2.0
"""What the age writer seals, Debian's age opens: files of every length about a piece's, in every step; and neither a cut nor a changed one, nor with another key."""
import os
import subprocess

import pytest

from hygie_server import BUILD


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    where, made = tmp_path_factory.mktemp("age"), []
    for i in range(2):
        text = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True).stdout
        (where / f"{i}").write_text(text)
        made.append((next(line.split(": ")[1] for line in text.splitlines() if line.startswith("# public key")), where / f"{i}"))
    return made


def seal(keys, plain, step=1000):
    return subprocess.run([BUILD / "tests/unit/codec/age_probe", keys[0][0], str(step)], input=plain, capture_output=True, check=True).stdout


def opened(sealed, key):
    return subprocess.run(["age", "-d", "-i", str(key)], input=sealed, capture_output=True)


@pytest.mark.parametrize("n", [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 500000])
def test_age_opens_what_was_sealed(keys, n):
    plain = os.urandom(n)
    for step in (1, 977, 65536, 1000000) if n < 66000 else (977, 65536, 1000000):
        a = opened(seal(keys, plain, step), keys[0][1])
        assert a.returncode == 0 and a.stdout == plain, a.stderr


def test_age_opens_nothing_that_was_cut_changed_or_is_for_somebody_else(keys):
    sealed = seal(keys, os.urandom(70000))
    assert opened(sealed, keys[1][1]).returncode != 0
    for at in (30, 60, 100, 130, 175, 190, 1000, 66000, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        assert opened(bytes(changed), keys[0][1]).returncode != 0, f"byte {at}"
    for n in (len(sealed) - 1, len(sealed) - 17, 184 + 65536 + 16, 150):
        assert opened(sealed[:n], keys[0][1]).returncode != 0, f"cut to {n}"


def test_two_files_of_the_same_bytes_have_nothing_in_common(keys):
    a, b = seal(keys, b"x" * 1000), seal(keys, b"x" * 1000)
    assert a[200:] != b[200:] and a[32:75] != b[32:75]
