"""Records and checks that all packages share. Private; imports nothing else of purenet."""
