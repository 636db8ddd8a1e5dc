/* The whole profile as one JSON object; "schema" is 1. */
#ifndef PYOPT_REPORT_JSON_H
#define PYOPT_REPORT_JSON_H

#include "profile.h"

#include <stdio.h>

void report_json(FILE *out, const Profile *p);

#endif
