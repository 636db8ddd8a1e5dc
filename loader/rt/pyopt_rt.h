/* What a generated C file includes: CPython's headers, the contract of a unit, and every runtime
 * helper. */
#ifndef PYOPT_RT_H
#define PYOPT_RT_H

#include "rt_abi_311.h"
#include "unit_abi.h"

#include "rt_num.h"

#include "rt_call.h"
#include "rt_deopt.h"
#include "rt_frame.h"

#include "rt_array.h"
#include "rt_attr.h"
#include "rt_field.h"
#include "rt_gen.h"
#include "rt_global.h"
#include "rt_inline.h"
#include "rt_iter.h"
#include "rt_known.h"
#include "rt_math.h"
#include "rt_new.h"
#include "rt_ops.h"
#include "rt_release.h"
#include "rt_seq.h"
#include "rt_super.h"
#include "rt_with.h"

#endif
