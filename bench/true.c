/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing: what starting a process costs. Linked statically. */
int main(void)
{
	return 0;
}
