"""Maps of AUCs: what they hold, their figures and their cells."""
