"""Fork, spawn and use threads while networks train: the scenarios of test_processes.py, each in its own process.

    python3 -m tests.support.processes SCENARIO BACKEND THREADS

The exit status is 0 if the scenario passes. Environment variables: PLANT is code that every process runs first, such as
a fault that has to be found. PATIENCE is the seconds after which a child counts as hanging. ROUNDS is the number of
forks.
"""
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings

from purenet import SGD, Dense, Network, RandomState

PATIENCE = float(os.environ.get("PATIENCE", "60"))
ROUNDS = int(os.environ.get("ROUNDS", "10"))
exec(os.environ.get("PLANT", ""), {})
X, Y = RandomState(1).randn(40, 6), RandomState(2).randn(40, 3)
LARGE_X, LARGE_Y = RandomState(3).randn(256, 64), RandomState(4).randn(256, 16)


def network(backend, threads, seed=0):
    """Return a network that divides even the smallest products among its threads."""
    net = Network(6, [Dense(9, "tanh"), Dense(3)], loss="mean_squared_error", optimizer=SGD(0.05, 0.9), seed=seed,
                  backend=backend, threads=threads)
    if backend == "compiled":
        net._engine.divide_everything()
    return net


def trained(net, epochs=5):
    net.fit(X, Y, epochs, 16)
    return net


def expected(seed=0, epochs=5):
    """Return the digest that the reference engine computes."""
    return trained(network("reference", 1, seed), epochs).digest()


def in_a_fork(do):
    """Call ``do`` in a forked child. Return its result or error as text, or "hangs" if it does not end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = str(do())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    end = time.monotonic() + PATIENCE
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "hangs"
        time.sleep(0.001)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


def same(got, wanted):
    assert got == wanted, f"got {got}, expected {wanted}"


# fork ----------------------------------------------------------------------------------------------

def fork_after(backend, threads):
    net = trained(network(backend, threads))
    same(in_a_fork(lambda: trained(network(backend, threads)).digest()), expected())
    same(in_a_fork(lambda: trained(net).digest()), expected(epochs=10))
    same(trained(net).digest(), expected(epochs=10))


class Training(threading.Thread):
    """A thread that trains its own network in long calls until it is stopped."""

    def __init__(self, backend, threads):
        super().__init__(daemon=True)
        self.net = Network(64, [Dense(64, "tanh"), Dense(16)], loss="mean_squared_error", optimizer=SGD(0.01, 0.9),
                           backend=backend, threads=threads)
        self.losses = []
        self.going = True
        if threads > 1:
            self.net._engine.divide_everything()  # so that a second thread works while it forks
        self.start()

    def run(self):
        while self.going:
            self.losses += self.net.fit(LARGE_X, LARGE_Y, 1 if self.net.backend == "reference" else 50, 16).loss

    def __enter__(self):
        while not self.in_a_call():
            time.sleep(0.001)
        return self

    def in_a_call(self):
        lock = self.net.resume_point.lock if self.net.backend == "reference" else self.net._engine._calls.lock
        return lock.locked()

    def __exit__(self, *error):
        self.going = False
        self.join()


def fork_during(backend, threads):
    """Train networks in a child that the parent's other thread does not use."""
    net = trained(network(backend, threads))
    with Training(backend, threads):
        for _ in range(ROUNDS):
            same(in_a_fork(lambda: trained(network(backend, threads)).digest()), expected())
            same(in_a_fork(lambda: trained(net).digest()), expected(epochs=10))


def fork_of_the_network_in_training(backend, threads):
    """Check that the child's copy has the state after a finished batch.

    Another network that is trained for the same number of steps has the same bits.
    """
    for n in range(ROUNDS):
        with Training(backend, threads) as training:
            time.sleep(0.01 + n % 10 * 0.001)
            while not training.in_a_call():
                pass
            said = in_a_fork(lambda: continue_training(training))
        assert said.count(";") == 2, said
        position, digest, after = said.split(";")
        same((digest, after), digests_of_another(training, *[int(number) for number in position.split(",")]))


def continue_training(training):
    """Return, in the child, the copy's position, its digest, and its digest after more training."""
    net = training.net
    said = [",".join(map(str, net._engine.state().position)), net.digest()]
    net.fit(LARGE_X[:64], LARGE_Y[:64], 1, 16, False)
    return ";".join([*said, net.digest()])


