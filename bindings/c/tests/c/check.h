/* What the test programs share: checks that end the program, and short forms of long calls. */
#ifndef CHECK_H
#define CHECK_H

#include "orchestra_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A literal or NUL-terminated text as the two arguments that it takes. */
#define TEXT(text) (const uint8_t *)(text), strlen(text)
/* No text. */
#define NONE NULL, 0
/* A JSON document, written as it is, as the two arguments that a text takes. */
#define JSON(...) TEXT(#__VA_ARGS__)

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

static inline void check(int holds, const char *what, const char *file, int line) {
    if (!holds) {
        fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
        exit(1);
    }
}

/* The call must succeed; `error` has to be a variable in scope that the call was given. */
#define OK(call) succeeded((call), &error, #call, __FILE__, __LINE__)

static inline void succeeded(orchestra_status status, orchestra_error **error, const char *call,
                             const char *file, int line) {
    if (status != ORCHESTRA_OK || *error != NULL) {
        fprintf(stderr, "%s:%d: %s is %d: %s\n", file, line, call, (int)status,
                *error == NULL ? "no error" : orchestra_error_message(*error));
        exit(1);
    }
}

/* The call must fail with this status and an error whose message says `words`. */
#define FAILS(status, words, call) failed((status), (words), (call), &error, #call, __FILE__, __LINE__)

static inline void failed(orchestra_status expected, const char *words, orchestra_status status,
                          orchestra_error **error, const char *call, const char *file, int line) {
    const char *message = *error == NULL ? "no error" : orchestra_error_message(*error);
    if (status != expected || orchestra_error_code(*error) != expected ||
        strstr(message, words) == NULL) {
        fprintf(stderr, "%s:%d: %s is %d: %s\n  expected %d with '%s'\n", file, line, call,
                (int)status, message, (int)expected, words);
        exit(1);
    }
    orchestra_error_free(*error);
    *error = NULL;
}

/* Failures that many calls have. */
#define INVALID(words, call) FAILS(ORCHESTRA_INVALID_ARGUMENT, words, call)
#define MISSING(words, call) FAILS(ORCHESTRA_NOT_FOUND, words, call)
#define MISUSED(words, call) FAILS(ORCHESTRA_MISUSE, words, call)

/* The JSON must contain this; the buffer is freed. */
#define HOLDS(buffer, part) holds(&(buffer), (part), __FILE__, __LINE__)

static inline void holds(orchestra_buffer *buffer, const char *part, const char *file, int line) {
    const char *json = buffer->ptr == NULL ? "" : (const char *)buffer->ptr;
    if (strstr(json, part) == NULL || strlen(json) != buffer->len) {
        fprintf(stderr, "%s:%d: '%s' is not in %s\n", file, line, part, json);
        exit(1);
    }
    orchestra_buffer_free(buffer);
}

/* The call must succeed and make this true. */
#define MAKES(condition, call) \
    do {                       \
        OK(call);              \
        CHECK(condition);      \
    } while (0)

/* The call must succeed and give JSON that contains this in `out`, which is freed. */
#define GIVES(part, call) \
    do {                  \
        OK(call);         \
        HOLDS(out, part); \
    } while (0)

/* The same, with JSON that contains both of these, or contains the second and not the first. */
#define GIVES_BOTH(one, other, call) \
    do {                             \
        MAKES(contains(&out, one), call); \
        HOLDS(out, other);           \
    } while (0)
#define GIVES_NOT(absent, part, call) \
    do {                              \
        MAKES(!contains(&out, absent), call); \
        HOLDS(out, part);             \
    } while (0)

static inline int contains(const orchestra_buffer *buffer, const char *part) {
    return strstr((const char *)buffer->ptr, part) != NULL;
}

/* A text of the library's JSON without its quotes: the first value of this property. The buffer is
   freed. Good enough for values without escapes. */
static inline void take(orchestra_buffer *buffer, const char *property, char *value, size_t size) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", property);
    const char *start = strstr((const char *)buffer->ptr, pattern);
    CHECK(start != NULL);
    start += strlen(pattern);
    size_t length = strcspn(start, "\"");
    CHECK(length < size);
    memcpy(value, start, length);
    value[length] = '\0';
    orchestra_buffer_free(buffer);
}

/* A receiver of progress that counts its calls in an int, which is its context. */
static inline int32_t count_calls(void *context, const uint8_t *stage, size_t stage_len, uint64_t done,
                                  uint64_t total) {
    CHECK(stage_len > 0 && stage[0] >= 'A' && done <= total);
    ++*(int *)context;
    return 0;
}

/* A receiver of progress that cancels. */
static inline int32_t stop(void *context, const uint8_t *stage, size_t stage_len, uint64_t done,
                           uint64_t total) {
    (void)context, (void)stage, (void)stage_len, (void)done, (void)total;
    return 1;
}

/* Whether there is a file that can be read. */
static inline int exists(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

/* Joins a directory and a name. */
static inline const char *path_in(const char *directory, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

#endif
