"""Verify this machine: vectors, gradients, and both backends compared."""
