/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

int parse_bool(const char *text, bool *ret);
int parse_uint64(const char *text, uint64_t *ret);
int parse_size(const char *text, uint64_t *ret_bytes, unsigned int *ret_percent);
int parse_seconds(const char *text, uint64_t *ret_usec);
int parse_age(const char *text, uint64_t *ret_sec);
