"""Studies on the page: form, progress, gallery, tables and downloads."""
