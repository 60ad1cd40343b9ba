"""Turn a user's arguments into a plan, and a user's data into an engine's rows. Private."""
