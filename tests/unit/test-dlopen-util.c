/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries loaded when needed: found, missing, or without a symbol; and the note that names them.
 */
#include "dlopen-util.h"

#include <dlfcn.h>

#include "macro.h"
#include "tap.h"

DLOPEN_NOTE("test", "Only a test", "suggested", "libnone.so.0");

static void test_symbols(void)
{
	double (*cosine)(double) = NULL;
	double (*power)(double, double) = NULL;
	const DlopenSymbol symbols[] = {{"cos", &cosine}, {"pow", &power}};

	ASSERT_OK(dlopen_symbols("libm.so.6", symbols, ELEMENTSOF(symbols)));
	ASSERT_EQ(cosine(0), 1);
	ASSERT_EQ(power(2, 10), 1024);
}

static void test_missing(void)
{
	void (*function)(void) = NULL;
	const DlopenSymbol none[] = {{"no_such_function_anywhere", &function}};

	ASSERT_EQ(dlopen_symbols("libno-such-library.so.7", none, ELEMENTSOF(none)), -ELIBACC);
	ASSERT_EQ(dlopen_symbols("libm.so.6", none, ELEMENTSOF(none)), -ELIBACC);
	ASSERT_EQ(dlopen_symbols("", none, ELEMENTSOF(none)), -ELIBACC);
	ASSERT(!function);
}

/* An ELF note: sizes, type, owner, text. */
static void test_note(void)
{
	ASSERT_EQ(dlopen_note.header.name_size, 4);
	ASSERT_EQ(dlopen_note.header.value_size, strlen(dlopen_note.value) + 1);
	ASSERT_EQ(dlopen_note.header.type, 0x407c0c0a);
	ASSERT_STREQ(dlopen_note.name, "FDO");
	ASSERT_EQ((dlopen_note.value - (const char *) &dlopen_note) % 4, 0);
	ASSERT_STREQ(dlopen_note.value,
		     "[{\"feature\":\"test\",\"description\":\"Only a test\","
		     "\"priority\":\"suggested\",\"soname\":[\"libnone.so.0\"]}]");
}

TAP_MAIN(TAP(test_symbols), TAP(test_missing), TAP(test_note))
