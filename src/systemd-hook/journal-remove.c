/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal of the journal directory of a container that is gone. It gets a hidden name first, so that
 * nobody takes what is half removed for a journal.
 */
#include "journal-remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "remove-tree.h"
#include "rename.h"

/** journal_old_name() - the name on its way out of an id's directory */
JournalOldName journal_old_name(const char *id)
{
	JournalOldName name;

	(void) snprintf(name.text, sizeof(name.text), ".%s" JOURNAL_OLD_SUFFIX, id);
	return name;
}

/* hide() - give a directory its hidden name, and look at its container once more */
static int hide(int parent_fd, const char *id, const char *hidden, const JournalOwner *owner,
		JournalIsGone is_gone)
{
	int r;

	r = rename_no_replace(parent_fd, id, parent_fd, hidden);
	if (r < 0 || is_gone(owner))
		return r;
	r = rename_no_replace(parent_fd, hidden, parent_fd, id);
	return r < 0 ? r : -EBUSY;
}

/**
 * journal_remove() - remove a journal directory
 * @parent_fd: the host's journal directory
 * @id: its name there
 * @fd: the directory
 * @owner: its container, which is gone
 * @is_gone: asks whether it is; NULL if the directory has its hidden name already
 * @max_entries: of what is in it, 0 for all
 *
 * Return: 0, -EBUSY if the container is there after all, -E2BIG if there is more to do than
 * @max_entries, or another negative errno.
 */
int journal_remove(int parent_fd, const char *id, int fd, const JournalOwner *owner,
		   JournalIsGone is_gone, unsigned int max_entries)
{
	const JournalOldName hidden = journal_old_name(id);
	int r;

	r = is_gone ? hide(parent_fd, id, hidden.text, owner, is_gone) : 0;
	if (r < 0)
		return r;
	r = remove_tree(fd, max_entries);
	if (r < 0)
		return r;
	return unlinkat(parent_fd, hidden.text, AT_REMOVEDIR) < 0 ? -errno : 0;
}
