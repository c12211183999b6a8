# SPDX-License-Identifier: Apache-2.0
# Flags are asked of the compiler one by one, so that an old or a foreign one gets what it knows.
# -Werror makes clang refuse an unknown warning instead of warning about it.

# HOOK_CFLAGS(VARIABLE, FLAGS): append to VARIABLE those of FLAGS that the compiler takes.
AC_DEFUN([HOOK_CFLAGS], [_HOOK_FLAGS_TRY([$1], [$2], [AC_COMPILE_IFELSE])])

# HOOK_LDFLAGS(VARIABLE, FLAGS): the same, by linking a program.
AC_DEFUN([HOOK_LDFLAGS], [_HOOK_FLAGS_TRY([$1], [$2], [AC_LINK_IFELSE])])

# HOOK_FLAGS_MUST(VARIABLE, FLAGS, OPTION): the same, but the user gave OPTION: fail without them.
AC_DEFUN([HOOK_FLAGS_MUST], [_HOOK_FLAGS_TRY([$1], [$2], [AC_LINK_IFELSE],
	[AC_MSG_ERROR([$3 needs a compiler that takes $hook_flag])])])

# _HOOK_FLAGS_TRY(VARIABLE, FLAGS, MACRO, [IF-REFUSED])
AC_DEFUN([_HOOK_FLAGS_TRY], [
	for hook_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC takes $hook_flag])
		hook_saved_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $hook_flag"
		$3([AC_LANG_PROGRAM([[#include <stddef.h>]], [[]])], [hook_result=yes], [hook_result=no])
		CFLAGS=$hook_saved_CFLAGS
		AC_MSG_RESULT([$hook_result])
		AS_IF([test $hook_result = yes], [AS_VAR_APPEND([$1], [" $hook_flag"])], [$4])
	done])
