"""A tokenizer over text: string comparisons, dict and set membership, slices, joins."""
import sys

KEYWORDS = {"if", "else", "while", "return"}


def tokens(text):
    out = []
    i = 0
    n = len(text)
    while i < n:
        c = text[i]
        if c.isspace():
            i += 1
        elif c.isalpha() or c == "_":
            j = i + 1
            while j < n and (text[j].isalnum() or text[j] == "_"):
                j += 1
            word = text[i:j]
            out.append(("kw" if word in KEYWORDS else "name", word))
            i = j
        elif c.isdigit():
            j = i + 1
            while j < n and text[j].isdigit():
                j += 1
            out.append(("num", int(text[i:j])))
            i = j
        else:
            out.append(("op", c))
            i += 1
    return out


def histogram(toks):
    counts = {}
    for kind, value in toks:
        if kind in counts:
            counts[kind] += 1
        else:
            counts[kind] = 1
    return counts


def main(n):
    text = "while alpha_1 < 42 { if beta == 7 return gamma + 1000 ; else x = y ( z , 3 ) } " * 8
    for _ in range(n):
        histogram(tokens(text))


main(int(sys.argv[1]))
