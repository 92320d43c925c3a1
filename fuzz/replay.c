/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzzer over each file of the folders given, without libFuzzer: the corpus as a plain test. Fails on an empty corpus.
 * Each input lies in a block of its exact size, so that a checker sees any step over the end.
 */
#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return;
	fseek(f, 0, SEEK_END);
	long n = ftell(f);
	rewind(f);
	uint8_t *data = malloc((size_t)n + (n == 0));
	if (data && fread(data, 1, (size_t)n, f) == (size_t)n)
		LLVMFuzzerTestOneInput(data, (size_t)n);
	free(data);
	fclose(f);
}

int main(int argc, char **argv)
{
	int files = 0;
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		for (struct dirent *e; d && (e = readdir(d));) {
			char path[4096];
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			run_file(path);
			files++;
		}
		if (d)
			closedir(d);
	}
	printf("%d inputs replayed\n", files);
	return files == 0;
}
