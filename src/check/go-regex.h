/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

typedef enum GoRegexVerdict {
	GO_REGEX_GOOD,
	GO_REGEX_BROKEN, /* every version of Go refuses it */
	GO_REGEX_UNSURE, /* has what is not judged here */
} GoRegexVerdict;

GoRegexVerdict go_regex_check(const char *pattern, const char **ret_reason);
