"""`python -m polyclinic.cli`."""

import sys

from polyclinic.cli import main

sys.exit(main())
