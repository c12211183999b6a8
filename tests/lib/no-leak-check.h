/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests that go to another PID namespace: the leak sanitizer cannot stop the threads of a process
 * whose numbers /proc does not show, and ends it.
 */
#ifndef NO_LEAK_CHECK_H
#define NO_LEAK_CHECK_H

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

#endif
