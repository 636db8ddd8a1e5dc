#include "utf8.h"

/* Length by first byte; 0 for continuation bytes, overlong C0 and C1, and what is beyond U+10FFFF.
 */
static size_t
announced(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

size_t
utf8_len(const char *text, size_t n, bool surrogates)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = n ? announced(s[0]) : 0;
    if (len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong =
        (s[0] == 0xe0 && len == 3 && s[1] < 0xa0) || (len == 4 && s[0] == 0xf0 && s[1] < 0x90);
    bool too_big = len == 4 && s[0] == 0xf4 && s[1] > 0x8f;
    bool surrogate = len == 3 && s[0] == 0xed && s[1] > 0x9f;
    return overlong || too_big || (surrogate && !surrogates) ? 0 : len;
}

bool
utf8_valid(const char *s, size_t n, bool surrogates)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_len(s + i, n - i, surrogates);
        if (!len)
            return false;
    }
    return true;
}

bool
utf8_ascii(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] >> 7)
            return false;
    return true;
}
