#include "pyver.h"

#define PYVER(tag, major, minor, magic) extern const PyVer pyver_v##tag;
#include "pyver.def"
#undef PYVER

static const PyVer *const versions[] = {
#define PYVER(tag, major, minor, magic) &pyver_v##tag,
#include "pyver.def"
#undef PYVER
};

const PyVer *
pyver_find(int major, int minor)
{
    for (size_t i = 0; i < countof(versions); i++)
        if (versions[i]->major == major && versions[i]->minor == minor)
            return versions[i];
    return NULL;
}

const PyVer *
pyver_find_magic(uint16_t magic)
{
    for (size_t i = 0; i < countof(versions); i++)
        if (versions[i]->magic == magic)
            return versions[i];
    return NULL;
}

const char *
pyver_supported(void)
{
    return ""
#define TEXT_(x)                        #x
#define TEXT(x)                         TEXT_(x)
#define PYVER(tag, major, minor, magic) " " TEXT(major) "." TEXT(minor)
#include "pyver.def"
#undef PYVER
           + 1;
}
