# SPDX-License-Identifier: Apache-2.0
"""Where the instance key comes from: a systemd credential before the folder of the settings before DIR/keys; a key that is no good is refused, never passed over.
And what holds it in memory leaves no core."""
import os
import resource
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hygie_server import HYGIE, Server, base_sql, hygie


def take_key(base, folder, name="hygie-instance-key"):
    """As systemd does it (LoadCredential=hygie-instance-key:…): a folder 0500, the file 0400 in it. The directory's own key is gone."""
    key = Path(base) / "keys" / "instance.key"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / name
    target.write_bytes(key.read_bytes())
    target.chmod(0o400)
    key.unlink()
    return target


def env(folder):
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def check(base, folder=None, **more):
    return hygie("db", "check", "--dir", base, env={**(env(folder) if folder else {}), **more})


def a_patient(base):
    return base_sql(base, "SELECT r.id FROM resource r JOIN vocabulary v ON v.kind = 1 AND v.no = r.type WHERE v.name = 'Patient' LIMIT 1")[0][0]


def test_a_systemd_credential_opens_the_base_and_nothing_else_is_needed(base_copy, tmp_path):
    credential = take_key(base_copy, tmp_path / "credentials")
    assert check(base_copy).returncode == 1, "without it nothing opens"
    assert not (Path(base_copy) / "keys" / "instance.key").exists(), "and none is made in its place"
    assert check(base_copy, credential.parent).returncode == 0
    patient = a_patient(base_copy)
    with Server(base_copy, env=env(credential.parent)) as server:
        assert server.machine().get(f"/Patient/{patient}").status_code == 200
    assert not (Path(base_copy) / "keys" / "instance.key").exists()


@pytest.mark.parametrize("how", ["others", "group", "link", "folder", "no key", "another", "empty"])
def test_a_credential_that_is_no_good_is_refused_though_the_directory_has_the_key(base_copy, tmp_path, how):
    folder = tmp_path / "credentials"
    folder.mkdir()
    good = (Path(base_copy) / "keys" / "instance.key").read_bytes()
    path = folder / "hygie-instance-key"
    if how == "link":
        (tmp_path / "elsewhere").write_bytes(good)
        (tmp_path / "elsewhere").chmod(0o400)
        path.symlink_to(tmp_path / "elsewhere")
    elif how == "folder":
        path.mkdir()
    else:
        path.write_bytes({"no key": b"not a key\n", "empty": b"", "another": secrets.token_hex(32).encode() + b"\n"}.get(how, good))
        path.chmod({"others": 0o404, "group": 0o440}.get(how, 0o400))
    done = check(base_copy, folder)
    assert done.returncode == 1 and "instance key" in done.stderr, (how, done.stderr)
    if how == "another":
        assert "belong" in done.stderr
    assert check(base_copy).returncode == 0, "its own key still opens it"
    assert good not in (done.stdout + done.stderr).encode() and good.strip()[:16].decode() not in done.stderr


def test_a_link_in_the_folder_of_keys_is_refused(base_copy, tmp_path):
    key = Path(base_copy) / "keys" / "instance.key"
    (tmp_path / "elsewhere").write_bytes(key.read_bytes())
    (tmp_path / "elsewhere").chmod(0o400)
    key.unlink()
    key.symlink_to(tmp_path / "elsewhere")
    assert check(base_copy).returncode == 1


def test_a_key_of_another_owner_is_refused(base_copy):
    key = Path(base_copy) / "keys" / "instance.key"
    if os.geteuid() == 0:
        os.chown(key, 12345, 12345)
        done = check(base_copy)
    else: # a namespace in which a file of root is nobody's, laid over the key
        inside = 'mount --bind /etc/passwd "$1" && exec "$2" db check --dir "$3"'
        done = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inside, "sh", key, HYGIE, base_copy], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "of another owner" in done.stderr, done.stderr


