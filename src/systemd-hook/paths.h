/* SPDX-License-Identifier: Apache-2.0 */
/* The paths that the hook is about, in the container unless their name says otherwise. */
#pragma once

#define PATH_RUN "/run"
#define PATH_RUN_LOCK "/run/lock"
#define PATH_RUN_HOST "/run/host"
#define PATH_TMP "/tmp"
#define PATH_CGROUP "/sys/fs/cgroup"
#define PATH_MACHINE_ID "/etc/machine-id"
#define PATH_DBUS_MACHINE_ID "/var/lib/dbus/machine-id"
#define PATH_JOURNAL "/var/log/journal"
#define PATH_UNIT_DIR "/run/systemd/system"
#define COMMIT_SERVICE "systemd-machine-id-commit.service"
#define PATH_COMMIT_MASK PATH_UNIT_DIR "/" COMMIT_SERVICE
#define DROP_IN_NAME "50-oci-systemd-hook.conf"
#define PATH_JOURNALD_DIR "/run/systemd/journald.conf.d"
