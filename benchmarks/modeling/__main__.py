"""`python -m strop.benchmarks.modeling`."""

import sys

from strop.benchmarks.modeling.command import main

if __name__ == "__main__":
    sys.exit(main())