def test_with_a_credential_the_next_key_is_one_too_and_files_are_left_alone(base_copy, tmp_path):
    credential = take_key(base_copy, tmp_path / "credentials")
    done = hygie("keys", "rotate", "--dir", base_copy, env=env(credential.parent))
    assert done.returncode == 1 and "next" in done.stderr, done.stderr
    new = credential.with_name("hygie-instance-key-next")
    new.write_text(secrets.token_hex(32) + "\n")
    new.chmod(0o400)
    old = credential.read_bytes()
    done = hygie("keys", "rotate", "--dir", base_copy, env=env(credential.parent))
    assert done.returncode == 0, done.stderr
    assert list((Path(base_copy) / "keys").glob("instance.*")) == [] and credential.read_bytes() == old
    assert check(base_copy, credential.parent).returncode == 0, "both are given: the next one opens"
    new.rename(credential)
    assert check(base_copy, credential.parent).returncode == 0, "the next one alone"
    credential.unlink()
    credential.write_bytes(old)
    credential.chmod(0o400)
    assert check(base_copy, credential.parent).returncode == 1, "the old one opens nothing"


def test_the_setting_names_the_folder_and_doctor_says_where_the_key_is(base_copy, tmp_path):
    moved = take_key(base_copy, tmp_path / "vault", "instance.key")
    assert check(base_copy).returncode == 1
    assert check(base_copy, HYGIE_DATA_KEYS=str(moved.parent)).returncode == 0
    conf = tmp_path / "hygie.conf"
    conf.write_text(f"[data]\nkeys = {moved.parent}\n")
    with Server(base_copy, args=("--config", conf)) as server:
        assert server.alive()
    told = hygie("doctor", "--dir", base_copy, env={"HYGIE_DATA_KEYS": str(moved.parent)}).stdout
    line = next(l for l in told.splitlines() if "instance key" in l)
    assert line.startswith("ok") and str(moved) in line, told
    moved.chmod(0o444)
    told = hygie("doctor", "--dir", base_copy, env={"HYGIE_DATA_KEYS": str(moved.parent)}).stdout
    assert next(l for l in told.splitlines() if "instance key" in l).startswith("BAD"), told
    line = next(l for l in hygie("doctor", "--dir", base_copy, env=env(tmp_path / "vault")).stdout.splitlines() if "instance key" in l)
    assert line.startswith("BAD") and "not there" in line, "its own folder is empty, and no credential is there"
    assert f"keys = {moved.parent}" in hygie("config", "dump", "--config", conf).stdout


def looks_in(pid):
    try:
        with open(f"/proc/{pid}/mem", "rb"):
            return True
    except PermissionError:
        return False


def kernel_keeps_others_out():
    """Does this machine's kernel keep the same user out of a process that said so? (root looks into everything; some sandboxes do not care)"""
    code = "import ctypes, sys; ctypes.CDLL(None).prctl(4, 0); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdout.readline()
        is_kept = not looks_in(p.pid)
        p.stdin.close()
    return is_kept


def cores_allowed():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


def test_a_server_that_dies_leaves_no_core_and_lets_nobody_look_in(base_copy):
    server = Server(base_copy).start(preexec_fn=cores_allowed)
    for pid in {server.proc.pid, server.vault_pid, *server.front_pids}:
        limit = next(l for l in Path(f"/proc/{pid}/limits").read_text().splitlines() if l.startswith("Max core file size"))
        assert limit.split()[4:6] == ["0", "0"], limit
        if kernel_keeps_others_out():
            assert not looks_in(pid)
        else:
            print("SKIPPED in part: this kernel lets one look into any process of the same user")
    for pid in (server.vault_pid, server.proc.pid):
        os.kill(pid, signal.SIGSEGV)
    assert server.proc.wait(20) == -signal.SIGSEGV
    assert not list(Path(base_copy).rglob("core*")) and not list(Path.cwd().glob("core*"))
