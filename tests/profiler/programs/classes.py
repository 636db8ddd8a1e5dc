"""Method calls on three classes with shares 60, 30 and 10 %; attributes of two types."""
import sys


class Shape:
    def __init__(self, w):
        self.w = w


class Square(Shape):
    def area(self):
        return self.w * self.w


class Rect(Shape):
    def __init__(self, w, h):
        super().__init__(w)
        self.h = h

    def area(self):
        return self.w * self.h


class Line(Shape):
    def area(self):
        return 0


def total(shapes):
    s = 0
    for p in shapes:
        a = p.area()
        if a > 50:
            s += a
        elif a:
            s -= a
        else:
            s += 1
    return s


def main(n):
    shapes = []
    for i in range(3000):
        k = i * 7 % 10
        if k < 6:
            shapes.append(Square(i % 11))
        elif k < 9:
            shapes.append(Rect(i % 7, float(i % 13)))
        else:
            shapes.append(Line(i))
    for _ in range(n):
        total(shapes)


main(int(sys.argv[1]))
