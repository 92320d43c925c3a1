# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the API tests: a server of its own for each module (they write), clients with and without the machine account's token."""
import itertools
import sys
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hygie_server import Server, copy_base  # noqa: E402

_copies = itertools.count(1)


@pytest.fixture(scope="module")
def server(demo_base, work_dir):
    with Server(copy_base(demo_base, work_dir / f"api{next(_copies)}")) as s:
        yield s


class Fhir(requests.Session):
    """Paths under /fhir; JSON in and out."""

    def __init__(self, server, token):
        super().__init__()
        self.trust_env = False
        self.base = server.http_url + "/fhir"
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def ask(self, method, path, body=None, **more):
        headers = more.pop("headers", {})
        if body is not None:
            more["json"] = body
            headers.setdefault("Content-Type", "application/fhir+json")
        return self.request(method, self.base + path, headers=headers, timeout=20, **more)


@pytest.fixture(scope="session")
def client():
    """The class, for a test that has a server of its own: client(server, token)."""
    return Fhir


@pytest.fixture(scope="module")
def token(server):
    return server.demo["machine"]["token"]


@pytest.fixture(scope="module")
def fhir(server, token):
    return Fhir(server, token)


@pytest.fixture(scope="module")
def nobody(server):
    return Fhir(server, None)


@pytest.fixture(scope="module")
def some_patient(fhir):
    return fhir.ask("GET", "/Patient?_count=1").json()["entry"][0]["resource"]
