/*
 * Records how a process changes one directory: loaded before the C library (LD_PRELOAD), it performs each call by its
 * system call, and appends a record of it to a log. One lock around call and record keeps the log in the order in which
 * things happened.
 *
 * It sees what goes through the C library, as the calls of SQLite and of Rust's standard library do. Calls that copy
 * inside the kernel are refused, so that callers fall back to `write`. Shared memory ("-shm") isn't recorded: SQLite
 * makes it anew after a crash.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* The numbers that recording.rs knows. */
enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MAKE_DIRECTORY, MARK };

struct header {
    uint32_t kind, first_length, second_length, data_length;
    uint64_t inode, offset;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory;
static const char *marks;
static int log_file = -1;
static dev_t device;
static ino_t inode_of_marks;

/* Inodes of the files and directories that are recorded. */
static ino_t known[65536];
static size_t known_count;

static void fail(const char *what)
{
    dprintf(2, "recorder: %s\n", what);
    abort();
}

__attribute__((constructor)) static void start(void)
{
    struct stat found;
    const char *name = getenv("ORCHESTRA_RECORD_LOG");
    directory = getenv("ORCHESTRA_RECORD_DIRECTORY");
    marks = getenv("ORCHESTRA_RECORD_MARKS");
    if (!name || !directory || !marks)
        fail("the names of the log, the directory and the marks must be in the environment");
    if (stat(directory, &found))
        fail("the directory must exist");
    device = found.st_dev;
    log_file = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_file < 0)
        fail("the log can't be made");
}

static int is_inside(const char *path)
{
    size_t length = directory ? strlen(directory) : 0;
    return length && !strncmp(path, directory, length) && (path[length] == '/' || !path[length]);
}

static int is_recorded(const char *path)
{
    size_t length = strlen(path);
    return is_inside(path) && !(length > 4 && !strcmp(path + length - 4, "-shm"));
}

static size_t place_of(ino_t inode)
{
    size_t place = 0;
    while (place < known_count && known[place] != inode)
        place++;
    return place;
}

/* An inode is used again when its file is gone, perhaps outside the directory. */
static void know(ino_t inode, int is_known)
{
    size_t place = place_of(inode);
    if (!is_known && place < known_count)
        known[place] = known[--known_count];
    if (is_known && place == known_count) {
        if (known_count == sizeof known / sizeof *known)
            fail("too many files");
        known[known_count++] = inode;
    }
}

static void record(enum kind kind, ino_t inode, uint64_t offset, const char *first, const char *second,
                   const void *data, size_t length)
{
    struct header header = {kind, strlen(first), strlen(second), length, inode, offset};
    struct iovec parts[] = {{&header, sizeof header},
                            {(void *)first, header.first_length},
                            {(void *)second, header.second_length},
                            {(void *)data, length}};
    ssize_t whole = sizeof header + header.first_length + header.second_length + length;
    int before = errno;
    if (syscall(SYS_writev, log_file, parts, 4) != whole)
        fail("the log can't be written");
    errno = before;
}

/* Whether this is a recorded file or directory, and its inode. */
static int is_known(int file, ino_t *inode)
{
    struct stat found;
    if (log_file < 0 || fstat(file, &found) || found.st_dev != device)
        return 0;
    *inode = found.st_ino;
    return place_of(found.st_ino) < known_count || found.st_ino == inode_of_marks;
}

static int open_recorded(int at, const char *path, int flags, mode_t mode)
{
    struct stat before, after;
    int file, existed;
    pthread_mutex_lock(&lock);
    existed = !fstatat(at, path, &before, 0);
    file = (int)syscall(SYS_openat, at, path, flags, mode);
    if (file >= 0 && log_file >= 0 && !fstat(file, &after) && after.st_dev == device) {
        if (!strcmp(path, marks))
            inode_of_marks = after.st_ino;
        know(after.st_ino, is_recorded(path));
        if (is_recorded(path) && !existed)
            record(CREATE, after.st_ino, 0, path, "", "", 0);
        else if (is_recorded(path) && (flags & O_TRUNC) && before.st_size)
            record(TRUNCATE, after.st_ino, 0, "", "", "", 0);
    }
    pthread_mutex_unlock(&lock);
    return file;
}

