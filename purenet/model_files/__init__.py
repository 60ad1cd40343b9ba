"""Convert a network's settings and state to the bytes of a model file and back."""
