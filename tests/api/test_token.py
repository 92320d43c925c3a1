# SPDX-License-Identifier: Apache-2.0
"""The token endpoint over HTTP: as SMART's backend services use it, and what it says when it refuses (RFC 6749 §5.2)."""
import json
import time

import requests

from hygie_server import hygie
from machine_key import Key

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def test_a_machine_gets_a_token_with_its_key_and_reads_with_it(own_server, tmp_path):
    s = own_server
    unit = s.account("nurse")["unit"]
    key = Key("ES384", "one")
    (tmp_path / "key.json").write_text(json.dumps(key.jwk()))
    assert hygie("machine", "add", "labo", "--jwk", "/nowhere", "--dir", s.dir).returncode == 2
    hygie("machine", "add", "labo", "--jwk", tmp_path / "key.json", "--patients", 5, "--unit", unit, "--dir", s.dir, check=True)
    said = requests.get(s.http_url + "/fhir/.well-known/smart-configuration", timeout=10).json()
    assert said["token_endpoint"] == s.http_url + "/auth/token" and "private_key_jwt" in said["token_endpoint_auth_methods_supported"]
    audience = f"https://localhost:{s.port}/auth/token"
    made = iter(range(100))

    def claims(**more):
        return {"iss": "labo", "sub": "labo", "aud": audience, "exp": int(time.time()) + 200, "jti": f"id{next(made)}", **more}

    def post(**fields):
        form = {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": key.assertion(claims()), "scope": "system/*.rs", **fields}
        return requests.post(s.http_url + "/auth/token", data={k: v for k, v in form.items() if v is not None}, timeout=10)
    r = post()
    assert r.status_code == 200 and r.headers["Content-Type"].startswith("application/json") and "no-store" in r.headers["Cache-Control"]
    told = r.json()
    assert told["token_type"] == "bearer" and told["expires_in"] == 300 and told["scope"] == "system/*.rs"
    patient = s.http_url + "/fhir/Organization/" + unit
    assert requests.get(patient, headers={"Authorization": "Bearer " + told["access_token"]}, timeout=10).status_code == 200
    for fields, status, error in (({"client_assertion": key.assertion(claims(aud="https://evil.test/auth/token"))}, 401, "invalid_client"), ({"client_assertion": "A.B.C"}, 401, "invalid_client"),
                                  ({"scope": "system/*.cud"}, 400, "invalid_scope"), ({"grant_type": "password"}, 400, "invalid_request"), ({"client_assertion": None}, 400, "invalid_request"),
                                  ({"client_secret": "x"}, 400, "invalid_request")):
        r = post(**fields)
        assert (r.status_code, r.json()) == (status, {"error": error}), (fields, r.status_code, r.text)
    hygie("machine", "revoke", "labo", "one", "--dir", s.dir, check=True)
    assert post().status_code == 401


def test_a_person_is_closed_and_opened_from_the_command_line_beside_a_running_server(own_server):
    s = own_server
    nurse = s.person("nurse")
    assert nurse.get("/unit").status_code == 200
    hygie("user", "disable", nurse.account["login"], "--dir", s.dir, check=True)
    assert nurse.get("/unit").status_code == 401
    hygie("user", "enable", nurse.account["login"], "--dir", s.dir, check=True)
    assert hygie("user", "until", nurse.account["login"], "2001-01-01", "--dir", s.dir).returncode != 0
    hygie("user", "until", nurse.account["login"], "2099-12-31", "--dir", s.dir, check=True)
    assert s.person("nurse").get("/unit").status_code == 200
