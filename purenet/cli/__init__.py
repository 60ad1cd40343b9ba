"""The commands of ``python3 -m purenet``. Each module has ``add``, which declares its options, and ``run``."""
