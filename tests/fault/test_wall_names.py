# SPDX-License-Identifier: Apache-2.0
"""
The lists of system calls, name by name, for both processors: one table each gives both lists; each name is one of the kernel's for that processor; and what only x86-64 has is on arm64's
list as what the C library calls there instead.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = {"src/cli/walls_table.h": ("FRONT", "VAULT", "VAULT_CONNECTS", "SUPERVISOR", "SUPERVISOR_ROOT"), "src/worker/walls_table.h": ("PRESS",)}
# What a C library of arm64 calls where that of x86-64 may call the older one (glibc, sysdeps/unix/sysv/linux); arch_prctl is of x86-64 alone, time is read without the kernel.
INSTEAD = {"poll": "ppoll", "epoll_wait": "epoll_pwait", "access": "faccessat", "readlink": "readlinkat", "unlink": "unlinkat", "rename": "renameat", "link": "linkat", "mkdir": "mkdirat",
           "rmdir": "unlinkat", "stat": "newfstatat", "lstat": "newfstatat", "dup2": "dup3", "chmod": "fchmodat", "time": "clock_gettime", "arch_prctl": None}
# As arm64's own asm/unistd.h asks asm-generic/unistd.h.
ARM64 = ("__ARCH_WANT_RENAMEAT", "__ARCH_WANT_NEW_STAT", "__ARCH_WANT_SET_GET_RLIMIT", "__ARCH_WANT_TIME32_SYSCALLS", "__ARCH_WANT_SYS_CLONE3", "__ARCH_WANT_MEMFD_SECRET")


def cc(*words, text=""):
    return subprocess.run(["gcc", "-E", "-x", "c", *words, "-"], input=text, check=True, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}).stdout


def lists(table, processor):
    """{list: {name: how often it is let}}: a row that is refused is none that is let."""
    out = cc("-P", f"-I{ROOT}/src", f"-DWALLS_{processor}", "-DWALLS_NR(name)=nr_of name", "-D_GNU_SOURCE", text=f'#include "{table.removeprefix("src/")}"\n')
    found = {}
    for name, body in re.findall(r"static const struct wall_call (\w+)\[\] = \{(.*?)\};", out, re.S):
        rows = re.findall(r"\{ nr_of (\w+), ([^{}]*) \},?", body)
        found[name] = {"all": {n for n, _ in rows}, "let": {n for n, rest in rows if rest.split(",")[-1].strip() == "0"}}
    assert tuple(found) == TABLES[table], found.keys()
    return found


def kernel(processor):
    header = "asm-generic/unistd.h" if processor == "ARM64" else "asm/unistd_64.h"
    defines = [f"-D{one}" for one in ARM64] if processor == "ARM64" else []
    return set(re.findall(r"#define __NR_(\w+) ", cc("-dM", *defines, text=f"#include <{header}>\n")))


@pytest.mark.parametrize("table", TABLES)
def test_each_name_is_one_of_the_kernels_for_its_processor(table):
    for processor in ("X86", "ARM64"):
        known = kernel(processor) | {"fstat", "newfstatat", "fcntl", "lseek", "sendfile", "fstatfs", "statfs", "ftruncate", "mmap", "fadvise64"} if processor == "ARM64" else kernel(processor)
        for name, rows in lists(table, processor).items():
            assert rows["all"] and rows["all"] <= known, (processor, name, rows["all"] - known)


@pytest.mark.parametrize("table", TABLES)
def test_what_arm64_has_not_is_listed_as_what_is_called_there_instead_and_nothing_else_differs(table):
    here, there, known = lists(table, "X86"), lists(table, "ARM64"), kernel("ARM64")
    for name in here:
        for kind in ("all", "let"):
            ours, theirs = here[name][kind], there[name][kind]
            if name == "VAULT_CONNECTS":  # given beside the vault's own
                ours, theirs = ours | here["VAULT"][kind], theirs | there["VAULT"][kind]
            gone, come = ours - theirs, theirs - ours
            assert gone <= set(INSTEAD), (name, gone - set(INSTEAD))
            assert not gone & known, f"{name}: arm64 has {gone & known} too"
            missing = {old for old in gone if INSTEAD[old] and INSTEAD[old] not in theirs}
            assert not missing, (name, kind, missing)
            assert come <= {INSTEAD[old] for old in gone}, f"{name}: {come} only on arm64"


def test_no_call_of_the_older_processor_alone_is_let_without_being_marked_as_such():
    """A row of both processors stands once, without OLD: what has a successor there is let by both names or by the newer one alone."""
    for table in TABLES:
        text = (ROOT / table).read_text()
        marked = set(re.findall(r"OLD\((?:MAY|REFUSED|RULE)\((\w+)", text))
        assert marked <= set(INSTEAD) | {"ppoll"}, marked
        for name in set(INSTEAD) - marked:
            assert not re.search(rf"(?<!OLD\()(?:MAY|REFUSED|RULE)\({name}[,)]", text), name
