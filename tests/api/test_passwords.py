# SPDX-License-Identifier: Apache-2.0
"""A weak password is refused wherever one is set, with one sentence, beside the field that it is about; a good one is taken whole."""
import html
import re

import pytest

from hygie_server import Person, hygie

GOOD = "trois chats gris dorment"
# password and role, and how the French sentence begins
WEAK = [
    ("pas assez", "nurse", "Ce mot de passe est trop court"),
    ("cadran vapeur", "admin", "Ce mot de passe est trop court"),
    ("motdepasse2024", "nurse", "Ce mot de passe figure dans les listes"),
    ("M0tDeP@sse2024", "nurse", "Ce mot de passe figure dans les listes"),
    ("Hôpital tulipe vapeur", "nurse", "Ce mot de passe contient votre nom, votre identifiant ou un mot de cet hôpital"),
    ("cadran tarabiscotte vapeur", "nurse", "Ce mot de passe contient votre nom, votre identifiant ou un mot de cet hôpital"),
    ("parapluie chaussette", "nurse", "Ce mot de passe est trop facile à deviner"),
]


def error_of(page, field):
    """The texts of the error that the input names as its description."""
    text = html.unescape(page).replace("\u202f", " ").replace("\u2019", "'")
    tag = re.search(rf'<input[^>]*name="?{field}"?[^>]*>', text).group(0)
    ids = re.search(r'aria-describedby="?([^">]+)', tag).group(1).split()
    assert "aria-invalid" in tag
    return [re.sub(r"<[^>]+>", "", m.group(1)) for i in ids if i.endswith("error") for m in [re.search(rf'id="?{i}"?[^>]*>(.*?)</(?:p|div|span)>', text, re.S)]]


@pytest.fixture(scope="module")
def admin(server):
    return server.person_by_key("admin") # a session of a code adds no accounts


@pytest.mark.parametrize("password,role,sentence", WEAK)
def test_an_administrator_is_told_which_field_and_which_rule(admin, password, role, sentence):
    answer = admin.post("/accounts/new", {"login": "tarabiscotte.f", "name": "Fulgence Tarabiscotte", "role": role, "password": password, **admin.proof()})
    assert answer.status_code == 422
    said = error_of(answer.text, "password")
    assert len(said) == 1 and said[0].startswith(sentence), said
    assert password not in answer.text


def test_ones_own_password_is_held_to_the_same_rules_and_a_long_one_opens_whole(own_server):
    nurse = own_server.person("nurse")
    old = nurse.account["password"]
    answer = nurse.post("/password", {"old_password": old, "password": "motdepasse2024"})
    assert answer.status_code == 422 and error_of(answer.text, "password")[0].startswith("Ce mot de passe figure dans les listes")
    name = nurse.account["login"].split(".")[0]
    answer = nurse.post("/password", {"old_password": old, "password": f"cadran {name} vapeur"})
    assert answer.status_code == 422 and error_of(answer.text, "password")[0].startswith("Ce mot de passe contient votre nom")
    long_one = "cadran tulipe vapeur brouillard " * 20 + "é"
    answer = nurse.post("/password", {"old_password": old, "password": long_one})
    assert answer.status_code in (200, 303), answer.text[:400]
    again = Person(own_server, {**nurse.account, "password": long_one}).sign_in()
    assert again.get("/password").status_code == 200
    short = Person(own_server, {**nurse.account, "password": long_one[:-1]})
    assert short.http.post(own_server.http_url + "/sign-in", data={"login": nurse.account["login"], "password": long_one[:-1], "code": "000000"}, allow_redirects=False).status_code != 303


def test_the_command_line_names_the_field_and_the_rule(base_copy):
    for password, role, sentence in [("pas assez", "nurse", "This password is too short"), ("motdepasse2024", "nurse", "on the lists that attackers try first"),
                                     ("cadran tarabiscotte vapeur", "nurse", "holds your name, your login"), ("parapluie chaussette", "dpo", "too easy to guess"),
                                     ("x7" * 520, "nurse", "This text is too long"), ("x7" * 5000, "nurse", "This text is too long")]:
        done = hygie("user", "add", "tarabiscotte.f", "--dir", base_copy, "--role", role, "--name", "Fulgence Tarabiscotte", input=password + "\n")
        assert done.returncode != 0 and done.stdout == ""
        assert sentence in done.stderr and "[password]" in done.stderr and len(done.stderr.strip().splitlines()) == 1
        assert password not in done.stderr
    done = hygie("user", "add", "tarabiscotte.f", "--dir", base_copy, "--role", "nurse", "--name", "Fulgence Tarabiscotte", input=GOOD + "\n")
    assert done.returncode == 0, done.stderr
