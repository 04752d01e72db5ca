"""What the bundled program runs: the command line and its window, or, when it starts itself, a reading process."""

import sys

from auditviewer.core.reading.spawn import CHILD_FLAG

if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD_FLAG]:
        from auditviewer.core.reading.child import main as read

        sys.exit(read())
    from auditviewer.cli.main import main

    sys.exit(main())
