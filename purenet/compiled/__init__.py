"""The way to the compiled twin: pack, call, unpack; no arithmetic."""
