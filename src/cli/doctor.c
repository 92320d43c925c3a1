/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor.c: `hygie doctor`: what an operator wants to know of the machine before a problem: space, flush, memory, clock, certificate. Start at command_doctor. */
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wall.h"
#include "cli/config.h"

static unsigned faults;

static void
tell(bool good, const char *what, const char *value)
{
	printf("%-4s %-22s %s\n", good ? "ok" : "BAD", what, value);
	faults += !good;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
look_at_flush(const char *dir)
{
	char path[600], text[120], block[4096] = { 0 };
	uint64_t us[20];

	snprintf(path, sizeof path, "%s/.doctor", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		tell(false, "flush", "the directory cannot be written");
		return;
	}
	for (unsigned i = 0; i < 20; i++) {
		uint64_t at = clock_ns();
		if (pwrite(fd, block, sizeof block, 0) != sizeof block || fdatasync(fd) != 0) {
			tell(false, "flush", "writing failed");
			break;
		}
		us[i] = (clock_ns() - at) / 1000;
		if (i == 19) {
			qsort(us, 20, sizeof us[0], by_size);
			snprintf(text, sizeof text, "%llu µs median%s", (unsigned long long)us[10], us[10] < 20 ? ": probably not on the disk" : us[10] > 20000 ? ": very slow" : "");
			tell(us[10] >= 20 && us[10] <= 20000, "flush", text);
		}
	}
	close(fd);
	unlink(path);
}

static void
look_at_certificate(const char *dir)
{
	char path[600], text[80];
	int days = 0, seconds = 0;

	snprintf(path, sizeof path, "%s/tls/cert.pem", dir);
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		tell(true, "certificate", "none yet: made at first start");
		return;
	}
	X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	bool good = cert != NULL && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) == 1 && days > 14;
	snprintf(text, sizeof text, cert != NULL ? "%d days left" : "cannot be read", days);
	tell(good, "certificate", text);
	X509_free(cert);
}

static void
look_at_key(const char *dir)
{
	static struct config c;
	struct problem p = { 0 };
	struct stat st;
	char path[640] = "", base[600], url[600], text[1000];

	if (config_read(NULL, &c) && c.text[SET_KEYS][0] != '\0')
		keeper_use_keys(c.text[SET_KEYS]);
	snprintf(base, sizeof base, "%s/hygie.db", dir);
	snprintf(url, sizeof url, "%s/base.url", dir);
	bool has_base = stat(base, &st) == 0 || stat(url, &st) == 0;
	enum rc rc = keeper_key_look(dir, path, &p);
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		snprintf(text, sizeof text, "%s%s", path, rc == RC_OK ? "" : ": not there");
	else
		snprintf(text, sizeof text, "%s: %s (%s)", path, why_row(p.why)->sentence, p.detail);
	tell(rc == RC_OK || (rc == RC_NOT_FOUND && !has_base), "instance key", text);
}

int
command_doctor(const struct options *o)
{
	const char *dir = option_get(o, "dir", "var/demo");
	struct statvfs fs;
	struct sysinfo mem;
	char text[120];

	faults = 0;
	if (statvfs(dir, &fs) != 0) {
		tell(false, "directory", "missing");
		return EXIT_FAILED;
	}
	double free_gb = (double)fs.f_bavail * (double)fs.f_frsize / 1e9;
	snprintf(text, sizeof text, "%.1f GB free", free_gb);
	tell(free_gb > 2, "space", text);
	look_at_flush(dir);
	if (sysinfo(&mem) == 0) {
		double gb = (double)mem.totalram * mem.mem_unit / 1e9;
		snprintf(text, sizeof text, "%.1f GB", gb);
		tell(gb > 1, "memory", text);
	}
	tell(clock_ms() > INT64_C(1767225600000), "clock", "set");
	look_at_certificate(dir);
	look_at_key(dir);
	snprintf(text, sizeof text, "Landlock %d, lists of calls %s", wall_files_level(), wall_calls_work() ? "yes" : "no");
	tell(wall_files_level() > 0 && wall_calls_work(), "walls of this kernel", text);
	tell(true, "kind", keeper_is_demo(dir) ? "demonstration" : "production or empty");
	return faults == 0 ? EXIT_DONE : EXIT_FAILED;
}
