NAMES = ("accuracy",)
def accuracy(y, p):
    return len([1 for a, b in zip(y, p) if a.index(max(a)) == b.index(max(b))]) / len(y)
