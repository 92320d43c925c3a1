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


@pytest.fixture(scope="session")
def plain_browsers():
    """Started with no option, and used by one test after the other."""
    kept = []
    yield kept
    for b in kept:
        b.close()


@pytest.fixture
def open_browser(server, plain_browsers):
    """open_browser(script=False, zoom=2 …) gives a Browser that has seen nothing yet; the test fails when a page complained to the console."""
    browsers = []

    def make(**options):
        at = options.pop("server", server)
        b = plain_browsers.pop().look_at(at) if plain_browsers and not options else Browser(at, **options)
        b.is_plain = not options
        browsers.append(b)
        return b

    yield make
    said = []
    for b in browsers:
        said += b.complaints()
        if b.is_plain:
            b.forget()
            plain_browsers.append(b)
        else:
            b.close()
    assert not said, said


@pytest.fixture
def browser(open_browser):
    return open_browser()
