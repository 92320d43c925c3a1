# SPDX-License-Identifier: Apache-2.0
"""
Who saw a record, proven: what `hygie audit who` prints lists every entry of the ledger that names it, is judged by hygie-verify and by a verifier of its own that knows RFC 9162,
SHA-256 and the layout of ledger/people.h, and what somebody changes in it is refused.
"""
import base64
import hashlib
import re
import struct
import subprocess
import time

from hygie_server import BUILD, Server, Stage, hygie, ledger_entries
from test_publish import checkpoint_of, included, keys_of

VERIFY = BUILD / "src/ledger/hygie-verify"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sections(text):
    """(head lines, [(lines, hashes)], note)"""
    name, *pieces = text.split("\n\n")
    at = next(i for i, piece in enumerate(pieces) if piece.startswith("hygie/ledger/"))
    head = re.match(r"hygie-who/v1\npatient -?\d+\nentries \d+\n(salt \w+\n)?", name + "\n")[0]
    pieces = [(name + "\n")[len(head):].rstrip("\n"), *pieces[:at]]
    note = text[text.index("hygie/ledger/", text.index(pieces[-1])):]
    out = []
    for piece in pieces:
        lines = piece.split("\n")
        n = 2 if lines[0].startswith("entry ") else 1
        out.append((lines[:n], [base64.b64decode(h) for h in lines[n:]]))
    return head.splitlines(), out, note


def judge(text, folder, pub, tmp):
    """(patient, numbers of the entries, covered) or an AssertionError."""
    head, pieces, note = sections(text)
    size, root = checkpoint_of(note.encode(), keys_of(folder, pub, tmp), tmp)
    patient, n = int(head[1].split()[1]), int(head[2].split()[1])
    entries = []
    for lines, hashes in pieces[:n + 1]:
        entry, index = base64.b64decode(lines[0].split()[1]), int(lines[1].split()[1])
        assert included(index, size, sha(b"\x00", entry), hashes, root) and struct.unpack_from("<Q", entry, 6)[0] == index + 1
        entries.append((index + 1, entry))
    (_, bound), numbers = entries.pop(), [number for number, _ in entries]
    covered, rows, extra = struct.unpack_from("<Q", bound, 106)[0], struct.unpack_from("<I", bound, 94)[0], bound[-44:-4]
    assert bound[1] == 15 and numbers == sorted(set(numbers)) and all(number <= covered for number in numbers)
    places = []
    for (line,), hashes in pieces[n + 1:]:
        _, index, of, said = line.split()
        assert included(int(index), rows, sha(b"\x00", struct.pack("<q", int(of)), bytes.fromhex(said)), hashes, extra[:32])
        places.append((int(index), int(of), said))
    if n:
        chain = bytes(32)
        for _, entry in entries:
            chain = sha(chain, sha(b"\x00", entry))
        ((_, of, said),) = places
        assert of == patient and said == sha(b"hygie/ledger/patient/v1", bytes.fromhex(head[3].split()[1]), struct.pack("<Q", n), chain).hex()
    else:
        for (i, before, _), (k, after, _) in zip(places, places[1:]):
            assert k == i + 1 and before < patient < after
        assert len(places) == 2 or places[0][0] in (0, rows - 1) and (places[0][1] > patient) == (places[0][0] == 0)
    return patient, numbers, covered


def bound(base):
    """Started once more: the map is bound at each start, by a thread beside it."""
    path = base / "ledger/patients"
    before = path.stat().st_ino if path.exists() else 0
    with Server(base):
        for _ in range(100):
            if path.exists() and path.stat().st_ino != before:
                break
            time.sleep(0.1)
    assert path.stat().st_ino != before


