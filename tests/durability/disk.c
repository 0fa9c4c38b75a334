/* A disk that tells everything and can be told to fail, between a process and its files.
 *
 * Preloaded into a server (see disk.py). Of every file below DISK_ROOT it notes in DISK_LOG each
 * write, truncation, sync, creation and removal, in the order in which they happened. While the
 * file DISK_TROUBLE exists its first letter says how operations end:
 *   F  no space: writes are torn and end with ENOSPC     E  every operation ends with EIO
 *   S  only syncs end with EIO
 * Files in shared memory (-shm) are not noted: nothing durable is in them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

#define FDS 65536

struct record { char what; char pad[3]; uint32_t name_length; uint64_t offset; uint64_t length; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *names[FDS];
static const char *root, *trouble;
static size_t root_length;
static int log_fd = -1;

__attribute__((constructor)) static void begin(void) {
    root = getenv("DISK_ROOT");
    trouble = getenv("DISK_TROUBLE");
    const char *log = getenv("DISK_LOG");
    if (root) root_length = strlen(root);
    if (root && log) log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below(const char *path) {
    return root && path && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static const char *name_of(int fd) { return fd >= 0 && fd < FDS ? names[fd] : NULL; }

static int noted(const char *name) {
    size_t length = name ? strlen(name) : 0;
    return length && log_fd >= 0 && !(length > 4 && !strcmp(name + length - 4, "-shm"));
}

static void note(char what, const char *name, uint64_t offset, const void *data, uint64_t length) {
    if (!noted(name)) return;
    struct record record = {what, {0}, (uint32_t)strlen(name), offset, length};
    struct iovec parts[3] = {
        {&record, sizeof record}, {(void *)name, record.name_length}, {(void *)data, data ? length : 0}};
    syscall(SYS_writev, log_fd, parts, data ? 3 : 2);
}

static char mood(const char *name) {
    char letter = 0;
    if (!name || !trouble) return 0;
    int fd = syscall(SYS_openat, AT_FDCWD, trouble, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    if (syscall(SYS_read, fd, &letter, 1) != 1) letter = 0;
    syscall(SYS_close, fd);
    return letter;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    char joined[PATH_MAX];
    if (path[0] != '/' && name_of(at) && snprintf(joined, sizeof joined, "%s/%s", names[at], path) < (int)sizeof joined) {
        path = joined; /* relative to a folder below the root */
        at = AT_FDCWD;
    }
    if (!below(path)) return syscall(SYS_openat, at, path, flags, mode);
    if (mood(path) == 'E') { errno = EIO; return -1; }
    pthread_mutex_lock(&lock);
    int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    int fd = syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0 && fd < FDS) {
        free(names[fd]);
        names[fd] = strdup(path);
        if (is_new) note('O', path, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE(flags) mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags | O_LARGEFILE, mode); }

int close(int fd) {
    if (name_of(fd)) {
        pthread_mutex_lock(&lock);
        free(names[fd]);
        names[fd] = NULL;
        pthread_mutex_unlock(&lock);
    }
    return syscall(SYS_close, fd);
}

static ssize_t put(int fd, const void *data, size_t count, off64_t offset, int here) {
    const char *name = name_of(fd);
    if (!name) return here ? syscall(SYS_write, fd, data, count) : syscall(SYS_pwrite64, fd, data, count, offset);
    switch (mood(name)) {
    case 'E': errno = EIO; return -1;
    case 'F':
        if (count <= 1024) { errno = ENOSPC; return -1; }
        count /= 2;
    }
    pthread_mutex_lock(&lock);
    if (here) offset = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    ssize_t done = here ? syscall(SYS_write, fd, data, count) : syscall(SYS_pwrite64, fd, data, count, offset);
    if (done > 0) note('W', name, offset, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t count) { return put(fd, data, count, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return put(fd, data, count, offset, 0); }
ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) { return put(fd, data, count, offset, 0); }

ssize_t read(int fd, void *data, size_t count) {
    if (mood(name_of(fd)) == 'E') { errno = EIO; return -1; }
    return syscall(SYS_read, fd, data, count);
}
ssize_t pread(int fd, void *data, size_t count, off_t offset) {
    if (mood(name_of(fd)) == 'E') { errno = EIO; return -1; }
    return syscall(SYS_pread64, fd, data, count, offset);
}
ssize_t pread64(int fd, void *data, size_t count, off64_t offset) { return pread(fd, data, count, offset); }

static int cut(int fd, off64_t length) {
    const char *name = name_of(fd);
    if (mood(name) == 'E') { errno = EIO; return -1; }
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_ftruncate, fd, length);
    if (!done) note('T', name, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int settle(int fd, long number) {
    const char *name = name_of(fd);
    char how = mood(name);
    if (how == 'E' || how == 'S') { errno = EIO; return -1; }
    if (!name) return syscall(number, fd);
    pthread_mutex_lock(&lock);
    int done = syscall(number, fd);
    if (!done) note('S', name, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return settle(fd, SYS_fsync); }
int fdatasync(int fd) { return settle(fd, SYS_fdatasync); }

int unlink(const char *path) {
    if (!below(path)) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!done) note('U', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
