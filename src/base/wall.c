/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/wall.c: see wall.h. Landlock and seccomp by their system calls: the C library of Debian 12 knows neither, and a filter of sixty comparisons needs no
 * library to write it. Must never leave a thread outside: files before threads, calls for all of them (SECCOMP_FILTER_FLAG_TSYNC).
 */
#include "base/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void
wall_self(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* ---- files ---- */

/* As of Landlock 7; the headers of a build machine may be older than the kernel that runs. */
struct ruleset { uint64_t fs, net, scoped; };
#define FS_READ   (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FIRST  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_READ | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_REFER     (1ull << 13)  /* 2 */
#define FS_TRUNCATE  (1ull << 14)  /* 3 */
#define FS_IOCTL_DEV (1ull << 15)  /* 5 */
#define NET_TCP      3ull          /* 4: bind, connect */
#define SCOPED       3ull          /* 6: abstract unix sockets, signals */

int
wall_files_level(void)
{
	long level = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return level > 0 ? (int)level : 0;
}

static uint64_t
handled(int level)
{
	return FS_FIRST | (level >= 2 ? FS_REFER : 0) | (level >= 3 ? FS_TRUNCATE : 0) | (level >= 5 ? FS_IOCTL_DEV : 0);
}

static bool
allow_path(int rules, const struct wall_path *w, int level)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(w->path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES; /* not there for us: then there is nothing to allow */
	uint64_t all = w->use == WALL_READ ? FS_READ : w->use == WALL_RUN ? FS_READ | LANDLOCK_ACCESS_FS_EXECUTE : handled(level) & ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | FS_IOCTL_DEV);
	bool good = fstat(rule.parent_fd, &st) == 0;
	if (good && !S_ISDIR(st.st_mode))
		all &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE;
	rule.allowed_access = all;
	good = good && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	(void)close(rule.parent_fd);
	return good;
}

enum rc
wall_files(const struct wall_path *list, bool connects, struct problem *p)
{
	int level = wall_files_level();
	struct ruleset r = { .fs = handled(level), .net = level >= 4 && !connects ? NET_TCP : 0, .scoped = level >= 6 ? SCOPED : 0 };
	size_t n = level >= 6 ? sizeof r : level >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);

	if (level == 0)
		return problem_set(p, RC_BROKEN, WHY_NO_SANDBOX, "landlock", "not in this kernel");
	int rules = (int)syscall(SYS_landlock_create_ruleset, &r, n, 0);
	bool good = rules >= 0;
	for (const struct wall_path *w = list; good && w->path; w++)
		good = allow_path(rules, w, level);
	good = good && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	int why = errno;
	if (rules >= 0)
		(void)close(rules);
	return good ? RC_OK : problem_set(p, RC_BROKEN, WHY_NO_SANDBOX, "landlock", "errno %d", why);
}

/* ---- system calls ---- */

#if defined HYGIE_TEST_NO_ARCH /* tests/unit/base: a processor that no list is for */
#define ARCH 0u
#define FOREIGN 0u
#elif defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#define FOREIGN 0x40000000u /* x32: the same numbers with this bit */
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#define FOREIGN 0u
#else
#define ARCH 0u
#define FOREIGN 0u
#endif
#define PER_CALL 6
#define AT(member) ((uint32_t)offsetof(struct seccomp_data, member))
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the low half of an argument is taken to come first"
#endif

bool
wall_calls_work(void)
{
	uint32_t end = SECCOMP_RET_KILL_PROCESS;
	return ARCH != 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &end) == 0;
}

/* One row: skips to the next when the call is another or its argument does not fit. */
static size_t
row_put(struct sock_filter *f, const struct wall_call *c)
{
	uint32_t verdict = c->refused ? SECCOMP_RET_ERRNO | ((uint32_t)c->refused & SECCOMP_RET_DATA) : SECCOMP_RET_ALLOW, value = c->value;

	if (c->rule == WALL_ANY) {
		f[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, 1);
		f[1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
		return 2;
	}
	f[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, (unsigned char)(c->rule == WALL_WITH || c->rule == WALL_NOT_BOTH ? 5 : 4));
	f[1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(args) + 8 * c->argument); /* the low half: flags, families and process numbers have no other */
	size_t n = 2;
	if (c->rule == WALL_WITH || c->rule == WALL_NOT_BOTH)
		f[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, value);
	f[n++] = c->rule == WALL_WITHOUT ? (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, value, 1, 0) :
		c->rule == WALL_NOT_BOTH ? (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0) : (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(nr));
	return n;
}

enum rc
wall_calls(const struct wall_call *list, size_t n, struct problem *p)
{
	struct sock_filter f[PER_CALL * WALL_CALLS_MOST + 8];
	size_t at = 0;

	if (!wall_calls_work())
		return problem_set(p, RC_BROKEN, WHY_NO_SANDBOX, "seccomp", "not in this kernel, or another processor");
	MUST(n > 0 && n <= WALL_CALLS_MOST);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(arch));
	f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(nr));
	if (FOREIGN) {
		f[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FOREIGN, 0, 1);
		f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	for (size_t i = 0; i < n; i++)
		at += row_put(f + at, &list[i]);
	f[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	struct sock_fprog program = { (unsigned short)at, f };
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* refused behind a first list, under which it is set */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return problem_set(p, RC_BROKEN, WHY_NO_SANDBOX, "seccomp", "errno %d", errno);
	return RC_OK;
}

/* ---- memory for keys ---- */

static atomic_int hidden = -1; /* -1: nobody asked yet */

static void *
hidden_memory(size_t n)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	if (fd < 0)
		return MAP_FAILED;
	void *at = ftruncate(fd, (off_t)n) == 0 ? mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	(void)close(fd);
	return at;
#else
	(void)n;
	return MAP_FAILED;
#endif
}

void *
wall_secret(size_t n)
{
	void *at = hidden_memory(n);
	bool is_hidden = at != MAP_FAILED;

	if (!is_hidden && (at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED) {
		(void)mlock(at, n);
		(void)madvise(at, n, MADV_DONTDUMP);
	}
	atomic_store(&hidden, is_hidden);
	return at != MAP_FAILED ? at : NULL;
}

bool
wall_secret_is_hidden(void)
{
	return atomic_load(&hidden) == 1;
}
