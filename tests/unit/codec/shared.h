/* SPDX-License-Identifier: Apache-2.0 */
/* The shared reference material: HYGIE_SHARED, or ../shared beside the sources. Tests that need it skip loudly where it is absent. */
#ifndef HYGIE_TEST_SHARED_H
#define HYGIE_TEST_SHARED_H

#include <dirent.h>
#include <sys/stat.h>

static inline const char *shared_path(char path[1024], const char *rest)
{
	const char *root = getenv("HYGIE_SHARED");
	snprintf(path, 1024, "%s/%s", root && *root ? root : SOURCE_ROOT "/../shared", rest);
	return path;
}

/* False and loud when it is not there. The test then returns: the skip() of cmocka 1.1.5 prints "not ok … # SKIP", which meson takes for a failure. */
static inline bool shared_is(const char *rest)
{
	char path[1024];
	struct stat st;
	if (stat(shared_path(path, rest), &st) == 0)
		return true;
	fprintf(stderr, "SKIPPED: %s is absent (set HYGIE_SHARED to the folder of shared material)\n", path);
	return false;
}

/* The whole file in a block of its exact size, so that a checker sees any step over the end. Free p. */
static inline struct str read_whole(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return STR_NONE;
	fseek(f, 0, SEEK_END);
	long n = ftell(f);
	rewind(f);
	char *p = malloc((size_t)n + (n == 0));
	size_t got = p ? fread(p, 1, (size_t)n, f) : 0;
	fclose(f);
	return (struct str){ p, got };
}

static inline void free_str(struct str s)
{
	free((void *)(uintptr_t)s.p);
}

/* Calls fn on each file of a shared folder whose name starts with prefix; returns how many. */
static inline int shared_each(const char *folder, const char *prefix, void (*fn)(const char *name, struct str bytes))
{
	char path[1024], file[2048];
	DIR *d = opendir(shared_path(path, folder));
	int n = 0;
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		struct str s = read_whole(file);
		if (!s.p)
			continue;
		fn(e->d_name, s);
		free_str(s);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

#endif
