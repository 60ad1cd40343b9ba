"""Measure the memory that saving a model takes, in a process of its own."""
import os
import statistics
import subprocess
import sys
import tempfile

from tools import ROOT

# Linux keeps the most that a process has held (VmHWM); a 5 written to clear_refs sets it to what it holds now
INSIDE = """
import sys
sys.path.insert(0, {root!r})
def held(name):
    return [1024 * int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)][0]
{load}
open("/proc/self/clear_refs", "w").write("5")
before = held("VmRSS")
{save}
print(held("VmHWM") - before)
"""
PURENET = ("import purenet; net = purenet.load({path!r}, backend={backend!r}); net.save({other!r})",
           "net.save({other!r})")
NUMPY = ("import numpy; values = dict(numpy.load({path!r})); numpy.savez({other!r}, **values)",
         "numpy.savez({other!r}, **values)")


def saving(table):
    """Memory that saving takes above that of the loaded model, beside the size of the file."""
    np = table.peer("numpy")
    if np is None or not table.twin():
        return
    if not os.path.exists("/proc/self/clear_refs"):
        table.skip("the memory of saving", "this system has no /proc/self/clear_refs")
        return
    from purenet import SGD, Dense, Network

    units = 50 if table.quick else 3162  # 80 MB
    net = Network(units, [Dense(units)], optimizer=SGD(0.01), seed=1, backend="compiled")
    with tempfile.TemporaryDirectory() as folder:
        path, other = os.path.join(folder, "model.safetensors"), os.path.join(folder, "other.safetensors")
        net.save(path)
        size = os.path.getsize(path)
        arrays = os.path.join(folder, "model.npz"), os.path.join(folder, "other.npz")
        np.savez(arrays[0], **{name: np.array(values) for name, values in net.parameters()})

        def above(code, path, other, backend="compiled"):
            load, save = (part.format(path=path, other=other, backend=backend) for part in code)
            run = subprocess.run([sys.executable, "-c", INSIDE.format(root=str(ROOT), load=load, save=save)],
                                 stdout=subprocess.PIPE, check=True)
            return int(run.stdout)

        ours, theirs = [], []
        for _ in range(table.pairs):
            ours.append(above(PURENET, path, other) / 1e6)
            theirs.append(above(NUMPY, *arrays) / 1e6)
        with open(path, "rb") as first, open(other, "rb") as second:
            if first.read() != second.read():
                raise SystemExit("bench: the file that was saved is not the file that was loaded")
        reference = above(PURENET, path, other, "reference") / 1e6
    note = f"NumPy's savez: {statistics.median(theirs) * 1e6 / size:.3f} of it"
    table.row("memory of saving", "the file's size", ours, [size / 1e6] * len(ours), bar=0.5, reference=reference,
              note=note, unit="MB")
