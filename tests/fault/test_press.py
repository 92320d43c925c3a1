# SPDX-License-Identifier: Apache-2.0
"""
The press (src/worker): what it draws, and what becomes of a paper that is hostile or too much for it. What is preloaded into it here (tests/fault/hostile_press.c) is what a break-in
through a font or a barcode would run: behind its walls, while it draws.
"""
import json
import os
import re
import signal
import subprocess
import time

import pytest

from hygie_server import BUILD, Person, Server
from press import CODE, FIELD, FOOT, ITEM, LABEL, SIGNATURE, STRONG, TEXT, WRISTBAND, ZONE, ZONE_END, Press, block, heading, paper, table

HOSTILE = BUILD / "tests/fault/libhostile_press.so"
IS_ASAN = any(o["name"] == "b_sanitize" and "address" in str(o["value"]) for o in json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text()))
sandboxed = pytest.mark.skipif(IS_ASAN, reason="SKIPPED: a build with AddressSanitizer has no walls of system calls")
LONG = "D'ÀLENÇON-MONTMORENCY DE LA TRÉMOILLE DE SAINT-GERMAIN Marie-Hélène Éloïse Victoire"


def told(pdf, tmp_path, name, *options):
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf)
    return subprocess.run([name, *options, str(path), *(["-"] if name == "pdftotext" else [])], capture_output=True, text=True, check=True).stdout


def test_what_is_drawn_is_what_was_asked_over_as_many_pages_as_it_takes(tmp_path):
    rows = [(f"Ligne {i}", "très longue description qui passe à la ligne " * (i % 5), f"{i},00 €") for i in range(150)]
    what = paper(heading(1, "Ordonnance"), block(FIELD, "Patient", LONG), block(TEXT, "مرحبا بكم في المستشفى"), block(ZONE, "Zone"), block(ITEM, "un"), block(ZONE_END), block(STRONG, "fort"),
                 table([("Acte", 2, 0), ("Détail", 5, 0), ("Montant", 2, 1)], rows), block(CODE, "H0000123", "H0000123"), block(SIGNATURE, "Dr É", "signé"), block(FOOT, "pied de page"))
    pdf = Press().print(what)
    text = told(pdf, tmp_path, "pdftotext")
    flat = " ".join(text.split())
    pages = int(re.search(r"Pages: +(\d+)", told(pdf, tmp_path, "pdfinfo")).group(1))
    assert pages > 4 and text.count("\f") == pages
    assert LONG in flat and all(f"Ligne {i} " in flat for i in range(150)) and flat.count("Montant") == pages, "a head on each page that the table is on"
    assert all(f"{n}/{pages}" in flat for n in range(1, pages + 1)) and flat.count("pied de page") == pages
    assert "مستشفى" in told(pdf, tmp_path, "pdftotext", "-layout").replace("\u202b", "").replace("\u202c", "")
    tags = told(pdf, tmp_path, "pdfinfo", "-struct")
    assert all(f"{tag}" in tags for tag in ("Document", "H1", "P ", "Table", "TR", "TH", "TD", "LI", "Figure"))
    assert subprocess.run(["qpdf", "--check", str(tmp_path / "x.pdf")], capture_output=True).returncode == 0
    assert b"/Lang (fr)" in pdf and Press().print(what) == pdf


def test_a_long_name_is_written_smaller_on_a_label_and_one_that_cannot_be_read_is_refused(tmp_path):
    label = lambda name: paper(block(CODE, "H0000123", "H"), heading(1, name), block(FIELD, "Né(e) le", "12/03/1957"), form=LABEL)
    assert LONG.replace("-", "") in " ".join(told(Press().print(label(LONG)), tmp_path, "pdftotext").split()).replace("-", ""), "(the tool takes a hyphen at a line's end away)"
    refused = Press()
    assert refused.print(label(LONG * 20)) is None and refused.proc.returncode == 0
    assert Press().print(paper(heading(1, "A"), form=WRISTBAND))


