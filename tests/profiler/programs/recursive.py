"""Recursion with known split: fib, and a tree walk whose nodes are leaves one time in two."""
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


class Node:
    __slots__ = ("left", "right", "value")

    def __init__(self, left, right, value):
        self.left = left
        self.right = right
        self.value = value


def build(d):
    if d == 0:
        return None
    return Node(build(d - 1), build(d - 1), d)


def walk(t, least):
    if t is None:
        return 0
    s = walk(t.left, least) + walk(t.right, least)
    if t.value > least:
        s += t.value
    return s


def main(n):
    tree = build(7)
    for _ in range(n):
        fib(11)
        walk(tree, 3)


main(int(sys.argv[1]))
