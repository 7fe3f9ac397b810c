"""Studies on disk: their folder, their files, and one zip file for exchange."""
