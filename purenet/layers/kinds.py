"""All layers, by which files name them."""
from . import ROW_LAYERS
from .convolution import Conv2D
from .pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D

LAYERS = ROW_LAYERS + (Conv2D, MaxPool2D, AveragePool2D, GlobalAveragePool2D)  # all there are
