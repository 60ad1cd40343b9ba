"""Run networks in the compiled C library, which gives the same bits as ``purenet.reference``."""
