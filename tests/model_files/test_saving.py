"""A save is whole or has not been: after errors, Ctrl-C, a full disk, and a kill at each of its system calls."""
import copy
import errno
import os
import pickle
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from purenet import SGD, Adam, Dense, Network, backend, load
from purenet._core import files as core_files
from purenet._core.files import check_writable
from purenet.model_files import container, writer
from tests import ROOT
from tests.support.interrupts import interrupted_at_line
from tests.support.model_files import small_network
from tools.checks import kill_saves

BACKENDS = backend().available
OLD, NEW = small_network(seed=1), small_network(seed=2)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.fixture
def files(tmp_path_factory):
    """The bytes of the old and the new network's file."""
    folder = tmp_path_factory.mktemp("files")
    OLD.save(folder / "old")
    NEW.save(folder / "new")
    return (folder / "old").read_bytes(), (folder / "new").read_bytes()


# errors --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), MemoryError()])
def test_an_error_leaves_the_old_file_and_nothing_else(call, error, path, files, monkeypatch):
    OLD.save(path)

    def fails(*_):
        raise error

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(type(error)):
        NEW.save(path)
    monkeypatch.undo()
    assert path.read_bytes() == files[0]
    assert list(path.parent.iterdir()) == [path]
    NEW.save(path)
    assert path.read_bytes() == files[1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # between open and with
def test_an_interrupt_at_any_line_leaves_the_old_file_or_the_new_one_and_nothing_else(path, files):
    seen = {0: 0, 1: 0}
    line = 0
    interrupted = True
    while interrupted:
        OLD.save(path)
        interrupted = interrupted_at_line(line, lambda: NEW.save(path), writer.__file__, core_files.__file__)
        seen[files.index(path.read_bytes())] += 1
        assert list(path.parent.iterdir()) == [path]
        line += 1
    assert seen[0] > 40 and seen[1] > 3


def test_a_disk_that_is_full_leaves_the_old_file(path, files):
    pytest.importorskip("resource")
    OLD.save(path)
    code = (f"import sys; sys.path[:0] = [{str(ROOT)!r}]; import resource, purenet; net = purenet.load({str(path)!r})\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            f"net.fit([[0.1, 0.2]], [[0.3]]); net.save({str(path)!r})")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "OSError" in done.stderr and "File too large" in done.stderr
    assert path.read_bytes() == files[0]
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_synced_is_no_obstacle(path, monkeypatch):
    fsync = os.fsync

    def files_only(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    NEW.save(path)
    assert load(path).digest() == NEW.digest()


def test_file_and_folder_are_brought_to_the_disk_in_this_order(path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor):
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def replaced(*names):
        order.append("replace")
        replace(*names)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    NEW.save(path)
    assert order == ["file", "replace", "folder"]


# what stays ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("mode", [0o600, 0o664, 0o777])
def test_the_old_files_permissions_are_kept(mode, path):
    OLD.save(path)
    path.chmod(mode)
    NEW.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_permissions_of_any_new_file(path, tmp_path):
    (tmp_path / "other").touch()
    NEW.save(path)
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_a_link_is_kept_and_what_it_points_to_is_replaced(there, path, tmp_path, files):
    target = tmp_path / "elsewhere" / "target"
    target.parent.mkdir()
    if there:
        OLD.save(target)
    path.symlink_to(Path("elsewhere") / "target")
    NEW.save(path)
    assert path.is_symlink() and target.read_bytes() == files[1]
    assert sorted(tmp_path.rglob("*")) == [target.parent, target, path]


def test_what_is_no_file_is_refused_and_kept(path, tmp_path):
    os.mkfifo(path)
    for place in (path, tmp_path):
        with pytest.raises(ValueError, match="exists and is not a regular file"):
            NEW.save(place)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_write_protected_is_refused_and_kept(path, files, monkeypatch):
    OLD.save(path)
    monkeypatch.setattr(os, "access", lambda place, mode: False)  # root may write whatever it wants
    with pytest.raises(PermissionError, match="write-protected"):
        NEW.save(path)
    assert path.read_bytes() == files[0]


@pytest.mark.parametrize("name", [str, Path, os.fsencode])
def test_a_folder_that_is_not_there_is_an_error_of_the_system_that_names_what_was_asked_for(name, tmp_path):
    place = name(str(tmp_path / "absent" / "model"))
    for refused in (lambda: NEW.save(place), lambda: check_writable(place), lambda: load(place)):
        with pytest.raises(FileNotFoundError) as caught:
            refused()
        assert str(caught.value) == f"[Errno 2] No such file or directory: {os.fspath(place)!r}"


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_whatever_goes_wrong_while_saving_the_error_names_what_was_asked_for(call, path, monkeypatch):
    OLD.save(path)
    true_call, done = getattr(os, call), []

    def fails(place, *others):
        done.append(place)
        names = {"fsync": [], "replace": [place, 0, "b"], "chmod": [place]}
        raise OSError(errno.ENOSPC, "No space left", *names[call])

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError) as caught:
        NEW.save(str(path))
    monkeypatch.setattr(os, call, true_call)
    assert done and str(caught.value) == f"[Errno 28] No space left: {str(path)!r}"
    assert caught.value.filename == str(path) and caught.value.filename2 is None


def test_an_error_while_a_file_is_read_names_it(path, monkeypatch):
    NEW.save(path)

    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(container, "_exactly", fails)
    with pytest.raises(OSError) as caught:
        load(path)
    assert str(caught.value) == f"[Errno 5] Input/output error: {str(path)!r}"


def test_names_of_all_kinds(tmp_path, monkeypatch, files):
    monkeypatch.chdir(tmp_path)
    names = ["model", b"bytes", Path("path"), "ü \n.x", "a" * 255, os.path.join(str(tmp_path), "whole")]
    for name in names:
        NEW.save(name)
        with open(name, "rb") as file:
            assert file.read() == files[1]
        assert load(name).digest() == NEW.digest()
    assert len(list(tmp_path.iterdir())) == len(names)


# kills ---------------------------------------------------------------------------------------------

def needs_strace():
    if not shutil.which("strace"):
        pytest.skip("no strace")


@pytest.mark.full
@pytest.mark.once
def test_a_kill_at_any_system_call_leaves_the_old_file_or_the_new_one(tmp_path, capsys):
    needs_strace()
    kills, old, new, leftovers, missed, torn = kill_saves.survey(1, tmp_path)
    assert torn == []
    assert kills == old + new > 30
    assert old > 10 and new > 4 and leftovers > 10 and missed < 5


def test_the_kills_tear_a_file_that_is_written_in_place(tmp_path):
    needs_strace()
    in_place = "open(path, 'wb').write(open(model, 'rb').read())"
    scenario = kill_saves.Scenario(tmp_path / "torn", 2, "an old file", save=in_place)
    results = (scenario.kill(name, number) for name, number in scenario.calls())
    assert any(result and result[0] == "TORN" for result in results)


# memory and threads --------------------------------------------------------------------------------

@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam()], ids=["SGD", "Adam"])
@pytest.mark.parametrize("use", ["save", "digest"])
def test_saving_takes_little_memory(tmp_path, name, optimizer, use):
    tracemalloc = pytest.importorskip("tracemalloc")  # PyPy has none
    net = Network(500, [Dense(500)], init="zeros", optimizer=optimizer, backend=name)  # 2 MB without Adam's numbers
    path = tmp_path / "model.safetensors"
    net.save(path)
    tracemalloc.start()
    try:
        net.save(path) if use == "save" else net.digest()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # the reference makes flat lists of its floats; new floats would take three times as much
    assert peak < (0.1 if name == "compiled" else 1.2) * path.stat().st_size


