/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of system calls with the numbers of arm64 (those of asm-generic/unistd.h, as its asm/unistd.h asks for them): a name that arm64 does not know does not build here.
 * Not run on arm64: what stands in the lists is looked at, no process is walled.
 */
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>

#define WALLS_ARM64
#define WALLS_NR(name) __NR_##name
#include "cli/walls_table.h"
#include "worker/walls_table.h"
#include "unit.h"

static const struct { const char *of; const struct wall_call *list; size_t n; } LISTS[] = {
	{ "front",      FRONT,           sizeof FRONT / sizeof *FRONT },
	{ "vault",      VAULT,           sizeof VAULT / sizeof *VAULT },
	{ "connects",   VAULT_CONNECTS,  sizeof VAULT_CONNECTS / sizeof *VAULT_CONNECTS },
	{ "supervisor", SUPERVISOR,      sizeof SUPERVISOR / sizeof *SUPERVISOR },
	{ "root",       SUPERVISOR_ROOT, sizeof SUPERVISOR_ROOT / sizeof *SUPERVISOR_ROOT },
	{ "press",      PRESS,           sizeof PRESS / sizeof *PRESS },
};
#define N_LISTS (sizeof LISTS / sizeof *LISTS)

static bool lists(size_t i, int nr)
{
	for (size_t k = 0; k < LISTS[i].n; k++)
		if (LISTS[i].list[k].nr == nr)
			return true;
	return false;
}

static void every_number_is_one_of_arm64_and_the_lists_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LISTS; i++) {
		assert_in_range(LISTS[i].n, 1, WALL_CALLS_MOST);
		for (size_t k = 0; k < LISTS[i].n; k++)
			assert_in_range(LISTS[i].list[k].nr, 0, __NR_syscalls - 1);
	}
	assert_int_equal(__NR_read, 63); /* these are arm64's, not this machine's */
	assert_int_equal(__NR_openat, 56);
}

static void what_arm64_has_instead_of_the_old_calls_is_listed(void **state)
{
	(void)state;
	assert_true(lists(0, __NR_ppoll) && lists(1, __NR_ppoll) && lists(0, __NR_epoll_pwait));
	assert_true(lists(1, __NR_unlinkat) && lists(1, __NR_renameat) && lists(1, __NR_linkat) && lists(1, __NR_mkdirat) && lists(1, __NR_faccessat));
}

/* A child keeps what its supervisor's list lets: what a front or a vault may, the supervisor's list must let too. */
static void whatever_a_child_may_its_supervisor_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LISTS; i = i == 2 ? 5 : i + 1) /* front, vault, connects, press */
		for (size_t k = 0; k < LISTS[i].n; k++)
			if (LISTS[i].list[k].refused == 0 && !lists(3, LISTS[i].list[k].nr))
				fail_msg("%s: call %d", LISTS[i].of, LISTS[i].list[k].nr);
}

static void nobody_may_look_into_another_process_or_change_the_machine(void **state)
{
	static const int NEVER[] = { __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_pidfd_getfd, __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_io_uring_setup, __NR_mount, __NR_unshare,
		__NR_setns, __NR_chroot, __NR_pivot_root, __NR_init_module, __NR_finit_module, __NR_kexec_load, __NR_add_key, __NR_keyctl, __NR_personality, __NR_execveat, __NR_open_by_handle_at, __NR_reboot,
		__NR_pkey_mprotect, __NR_memfd_create, __NR_shmget };
	(void)state;
	for (size_t i = 0; i < N_LISTS; i++)
		for (size_t k = 0; k < sizeof NEVER / sizeof *NEVER; k++)
			assert_false(lists(i, NEVER[k]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_is_one_of_arm64_and_the_lists_fit),
		cmocka_unit_test(what_arm64_has_instead_of_the_old_calls_is_listed),
		cmocka_unit_test(whatever_a_child_may_its_supervisor_may),
		cmocka_unit_test(nobody_may_look_into_another_process_or_change_the_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