def test_who_saw_a_record_is_proven_to_whoever_asks(base_copy, tmp_path):
    stage, folder, kept, tmp = Stage(base_copy), tmp_path / "published", tmp_path / "kept.pub", tmp_path / "judge"
    tmp.mkdir()
    pub = (base_copy / "ledger/ledger.pub").read_bytes()
    kept.write_bytes(pub)
    with Server(base_copy) as server:
        machine, nurse = server.machine(), server.person("nurse")
        for p in stage.mine[:6]:
            nurse.get(f"/patient/{p.id}")
            machine.get(f"/Patient/{p.id}")
        page = nurse.get(f"/patient/{stage.mine[0].id}/who").text
        nurse.get(f"/patient/{stage.strangers[0].id}")
    record = int(re.search(r"donner ce numéro du dossier[^:]*:\s*(\d+)", page)[1])
    assert record == stage.mine[0].rid
    assert hygie("audit", "who", str(record), "--dir", base_copy, "--published", folder).returncode == 1   # not published yet
    bound(base_copy)
    hygie("audit", "publish", folder, "--dir", base_copy, check=True)
    named = {}
    for e in ledger_entries(base_copy):
        for patient in {p[0] for p in e["patients"]} if not e["kind"].startswith("SNAPSHOT") else ():
            named.setdefault(patient, []).append(e["number"])
    assert record in named and len(named[record]) >= 3
    records = sorted(named)
    for one in [*records[:5], record, records[-1], records[0] - 1, records[-1] + 1, next(r for r in range(records[0], records[-1]) if r not in named)]:
        text = hygie("audit", "who", str(one), "--dir", base_copy, "--published", folder, check=True).stdout
        patient, numbers, covered = judge(text, folder, pub, tmp)
        assert patient == one and numbers == [n for n in named.get(one, []) if n <= covered] and covered >= max(map(max, named.values())), (one, numbers, covered)
        (tmp_path / "who").write_text(text)
        done = subprocess.run([VERIFY, "--who", tmp_path / "who", kept, "--epochs", folder / "epochs"], capture_output=True, text=True)
        assert done.returncode == 0 and f"GOOD\nrecord {one}\nentries that name it {len(numbers)}\n" in done.stdout and f"no other from entry 1 to {covered}," in done.stdout, done.stdout + done.stderr
    text = hygie("audit", "who", str(record), "--dir", base_copy, "--published", folder, check=True).stdout
    for p in stage.mine + stage.strangers:
        assert not p.found_in(text.encode()) and p.id not in text
    (tmp_path / "who").write_text(text)
    for words, code, says in (((str(covered),), 0, "GOOD"), ((str(covered + 1),), 1, "does not reach"), (("--fresh", "3600"), 0, "GOOD")):
        done = subprocess.run([VERIFY, "--who", tmp_path / "who", kept, *words, "--epochs", folder / "epochs"], capture_output=True, text=True)
        assert done.returncode == code and says in done.stdout, done.stdout + done.stderr
    time.sleep(2.1)
    done = subprocess.run([VERIFY, "--who", tmp_path / "who", kept, "--fresh", "1", "--epochs", folder / "epochs"], capture_output=True, text=True)
    assert done.returncode == 1 and "older than asked" in done.stdout
    done = subprocess.run([VERIFY, "--who", tmp_path / "who", kept], capture_output=True, text=True)
    assert done.returncode == 1 and "not signed by this key" in done.stdout   # without the way to the key of that epoch
    first = text.index("entry ")
    second = text.index("entry ", first + 1)
    (tmp_path / "who").write_text(re.sub(r"entries (\d+)", lambda m: f"entries {int(m[1]) - 1}", text[:first] + text[second:], count=1))   # one left out
    done = subprocess.run([VERIFY, "--who", tmp_path / "who", kept, "--epochs", folder / "epochs"], capture_output=True, text=True)
    assert done.returncode == 1 and "not all entries" in done.stdout, done.stdout
    good = hygie("audit", "verify", "--dir", base_copy, "--patients", "--fresh", "3600", check=True).stdout
    assert "The patients' map is good" in good and re.search(r"Last signed \d+ s ago by key 2; 0 entries after it", good), good
    assert subprocess.run([VERIFY, "--patients", base_copy / "ledger"], capture_output=True, text=True).stdout.startswith("GOOD\n")
    for words, says in ((("audit", "who", "x", "--published", folder), "number"), (("audit", "who", "1"), "--published"), (("audit", "verify", "--published", folder, "--patients"), "personal parts")):
        done = hygie(*words)
        assert done.returncode != 0 and says in done.stderr, done.stderr
