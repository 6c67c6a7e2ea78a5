/* What predecessors left, in all its forms: import DIRECTORY STATE_FILE CONFIGURATION HOST_DATABASE */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

/* A dry run writes nothing; an import archives the file; a second one changes nothing. */
static void a_file_is_taken_over(const char *path, const char *form) {
    orchestra_import_options options = {0};
    options.struct_size = sizeof options;
    options.dry_run = 1;
    GIVES_BOTH(form, "\"DryRun\":true",
          orchestra_import_file(store, TEXT(path), &options, NULL, NULL, &out, &error));
    options.dry_run = 0;
    options.keep_source = 1;
    GIVES("\"ArchivedTo\":null",
          orchestra_import_file(store, TEXT(path), &options, NULL, NULL, &out, &error));
    CHECK(exists(path));
    GIVES("\"Imported\":0,\"Unchanged\":",
          orchestra_import_file(store, TEXT(path), NULL, NULL, NULL, &out, &error));
    CHECK(!exists(path));
}

static void a_person_decides_after_a_dry_run(const char *path) {
    orchestra_import_options strict = {0};
    strict.struct_size = sizeof strict;
    strict.strict = 1;
    FAILS(ORCHESTRA_CANCELLED, "nothing was imported",
          orchestra_import_file(store, TEXT(path), NULL, stop, NULL, &out, &error));
    FAILS(ORCHESTRA_IMPORT_FAILED, "",
          orchestra_import_file(store, TEXT(path), &strict, NULL, NULL, &out, &error));
    CHECK(exists(path));
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    a_person_decides_after_a_dry_run(argv[2]);
    a_file_is_taken_over(argv[2], "\"Form\":\"StateV3\"");
    a_file_is_taken_over(argv[3], "\"Form\":\"AgentConfig\"");
    a_file_is_taken_over(argv[4], "\"Form\":\"HostDatabase\"");
    GIVES("\"HealthCheckInterval\":\"00:00:30\"", orchestra_agent_get(store, TEXT("claude-1"), &out, &error));
    orchestra_store_free(store);
    return 0;
}
