"""Verify this machine: recompute golden vectors, compare both engines, check gradients."""
