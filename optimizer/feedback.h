/* The only reader of the profile inside the optimizer (with attrtypes.h behind it): what was seen
 * at a site, boiled down to what a pass may bet on.  Everything answers "nothing known" without a
 * profile. */
#ifndef PYOPT_FEEDBACK_H
#define PYOPT_FEEDBACK_H

#include "attrtypes.h"
#include "ir.h"
#include "profile.h"

typedef struct Feedback {
    const Profile *profile; /* NULL: none */
    AttrTypes attrs;
} Feedback;

/* p: NULL for none. */
Feedback feedback_of(const Profile *p, Arena *a);

typedef struct FbType {
    Ty type;        /* TyObj: nothing to bet on */
    bool number;    /* only exact ints and floats were seen, of both kinds */
    bool mixed;     /* floats were seen, and some exact ints */
    bool maybe_big; /* some int did not fit 64 bits */
    uint64_t seen;
    bool one;         /* name was (nearly) the only one */
    const char *name; /* the class most often seen, NULL unknown */
} FbType;

/* Operand of the instruction at off, counted from the top of its stack (0). */
FbType feedback_operand(const Feedback *fb, const Inl *inl, uint32_t off, uint32_t depth);
/* The local, wherever it was seen in the function. */
FbType feedback_local(const Feedback *fb, const Inl *inl, uint32_t slot);
/* What attributes of this name hold, wherever samples met one. */
FbType feedback_attr(const Feedback *fb, const char *name);
/* Does the interpreter's cache say that the global loaded at off is a builtin? */
bool feedback_is_builtin(const Feedback *fb, const Inl *inl, uint32_t off);
/* Is the call at off one of list.append, as the interpreter's cache says? */
bool feedback_is_append(const Feedback *fb, const Inl *inl, uint32_t off);
/* Who was called by the instruction at off: NULL when unknown or not one. share in 0..1. */
const ProfCallee *feedback_callee(const Feedback *fb, const Inl *inl, uint32_t off, double *share);
/* The __init__ that runs at off because a class is called there: NULL when it is not known to be
 * one.  share: of that class among all that is called; calls: how many of any were seen. */
const ProfCallee *feedback_init(const ProfFunc *f, uint32_t off, double *share, uint64_t *calls);
/* What the objects at an attribute's site are like. */
typedef enum AttrSite {
    SiteKept,  /* they keep their attributes themselves, or nothing is known */
    SiteDict,  /* they have a dict */
    SiteNamed, /* they are modules or classes */
} AttrSite;
AttrSite feedback_attr_site(const Feedback *fb, const Inl *inl, uint32_t off);
/* Did the interpreter cache the attribute at off as one that the object keeps, and has the site few
 * types? */
bool feedback_plain_attr(const Feedback *fb, const Inl *inl, uint32_t off);
/* Does the LOAD_METHOD at off find a method of its object's class? */
bool feedback_plain_method(const Feedback *fb, const Inl *inl, uint32_t off);
/* Odds that the jump at off is taken; false when unknown. */
bool feedback_branch(const Feedback *fb, const Inl *inl, uint32_t off, double *taken,
                     double *weight);
uint64_t feedback_samples(const Feedback *fb, const PyCode *code);
bool feedback_has(const Feedback *fb, const Inl *inl);

#endif
