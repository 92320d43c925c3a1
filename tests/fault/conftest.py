# SPDX-License-Identifier: Apache-2.0
"""What the fault tests share."""
import pytest

import postgres
from hygie_server import hygie


@pytest.fixture(scope="session")
def empty_base(work_dir):
    """A base that never held a resource; copies of it have the same keys, so that hashes may be compared."""
    path = work_dir / "empty-base"
    hygie("init", "--dir", path, *(["--db", postgres.make()] if postgres.server() else []), check=True)
    return path
