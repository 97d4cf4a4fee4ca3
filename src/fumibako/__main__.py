"""`python -m fumibako`: the command line."""

import sys

from fumibako.cli import main

sys.exit(main())
