/* A function's source beside what the profile says of it. */
#ifndef PYOPT_ANNOTATE_H
#define PYOPT_ANNOTATE_H

#include "calltree.h"
#include "map.h"
#include "strbuf.h"

typedef struct AnnotateFact {
    const char *instruction, *known;
} AnnotateFact;

typedef struct AnnotateLine {
    int number;
    const char *text;     /* NULL: no source */
    uint64_t self, total; /* samples at it, and at it or below */
    Vec(AnnotateFact) facts;
    bool shown; /* in text: near something that was sampled */
} AnnotateLine;

typedef struct AnnotateFunc {
    const ProfFunc *f;
    const char *name, *path, *locals;
    bool newer;  /* the source was changed after the recording */
    bool source; /* it could be read */
    Vec(AnnotateLine) lines;
} AnnotateFunc;

typedef struct Annotate {
    Arena *arena;
    const CallTree *t;
    const char *from, *to; /* where sources are now; "" */
    Map *totals;           /* function << 32 | line to samples */
} Annotate;

void annotate_init(Annotate *x, Arena *a, const CallTree *t);
/* Everything about one function, for a printer to lay out. */
void annotate_function(Annotate *x, uint32_t func, AnnotateFunc *out);

/* annotate_html.c: one page, nothing loaded from elsewhere. */
void annotate_html(StrBuf *out, const CallTree *t, const AnnotateFunc *funcs, uint32_t n,
                   const char *title);

#endif
