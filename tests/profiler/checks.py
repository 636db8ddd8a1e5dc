"""Runs the functions of a module that are named check_*; the docstring of each is what it claims."""


def run_checks(label, module, only=None):
    """module: its globals().  Prints a line per failure, and the count.  True: something failed."""
    passed = failed = 0
    for name, check in list(module.items()):
        if not name.startswith("check_") or (only and name[6:] not in only):
            continue
        try:
            check()
            passed += 1
        except Exception as e:
            failed += 1
            print(f"FAILED: {check.__doc__}: {type(e).__name__}: {e}")
    print(f"{label}: {passed} passed, {failed} failed")
    return failed > 0