def test_bytes_that_are_no_paper_are_refused_and_each_press_draws_one():
    for what in (b"x", paper()[:-1], paper(heading(4, "A")), paper(block(CODE, "é", "")), paper(heading(1, "A")) + b"\x07", paper(block(TEXT, "a\x1b")), paper(block(CODE, "x" * 300, ""), form=9)):
        p = Press()
        assert p.print(what) is None and p.proc.returncode == 0


ACTS = ["open_read", "open_write", "create", "unlink", "mkdir", "execve", "fork", "fork_old", "ptrace", "read_memory", "kill", "socket_tcp", "socket_unix", "socketpair", "connect", "bind", "map_run", "make_run", "memfd",
        "io_uring", "bpf", "userfaultfd", "perf", "keyring", "unshare", "mount", "chroot", "setuid", "dumpable", "limits", "rename", "chmod", "symlink", "inotify"]


@sandboxed
@pytest.mark.parametrize("act", ACTS)
def test_what_broke_into_a_press_can_do_nothing(act):
    p = Press(preload=HOSTILE)
    got = p.print(paper(block(CODE, f"hostile {act} {os.getpid()}", "")))
    assert f"hostile {act} DONE" not in p.said
    assert got is None or f"hostile {act} refused" in p.said
    assert p.proc.returncode in (0, -signal.SIGSYS), p.said


@sandboxed
def test_its_threads_are_small_so_that_many_at_once_do_not_use_its_memory_up():
    p = Press(memory=12 << 20)  # bytes; of the 64 MB that it gives itself. Two threads of the usual eight would be more
    assert p.print(paper(heading(1, "A"), block(TEXT, LONG))) and p.proc.returncode == 0, p.said


def test_without_walls_the_same_acts_are_done_so_that_the_test_above_means_something():
    p = Press(how="off", preload=HOSTILE)
    p.print(paper(block(CODE, "hostile open_read 1", "")))
    assert "hostile open_read DONE" in p.said


@pytest.mark.parametrize("how, by", [("hang", signal.SIGALRM), ("spin", signal.SIGALRM), ("crash", signal.SIGSEGV)])
def test_a_press_that_hangs_or_breaks_ends_and_its_paper_is_refused(how, by):
    p = Press(preload=HOSTILE)
    assert p.print(paper(block(CODE, f"hostile {how} 8", ""))) is None
    assert p.proc.returncode in (-by, -signal.SIGKILL) and p.took < 3.5


def test_memory_beyond_its_share_is_refused_to_a_press():
    p = Press(preload=HOSTILE)
    p.print(paper(block(CODE, "hostile memory 0", "")))
    assert "hostile memory DONE" not in p.said


def test_a_server_goes_on_when_presses_are_killed(base_copy):
    with Server(base_copy) as s:
        nurse = Person(s, s.account("nurse")).come()
        patient = re.search(r'href="/patient/([0-9a-f-]{36})', nurse.get("/unit").text).group(1)
        for _ in range(4):
            assert nurse.get(f"/patient/{patient}/wristband.pdf").content.startswith(b"%PDF")
        for line in subprocess.run(["pgrep", "-P", str(s.proc.pid), "hygie-press"], capture_output=True, text=True).stdout.split():
            os.kill(int(line), signal.SIGKILL)
        end = time.time() + 10
        while (a := nurse.get(f"/patient/{patient}/wristband.pdf")).status_code != 200 and time.time() < end:
            time.sleep(0.1)
        assert a.content.startswith(b"%PDF")


def test_one_process_prints_too(base_copy):
    with Server(base_copy, env={"HYGIE_WALLS_FRONTS": "0"}) as s:
        nurse = Person(s, s.account("nurse")).come()
        patient = re.search(r'href="/patient/([0-9a-f-]{36})', nurse.get("/unit").text).group(1)
        for _ in range(4):
            assert nurse.get(f"/patient/{patient}/wristband.pdf").content.startswith(b"%PDF")
