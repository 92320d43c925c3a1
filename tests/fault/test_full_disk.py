# SPDX-License-Identifier: Apache-2.0
"""Long work on a disk that fills in the middle: imports, the first load, another index key, copies, another instance key. It is told, nothing is half done or served half
done, and with space again the same words end it: what then stands equals what a fresh extraction gives."""
import random
import shutil

import pytest

import postgres
from full_disk import FullDisk
from hygie_server import Server, Stage, base_sql, copy_base, hygie

SEED = random.SystemRandom().randrange(1 << 30)
PARTS = (0.01, 0.02, 0.3, 0.6, 0.9)  # of all that the work writes: where the disk ends

pytestmark = pytest.mark.skipif(bool(postgres.server()), reason="the disk of a database server is not ours")


@pytest.fixture(scope="module")
def lines_file(work_dir):
    path = work_dir / "lignes-plein.ndjson"
    hygie("demo", "--dir", work_dir / "unused", "--patients", "300", "--ndjson", path, check=True)
    return path


@pytest.fixture
def new_base(empty_base, work_dir):
    made = []

    def make(source=empty_base):
        made.append(copy_base(source, work_dir / f"plein{len(made)}"))
        return made[-1]
    yield make
    for path in made:
        shutil.rmtree(path, ignore_errors=True)


def size_of(directory):
    return sum(f.stat().st_size for f in directory.glob("hygie.db*"))


def whole(base):
    for words in (("db", "check"), ("audit", "verify")):
        done = hygie(*words, "--dir", base, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def resources(base):
    return base_sql(base, "SELECT count(*), coalesce(max(version), 0) FROM resource")[0]


def full_at(base, room, *words, word="/hygie.db"):
    """Runs it on a disk that takes so many bytes more; true when the disk was full, which was then told in plain words."""
    disk = FullDisk(base)
    disk.fill(word, room)
    done = hygie(*words, env=disk.env, timeout=300)
    disk.free()
    if done.returncode == 0:
        return False
    assert "disk is full" in done.stderr, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert len(done.stderr.splitlines()) < 20, done.stderr
    return True


def test_an_import_goes_on_where_the_disk_was_full(new_base, lines_file):
    reference = new_base()
    hygie("import", lines_file, "--dir", reference, check=True, timeout=300)
    lines = resources(reference)[0]
    full, base = 0, new_base()
    for part in PARTS:
        full += full_at(base, int(size_of(reference) * part), "import", lines_file, "--dir", base)
        whole(base)
    assert full >= 2
    assert 0 < resources(base)[0] <= lines
    hygie("import", lines_file, "--dir", base, check=True, timeout=300)
    assert resources(base) == (lines, 1), "none is missing, none was stored twice"
    whole(base)


def test_a_first_load_on_a_full_disk_leaves_the_base_empty_and_is_run_again(new_base, lines_file):
    reference = new_base()
    hygie("import", "--bulk", lines_file, "--dir", reference, check=True, timeout=300)
    full, base = 0, new_base()
    for part in PARTS:
        if full_at(base, int(size_of(reference) * part), "import", "--bulk", lines_file, "--dir", base):
            full += 1
            assert resources(base) == (0, 0)
            whole(base)
    assert full >= 2
    hygie("import", "--bulk", lines_file, "--dir", base, check=True, timeout=300)
    assert resources(base) == resources(reference)
    whole(base)
    assert not list(base.glob("hygie.db.load*"))


def test_another_index_key_is_ended_when_there_is_space_again(new_base, demo_base):
    base, full = new_base(demo_base), 0
    stage = Stage(base)
    for part in PARTS:
        full += full_at(base, int(size_of(demo_base) * part), "db", "reindex", "--new-index-key", "--dir", base)
    assert full >= 2
    hygie("db", "reindex", "--dir", base, check=True, timeout=300)
    whole(base)
    with Server(base) as server:
        machine = server.machine()
        for p in stage.mine[:3]:
            assert p.id in machine.get(f"/Patient?family={p.family}&birthdate={p.birth}").text


def test_a_copy_that_found_no_space_is_no_base_and_goes_on(new_base, demo_base, work_dir):
    base, target = new_base(demo_base), work_dir / "copie.db"
    full = 0
    for part in PARTS:
        if full_at(base, int(size_of(demo_base) * part), "db", "copy", "--dir", base, "--to", target, word="copie.db"):
            full += 1
            refused = hygie("db", "check", "--dir", base, env={"HYGIE_DATA_DB": str(target)})
            assert refused.returncode != 0, "an unfinished copy is served"
    assert full >= 2
    done = hygie("db", "copy", "--dir", base, "--to", target, "--use", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    whole(base)


def test_another_instance_key_is_ended_when_there_is_space_again(new_base, demo_base):
    base = new_base(demo_base)
    stage, full = Stage(base), 0
    for room in (1 << 12, 1 << 14, 1 << 16, 1 << 18):
        full += full_at(base, room, "keys", "rotate", "--dir", base)
    assert full >= 1
    hygie("keys", "rotate", "--dir", base, check=True, timeout=300)
    whole(base)
    assert base_sql(base, "SELECT count(*) FROM instance_key") == [(1,)]
    with Server(base) as server:
        assert all(server.machine().get(f"/Patient/{p.id}").status_code == 200 for p in stage.mine[:3])
