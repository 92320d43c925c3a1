/* SPDX-License-Identifier: Apache-2.0 */
/* preview.c: pages_preview FOLDER: writes every screen of every role as a file, and the assets, to look at them without a server. */
#include "fake.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
put_file(const char *folder, const char *name, struct str bytes)
{
	char path[1200];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	if (f == NULL)
		return;
	fwrite(bytes.p, 1, bytes.n, f);
	fclose(f);
}

int
main(int argc, char **argv)
{
	static const struct { enum role role; enum http_method method; const char *path, *name; } T[] = {
		{ ROLE_NURSE, HTTP_GET, "/unit", "unit" }, { ROLE_PHYSICIAN, HTTP_GET, "/my-patients", "mine" }, { ROLE_CLERK, HTTP_GET, "/arrivals", "arrivals" },
		{ ROLE_NURSE, HTTP_GET, "/search", "search" }, { ROLE_NURSE, HTTP_POST, "/search", "found" }, { ROLE_NURSE, HTTP_GET, "/patient/:patient", "summary" },
		{ ROLE_NURSE, HTTP_GET, "/patient/:patient/timeline", "timeline" }, { ROLE_NURSE, HTTP_GET, "/patient/:patient/identity", "identity" },
		{ ROLE_NURSE, HTTP_GET, "/patient/:patient/stays", "stays" }, { ROLE_CLERK, HTTP_GET, "/patient/:patient/admin", "admin" },
		{ ROLE_NURSE, HTTP_GET, "/patient/:patient/who", "who" }, { ROLE_NURSE, HTTP_GET, "/patient/:patient/glass", "glass" },
		{ ROLE_CLERK, HTTP_GET, "/patients/new", "new" }, { ROLE_CLERK, HTTP_GET, "/patient/:patient/edit", "edit" },
		{ ROLE_CLERK, HTTP_GET, "/patient/:patient/delete", "delete" }, { ROLE_CLERK, HTTP_GET, "/patients/deleted", "deleted" },
		{ ROLE_CLERK, HTTP_POST, "/patient/:patient/treating", "treating" }, { ROLE_NURSE, HTTP_GET, "/accesses", "accesses" },
		{ ROLE_RSSI, HTTP_GET, "/review", "review" }, { ROLE_RSSI, HTTP_GET, "/review/all", "reviewall" }, { ROLE_ADMIN, HTTP_GET, "/accounts", "accounts" },
		{ ROLE_ADMIN, HTTP_GET, "/accounts/new", "account" }, { ROLE_NURSE, HTTP_GET, "/password", "password" }, { ROLE_NURSE, HTTP_GET, "/help", "help" },
		{ ROLE_NURSE, HTTP_GET, "/unit/choose", "units" }, { ROLE_NONE, HTTP_GET, "/sign-in", "signin" },
	};
	if (argc < 2)
		return 2;
	char path[1100], name[80];
	snprintf(path, sizeof path, "%s/assets", argv[1]);
	mkdir(argv[1], 0755);
	mkdir(path, 0755);
	for (size_t i = 0; pages_assets[i].path != NULL; i++)
		put_file(argv[1], pages_assets[i].path + 1, (struct str){ pages_assets[i].bytes, pages_assets[i].n });
	struct pair q[] = { { STR("q"), STR("14021957") } }, t[] = { { STR("text"), STR("ber") } };
	for (size_t i = 0; i < sizeof T / sizeof T[0]; i++) {
		fake_begin(T[i].role);
		fake_demo(true);
		fake_fill(STR_NONE);
		fake_explained(i % 2 ? "unit" : "break_glass", i % 2 ? 0 : FAKE_NOW + 4 * 3600000);
		bool found = strcmp(T[i].path, "/search") == 0 && T[i].method == HTTP_POST, treating = strstr(T[i].path, "treating") != NULL;
		struct str page = fake_show(T[i].method, T[i].path, found ? q : treating ? t : NULL, found || treating ? 1 : 0);
		snprintf(name, sizeof name, "%s.html", T[i].name);
		put_file(argv[1], name, page);
		printf("%-10s %zu bytes\n", T[i].name, page.n);
	}
	struct pair bad[] = { { STR("birth_name"), STR("DURAND") }, { STR("birthdate"), STR("31/02/1957") } };
	fake_begin(ROLE_CLERK);
	put_file(argv[1], "new_bad.html", fake_show(HTTP_POST, "/patients/new", bad, 2));
	struct pair good[] = { { STR("birth_name"), STR("DURAND") }, { STR("given_names"), STR("Marie") }, { STR("birthdate"), STR("14/02/1957") }, { STR("sex"), STR("female") } };
	fake_begin(ROLE_CLERK);
	fake_fill(STR_NONE);
	fake_act_rc(RC_CONFLICT, WHY_PATIENT_DUPLICATES, "birth_name");
	put_file(argv[1], "new_double.html", fake_show(HTTP_POST, "/patients/new", good, 4));
	fake_begin(ROLE_NURSE);
	put_file(argv[1], "fail404.html", fake_fail(HTTP_GET, "/patient/:patient", NULL, 0, RC_NOT_FOUND, WHY_NOT_FOUND, ""));
	put_file(argv[1], "fail429.html", fake_fail(HTTP_GET, "/patient/:patient", NULL, 0, RC_OVER_BUDGET, WHY_OVER_BUDGET, ""));
	put_file(argv[1], "lock.html", fake_fail(HTTP_POST, "/patients/new", good, 4, RC_STEP_UP, WHY_LOCKED, ""));
	return 0;
}
