"""Train on the columns of a CSV file, and predict from another one."""
from .model import TableModel
from .reproduce import reproduce
from .training import train

__all__ = ["TableModel", "reproduce", "train"]
