/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

typedef struct DlopenSymbol {
	const char *name;
	void *ret; /* address of a function pointer */
} DlopenSymbol;

int dlopen_symbols(const char *soname, const DlopenSymbol *symbols, size_t n_symbols);

/*
 * Tells packagers of a library that is loaded only when needed
 * (https://systemd.io/ELF_DLOPEN_METADATA/); @priority is "required", "recommended" or "suggested".
 */
#define DLOPEN_NOTE(feature, description, priority, soname)                                        \
	DLOPEN_NOTE_JSON("[{\"feature\":\"" feature "\",\"description\":\"" description            \
			 "\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]")

#define DLOPEN_NOTE_JSON(json)                                                                     \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {           \
		struct {                                                                           \
			unsigned int name_size, value_size, type;                                  \
		} header;                                                                          \
		char name[4];                                                                      \
		char value[sizeof(json)] __attribute__((aligned(4)));                              \
	} dlopen_note = {{4, sizeof(json), 0x407c0c0a}, "FDO", json}
