#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns what bench/run printed into docs/figures.md: a table beside its asked limits, and a picture of how far each is from its limit.

Usage: bench/run > FILE; tools/figures.py FILE "what machine, what day"
"""
import math
import pathlib
import sys

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
# name: (asked, "at least" or "at most", what it is)
ASKED = {
    "read_vs_bare_one_process": (0.40, "at least", "FHIR reads through gate, unsealing and durable ledger, share of the bare HTTP library's rate, 64 connections; all in one process"),
    "read_vs_bare": (0.40, "at least", "the same as the server is installed: a vault and a front process, walls between them"),
    "gate_read_cost_pct": (35, "at most", "share of a read's processor time that gate and ledger take, one process"),
    "gate_remote_cost_pct": (50, "at most", "what the two processes take of the rate of reads"),
    "read_vs_bare_big": (0.40, "at least", "reads with walls at 758,912 patients"),
    "patient_search_p99_ms": (10, "at most", "patient search at 758,912 patients, whole request"),
    "patient_search_growth_p99": (1.5, "at most", "the same, times the p99 at 20,000"),
    "chart_page_p95_ms": (20, "at most", "chart summary page, whole request"),
    "chart_page_max_kb": (60, "at most", "the page's size"),
    "gate_decision_p99_us": (50, "at most", "decision of the gate"),
    "ledger_appends_per_s_64": (50000, "at least", "durable ledger appends, 64 waiters"),
    "ledger_proof_ready_p99_ms_busy": (1000, "at most", "from an entry to the published signed head that proves it, some thousand entries a second"),
    "ledger_proof_ready_p99_ms_quiet": (1000, "at most", "the same, a hundred entries a second"),
    "verify_entries_per_s_core": (1300000, "at least", "ledger entries verified in a second of one core"),
    "who_saw_me_p99_ms_10000000": (50, "at most", "« Qui a consulté ? » of one patient over ten million events, through the gate"),
    "import_second_million_per_s": (6000, "at least", "transaction bundles with all indexes live on SQLite, resources a second between the first and the second million"),
    "import_second_million_postgres_per_s": (4000, "at least", "the same on PostgreSQL, client and server on the same two cores"),
    "bulk_resources_per_s": (25000, "at least", "first load of two million resources, building of the indexes included"),
    "db_vs_json": (1.6, "at most", "bytes on disk of that base for each byte of JSON"),
    "read_vs_bare_one_process_758912": (0.40, "at least", "reads in one process on the base of over six million resources"),
    "read_vs_bare_758912": (0.40, "at least", "the same with walls"),
    "crud_mix_per_core_s_one_process_758912": (4000, "at least", "create, read, update, delete of nine types, 64 connections, durable: requests a processor second of the server, at 758,912 patients, all in one process"),
    "crud_mix_per_core_s_758912": (4000, "at least", "the same with walls"),
    "search_mix_p99_ms_758912": (15, "at most", "the 24 shapes of search by 30 connections at 758,912 patients"),
    "search_growth_worst": (1.5, "at most", "the worst shape's p50 there, times its p50 at 10,000 patients; a birth date finds thirteen times as many people there"),
    "search_growth_same_rows_worst": (1.5, "at most", "the same, of searches that find equally many on both bases"),
    "creates_vs_flushes_758912": (10, "at least", "durable creates by 64 clients, times the flushes of one writer"),
    "creates_vs_flushes_slow_5ms": (10, "at least", "the same at 10,000 patients on a disk whose flush takes 5 ms longer (bench/slow_flush.c)"),
    "creates_vs_flushes_slow_10ms": (10, "at least", "the same, 10 ms longer"),
    "rss_mb_758912": (250, "at most", "anonymous memory there, after the load"),
    "cold_start_s": (0.5, "at most", "from start to ready at 758,912 patients, page cache warm"),
    "rss_mb": (200, "at most", "anonymous memory at 758,912 patients after load"),
    "demo_big_s": (480, "at most", "making the demonstration of 758,912 patients"),
    "demo_big_peak_mb": (500, "at most", "its peak memory"),
}


def picture(rows):
    """One bar a figure on a logarithmic scale of value / limit; the good side is left for `at most`, so `at least` is drawn inverted."""
    height = 26 * len(rows) + 44
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="12" role="img">',
           "<title>Measured figures against their limits</title>", f'<rect width="760" height="{height}" fill="#ffffff"/>',
           '<text x="500" y="16" text-anchor="middle" fill="#44525f">limit</text>', f'<line x1="500" y1="22" x2="500" y2="{height - 16}" stroke="#a3121f" stroke-dasharray="4 3"/>']
    for i, (name, value, limit, side) in enumerate(rows):
        ratio = value / limit if side == "at most" else limit / value
        x = 500 + max(-270.0, min(240.0, math.log10(max(ratio, 1e-6)) * 150))
        good = ratio <= 1
        y = 30 + 26 * i
        out.append(f'<text x="8" y="{y + 13}" fill="#14202b">{name}</text>')
        out.append(f'<rect x="230" y="{y}" width="{x - 230:.0f}" height="16" fill="{"#14613b" if good else "#f5b335"}"/>')
        out.append(f'<text x="{x + 6:.0f}" y="{y + 13}" fill="#14202b">{"" if good else "over: "}{ratio * 100:.0f} %</text>')
    out.append(f'<text x="8" y="{height - 4}" fill="#56636f">Share of the limit used, logarithmic; for "at least" the inverse. Left of the line is good.</text></svg>')
    return "\n".join(out) + "\n"


def main():
    figures = {}
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        part = line.split()
        if len(part) == 3:
            figures[part[0]] = (float(part[1]), part[2])
    rows, table = [], []
    for name, (limit, side, what) in ASKED.items():
        if name in figures:
            value, unit = figures[name]
            good = value <= limit if side == "at most" else value >= limit
            rows.append((name, value, limit, side))
            table.append(f"| {name} | {value:g} {unit} | {side} {limit:g} | {'yes' if good else '**no**'} | {what} |")
        else:
            table.append(f"| {name} | not measured | {side} {limit:g} | – | {what} |")
    others = [f"| {n} | {v:g} {u} |" for n, (v, u) in figures.items() if n not in ASKED]
    (DOCS / "images/figures.svg").write_text("<!-- SPDX-License-Identifier: Apache-2.0 -->\n" + picture(rows))
    (DOCS / "figures.md").write_text("# Figures\n\nMeasured by `bench/run` and written by `tools/figures.py`: " + sys.argv[2] + ". Ratios against the bare library are taken side by side. "
        "Equal runs on such machines differ by 15 to 25 %.\n\n![Figures against their limits](images/figures.svg)\n\n| figure | measured | asked | met | what it is |\n| --- | --: | --: | --- | --- |\n"
        + "\n".join(table) + "\n\nEverything else that the run printed:\n\n| figure | measured |\n| --- | --: |\n" + "\n".join(others) + "\n")


if __name__ == "__main__":
    main()
