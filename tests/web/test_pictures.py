# SPDX-License-Identifier: Apache-2.0
"""The pictures of the documentation, taken from real screens. Written to docs/images when HYGIE_PICTURES is set, else to a temporary folder: the taking is what is tested."""
import os
from pathlib import Path

from hygie_server import ROOT


def folder(tmp_path):
    if os.environ.get("HYGIE_PICTURES"):
        path = Path(os.environ["HYGIE_PICTURES"]) if os.path.isabs(os.environ["HYGIE_PICTURES"]) else ROOT / "docs" / "images"
        path.mkdir(parents=True, exist_ok=True)
        return path
    return tmp_path


def test_pictures_of_the_documentation(open_browser, server, stage, tmp_path):
    to = folder(tmp_path)
    b = open_browser()
    b.get("/").save(str(to / "sign-in.png"))
    b.sign_in(server.account("nurse")).save(str(to / "ward.png"))
    b.get(f"/patient/{stage.mine[0].id}").save(str(to / "chart.png"))
    for stranger in stage.strangers[3:5]:
        b.get(f"/patient/{stranger.id}")
        if stranger is stage.strangers[3]:
            b.save(str(to / "break-glass.png"))
        b.one("#glass [value=emergency]").click()
        b.one("#glass-text").send_keys("Malaise dans le hall, allergies à connaître")
        b.submit("#glass")
        b.one(".banner")
    open_browser().sign_in(server.account("rssi")).save(str(to / "security.png"))
    for name in ("sign-in", "ward", "chart", "break-glass", "security"):
        assert (to / f"{name}.png").stat().st_size > 10000
