# SPDX-License-Identifier: Apache-2.0
"""Another index key, cut by kill -9 at random points: between the indexes and the relations too. It goes on by itself at the next start, or at the next run."""
import os
import random
import subprocess
import time

from hygie_server import FULL, HYGIE, Server, Stage, base_sql, hygie

SEED = int(os.environ.get("HYGIE_SEED", "0")) or random.SystemRandom().randrange(1 << 30)


def state(directory, name):
    rows = base_sql(directory, "SELECT value FROM state WHERE name = ?", name)
    return rows[0][0] if rows else None


def under_way(directory):
    return (state(directory, "reindex") or -1) >= 0, state(directory, "relations_due") == 1


def cut(directory, after_s=None, between=False):
    """Starts it and kills it; between: as soon as the indexes are whole and the relations are not. What was under way then."""
    p = subprocess.Popen([str(HYGIE), "db", "reindex", "--new-index-key", "--dir", str(directory)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.time() + (after_s if after_s is not None else 30)
    while time.time() < end and p.poll() is None:
        if between and under_way(directory) == (False, True):
            break
        time.sleep(0.001)
    p.kill()
    p.wait()
    return under_way(directory)


def whole(directory, stage):
    """People are found by all that is hashed: names, identifiers, birth dates, and the lines that a person's search reads."""
    server = Server(directory).start()
    machine, nurse = server.machine(), server.person("nurse")
    for p in stage.mine[:3]:
        assert p.id in machine.get(f"/Patient?family={p.family}&birthdate={p.birth}").text, SEED
        assert nurse.get(f"/patient/{p.id}").status_code == 200
    assert under_way(directory) == (False, False)
    assert server.stop() == 0
    assert hygie("db", "check", "--dir", directory).returncode == 0, SEED
    born = base_sql(directory, "SELECT count(*) FROM relation r JOIN known k ON k.patient = r.patient WHERE r.born <> k.born")[0][0]
    assert born == 0, "relations hold birth dates of another key"
    keys = base_sql(directory, "SELECT count(*), count(DISTINCT patient) FROM known")[0]
    assert keys[0] == keys[1] > 0


def test_cut_between_indexes_and_relations_it_goes_on_by_itself_at_the_next_start(base_copy):
    stage = Stage(base_copy)
    seen = []
    while len(seen) < 20 and (False, True) not in seen:
        seen.append(cut(base_copy, between=True))
    assert (False, True) in seen, f"never cut between: {seen}"
    whole(base_copy, stage)


def test_cut_at_random_points_the_next_run_or_the_next_start_ends_it(base_copy):
    rng = random.Random(SEED)
    stage = Stage(base_copy)
    began = time.monotonic()
    assert hygie("db", "reindex", "--new-index-key", "--dir", base_copy).returncode == 0
    took = time.monotonic() - began
    cuts, turn = 0, -1
    while turn < (8 if FULL else 3) - 1 or (cuts == 0 and turn < 40):
        turn += 1
        busy = cut(base_copy, after_s=rng.random() * took)
        cuts += any(busy)
        if turn % 2:
            whole(base_copy, stage)
        else:
            assert hygie("db", "reindex", "--dir", base_copy, *(["--new-index-key"] if rng.random() < 0.5 else [])).returncode == 0
            assert under_way(base_copy) == (False, False)
            assert hygie("db", "check", "--dir", base_copy).returncode == 0, (SEED, turn)
    assert cuts > 0, f"none was cut (seed {SEED})"
    whole(base_copy, stage)
