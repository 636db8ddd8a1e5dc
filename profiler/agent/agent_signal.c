/* SIGPROF shared with the program.  The program may use SIGPROF itself: it goes on seeing its own
 * handler through sigaction() and signal(), and gets every SIGPROF that our clock did not send. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef int SigAction(int, const struct sigaction *, struct sigaction *);
typedef void (*Handler)(int);

EXPORT int sigaction(int sig, const struct sigaction *act, struct sigaction *old);
EXPORT Handler signal(int sig, Handler handler);

static SigAction *
real_sigaction(void)
{
    return (SigAction *)dlsym(RTLD_NEXT, "sigaction");
}

/* What the kernel would have done, had the signal met the program's own action. */
static void
pass_on(int sig, siginfo_t *si, void *context)
{
    struct sigaction app = agent.app;
    if (app.sa_flags & SA_SIGINFO) {
        app.sa_sigaction(sig, si, context);
    } else if (app.sa_handler == SIG_DFL) {
        SigAction *real = real_sigaction();
        if (real)
            real(SIGPROF, &app, NULL);
        raise(SIGPROF); /* blocked until we return, then it ends the process as it should */
    } else if (app.sa_handler != SIG_IGN) {
        app.sa_handler(sig);
    }
}

static void
on_sigprof(int sig, siginfo_t *si, void *context)
{
    int saved = errno;
    AgentThread *t = &agent_thread;
    if (agent_clock_owns(t, si))
        agent_sample(t, context);
    else if (si->si_code != POLL_IN &&
             si->si_code != POLL_HUP) /* else: late, from a clock just closed */
        pass_on(sig, si, context);
    errno = saved;
}

void
agent_signal_install(void)
{
    SigAction *real = real_sigaction();
    struct sigaction ours;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = on_sigprof;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    if (!real || real(SIGPROF, &ours, &agent.app))
        agent.file = NULL;
}

EXPORT int
sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
    if (sig != SIGPROF || !agent.file) {
        SigAction *real = real_sigaction();
        if (real)
            return real(sig, act, old);
        errno = ENOSYS;
        return -1;
    }
    struct sigaction before = agent.app;
    if (act)
        agent.app = *act;
    if (old)
        *old = before;
    return 0;
}

EXPORT Handler
signal(int sig, Handler handler)
{
    struct sigaction act, old;
    memset(&act, 0, sizeof act);
    act.sa_handler = handler;
    act.sa_flags = SA_RESTART;
    sigemptyset(&act.sa_mask);
    return sigaction(sig, &act, &old) ? SIG_ERR : old.sa_handler;
}
