"""Stores studies on disk, and exports and imports them as zip files."""
