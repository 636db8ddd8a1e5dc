#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 2000, MESSAGE = 64, GENERATIONS = 16 };

static socklen_t
name_of(pid_t pid, struct sockaddr_un *out)
{
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    int n = snprintf(out->sun_path + 1, sizeof out->sun_path - 1, "pyprof.%d", (int)pid);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

void
control_open(Control *c, bool paused)
{
    struct sockaddr_un name;
    socklen_t n = name_of(getpid(), &name);
    int on = 1;
    *c = (Control){.paused = paused};
    c->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return;
    if (setsockopt(c->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) ||
        bind(c->fd, (struct sockaddr *)&name, n))
        control_close(c);
}

void
control_close(Control *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* One message from somebody who may give orders; its length, or 0, or -1 when there is none. */
static ssize_t
receive(const Control *c, char text[MESSAGE], struct sockaddr_un *from, socklen_t *n)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } credentials;
    struct iovec v = {text, MESSAGE - 1};
    struct msghdr m = {.msg_name = from,
                       .msg_namelen = sizeof *from,
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = &credentials,
                       .msg_controllen = sizeof credentials};
    ssize_t got = recvmsg(c->fd, &m, 0);
    if (got < 0)
        return -1;
    text[got] = 0;
    *n = m.msg_namelen;
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    struct ucred who;
    if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_CREDENTIALS)
        return 0;
    memcpy(&who, CMSG_DATA(h), sizeof who);
    return who.uid == 0 || who.uid == geteuid() ? got : 0;
}

void
control_serve(Control *c, const RunInfo *run, const Counts *now)
{
    char text[MESSAGE], answer[256];
    struct sockaddr_un from;
    socklen_t n;
    ssize_t got;
    while (c->fd >= 0 && (got = receive(c, text, &from, &n)) >= 0) {
        if (!got)
            continue;
        if (strcmp(text, "start") == 0)
            c->paused = false;
        else if (strcmp(text, "stop") == 0)
            c->paused = true;
        else if (strcmp(text, "flush") == 0)
            c->flush = true;
        int len =
            snprintf(answer, sizeof answer,
                     "{\"recorder\": %d, \"sampling\": %s, \"samples\": %llu, \"rate\": %.0f}",
                     (int)getpid(), c->paused ? "false" : "true",
                     (unsigned long long)(run->samples + now->samples), run->rate);
        sendto(c->fd, answer, (size_t)len, MSG_DONTWAIT, (struct sockaddr *)&from, n);
    }
}

static pid_t
parent_of(pid_t pid)
{
    char path[64], stat[256];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f && fgets(stat, sizeof stat, f) && strrchr(stat, ')'))
        sscanf(strrchr(stat, ')'), ") %*c %d", &parent);
    if (f)
        fclose(f);
    return parent;
}

/* To the recorder with this pid or the nearest above it. */
static bool
send_to(int fd, pid_t pid, const char *what)
{
    struct sockaddr_un name;
    for (int i = 0; pid > 1 && i < GENERATIONS; i++, pid = parent_of(pid)) {
        socklen_t n = name_of(pid, &name);
        if (sendto(fd, what, strlen(what), 0, (struct sockaddr *)&name, n) >= 0)
            return true;
    }
    return false;
}

bool
control_ask(pid_t pid, const char *what, char *answer, size_t size, Err *err)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un mine = {.sun_family = AF_UNIX};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t got = -1;
    bool sent = fd >= 0 && bind(fd, (struct sockaddr *)&mine, sizeof mine.sun_family) == 0 &&
                send_to(fd, pid, what);
    if (sent && poll(&wait, 1, WAIT_MS) == 1)
        got = recv(fd, answer, size - 1, 0);
    if (fd >= 0)
        close(fd);
    answer[got > 0 ? got : 0] = 0;
    if (!sent)
        return err_set(err, ErrNoFile, "no recorder has pid %d or is above it", (int)pid);
    return got > 0 || err_set(err, ErrPermission, "the recorder does not answer: another user's?");
}
