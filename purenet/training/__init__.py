"""Training: the loop, callbacks, history, progress and validation."""
