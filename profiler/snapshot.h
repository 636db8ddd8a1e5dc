/* One look at the Python stack of a thread that runs on meanwhile. */
#ifndef PYOPT_SNAPSHOT_H
#define PYOPT_SNAPSHOT_H

#include "target.h"

enum { SNAPSHOT_BYTES = 16384, SNAPSHOT_KNOWN = 4, SNAPSHOT_HEAD = 80 };

/* Where a thread's stack was last, so that one system call finds it again. */
typedef struct SnapPlace {
    uint64_t tstate, low, top, high;    /* of its data stack's chunk; top 0: not known yet */
    uint64_t cframes[SNAPSHOT_KNOWN];   /* of calls of the eval loop, the latest that were met */
    uint64_t elsewhere[SNAPSHOT_KNOWN]; /* frames that are not on the data stack: generators' */
    uint32_t next_cframe, next_frame;   /* of them to be replaced */
} SnapPlace;

typedef struct Snapshot {
    Target *t;
    uint64_t holder;    /* the thread state that holds the GIL; 0: none */
    uint64_t frame;     /* the innermost, just before the copy */
    uint64_t low, high; /* the data stack's chunk */
    uint64_t from, to;  /* what of it was copied at one time */
    uint8_t bytes[SNAPSHOT_BYTES];
    SnapPlace *place; /* and beginnings of the frames elsewhere that were known then */
    uint64_t elsewhere[SNAPSHOT_KNOWN];
    uint8_t heads[SNAPSHOT_KNOWN][SNAPSHOT_HEAD];
} Snapshot;

typedef enum SnapResult {
    SnapTaken,
    SnapNothing, /* it runs no Python, or is not the thread that holds the GIL */
    SnapTorn,    /* it moved too fast to be found */
} SnapResult;

/* What is known of a thread state of that process; made when it is new. */
SnapPlace *snapshot_place(Target *t, uint64_t tstate);
/* Looks at a thread.  gil: only if it holds the GIL. */
SnapResult snapshot_take(Snapshot *s, Target *t, SnapPlace *p, bool gil);
/* Which thread state holds the GIL; 0: none, or it cannot be read. */
uint64_t snapshot_holder(Target *t);
/* What was found as a record (ring.h), of so many words; 0 when it makes no sense.  gil: it held
 * the GIL; operands: the innermost frame's too, though some will be wrong. */
uint32_t snapshot_record(Snapshot *s, Collect *c, bool gil, bool operands,
                         uint64_t words[RING_MAX_WALK]);

#endif
