# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the browser tests: a server of its own for each module (they write), patients that are mine or a stranger's, a browser that closes itself."""
import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browser import Browser  # noqa: E402
from hygie_server import Server, Stage, copy_base  # noqa: E402

_copies = itertools.count(1)


@pytest.fixture(scope="module")
def server(demo_base, work_dir):
    with Server(copy_base(demo_base, work_dir / f"web{next(_copies)}")) as s:
        yield s


@pytest.fixture(scope="session")
def stage(demo_base):
    return Stage(demo_base)


@pytest.fixture
def open_browser(server):
    """open_browser(script=False, zoom=2 …) gives a Browser; all are closed at the end of the test, which fails when the page complained to the console."""
    browsers = []

    def make(**options):
        browsers.append(Browser(options.pop("server", server), **options))
        return browsers[-1]

    yield make
    said = []
    for b in browsers:
        said += b.complaints()
        b.close()
    assert not said, said


@pytest.fixture
def browser(open_browser):
    return open_browser()
