"""From a user's arguments to a plan, and from a user's data to an engine's rows; private."""
