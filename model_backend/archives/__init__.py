"""Maps as files that open again, and the backend that shows them."""
