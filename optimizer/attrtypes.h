/* What attributes hold: the types that samples met where an attribute had been loaded, or was about
 * to be stored, by the attribute's name, over the whole program.  A site that no sample met is
 * judged by the others: of a short run most are such. */
#ifndef PYOPT_ATTRTYPES_H
#define PYOPT_ATTRTYPES_H

#include "map.h"
#include "profile.h"

typedef struct AttrTypes {
    Arena *arena;
    Map index; /* hash of a name: index into sites, plus 1 */
    Vec(ProfSite) sites;
} AttrTypes;

void attrtypes_collect(AttrTypes *t, Arena *a, const Profile *p);
/* NULL: never seen. */
const ProfSite *attrtypes_find(const AttrTypes *t, const char *name);

#endif
