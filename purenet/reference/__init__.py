"""The specification: the arithmetic of purenet in plain loops over lists.

What stands here defines every bit that the package computes; a compiled twin has to give the same.
Read ``elementary`` and ``matrix`` first, then ``dense``, ``activations``, ``losses``, ``optimizers``, and
``training``, which puts them together.
"""
