"""All optimizers, by which files name them."""
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD

OPTIMIZERS = (SGD, RMSprop, Adagrad, Adam, AdamW, Rprop)  # all there are
