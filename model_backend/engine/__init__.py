"""Forward passes, hooks, the logit lens and opened cells: everything that needs torch."""
