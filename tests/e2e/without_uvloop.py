"""The command line, in a Python that has no uvloop: as on Windows."""

import sys

sys.modules["uvloop"] = None  # type: ignore[assignment] # so says the import system of what is not to be found

from gateway.__main__ import main  # noqa: E402 - it looks for uvloop

if __name__ == "__main__":
    sys.exit(main())
