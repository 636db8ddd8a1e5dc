"""Memory that was given back is used again: what a program builds and drops costs page faults once."""
import resource

import funcs


def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    built = [(i, i) for i in range(50000)]
    del built
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


funcs.add(1, 2)
first = faults()
again = [faults() for _ in range(6)]
print('kept' if first > 500 and sum(again) < first else f'{first} page faults, then {again}')
