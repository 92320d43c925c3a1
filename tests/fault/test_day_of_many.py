# SPDX-License-Identifier: Apache-2.0
"""A small day of many (bench/day): twenty people of two wards at once, through pages and forms. Nothing breaks, nobody honest is held, stock, journal and acknowledged acts agree. No time is asserted."""
import json
import os
import subprocess
import sys

import pytest

from hygie_server import BUILD, ROOT


@pytest.mark.full
@pytest.mark.skipif(os.environ.get("HYGIE_WALLS") == "0", reason="the server as it is installed")
def test_twenty_people_live_a_day_at_once_and_the_books_agree(work_dir):
    told = work_dir / "day.json"
    day = subprocess.run([sys.executable, ROOT / "bench/day", "--build", BUILD, "--users", "20", "--patients", "20000", "--seconds", "60", "--warm", "2", "--pause", "1", "--base", work_dir / "day", "--json", told],
                         capture_output=True, text=True, timeout=900)
    print(day.stdout)
    assert told.exists(), day.stderr[-3000:]
    figures = json.loads(told.read_text())
    assert figures["wrong"] == [] and figures["held"] == 0 and figures["broken"] == 0, day.stdout[-4000:]
    for act in ("admitted", "vital signs", "lines signed", "opinions", "doses given by scan", "tablets received", "invoices posted", "payments", "letters signed", "ordonnances printed"):
        assert figures["done"].get(act, 0) > 0, f"nobody did this: {act}"
    assert day.returncode == 0
