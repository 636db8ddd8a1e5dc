#include "strbuf.h"
#include "unit_tests.h"
#include "utf8.h"

#include <string.h>

static const char *
json(const char *text)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    sb_json(&b, text);
    return b.s;
}

START_TEST(grows)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    for (int i = 0; i < 1000; i++)
        sb_printf(&b, "%d,", i % 10);
    ck_assert_uint_eq(b.n, 2000);
    ck_assert_uint_eq(strlen(b.s), 2000);
    ck_assert_mem_eq(b.s + 1994, "7,8,9,", 6);
}
END_TEST

START_TEST(json_is_always_utf8)
{
    ck_assert_str_eq(json("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
    ck_assert_str_eq(json("\xc3\xa9 \xf0\x9f\x90\x8d"), "\"\xc3\xa9 \xf0\x9f\x90\x8d\"");
    ck_assert_str_eq(json("\xff"), "\"\\ufffd\"");
    ck_assert_str_eq(json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""); /* a lone surrogate */
    ck_assert_str_eq(json("\xf0\x9f"), "\"\\ufffd\\ufffd\"");            /* cut off */
}
END_TEST

START_TEST(c_strings_have_no_trigraphs)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    sb_cstr(&b, "?\?=\"\n9");
    ck_assert_str_eq(b.s, "\"\\077\\077=\\\"\\0129\"");
}
END_TEST

START_TEST(utf8_knows_its_limits)
{
    ck_assert_uint_eq(utf8_len("", 0, false), 0);
    ck_assert_uint_eq(utf8_len("\0", 1, false), 1);
    ck_assert_uint_eq(utf8_len("\xc1\xbf", 2, true), 0);         /* overlong */
    ck_assert_uint_eq(utf8_len("\xe0\x9f\xbf", 3, true), 0);     /* overlong */
    ck_assert_uint_eq(utf8_len("\xf0\x8f\xbf\xbf", 4, true), 0); /* overlong */
    ck_assert_uint_eq(utf8_len("\xf4\x8f\xbf\xbf", 4, false), 4);
    ck_assert_uint_eq(utf8_len("\xf4\x90\x80\x80", 4, true), 0); /* beyond U+10FFFF */
    ck_assert_uint_eq(utf8_len("\xed\xbf\xbf", 3, true), 3);
    ck_assert_uint_eq(utf8_len("\xed\xbf\xbf", 3, false), 0);
    ck_assert_uint_eq(utf8_len("\xe2\x82", 2, true), 0); /* cut off */
    ck_assert(utf8_ascii("abc", 3) && !utf8_ascii("a\x80", 2));
}
END_TEST

Suite *
test_strbuf_suite(void)
{
    return unit_suite("strbuf", (const TTest *const[]){grows, json_is_always_utf8,
                                                       c_strings_have_no_trigraphs,
                                                       utf8_knows_its_limits, NULL});
}
