"""`./run bench [name …] [--option …]`: each module beside this one is a benchmark and prints its own numbers."""

import sys
from importlib import import_module
from itertools import takewhile
from keyword import iskeyword
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run the chosen benchmarks, by default all, with the options; 2 when one of them does not exist."""
    chosen = list(takewhile(lambda word: not word.startswith("-"), arguments))
    # import_.py measures the import: a module cannot bear that name.
    known = sorted(file.stem.rstrip("_") for file in Path(__file__).parent.glob("[!_]*.py"))
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"ベンチマーク Benchmarks: {', '.join(known)}")
        return 2
    for name in chosen or known:
        print(f"== {name}")
        module = f"{name}_" if iskeyword(name) else name
        import_module(f"tests.bench.{module}").main(arguments[len(chosen) :])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
