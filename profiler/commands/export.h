/* The stacks in other tools' formats. */
#ifndef PYOPT_EXPORT_H
#define PYOPT_EXPORT_H

#include "calltree.h"
#include "strbuf.h"

/* The whole of the output, at the end of out. */
typedef void ExportWrite(StrBuf *out, const CallTree *t, const char *title);

ExportWrite export_collapsed;
ExportWrite export_json;
ExportWrite export_speedscope;
ExportWrite export_pprof;
ExportWrite export_flame;

/* What is in text form below: a function's members, {"name": ..., "file": ..., "line": ...}. */
void export_function(StrBuf *out, const ProfFunc *f);

#endif
