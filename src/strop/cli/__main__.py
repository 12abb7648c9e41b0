"""`python -m strop.cli`."""

import sys

from strop.cli import main

sys.exit(main())
