/* A disk that goes bad, for tests: loaded with LD_PRELOAD, it lets the calls number FAULT_AFTER and later that write to
 * a file below FAULT_PATH, or sync or rename one, fail with EIO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long seen = 0;

static int bad_path(const char *path) {
    const char *root = getenv("FAULT_PATH"), *after = getenv("FAULT_AFTER");
    if (!root || !after || strncmp(path, root, strlen(root)) != 0) return 0;
    return __sync_add_and_fetch(&seen, 1) > atol(after);
}

static int bad(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return bad_path(path);
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *data, size_t size) {
    if (bad(fd)) { errno = EIO; return -1; }
    return REAL(ssize_t, "write", int, const void *, size_t)(fd, data, size);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
    if (bad(out)) { errno = EIO; return -1; }
    return REAL(ssize_t, "sendfile", int, int, off_t *, size_t)(out, in, offset, count);
}

int fsync(int fd) {
    if (bad(fd)) { errno = EIO; return -1; }
    return REAL(int, "fsync", int)(fd);
}

int rename(const char *from, const char *to) {
    if (bad_path(to)) { errno = EIO; return -1; }
    return REAL(int, "rename", const char *, const char *)(from, to);
}
