"""The command ``layerscope``, for ``python -m dashboard.serving``."""

from dashboard.serving.main import main

if __name__ == "__main__":
    main()
