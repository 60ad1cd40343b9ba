"""Model files: bytes to settings and state, and back."""
