"""The specification: the arithmetic of purenet in plain loops over lists.

This code defines every bit that the package computes; the compiled twin in ``csrc/`` gives the same bits. README.md
says in which order to read it.
"""
