"""Records and checks that everything shares; private, and imports nothing else of purenet."""
