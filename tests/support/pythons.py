"""The Pythons of this machine, by name, this one among them: purenet has to run on all of them."""
from tools.check import find_pythons

PYTHONS = find_pythons()
