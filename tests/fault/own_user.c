/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fault/own_user.c: preloaded into the programs of a mail server under test, which want to be started by root and to change to users of their own: each change is answered as done, and all
 * of them go on as the user who runs the test. It gives nobody any right. Called by tests/lib/postfix.py. Start at setuid.
 */
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

static uid_t user;   /* as these programs have it: first 0 */
static gid_t group;

uid_t getuid(void) { return user; }
uid_t geteuid(void) { return user; }
gid_t getgid(void) { return group; }
gid_t getegid(void) { return group; }

int setuid(uid_t to) { user = to; return 0; }
int seteuid(uid_t to) { user = to; return 0; }
int setgid(gid_t to) { group = to; return 0; }
int setegid(gid_t to) { group = to; return 0; }
int setreuid(uid_t real, uid_t to) { (void)real; user = to; return 0; }
int setregid(gid_t real, gid_t to) { (void)real; group = to; return 0; }

int setgroups(size_t n, const gid_t *list) { (void)n; (void)list; return 0; }
int initgroups(const char *name, gid_t of) { (void)name; (void)of; return 0; }
int chown(const char *path, uid_t to, gid_t of) { (void)path; (void)to; (void)of; return 0; }
int fchown(int fd, uid_t to, gid_t of) { (void)fd; (void)to; (void)of; return 0; }
