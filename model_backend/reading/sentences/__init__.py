"""The sentences of a reading; each module says one kind of thing, or nothing."""