def digests_of_another(training, epoch, batch, steps):
    """Return the same two digests of another network, trained to the same position without a fork."""
    assert steps == 16 * epoch + batch
    other = Network(64, training.net.layers, loss="mean_squared_error", optimizer=SGD(0.01, 0.9),
                    backend=training.net.backend)
    other.fit(LARGE_X, LARGE_Y, epoch, 16)
    if batch:
        stream = RandomState(0)
        stream.set_state(other._engine.state().stream)
        some = stream.permutation(256)[:16 * batch]
        other.fit([LARGE_X[i] for i in some], [LARGE_Y[i] for i in some], 1, 16, False)
    digest = other.digest()
    other.fit(LARGE_X[:64], LARGE_Y[:64], 1, 16, False)
    return digest, other.digest()


def fork_in_the_middle_of_a_change(backend, threads):
    """Fork in the middle of a commit, and while parameters are being set: moments that are rarely hit by chance."""
    from purenet.compiled._twin import ffi, lib

    net = trained(network(backend, threads))
    state = net._engine._state
    stream = ffi.new("purenet_stream *", state.stream)
    state.next_active, state.next_stream = state.active, stream
    state.next_epoch, state.next_batch, state.next_steps = state.epoch, state.batch, state.steps
    state.active, state.epoch, state.stream.position, state.committing = 1 - state.active, 77, 5, 1
    same(in_a_fork(lambda: (net._engine.state().position, trained(net).digest())),
         str(((5, 0, 15), expected(epochs=10))))
    lib.purenet_commit_state(state)
    same(net.digest(), expected())
    said = []

    class Forking(list):
        """A list of parameters that forks when it is read."""

        def __iter__(self):
            said.append(in_a_fork(lambda: (net._engine.state().position, trained(net).digest())))
            return list.__iter__(self)

    other = trained(network(backend, threads), 7)._engine.state()
    for arrays in [other.statistics, other.parameters, *other.optimizer_numbers]:
        arrays[:] = [Forking(values) for values in arrays]
    net._engine.set_state(other)
    same(said, [str(((5, 0, 15), expected(epochs=10)))] * 8)
    same(trained(net, 3).digest(), expected(epochs=10))


# other processes -----------------------------------------------------------------------------------

def train_what_came(pipe):
    net = pickle.loads(pipe.recv_bytes())
    pipe.send((net.digest(), trained(net).digest(), trained(network(net.backend, net.threads)).digest(), net.backend))


def children(method, backend, threads):
    """Send a network to a new child process by pickle, and continue training there."""
    context = multiprocessing.get_context(method)
    net = trained(network(backend, threads))
    here, there = context.Pipe()
    child = context.Process(target=train_what_came, args=(there,))
    child.start()
    here.send_bytes(pickle.dumps(net))
    assert here.poll(PATIENCE), "the child says nothing"
    same(here.recv(), (expected(), expected(epochs=10), expected(), backend))
    child.join()
    same(child.exitcode, 0)


def spawn(backend, threads):
    children("spawn", backend, threads)


def forkserver(backend, threads):
    children("forkserver", backend, threads)


# threads -------------------------------------------------------------------------------------------

def eight_threads(backend, threads):
    """Train in eight threads, each with its own network."""
    nets = [network(backend, threads, seed) for seed in range(8)]
    begin = threading.Barrier(8)

    def train(net):
        begin.wait()
        for _ in range(4):
            trained(net)

    together = [threading.Thread(target=train, args=(net,)) for net in nets]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    for seed, net in enumerate(nets):
        same(net.digest(), expected(seed, 20))


def two_threads(backend, threads):
    """Call fit in a second thread, which gets an error in one sentence. The first thread is not disturbed."""
    net = network(backend, threads)
    in_fit, refused, said = threading.Event(), threading.Event(), []

    def wait(*_):
        in_fit.set()
        refused.wait()

    first = threading.Thread(target=lambda: net.fit(X, Y, 5, 16, progress=wait))
    first.start()
    in_fit.wait()
    try:
        trained(net)
    except RuntimeError as error:
        said.append(str(error))
    refused.set()
    first.join()
    same(said, ["this network is in another call of fit; give each thread its own copy"])
    same(trained(net).digest(), expected(epochs=10))


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # from 3.12 on
    globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
