"""A view's state in the address, and the Share menu."""
