"""Around the page: sign-in, origin checks, headers, health, metrics and logs."""
