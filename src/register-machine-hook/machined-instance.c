/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which machined a process of ours may talk to.
 *
 * Rootless engines run us as root of a user namespace, which the system's machined would refuse.
 * Their user may have a machined too. Nothing in the environment tells which user that is, at
 * poststop there is none; what the kernel says of our namespace does.
 */
#include "machined-instance.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs-util.h"
#include "id-map.h"

#define USER_DIR "/run/user/"
#define VARLINK_SOCKET "systemd/machine/io.systemd.Machine"

/**
 * machined_instance_from_uid_map() - which machined a process may talk to
 * @text: its /proc/self/uid_map
 * @self: its uid in there
 * @ret: the instance, which need not exist
 *
 * The user's is not asked by Varlink: there it takes the user's whole manager for the unit of a
 * machine.
 */
void machined_instance_from_uid_map(const char *text, uid_t self, MachinedInstance *ret)
{
	uint32_t uid;

	*ret = (MachinedInstance){};
	if (id_map_is_initial(text)) {
		*ret = (MachinedInstance){
			.scope = MACHINED_SYSTEM,
			.varlink_socket = "/run/" VARLINK_SOCKET,
			.bus_socket = "/run/dbus/system_bus_socket",
			.machines_dir = "/run/systemd/machines",
		};
		return;
	}
	if (id_map_to_outside(text, self, &uid) < 0)
		return;
	ret->scope = MACHINED_USER;
	(void) snprintf(ret->bus_socket, sizeof(ret->bus_socket), USER_DIR "%u/bus", uid);
	(void) snprintf(ret->machines_dir, sizeof(ret->machines_dir),
			USER_DIR "%u/systemd/machines", uid);
}

/*
 * user_has_machined() - whether a user's runtime directory is ours and has the socket of a machined
 *
 * systemd makes it with the user's manager, whether machined runs yet or not.
 */
static bool user_has_machined(const MachinedInstance *instance)
{
	cleanup_close int dir_fd = -1;
	char path[sizeof(instance->bus_socket) + sizeof("/..")];
	struct stat st;

	(void) snprintf(path, sizeof(path), "%s", instance->bus_socket);
	*strrchr(path, '/') = '\0';
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir_fd >= 0 && fstat(dir_fd, &st) == 0 && st.st_uid == geteuid() &&
	       faccessat(dir_fd, VARLINK_SOCKET, F_OK, 0) == 0;
}

/** machined_instance_find() - which machined this process may talk to */
void machined_instance_find(MachinedInstance *ret)
{
	cleanup_free char *text = NULL;

	/* ENOENT: a kernel without user namespaces */
	if (read_file_at(AT_FDCWD, "/proc/self/uid_map", 32768, &text, NULL) < 0)
		machined_instance_from_uid_map("0 0 4294967295", 0, ret);
	else
		machined_instance_from_uid_map(text, geteuid(), ret);
	if (ret->scope == MACHINED_USER && !user_has_machined(ret))
		*ret = (MachinedInstance){};
}
