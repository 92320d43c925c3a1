# SPDX-License-Identifier: Apache-2.0
"""An appointment by keyboard alone: from the chart to the first free time in a handful of keys; and the day on which it stands."""
import os
from pathlib import Path

from hands import Hands, said

KEYS = 10  # as finding a patient (UX §9.1): an appointment has no figure of its own there


def shot(b, name):
    if os.environ.get("HYGIE_PICTURES") and os.path.isabs(os.environ["HYGIE_PICTURES"]):
        b.shot(str(Path(os.environ["HYGIE_PICTURES"]) / f"{name}.png"))


def test_the_first_free_time_is_booked_in_ten_keys(open_browser, server, stage):
    b = open_browser()
    b.sign_in(server.account("clerk")).get(f"/patient/{stage.mine[1].id}/admin")
    h = Hands(b).start()
    h.press("g", "z")
    b.one("#book")
    shot(b, "appointments")
    h.to("#book [name=slot]")
    h.send()
    b.until(lambda: "Réservé" in said(b.one("main")), told="it is not booked")
    assert h.keys <= KEYS, h.keys
    shot(b, "booked")
    b.get("/agenda/day")
    assert "Libre" in said(b.one("main"))
    shot(b, "day")
    b.all("main h2 a")[0].click()
    shot(b, "week")
    b.get("/agenda/keep")
    shot(b, "keep")
