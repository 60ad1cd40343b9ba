"""Load the handwritten digits that come with the package."""


def load_digits() -> "tuple[list[list[float]], list[int]]":
    """Return the 1,797 bundled digits: a list of images, each 64 pixels from 0.0 to 16.0, and their labels, 0 to 9.

    Source: UCI Optical Recognition of Handwritten Digits (CC BY 4.0), see ``DIGITS.md``.
    """
    import gzip
    import pkgutil

    packed = pkgutil.get_data("purenet", "data/digits.txt.gz")
    if packed is None:
        raise FileNotFoundError("purenet/data/digits.txt.gz is missing from this installation")
    pixel = {character: float(value) for value, character in enumerate("0123456789abcdefg")}
    *columns, labels = gzip.decompress(packed).decode("ascii").split()
    return [[pixel[character] for character in image] for image in zip(*columns)], [int(label) for label in labels]
