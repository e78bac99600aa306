"""`./run bench [name]`: each module beside this one is a benchmark and prints its own numbers."""

import sys
from importlib import import_module
from pathlib import Path


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks, by default all; 2 when one of them does not exist."""
    known = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
    unknown = [name for name in chosen if name not in known]
    if unknown or not known:
        print(f"ベンチマーク Benchmarks: {', '.join(known) or 'まだない none yet'}")
        return 2 if unknown else 0
    for name in chosen or known:
        print(f"== {name}")
        import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
