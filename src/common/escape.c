/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign text, made fit to be shown to a person. */
#include "escape.h"

#include <stdbool.h>
#include <string.h>

/**
 * escape_text() - copy text, with all that is not printable ASCII shown as \xNN
 * @dest: where to
 * @size: room there, 4 bytes or more
 * @text: the text
 *
 * Ids, paths and annotation values come from the container: no line break or terminal sequence of
 * theirs may reach the reader. What does not fit is cut, and the cut shown.
 */
void escape_text(char *dest, size_t size, const char *text)
{
	static const char digits[] = "0123456789abcdef", ellipsis[] = "...";
	char *end = dest + size - sizeof(ellipsis), *d = dest;

	for (; *text; text++) {
		unsigned char c = (unsigned char) *text;
		bool plain = c >= 0x20 && c < 0x7f;

		if (d + (plain ? 1 : 4) > end) {
			memcpy(d, ellipsis, sizeof(ellipsis));
			return;
		}
		if (plain) {
			*d++ = (char) c;
		} else {
			*d++ = '\\';
			*d++ = 'x';
			*d++ = digits[c >> 4];
			*d++ = digits[c & 0xf];
		}
	}
	*d = '\0';
}