@pytest.mark.skipif("compiled" not in BACKENDS, reason="no compiled engine here")
def test_a_file_that_is_being_written_is_not_changed_by_other_threads(tmp_path, monkeypatch):
    net, path = Network(2, [Dense(2)], backend="compiled"), tmp_path / "model.safetensors"
    parameters, digest, outputs = net.parameters(), net.digest(), net.predict([[1.0, 2.0]])
    writing, may_write, write, losses = threading.Event(), threading.Event(), writer._write_to, []

    def slow_write(*parts):
        writing.set()
        may_write.wait()
        write(*parts)

    monkeypatch.setattr(writer, "_write_to", slow_write)
    saving = threading.Thread(target=net.save, args=(path,), daemon=True)
    training = threading.Thread(target=lambda: losses.extend(net.fit([[1.0, 2.0]], [[0.5, 0.5]], 9).loss), daemon=True)
    saving.start()
    writing.wait()
    try:
        assert net.predict([[1.0, 2.0]]) == outputs
        for refused in (lambda: net.set_parameters(parameters), net.digest, lambda: net.save(path)):
            with pytest.raises(RuntimeError, match="this network is in use by another thread"):
                refused()
        training.start()
        training.join(0.05)
        assert training.is_alive() and not losses
    finally:
        may_write.set()
    saving.join()
    training.join()
    assert load(path).digest() == digest != net.digest() and len(losses) == 9


@pytest.mark.parametrize("keep", ["save", "pickle", "copy"])
@pytest.mark.parametrize("name", BACKENDS)
def test_a_file_or_copy_holds_progress_and_state_of_the_same_batch(tmp_path, monkeypatch, name, keep):
    """Another thread trains a batch just before the state is read. The progress has to be read after that."""
    x, y, path, kept, inside = [[0.1, 0.2], [0.3, 0.1]], [[0.1], [0.2]], tmp_path / "model.safetensors", [], []
    net, alone = Network(2, [Dense(1)], backend=name), Network(2, [Dense(1)], backend=name)
    engine = net.engine

    def after_a_batch(read):
        def reading(*use):
            if not inside:
                run = net.resume_point.running.run
                run.row_budget = 1
                engine.train(run)
            inside.append(True)
            try:
                return read(*use)
            finally:
                inside.pop()
        return reading

    def progress(*_):
        if not kept:
            with monkeypatch.context() as patch:
                patch.setattr(engine, "use_state", after_a_batch(engine.use_state))
                patch.setattr(engine, "state", after_a_batch(engine.state))
                kept.append(net.save(path) if keep == "save" else
                            pickle.loads(pickle.dumps(net)) if keep == "pickle" else copy.copy(net))

    monkeypatch.setattr("purenet.training.loop.SHARE", 1)  # progress is called after the first batch
    net.fit(x, y, 9, 1, progress=progress)
    again = kept[0] or load(path)
    assert again.fit(x, y, 9, 1, resume=True).loss == alone.fit(x, y, 9, 1).loss
    assert again.digest() == alone.digest() == net.digest()
