# SPDX-License-Identifier: Apache-2.0
"""
The ledger as static files: published beside a running server, cut in the middle, judged by a verifier of its own that knows only RFC 9162, C2SP tlog-tiles
and the public key. Nothing in the files names a patient or an account.
"""
import base64
import hashlib
import random
import re
import subprocess
import time

from hygie_server import BUILD, Stage, Server, hygie

VERIFY, WITNESS = BUILD / "src/ledger/hygie-verify", BUILD / "src/witness/hygie-witness"


# ---- a verifier of its own ----

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def path_of(level, index, width):
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/" + "/".join(parts) + (f".p/{width}" if width < 256 else "")


def entries_of(folder, size):
    found = []
    for first in range(0, size, 256):
        bundle, at = (folder / path_of("entries", first // 256, min(256, size - first))).read_bytes(), 0
        while at < len(bundle):
            n = int.from_bytes(bundle[at:at + 2], "big")
            found.append(bundle[at + 2:at + 2 + n])
            at += 2 + n
    assert len(found) == size
    return found


def is_signed(body, line, vkey, tmp):
    """A signature line of a signed note under a verifier key; openssl judges it."""
    name, key_id, key = vkey.strip().split("+", 2)
    key, sig = base64.b64decode(key), base64.b64decode(line.split()[2])
    assert line.split()[1] == name and key[0] == 1
    assert sig[:4].hex() == key_id == hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    (tmp / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key[1:])   # RFC 8410: a public Ed25519 key
    (tmp / "body").write_bytes(body.encode())
    (tmp / "sig").write_bytes(sig[4:])
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp / "key.der", "-rawin", "-in", tmp / "body", "-sigfile", tmp / "sig"], capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def keys_of(folder, pub, tmp):
    """(first entry, verifier key) of each epoch, from the first key on, each certified by the one before."""
    keys = [(0, pub.decode())]
    if not (folder / "epochs").exists():
        return keys
    first, *certs = re.split(r"(?m)^(?=hygie/ledger/epoch/v1$)", (folder / "epochs").read_text())
    assert first == pub.decode()
    for n, cert in enumerate(certs, 1):
        body, line = cert.split("\n\n", 1)
        form = re.fullmatch(r"hygie/ledger/epoch/v1\n(\S+)\nepoch (\d+)\nsize (\d+)\nroot (\S{44})\nkey (\S+)", body)
        assert form and form[1] == form[5].split("+")[0] == pub.decode().split("+")[0] and int(form[2]) == n and int(form[3]) >= keys[-1][0]
        is_signed(body + "\n", line, keys[-1][1], tmp)
        keys.append((int(form[3]) + 1, form[5] + "\n"))
    return keys


def checkpoint_of(text, keys, tmp):
    """(size, root) of a signed note: of the key in whose epoch it ends, and no other."""
    body, signed = text.decode().split("\n\n", 1)
    origin, size, root = body.split("\n")
    assert origin == keys[0][1].split("+")[0]
    is_signed(body + "\n", signed.splitlines()[0], max(k for k in keys if k[0] <= int(size))[1], tmp)
    return int(size), base64.b64decode(root)


def included(index, size, leaf, proof, root):
    fn, sn, r = index, size - 1, leaf   # RFC 9162 §2.1.3.2
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def judge(folder, pub, tmp):
    keys = keys_of(folder, pub, tmp)
    size, root = checkpoint_of((folder / "checkpoint").read_bytes(), keys, tmp)
    entries = entries_of(folder, size)
    assert [i for i, e in enumerate(entries, 1) if e[1] == 14] == [first for first, _ in keys[1:] if first <= size]   # EPOCH entries
    leaves = [hashlib.sha256(b"\x00" + e).digest() for e in entries]
    assert root_of(leaves) == root
    for level in range(3):
        nodes = [root_of(leaves[i:i + 256 ** level]) for i in range(0, size - size % 256 ** level, 256 ** level)]
        for first in range(0, len(nodes), 256):
            tile = (folder / path_of(level, first // 256, min(256, len(nodes) - first))).read_bytes()
            assert tile == b"".join(nodes[first:first + 256])
    return size, entries


# ---- the tests ----

def publish(base, folder):
    return hygie("audit", "publish", folder, "--dir", base, check=True).stdout


def size_of(folder):
    return int((folder / "checkpoint").read_text().splitlines()[1]) if (folder / "checkpoint").exists() else 0


def publish_beyond(base, folder, size):
    """Until more than so many entries are published: a running server signs each second."""
    for _ in range(60):
        before = size_of(folder)
        told = publish(base, folder)
        assert f" {size_of(folder)} entries, {size_of(folder) - before} of them new" in told
        if size_of(folder) > size:
            return
        time.sleep(0.5)
    raise AssertionError(f"nothing beyond {size} entries was signed in half a minute")


def work(server, stage, n):
    machine, nurse = server.machine(), server.person("nurse")
    for i in range(n):
        machine.get(f"/Patient/{stage.mine[i % len(stage.mine)].id}")
        nurse.get(f"/patient/{stage.mine[i % len(stage.mine)].id}")


def test_it_is_published_beside_a_server_and_others_can_judge_it(base_copy, tmp_path):
    stage, folder, tmp = Stage(base_copy), tmp_path / "published", tmp_path / "judge"
    tmp.mkdir()
    pub = (base_copy / "ledger/ledger.pub").read_bytes()
    (tmp_path / "kept.pub").write_bytes(pub)
    with Server(base_copy) as server:
        work(server, stage, 150)
        publish_beyond(base_copy, folder, 200)
        size, _ = judge(folder, pub, tmp)
        (tmp_path / "kept").write_bytes((folder / "checkpoint").read_bytes())
        work(server, stage, 200)
        publish_beyond(base_copy, folder, size)
        more, entries = judge(folder, pub, tmp)
    publish(base_copy, folder)
    whole, entries = judge(folder, pub, tmp)
    assert whole > more
    for words in (("--published", folder, tmp_path / "kept.pub"), ("--published", folder, tmp_path / "kept.pub", tmp_path / "kept")):
        done = subprocess.run([VERIFY, *words], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith(f"GOOD\nentries {whole}\n"), done.stdout + done.stderr
    (tmp_path / "grown").write_text(hygie("audit", "grown", tmp_path / "kept", "--published", folder, check=True).stdout)
    done = subprocess.run([VERIFY, "--grown", tmp_path / "grown", tmp_path / "kept.pub", tmp_path / "kept", "--epochs", folder / "epochs"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == f"GOOD\nfrom {size} to {whole} entries\n", done.stdout + done.stderr
    done = subprocess.run([VERIFY, "--grown", tmp_path / "grown", tmp_path / "kept.pub", folder / "checkpoint", "--epochs", folder / "epochs"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout.startswith("BAD\n")
    assert f"good: {whole} entries" in hygie("audit", "verify", "--published", folder, "--since", tmp_path / "kept", "--key", tmp_path / "kept.pub", check=True).stdout
    for number in {1, 2, 256, 257, whole - 1, whole} & set(range(1, whole + 1)):
        proof = hygie("audit", "prove", str(number), "--published", folder, check=True).stdout
        (tmp_path / "proof").write_text(proof)
        done = subprocess.run([VERIFY, "--proof", tmp_path / "proof", tmp_path / "kept.pub", "--epochs", folder / "epochs"], capture_output=True, text=True)
        assert done.returncode == 0 and f"entry {number} of {whole}\n" in done.stdout, done.stdout + done.stderr
        head, note = proof.split("\n\n", 1)
        name, extra, index, *hashes = head.split("\n")
        _, root = checkpoint_of(note.encode(), keys_of(folder, pub, tmp), tmp)
        entry = base64.b64decode(extra.removeprefix("extra "))
        assert name == "c2sp.org/tlog-proof@v1" and index == f"index {number - 1}" and entry == entries[number - 1]
        assert included(number - 1, whole, hashlib.sha256(b"\x00" + entry).digest(), [base64.b64decode(h) for h in hashes], root)
    bytes_of_all = b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())
    for p in stage.mine + stage.strangers:
        assert not p.found_in(bytes_of_all) and p.id.encode() not in bytes_of_all
    for login in re.findall(r'"login": ?"([a-z]+)"', (base_copy / "demo.json").read_text()):
        assert login.encode() not in bytes_of_all or login in ("operator", "machine"), login


def test_killed_while_it_publishes_the_next_run_ends_it(base_copy, tmp_path):
    stage, folder, tmp, rng = Stage(base_copy), tmp_path / "published", tmp_path / "judge", random.Random(5)
    tmp.mkdir()
    pub = (base_copy / "ledger/ledger.pub").read_bytes()
    for turn in range(2):
        with Server(base_copy) as server:
            work(server, stage, 120)
        for _ in range(3):
            p = subprocess.Popen([BUILD / "src/cli/hygie", "audit", "publish", folder, "--dir", base_copy], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, 0.02))
            p.kill()
            p.wait()
            if (folder / "checkpoint").exists():
                judge(folder, pub, tmp)   # whatever was cut, what the checkpoint signs is there
        publish(base_copy, folder)
        judge(folder, pub, tmp)


def witness(*words, body=""):
    return subprocess.run([WITNESS, *words], input=body, capture_output=True, text=True)


def test_a_witness_signs_what_grew_and_nothing_else(base_copy, tmp_path):
    stage, folder, state = Stage(base_copy), tmp_path / "published", tmp_path / "state"
    pub = witness("make", state, "essai.test/w1").stdout
    assert pub.startswith("essai.test/w1+") and witness("trust", state, base_copy / "ledger/ledger.pub").returncode == 0
    publish(base_copy, folder)
    began = time.time()
    for kept in ("0", tmp_path / "kept"):
        body = hygie("audit", "grown", kept, "--published", folder, check=True).stdout
        done = witness("cosign", state, body=body)
        assert done.returncode == 0, done.stdout + done.stderr
        dash, name, signed = done.stdout.split()
        raw, key = base64.b64decode(signed), base64.b64decode(pub.strip().split("+", 2)[2])
        at, note = int.from_bytes(raw[4:12], "big"), body.split("\n\n", 1)[1].split("\n\n")[0] + "\n"
        assert dash == "—" and name == "essai.test/w1" and began - 2 < at < time.time() + 2
        assert raw[:4].hex() == pub.split("+")[1] == hashlib.sha256(b"essai.test/w1\n" + key).digest()[:4].hex() and key[0] == 4
        (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key[1:])
        (tmp_path / "said").write_text(f"cosignature/v1\ntime {at}\n{note}")
        (tmp_path / "sig").write_bytes(raw[12:])
        judged = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key.der", "-rawin", "-in", tmp_path / "said", "-sigfile", tmp_path / "sig"],
                                capture_output=True)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        (tmp_path / "kept").write_bytes((folder / "checkpoint").read_bytes())
        with Server(base_copy) as server:
            work(server, stage, 60)
        publish(base_copy, folder)
        assert witness("epochs", state, body=(folder / "epochs").read_text()).returncode == 0   # over HTTP the house tells it itself
    body = hygie("audit", "grown", "0", "--published", folder, check=True).stdout
    done = witness("cosign", state, body=body)
    assert done.returncode == 1 and done.stdout == f"409\n{(tmp_path / 'kept').read_text().splitlines()[1]}\n"
    assert witness("cosign", state, body="old x\n").stdout == "400\n"
    assert witness("cosign", state, body="x" * 100000).stdout == "400\n"
    assert witness("cosign", tmp_path / "none", body=body).returncode == 2 and witness("sing").returncode == 2


def verify(*words):
    done = subprocess.run([VERIFY, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_cosignatures_stand_under_the_head_they_are_of(base_copy, tmp_path):
    stage, folder, pub = Stage(base_copy), tmp_path / "published", base_copy / "ledger/ledger.pub"
    keys = [witness("make", tmp_path / f"w{i}", f"essai.test/w{i}").stdout.strip() for i in range(3)]
    for i in range(3):
        assert witness("trust", tmp_path / f"w{i}", pub).returncode == 0
    (tmp_path / "keys").write_text("# whom we trust\n" + "\n".join(keys) + "\n")
    publish(base_copy, folder)
    for i in range(2):
        (tmp_path / f"line{i}").write_text(witness("cosign", tmp_path / f"w{i}", body=hygie("audit", "grown", "0", "--published", folder, check=True).stdout).stdout)
        assert f"has {i + 1} cosignatures" in hygie("audit", "cosign", tmp_path / f"line{i}", "--published", folder, "--witness-key", tmp_path / "keys", check=True).stdout
    all_keys = [word for key in keys for word in ("--witness", key)]
    code, says = verify("--published", folder, pub, *all_keys, "--quorum", 2)
    assert code == 0 and "witnesses 2 of 3, 2 asked for: enough" in says and "witness essai.test/w2 missing\n" in says and "witness essai.test/w0 good at " in says, says
    assert verify("--published", folder, pub, *all_keys)[0] == 1
    assert verify("--published", folder, pub, "--witness", tmp_path / "keys", "--quorum", 2)[0] == 0
    assert verify("--published", folder, pub, "--witness", keys[0], "--witness", keys[0])[0] == 2   # it would count twice
    assert verify("--published", folder, pub, "--witness", keys[0], "--quorum", 2)[0] == 2 and verify("--published", folder, pub, "--quorum", 1)[0] == 2
    (tmp_path / "proof").write_text(hygie("audit", "prove", "5", "--published", folder, check=True).stdout)
    assert verify("--proof", tmp_path / "proof", pub, *all_keys, "--quorum", 2)[0] == 0 and verify("--proof", tmp_path / "proof", pub, *all_keys)[0] == 1
    assert verify("--published", folder, pub, folder / "checkpoint", *all_keys[:4])[0] == 0
    (tmp_path / "kept").write_bytes((folder / "checkpoint").read_bytes())
    assert "2 cosignatures" in publish(base_copy, folder)   # nothing new: they stay

    old = (folder / "checkpoint").read_text().split("\n\n", 1)[1].splitlines(keepends=True)[1:]
    with Server(base_copy) as server:
        work(server, stage, 30)
    assert "; 0 cosignatures" in publish(base_copy, folder)
    fresh = (folder / "checkpoint").read_text()
    assert hygie("audit", "cosign", tmp_path / "line0", "--published", folder, "--witness-key", keys[0]).returncode == 1
    (folder / "checkpoint").unlink()
    (folder / "checkpoint").write_text(fresh + "".join(old))   # somebody passes the old ones off as new
    code, says = verify("--published", folder, pub, *all_keys, "--quorum", 1)
    assert code == 1 and "w0 false\n" in says and "w1 false\n" in says and "w2 missing\n" in says and "NOT ENOUGH" in says, says
    code, says = verify("--published", folder, pub, tmp_path / "kept", *all_keys, "--quorum", 1)
    assert code == 1 and "w0 stale at " in says and "w1 stale at " in says, says
    assert witness("epochs", tmp_path / "w2", body=(folder / "epochs").read_text()).returncode == 0
    (tmp_path / "line2").write_text(witness("cosign", tmp_path / "w2", body=hygie("audit", "grown", "0", "--published", folder, check=True).stdout).stdout)
    hygie("audit", "cosign", tmp_path / "line2", "--published", folder, "--witness-key", tmp_path / "keys", check=True)
    code, says = verify("--published", folder, pub, *all_keys, "--quorum", 1, "--fresh", 3600)
    assert code == 0 and "w0 missing\n" in says and "w2 good at " in says, says
    time.sleep(2.1)
    code, says = verify("--published", folder, pub, "--witness", keys[2], "--fresh", 1)
    assert code == 1 and "w2 stale at " in says, says


def test_bad_words_are_answered_with_a_sentence(base_copy, tmp_path):
    for words, says in ((("audit", "publish", tmp_path / "a/b", "--dir", base_copy), "to"), (("audit", "publish", tmp_path / "c", "--dir", tmp_path), "ledger"),
                        (("audit", "prove", "x", "--published", tmp_path), "number"), (("audit", "prove", "1"), "published"), (("audit", "prove", "1", "--published", tmp_path), "checkpoint"),
                        (("audit", "grown", tmp_path / "none", "--published", tmp_path), "missing"), (("audit", "grown", "x"), "--published"),
                        (("audit", "cosign", "x", "--published", tmp_path), "--witness-key"), (("audit", "cosign", "x", "--published", tmp_path, "--witness-key", tmp_path / "none"), "missing"),
                        (("audit", "publish", tmp_path / "d", "--dir", base_copy, "--witness-key", "a+b+c"), "witness key"),
                        (("audit", "verify", "--dir", base_copy, "--since", "x"), "--published")):
        done = hygie(*words)
        assert done.returncode != 0 and says in done.stderr, (words, done.stderr)
