"""What every layer wrote for one token rather than another."""
