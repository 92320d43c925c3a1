#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what the test runners wrote (JUnit XML of pytest, TAP inside meson's logs) and prints the closing line: N passed, N failed[, N skipped].

Usage: tally.py RESULTS_DIR BUILD_DIR…     exit 1 when anything failed or nothing ran
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def from_junit(folder):
    passed = failed = skipped = 0
    for file in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in xml.parse(file).iter("testcase"):
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                failed += 1
                print(f"   failed: {case.get('classname')} {case.get('name')}")
            elif "skipped" in kinds:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def from_meson(build):
    passed = failed = skipped = 0
    for log in pathlib.Path(build, "meson-logs").glob("testlog*.json"):
        for line in log.read_text(errors="replace").splitlines():
            test = json.loads(line)
            lines = test.get("stdout", "").splitlines()
            good = sum(1 for l in lines if re.match(r"ok \d+", l) and "# SKIP" not in l)
            loud = sum(1 for l in lines + test.get("stderr", "").splitlines() if re.match(r"#? ?SKIPPED: ", l))  # a test that had nothing to work on
            bad = sum(1 for l in lines if l.startswith("not ok"))
            skip = sum(1 for l in lines if re.match(r"ok \d+.*# SKIP", l)) + min(loud, good)
            good -= min(loud, good)
            if good + bad + skip == 0:  # a plain program: its exit code is the test
                good, bad = (1, 0) if test["result"] == "OK" else (0, 1)
            elif test["result"] not in ("OK", "SKIP") and bad == 0:
                bad = 1
            if bad:
                print(f"   failed: {test['name']}")
            passed, failed, skipped = passed + good, failed + bad, skipped + skip
    return passed, failed, skipped


def main():
    totals = [from_junit(sys.argv[1])] + [from_meson(b) for b in sys.argv[2:]]
    passed, failed, skipped = (sum(column) for column in zip(*totals))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
