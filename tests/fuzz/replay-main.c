/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over its corpus with no fuzzer: each file is a TAP line. The corpus is the
 * folder corpus/<name of the program>, or the files and folders given. Every input runs in a child,
 * so that one crash does not hide the next.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REPLAY_TIMEOUT_SEC = 60 };

static size_t n_run, n_failed;

static const char *replay_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* In the child: the bytes at the end of a heap block, where an overrun is seen by ASan. */
static int replay_input(const char *path)
{
	uint8_t *data;
	size_t done = 0;
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return EXIT_FAILURE;
	data = malloc((size_t) st.st_size + !st.st_size);
	if (!data)
		return EXIT_FAILURE;
	while (done < (size_t) st.st_size) {
		ssize_t n = read(fd, data + done, (size_t) st.st_size - done);

		if (n <= 0)
			return EXIT_FAILURE;
		done += (size_t) n;
	}
	(void) close(fd);
	(void) LLVMFuzzerTestOneInput(data, done);
	free(data);
	return EXIT_SUCCESS;
}

static int replay_file(const char *path)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		alarm(REPLAY_TIMEOUT_SEC);
		exit(replay_input(path));
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	n_run++;
	if (status != 0) {
		n_failed++;
		printf("# %s: %s %d\n", path, WIFSIGNALED(status) ? "signal" : "exit code",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	printf("%s %zu - %s\n", status == 0 ? "ok" : "not ok", n_run, replay_base_name(path));
	return 0;
}

static int replay_is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_folder(const char *path)
{
	struct dirent **entries;
	int n, r = 0;

	n = scandir(path, &entries, replay_is_input, alphasort);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		char *file;

		if (r >= 0 && asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0)
			r = -ENOMEM;
		if (r >= 0) {
			r = replay_file(file);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int replay_path(const char *path)
{
	int r;

	r = replay_folder(path);
	return r == -ENOTDIR ? replay_file(path) : r;
}

int main(int argc, char *argv[])
{
	const char *source = getenv("TOP_SRCDIR");
	char corpus[4096];
	int r = 0;

	if (argc < 2) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", source ? source : ".",
			 replay_base_name(argv[0]));
		r = replay_folder(corpus);
	}
	for (int i = 1; i < argc && r >= 0; i++)
		r = replay_path(argv[i]);
	if (r < 0 || n_run == 0) {
		printf("Bail out! no input could be read: %s\n", r < 0 ? strerror(-r) : corpus);
		return EXIT_FAILURE;
	}
	printf("1..%zu\n", n_run);
	return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
