"""List the Pythons of this machine by name, including this one. purenet has to run on all of them."""
from tools.check import find_pythons

PYTHONS = find_pythons()
