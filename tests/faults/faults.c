/* A library for LD_PRELOAD. From fault_arm on it counts this process's calls that change files, and at the n-th it ends
 * the process, writes half and ends it, or has the disk be full; each call is reported to a file descriptor if one is
 * given. fault_arm(0, 0) only counts. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { KILL = 1, HALF = 2, FULL_ONCE = 3, FULL = 4 };
enum { STATUS = 77 };

static long count, at;
static int mode, armed, no_exchange, report = -1;

long fault_count(void) { return count; }
void fault_arm(long n, int how) { count = 0; at = n; mode = how; armed = 1; }
void fault_disarm(void) { armed = 0; }
void fault_no_exchange(int off) { no_exchange = off; }
void fault_report(int descriptor) { report = descriptor; }

static ssize_t real_write(int file, const void *bytes, size_t length) {
    return syscall(SYS_write, file, bytes, length);
}

static void tell(const char *call, const char *path, const char *other) {
    char line[4096];
    if (report < 0) return;
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\n", call, path ? path : "", other ? other : "");
    real_write(report, line, length < (int)sizeof line ? length : (int)sizeof line - 1);
}

static const char *name_of(int file, char *buffer, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, buffer, size - 1);
    buffer[length < 0 ? 0 : length] = 0;
    return buffer;
}

/* Counts a call; returns 1 if it is to fail with ENOSPC. `grows`: whether a full disk refuses it. */
static int counted(int grows) {
    if (!armed) return 0;
    count++;
    if (at == 0 || count < at) return 0;
    if (mode == KILL || (mode == HALF && count == at)) _exit(STATUS);
    if (grows && (mode == FULL || (mode == FULL_ONCE && count == at))) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
#define CHANGES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))
#define MODE(last) mode_t rights = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, last); rights = va_arg(more, mode_t); va_end(more); }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        MODE(flags) \
        if (CHANGES(flags)) { tell("open", path, 0); if (counted(flags & O_CREAT)) return -1; } \
        return REAL(int, name, const char *, int, ...)(path, flags, rights); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        MODE(flags) \
        if (CHANGES(flags)) { tell("open", path, 0); if (counted(flags & O_CREAT)) return -1; } \
        return REAL(int, name, int, const char *, int, ...)(folder, path, flags, rights); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *bytes, size_t length) {
    char name[4096];
    if (!armed && report < 0) return real_write(file, bytes, length);
    tell("write", name_of(file, name, sizeof name), 0);
    if (mode == HALF && at && count + 1 == at) real_write(file, bytes, length / 2);
    if (counted(1)) return -1;
    return real_write(file, bytes, length);
}

int fsync(int file) {
    char name[4096];
    tell("fsync", name_of(file, name, sizeof name), 0);
    if (counted(0)) return -1;
    return REAL(int, fsync, int)(file);
}

int rename(const char *from, const char *to) {
    tell("rename", from, to);
    if (counted(0)) return -1;
    return REAL(int, rename, const char *, const char *)(from, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned int flags) {
    if (no_exchange) { errno = EINVAL; return -1; }
    tell("exchange", from, to);
    if (counted(0)) return -1;
    return syscall(SYS_renameat2, a, from, b, to, flags);
}

int unlink(const char *path) {
    tell("unlink", path, 0);
    if (counted(0)) return -1;
    return REAL(int, unlink, const char *)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    tell("unlink", path, 0);
    if (counted(0)) return -1;
    return REAL(int, unlinkat, int, const char *, int)(folder, path, flags);
}

int mkdir(const char *path, mode_t rights) {
    tell("mkdir", path, 0);
    if (counted(1)) return -1;
    return REAL(int, mkdir, const char *, mode_t)(path, rights);
}

int rmdir(const char *path) {
    tell("rmdir", path, 0);
    if (counted(0)) return -1;
    return REAL(int, rmdir, const char *)(path);
}
