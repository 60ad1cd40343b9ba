"""Files whose parts contradict each other are refused early; what training leaves is always loaded."""
import os
import stat
import subprocess
import sys

import pytest

from purenet import SGD, Conv2D, Dense, ModelFileError, Network, load
from purenet._core.files import check_writable
from purenet.backends import compiled_status
from purenet.model_files.container import read
from purenet.model_files.network_format import decode
from tests import ROOT
from tests.support.model_files import file_of, parts

X, Y = [[0.1], [0.2], [0.3], [0.4], [0.5]], [[1.0], [0.0], [1.0], [0.0], [1.0]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def network():
    return Network(1, [Dense(2), Dense(1)], optimizer=SGD(0.01, 0.5), init="randn", backend="reference")


def change(path, *changes):
    """Write the file again with other texts in its header."""
    header, data = parts(path.read_bytes())
    for old, new in changes:
        assert header.count(old) == 1, (old, header)
        header = header.replace(old, new)
    path.write_bytes(file_of(header, data))


# names and shapes before memory --------------------------------------------------------------------

@pytest.mark.parametrize("old, new", [
    ('"0.bias":', '"0.biases":'), ('"0.bias":{"dtype":"F64"', '"0.bias":{"dtype":"I64"'),
    ('"1.weights":{"dtype":"F64","shape":[2,1]', '"1.weights":{"dtype":"F64","shape":[2]'),
    ('"stream":{"dtype":"U32","shape":[624]', '"stream":{"dtype":"U32","shape":[1,624]'),
    ('"run":{"dtype":"F64"', '"runs":{"dtype":"F64"'), ('"run":{"dtype":"F64"', '"table.x":{"dtype":"F64"'),
    ('[\\"units\\",2]', '[\\"units\\",3]'),
    ('"settings":{"dtype":"F64"', '"settings":{"dtype":"I64"'), ('"settings":{', '"numbers":{'),
    ('"settings":{"dtype":"F64","shape":[2]', '"settings":{"dtype":"F64","shape":[2,1]'),
])
def test_only_the_settings_are_read_before_names_and_shapes_are_right(old, new, path):
    net = network()
    net.fit(X, Y, 3, 2, max_seconds=0.0)
    net.save(path)
    change(path, (old, new))
    filled = []
    with pytest.raises(ModelFileError):
        read(path, lambda metadata, tensors, fill: decode(
            metadata, tensors, lambda tensor: (filled.append(tensor.name), fill(tensor))))
    assert filled == ([] if "settings" in old or "run" in old else ["settings"])


# position and run ----------------------------------------------------------------------------------

def stopped(path, times, fresh=False):
    """Save a network whose training of 3 epochs of 3 batches was paused after so many batches."""
    net = network()
    if fresh:
        net.fit(X, Y, 2, 3)
    for k in range(times):
        net.fit(X, Y, 3, 2, max_seconds=0.0, resume=k > 0)
    net.save(path)
    return net


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("times", range(1, 10))
def test_a_training_paused_after_any_batch_is_loaded_and_goes_on(times, fresh, path):
    net = stopped(path, times, fresh)
    again = load(path, backend="reference")
    whole = network()
    if fresh:
        whole.fit(X, Y, 2, 3)
    whole.fit(X, Y, 3, 2)
    again.fit(X, Y, 3, 2, resume=times < 9)
    if times < 9:
        assert again.digest() == whole.digest()
    assert net.digest() == load(path, backend="reference").digest()


@pytest.mark.parametrize("position", ["[1,0,4]", "[1,2,4]", "[1,1,3]", "[0,1,4]", "[0,4,4]", "[2,1,4]", "[1,1,0]"])
def test_a_position_that_does_not_fit_the_run_is_refused(position, path):
    stopped(path, 4)
    load(path, backend="reference")
    change(path, ('[\\"position\\",[1,1,4]]', f'[\\"position\\",{position}]'))
    with pytest.raises(ModelFileError, match="which do not agree"):
        load(path, backend="reference")


@pytest.mark.parametrize("position, fits", [("[7,1,10]", True), ("[1,1,9]", True), ("[7,1,9]", False)])
def test_earlier_trainings_may_have_done_more(position, fits, path):
    stopped(path, 4)
    change(path, ('[\\"position\\",[1,1,4]]', f'[\\"position\\",{position}]'))
    if fits:
        load(path, backend="reference")
    else:
        with pytest.raises(ModelFileError, match="which do not agree"):
            load(path, backend="reference")


@pytest.mark.parametrize("old, new", [
    ('[\\"rows\\",2]', '[\\"rows\\",4]'), ('[\\"rows\\",2]', '[\\"rows\\",0]'),
    ('[\\"batch_size\\",2]', '[\\"batch_size\\",1]'), ('[\\"samples\\",5]', '[\\"samples\\",500]'),
])
def test_a_run_that_does_not_fit_the_position_is_refused(old, new, path):
    stopped(path, 4)
    change(path, (old, new))
    with pytest.raises(ModelFileError, match="do not agree|the totals of the epoch in progress"):
        load(path, backend="reference")


def test_a_training_interrupted_before_its_first_batch_keeps_the_position_of_the_one_before(path, monkeypatch):
    net = network()
    net.fit(X, Y, 3, 2, max_seconds=0.0)

    def interrupted(engine, run):
        raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(type(net.engine), "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            net.fit(X, Y, 3, 2)
    net.save(path)
    again = load(path, backend="reference")
    again.fit(X, Y, 3, 2, resume=True)
    net.fit(X, Y, 3, 2)
    assert again.digest() == net.digest()


def test_save_refuses_what_load_refuses_and_leaves_the_old_file(path):
    net = stopped(path, 4)
    old = path.read_bytes()
    net.resume_point.paused.rows = 4  # as if another thread had trained on meanwhile
    with pytest.raises(ModelFileError, match="which do not agree"):
        net.save(path)
    assert path.read_bytes() == old


@pytest.mark.parametrize("metadata", [{"a": "b"}, "ab", 5, [("a",)], ["ab"], [("a", 1)], [(1, "b")], [("a", "b", "c")]])
def test_metadata_that_are_no_pairs_of_text_are_named(metadata, path):
    with pytest.raises(TypeError, match="^metadata"):
        network().save(path, metadata=metadata)
    assert not path.exists()


# memory --------------------------------------------------------------------------------------------

@pytest.mark.once
@pytest.mark.skipif(bool(compiled_status()[1]), reason="needs the compiled engine")
def test_a_network_that_does_not_fit_in_memory_is_refused_with_the_path(path):
    Network((4096, 4096, 1), [Conv2D(1000, 1, bias=False)], backend="reference").save(path)
    with pytest.raises(ModelFileError) as error:
        load(path, backend="compiled")
    assert str(error.value).startswith(f"{path}: this network needs 805574 MB here")


LITTLE = """
import resource, sys
import purenet
from purenet import Adam, Dense, Network
import purenet.model_files.network_format, purenet.reference.engine, purenet._core.memory
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 6000000,) * 2)
try:
    {work}
except (MemoryError, purenet.ModelFileError) as error:
    print(type(error).__name__, error)
"""


@pytest.mark.once
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_the_reference_asks_for_the_memory_of_a_large_network_before_it_makes_or_reads_numbers(path):
    Network(1100, [Dense(1000)], init="zeros").save(path)

    def printed(work):
        run = subprocess.run([sys.executable, "-c", LITTLE.format(work=work)], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    cure = "; make its layers smaller, or let the process have more memory\n"
    made = "Network(10**4, [Dense(10**4)], init=lambda *_: print('drawn'), optimizer=Adam(), backend='reference')"
    assert printed(made) == "MemoryError this network needs 2400 MB here at least" + cure
    loaded = f"purenet.load({str(path)!r}, backend='reference')"
    assert printed(loaded) == f"ModelFileError {path}: this network needs 8 MB here at least" + cure


# the access to temporary files ---------------------------------------------------------------------

@pytest.fixture
def modes(monkeypatch):
    """The permissions of every unfinished file before each call of the system that follows its creation."""
    seen = []

    def watched(name):
        call = getattr(os, name)

        def watching(path, *others, **named):
            if isinstance(path, int):
                mode = os.fstat(path).st_mode
                seen.extend([stat.S_IMODE(mode)] if stat.S_ISREG(mode) else [])
            elif "unfinished" in str(path) and os.path.exists(path):
                seen.append(stat.S_IMODE(os.lstat(path).st_mode))
            return call(path, *others, **named)

        monkeypatch.setattr(os, name, watching)

    for name in ("chmod", "chown", "fsync", "replace", "unlink"):
        watched(name)
    before = os.umask(0)
    yield seen
    os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
@pytest.mark.parametrize("mode", [0o600, 0o400 | 0o200, 0o640, 0o660, 0o604])
def test_nobody_gets_more_access_to_the_temporary_file_than_to_the_old_one(mode, path, modes):
    network().save(path)
    path.chmod(mode)
    modes.clear()
    network().save(path)
    check_writable(path)
    assert len(modes) > 3 and [oct(own) for own in modes if own & ~mode] == []
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="Windows has no umask")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007])
def test_a_new_file_follows_the_umask_from_the_start(umask, path, modes):
    os.umask(umask)
    network().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask and modes[0] == 0o666 & ~umask


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_keeps_owner_and_group_of_the_old_file(path):
    network().save(path)
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    network().save(path)
    now = path.stat()
    assert (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) == (12345, 23456, 0o640)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("mode, left", [(0o640, 0o600), (0o664, 0o644), (0o660, 0o600), (0o644, 0o644)])
def test_another_group_gets_no_more_than_everybody(mode, left, path, monkeypatch):
    network().save(path)
    os.chown(path, 12345, 23456)
    path.chmod(mode)

    def refused(*arguments):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    network().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == left


def test_a_hard_link_keeps_the_old_contents_and_a_symbolic_link_stays_one(path, tmp_path):
    network().save(path)
    old = path.read_bytes()
    os.link(path, tmp_path / "hard")
    os.symlink(path, tmp_path / "soft")
    stopped(tmp_path / "soft", 4)
    assert (tmp_path / "hard").read_bytes() == old != path.read_bytes()
    assert (tmp_path / "soft").is_symlink() and sorted(os.listdir(tmp_path)) == ["hard", "model.safetensors", "soft"]
