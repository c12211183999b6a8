/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done at a path: not what its flags say, but what a write, a program, a set-user-ID
 * program and a device node there do.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOME_USER = 1000 };

/* errno_word() - a word for the outcome of a call */
const char *errno_word(int error)
{
	static char number[16];

	switch (error) {
	case 0:
		return "yes";
	case EACCES:
		return "EACCES";
	case EBUSY:
		return "EBUSY";
	case EEXIST:
		return "EEXIST";
	case EINVAL:
		return "EINVAL";
	case ELOOP:
		return "ELOOP";
	case ENOENT:
		return "ENOENT";
	case EPERM:
		return "EPERM";
	case EROFS:
		return "EROFS";
	default:
		(void) snprintf(number, sizeof(number), "E%d", error);
		return number;
	}
}

/* put_in_file() - opens a file for writing, and writes a text if there is one */
bool put_in_file(const char *path, int flags, const char *text, int *ret_error)
{
	int fd =
		open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC | flags, 0644);

	*ret_error = fd < 0 ? errno : 0;
	if (fd >= 0 && text && write(fd, text, strlen(text)) < 0)
		*ret_error = errno;
	if (fd >= 0)
		(void) close(fd);
	return *ret_error == 0;
}

/* take_from_file() - the begin of a file in printable characters; "-" if it cannot be read */
void take_from_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, size - 1);

	if (fd >= 0)
		(void) close(fd);
	if (n < 0)
		n = snprintf(buffer, size, "-");
	buffer[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (buffer[i] <= ' ' || buffer[i] > '~')
			buffer[i] = i + 1 == n ? '\0' : '_';
}

/* acts_say_who() - what the copy of this program does that acts_print() runs */
int acts_say_who(void)
{
	printf("%u", geteuid());
	return 0;
}

/* become_some_user_and_run() - in a child; never returns */
static void become_some_user_and_run(int fd)
{
	char *const arguments[] = {(char *) "probe", (char *) "who", NULL};

	if (setgroups(0, NULL) < 0 || setresgid(SOME_USER, SOME_USER, SOME_USER) < 0 ||
	    setresuid(SOME_USER, SOME_USER, SOME_USER) < 0) {
		printf("as-root:");
		(void) fflush(stdout);
	}
	(void) syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
	printf("%s", errno_word(errno));
	(void) fflush(stdout);
	_exit(1);
}

/* print_program() - runs a set-user-ID program as an ordinary user: `yes suid=yes`, or the errno */
static void print_program(const char *path)
{
	char answer[64] = "";
	int ends[2], fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	size_t length = 0;
	ssize_t n;
	pid_t pid;

	if (fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void) dup2(ends[1], STDOUT_FILENO);
		become_some_user_and_run(fd);
	}
	(void) close(ends[1]);
	while (length < sizeof(answer) - 1 &&
	       (n = read(ends[0], answer + length, sizeof(answer) - 1 - length)) > 0)
		length += (size_t) n;
	(void) waitpid(pid, NULL, 0);
	(void) close(ends[0]);
	(void) close(fd);
	if (strspn(answer, "0123456789") == strlen(answer))
		printf(" exec=yes suid=%s", strcmp(answer, "0") == 0 ? "yes" : "no");
	else
		printf(" exec=%s", answer);
}

static bool copy_myself(const char *path)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n;

	while (from >= 0 && to >= 0 && (n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t) n) != n)
			break;
	(void) fchmod(to, 04755);
	(void) close(from);
	return close(to) == 0;
}

static void print_device(const char *path)
{
	int error;

	(void) put_in_file(path, 0, "x", &error);
	printf(" dev=%s", errno_word(error));
}

/* print_directory() - with the files that the test's own sources have, or with new ones */
static void print_directory(const char *path)
{
	char file[4096], data[64];
	int error;
	bool is_writable;

	(void) snprintf(file, sizeof(file), "%s/.probe-file", path);
	is_writable = put_in_file(file, O_CREAT | O_EXCL, "x", &error);
	printf(" write=%s", errno_word(error));
	(void) unlink(file);

	(void) snprintf(file, sizeof(file), "%s/data", path);
	take_from_file(file, data, sizeof(data));
	printf(" data=%s", data);
	if (put_in_file(file, 0, NULL, &error) || error != ENOENT)
		printf(" write-data=%s", errno_word(error));

	(void) snprintf(file, sizeof(file), "%s/program", path);
	if (access(file, F_OK) == 0)
		print_program(file);
	else if (is_writable) {
		(void) snprintf(file, sizeof(file), "%s/.probe-program", path);
		if (copy_myself(file))
			print_program(file);
		(void) unlink(file);
	}

	(void) snprintf(file, sizeof(file), "%s/null", path);
	if (access(file, F_OK) == 0)
		print_device(file);
	else if (is_writable) {
		(void) snprintf(file, sizeof(file), "%s/.probe-null", path);
		if (mknod(file, S_IFCHR | 0666, makedev(1, 3)) == 0)
			print_device(file);
		else
			printf(" mknod=%s", errno_word(errno));
		(void) unlink(file);
	}
}

/* acts_print() - tries each, and adds the outcomes to the line */
void acts_print(const char *path, const struct stat *st)
{
	char data[128];
	ssize_t n;
	int error;

	switch (st->st_mode & S_IFMT) {
	case S_IFDIR:
		print_directory(path);
		break;
	case S_IFREG:
		(void) put_in_file(path, 0, NULL, &error);
		/* what is in /proc changes */
		if (strncmp(path, "/proc/", strlen("/proc/")) == 0)
			(void) strcpy(data, "-");
		else
			take_from_file(path, data, sizeof(data));
		printf(" write=%s data=%.64s", errno_word(error),
		       strncmp(data, "\177ELF", 4) == 0 ? "ELF" : data);
		if (st->st_mode & S_ISUID)
			print_program(path);
		break;
	case S_IFCHR:
		print_device(path);
		break;
	case S_IFLNK:
		n = readlink(path, data, sizeof(data) - 1);
		printf(" link=%.*s", (int) (n > 0 ? n : 0), data);
		break;
	default:
		break;
	}
}
