"""``python -m dashboard.access NAME``: prints a name and the hash of a password."""

from dashboard.web.access import main

if __name__ == "__main__":
    main()
