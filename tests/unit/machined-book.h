/* SPDX-License-Identifier: Apache-2.0 */
/* A machined in memory that keeps its book as the real one does, and writes down what it is asked. */
#pragma once

#include "macro.h"
#include "register-machine-hook/machined.h"
#include "tap.h"

static MachinedEntry book[4];
static size_t n_book;
static char book_said[512];
static const char *book_removed; /* an entry that is still there, as from 258 on */
static int book_looks_left;	 /* how often it will still be found */
static int book_answer_to_add, book_answer_to_find; /* instead of what is in the book, if not 0 */

static void book_say(const char *word, const char *name)
{
	size_t n = strlen(book_said);

	(void) snprintf(book_said + n, sizeof(book_said) - n, "%s%s %s", n ? ", " : "", word, name);
}

static void book_enter(const char *name, const char *id, pid_t leader, const char *root)
{
	MachinedEntry *entry = &book[n_book++];

	ASSERT(n_book <= ELEMENTSOF(book));
	(void) snprintf(entry->name, sizeof(entry->name), "%s", name);
	(void) snprintf(entry->id.text, sizeof(entry->id.text), "%s", id);
	entry->leader = leader;
	entry->root_directory = strdup(root);
	ASSERT(entry->root_directory);
}

static void book_clear(void)
{
	while (n_book > 0)
		machined_entry_done(&book[--n_book]);
}

static int book_copy_entry(const MachinedEntry *entry, MachinedEntry *ret)
{
	*ret = *entry;
	ret->root_directory = strdup(entry->root_directory);
	ASSERT(ret->root_directory);
	return 0;
}

static int book_drop(const char *name)
{
	for (size_t i = 0; i < n_book; i++)
		if (strcmp(book[i].name, name) == 0) {
			free(book[i].root_directory);
			memmove(&book[i], &book[i + 1], (n_book - i - 1) * sizeof(book[0]));
			n_book--;
			return 0;
		}
	return MACHINED_E_NO_MACHINE;
}

static int book_find_by_name(Machined *machined, const char *name, MachinedEntry *ret)
{
	book_say("find", name);
	if (book_answer_to_find)
		return book_answer_to_find;
	if (book_removed && book_looks_left-- == 0)
		(void) book_drop(book_removed);
	for (size_t i = 0; i < n_book; i++)
		if (strcmp(book[i].name, name) == 0)
			return book_copy_entry(&book[i], ret);
	return MACHINED_E_NO_MACHINE;
}

static int book_find_by_leader(Machined *machined, pid_t leader, MachinedEntry *ret)
{
	book_say("find", "leader");
	if (book_answer_to_find)
		return book_answer_to_find;
	for (size_t i = 0; i < n_book; i++)
		if (book[i].leader == leader)
			return book_copy_entry(&book[i], ret);
	return MACHINED_E_NO_MACHINE;
}

static int book_add(Machined *machined, const Machine *machine, const char *name)
{
	book_say("add", name);
	if (book_answer_to_add)
		return book_answer_to_add;
	for (size_t i = 0; i < n_book; i++)
		if (strcmp(book[i].name, name) == 0 || book[i].leader == machine->leader)
			return MACHINED_E_EXISTS;
	book_enter(name, machine->has_id ? machine->id.text : "", machine->leader,
		   machine->root_directory);
	return 0;
}

static int book_remove(Machined *machined, const char *name)
{
	book_say("remove", name);
	if (book_looks_left == 0)
		return book_drop(name);
	book_removed = name;
	return 0;
}

static const MachinedTransport book_transport = {
	.name = "book",
	.add = book_add,
	.remove = book_remove,
	.find_by_name = book_find_by_name,
	.find_by_leader = book_find_by_leader,
};

/* as D-Bus, where a registration that fails does harm */
static const MachinedTransport book_careful_transport = {
	.name = "careful book",
	.asks_first = true,
	.add = book_add,
	.remove = book_remove,
	.find_by_name = book_find_by_name,
	.find_by_leader = book_find_by_leader,
};
