# SPDX-License-Identifier: Apache-2.0
"""Ten thousand changed ledgers and ten thousand clean ones (security.md 2.3, A5): the unit test of the verifier, longer."""
import os
import subprocess

import pytest

from hygie_server import BUILD


def verifier(only, times, timeout, of="verify"):
    env = {**os.environ, "HYGIE_TIMES": str(times), "CMOCKA_MESSAGE_OUTPUT": "TAP", "HYGIE_ONLY": only}
    if os.access("/dev/shm", os.W_OK):
        env["TMPDIR"] = "/dev/shm"  # what is changed is read at once: no disk is tested here
    done = subprocess.run([BUILD / f"tests/unit/ledger/test_ledger_{of}"], env=env, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0 and "not ok" not in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.campaign
def test_ten_thousand_changed_bytes_three_thousand_cuts_and_swaps_and_five_hundred_forgeries_are_all_found():
    verifier("*", 5, 3600)


@pytest.mark.campaign
def test_ten_thousand_clean_ledgers_all_pass():
    verifier("clean ledgers pass", 167, 7200)


@pytest.mark.campaign
def test_a_thousand_ledgers_sealed_again_with_a_newer_key_are_all_found():
    verifier("CVE-2023-31439: old entries*", 25, 3600, of="epochs")
