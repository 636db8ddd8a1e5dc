/* The type bytes of CPython's marshal format, version 4 and the older forms that it still reads. */
#ifndef PYOPT_MARSHAL_TYPES_H
#define PYOPT_MARSHAL_TYPES_H

enum { MARSHAL_FLAG_REF = 0x80 }; /* the object is numbered; TypeRef refers to it */

typedef enum MarshalType {
    TypeNull = '0',
    TypeNone = 'N',
    TypeFalse = 'F',
    TypeTrue = 'T',
    TypeStopIter = 'S',
    TypeEllipsis = '.',
    TypeInt = 'i',         /* int32 */
    TypeInt64 = 'I',       /* read only: long out of use */
    TypeLong = 'l',        /* int32 count, negative for a negative int; 15-bit digits in 16 bits */
    TypeFloat = 'f',       /* byte count, decimal text */
    TypeBinaryFloat = 'g', /* 8 bytes */
    TypeComplex = 'x',
    TypeBinaryComplex = 'y',
    TypeString = 's',   /* bytes: int32 count, bytes */
    TypeUnicode = 'u',  /* int32 count, UTF-8 with surrogates */
    TypeInterned = 't', /* likewise, interned */
    TypeAscii = 'a',    /* int32 count */
    TypeAsciiInterned = 'A',
    TypeShortAscii = 'z', /* byte count */
    TypeShortAsciiInterned = 'Z',
    TypeSmallTuple = ')', /* byte count */
    TypeTuple = '(',      /* int32 count, as the other containers */
    TypeList = '[',
    TypeDict = '{', /* key, value, ... TypeNull */
    TypeSet = '<',
    TypeFrozenSet = '>',
    TypeCode = 'c',
    TypeRef = 'r', /* int32 index */
} MarshalType;

#endif
