"""Starts Layerscope from a checkout, as the command ``layerscope`` does when it is installed."""

from dashboard.serving.main import main

if __name__ == "__main__":
    main()
