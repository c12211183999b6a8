/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries that few calls need: loaded when they are, so that the other calls do not pay for them.
 */
#include "dlopen-util.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "log.h"

/**
 * dlopen_symbols() - load a library and look functions up
 * @soname: the library, by the name that the linker's cache knows
 * @symbols: names, and where to put the addresses
 * @n_symbols: how many
 *
 * Never to be called once the container's mount namespace has been entered. The library stays
 * loaded.
 *
 * Return: 0, or -ELIBACC if the library or a symbol is missing.
 */
int dlopen_symbols(const char *soname, const DlopenSymbol *symbols, size_t n_symbols)
{
	void *library;

	library = dlopen(soname, RTLD_NOW | RTLD_NODELETE);
	if (!library) {
		log_debug("Cannot load %s: %s", soname, dlerror());
		return -ELIBACC;
	}

	for (size_t i = 0; i < n_symbols; i++) {
		void *address = dlsym(library, symbols[i].name);

		if (!address) {
			log_debug("%s has no symbol %s", soname, symbols[i].name);
			return -ELIBACC;
		}
		/* dlsym(3): ISO C has no conversion from an object pointer to a function pointer */
		memcpy(symbols[i].ret, &address, sizeof(address));
	}
	return 0;
}
