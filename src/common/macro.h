/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros that C lacks: element count, compiler attributes, and the note that names dlopened
 * libraries.
 */
#pragma once

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

#define printf_like(text, first) __attribute__((format(printf, text, first)))

/* Room for the path by which procfs shows a descriptor of ours. */
#define PROC_FD_PATH_MAX sizeof("/proc/self/fd/2147483647")
