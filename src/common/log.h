/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <syslog.h>

#include "macro.h"

void log_setup(const char *program);
void log_set_terminal(void);
void log_set_debug(void);
void log_set_container(const char *id);
void log_open(void);

int log_full(int priority, int error, const char *format, ...) printf_like(3, 4);

/* Each returns -abs(error), so that `return log_error_errno(r, …: %m)` both says and passes on. */
#define log_error_errno(error, ...) log_full(LOG_ERR, (error), __VA_ARGS__)
#define log_warning_errno(error, ...) log_full(LOG_WARNING, (error), __VA_ARGS__)
#define log_debug_errno(error, ...) log_full(LOG_DEBUG, (error), __VA_ARGS__)
#define log_error(...) ((void) log_full(LOG_ERR, 0, __VA_ARGS__))
#define log_warning(...) ((void) log_full(LOG_WARNING, 0, __VA_ARGS__))
#define log_info(...) ((void) log_full(LOG_INFO, 0, __VA_ARGS__))
#define log_debug(...) ((void) log_full(LOG_DEBUG, 0, __VA_ARGS__))
