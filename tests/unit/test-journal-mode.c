/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's mode: the admin's word, lowered by the user's, and none asked for in Kubernetes. */
#include "systemd-hook/journal-mode.h"

#include "macro.h"
#include "tap.h"

static void test_words(void)
{
	static const char *const wrong[] = {"",	     "Host", "host ", "tryhost", "try_host",
					    "guest", "yes",  "n",     "nothing", "auto\n"};

	for (JournalMode mode = JOURNAL_NO; mode <= JOURNAL_HOST; mode++) {
		JournalMode read = -1;

		ASSERT_OK(journal_mode_from_string(journal_mode_to_string(mode), &read));
		ASSERT_EQ(read, mode);
	}
	ASSERT_STREQ(journal_mode_to_string(JOURNAL_TRY_HOST), "try-host");
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		JournalMode read = JOURNAL_AUTO;

		ASSERT_EQ(journal_mode_from_string(wrong[i], &read), -EINVAL);
		ASSERT_EQ(read, JOURNAL_AUTO);
	}
}

static JournalMode choose(const char *annotations, const JournalMode *option, int result)
{
	json_auto_t *json = json_loads(annotations, 0, NULL);
	OciConfig config = {.annotations = json};
	JournalMode mode;

	ASSERT(json);
	ASSERT_EQ(journal_mode_choose(&config, option, &mode), result);
	return mode;
}

static void test_choose(void)
{
	static const char kubernetes[] = "{\"io.kubernetes.pod.uid\": \"1\"}";
	const JournalMode host = JOURNAL_HOST;

	ASSERT_EQ(choose("{}", NULL, 0), JOURNAL_TRY_HOST);
	ASSERT_EQ(choose("{}", &host, 0), JOURNAL_HOST);
	ASSERT_EQ(choose(kubernetes, NULL, 0), JOURNAL_NO);
	ASSERT_EQ(choose(kubernetes, &host, 0), JOURNAL_HOST);
	ASSERT_EQ(choose("{\"io.kubernetes.cri.sandbox-name\": \"web\"}", NULL, 0), JOURNAL_NO);
	ASSERT_EQ(choose("{\"io.kubernetes.cri-o.SandboxName\": \"web\"}", NULL, 0),
		  JOURNAL_TRY_HOST);
	ASSERT_EQ(choose("{\"io.kubernetes.podx\": \"\"}", NULL, 0), JOURNAL_TRY_HOST);
}

/* All pairs: never more than the admin allows */
static void test_annotation_lowers(void)
{
	for (JournalMode option = JOURNAL_NO; option <= JOURNAL_HOST; option++)
		for (JournalMode wish = JOURNAL_NO; wish <= JOURNAL_HOST; wish++) {
			char text[128];

			(void) snprintf(text, sizeof(text), "{\"" ANNOTATION_JOURNAL "\": \"%s\"}",
					journal_mode_to_string(wish));
			ASSERT_EQ(choose(text, &option, 0), wish < option ? wish : option);
		}
	ASSERT_EQ(choose("{\"" ANNOTATION_JOURNAL "\": \"host\"}", NULL, 0), JOURNAL_TRY_HOST);
	ASSERT_EQ(choose("{\"" ANNOTATION_JOURNAL "\": \"host\", \"io.kubernetes.pod.x\": \"\"}",
			 NULL, 0),
		  JOURNAL_NO);
	ASSERT_EQ(choose("{\"" ANNOTATION_JOURNAL "\": \"nonsense\"}", NULL, -EINVAL),
		  JOURNAL_TRY_HOST);
}

TAP_MAIN(TAP(test_words), TAP(test_choose), TAP(test_annotation_lowers))