#define MODE_OF(flags, mode)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_recorded(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_recorded(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_recorded(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_recorded(at, path, flags, mode);
}

ssize_t write(int file, const void *data, size_t length)
{
    ino_t inode;
    ssize_t written;
    pthread_mutex_lock(&lock);
    written = syscall(SYS_write, file, data, length);
    if (written > 0 && is_known(file, &inode)) {
        off_t end = lseek(file, 0, SEEK_CUR);
        record(inode == inode_of_marks ? MARK : WRITE, inode, end - written, "", "", data, written);
    }
    pthread_mutex_unlock(&lock);
    return written;
}

static ssize_t write_recorded(int file, const void *data, size_t length, off_t offset)
{
    ino_t inode;
    ssize_t written;
    pthread_mutex_lock(&lock);
    written = syscall(SYS_pwrite64, file, data, length, offset);
    if (written > 0 && is_known(file, &inode))
        record(WRITE, inode, offset, "", "", data, written);
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset)
{
    return write_recorded(file, data, length, offset);
}

ssize_t pwrite64(int file, const void *data, size_t length, off_t offset)
{
    return write_recorded(file, data, length, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    ino_t inode;
    if (is_known(file, &inode))
        fail("writev is not recorded");
    return syscall(SYS_writev, file, parts, count);
}

static int truncate_recorded(int file, off_t length)
{
    ino_t inode;
    int result;
    pthread_mutex_lock(&lock);
    result = (int)syscall(SYS_ftruncate, file, length);
    if (!result && is_known(file, &inode))
        record(TRUNCATE, inode, length, "", "", "", 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int file, off_t length)
{
    return truncate_recorded(file, length);
}

int ftruncate64(int file, off_t length)
{
    return truncate_recorded(file, length);
}

/* Only what happened before a sync began is sure to be on the disk; the lock keeps others from writing meanwhile. */
static int sync_recorded(int file, long call)
{
    ino_t inode;
    int result;
    pthread_mutex_lock(&lock);
    result = (int)syscall(call, file);
    if (!result && is_known(file, &inode))
        record(SYNC, inode, 0, "", "", "", 0);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int file)
{
    return sync_recorded(file, SYS_fsync);
}

int fdatasync(int file)
{
    return sync_recorded(file, SYS_fdatasync);
}

/* The change of one or two names, recorded if it succeeded. */
static int change(int result, enum kind kind, const char *first, const char *second)
{
    if (!result && log_file >= 0) {
        if (is_inside(first) != is_inside(second))
            fail("a name crosses the border of the directory");
        if (is_recorded(first))
            record(kind, 0, 0, first, second, "", 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *from, const char *to)
{
    pthread_mutex_lock(&lock);
    return change((int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), RENAME, from, to);
}

int link(const char *from, const char *to)
{
    pthread_mutex_lock(&lock);
    return change((int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), LINK, from, to);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
    pthread_mutex_lock(&lock);
    return change((int)syscall(SYS_linkat, from_at, from, to_at, to, flags), LINK, from, to);
}

int unlink(const char *path)
{
    pthread_mutex_lock(&lock);
    return change((int)syscall(SYS_unlinkat, AT_FDCWD, path, 0), UNLINK, path, path);
}

int mkdir(const char *path, mode_t mode)
{
    struct stat made;
    int result;
    pthread_mutex_lock(&lock);
    result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!result && log_file >= 0 && is_recorded(path) && !stat(path, &made)) {
        know(made.st_ino, 1);
        record(MAKE_DIRECTORY, made.st_ino, 0, path, "", "", 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static ssize_t refuse(void)
{
    errno = ENOSYS;
    return -1;
}

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t length, unsigned flags)
{
    (void)from, (void)from_offset, (void)to, (void)to_offset, (void)length, (void)flags;
    return refuse();
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t length)
{
    (void)to, (void)from, (void)offset, (void)length;
    return refuse();
}

ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t length, unsigned flags)
{
    (void)from, (void)from_offset, (void)to, (void)to_offset, (void)length, (void)flags;
    return refuse();
}
