# SPDX-License-Identifier: Apache-2.0
"""What all Python tests share: the fixtures of tests/lib/hygie_server.py. Markers are declared in pytest.ini."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from hygie_server import base_copy, demo_base, own_server, server, work_dir  # noqa: E402,F401
