/* What a program shares that takes its steps on one store: the store, an error and a buffer. */
#ifndef STORE_H
#define STORE_H

#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;
/* Where the program leaves its files. */
static const char *directory;

/* The program: opens `orchestra.db` in the directory that is its argument, and takes these steps,
   of which each frees what it was given. */
#define STEPS(...)                                                                                 \
    int main(int argc, char **argv) {                                                              \
        void (*const steps[])(void) = {__VA_ARGS__};                                               \
        CHECK(argc == 2);                                                                          \
        directory = argv[1];                                                                       \
        OK(orchestra_store_open(TEXT(path_in(directory, "orchestra.db")), NULL, &store, &error));  \
        for (size_t i = 0; i < sizeof steps / sizeof *steps; ++i) {                                \
            steps[i]();                                                                            \
            CHECK(out.ptr == NULL);                                                                \
        }                                                                                          \
        orchestra_store_free(store);                                                               \
        return 0;                                                                                  \
    }

#endif
