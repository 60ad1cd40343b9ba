"""Examine one table: train and predict through the command line, compare the reading with pandas', compare scores.

tools.compare.tables runs it in a process for each table.
"""
import contextlib
import io
import os
import sys
import tempfile

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PURENET_THREADS"):
    os.environ.setdefault(name, "1")


def prepare():
    """Import what every table needs, so that a process that is forked has it."""
    import pandas

    import purenet.cli.main  # noqa: F401
    import purenet.table.training  # noqa: F401

    pandas.read_csv(io.StringIO("a,b\n1,2020-01-01\n"), parse_dates=["b"]).convert_dtypes()


def run(arguments):
    """Run a command of purenet in this process; return its exit status and what it printed."""
    from purenet.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as stopped:
            status = stopped.code
        except Exception as error:  # the command line shows a traceback: that is a failure to report
            print(f"purenet: traceback: {error!r}", file=sys.stderr)
            status = 70
    return status or 0, out.getvalue(), err.getvalue()


@contextlib.contextmanager
def watched():
    """Keep a copy of each table that training reads."""
    import purenet.table.training  # noqa: F401  so that its name is replaced too
    from purenet.data import csv_reader
    from tools.compare.table_reading import captured

    original, seen = csv_reader.read_csv, []

    def read_csv(*arguments, **settings):
        table = original(*arguments, **settings)
        seen.append(captured(table))
        return table

    holders = [module for name, module in list(sys.modules.items())
               if name.startswith("purenet") and getattr(module, "read_csv", None) is original]
    for module in holders:
        module.read_csv = read_csv
    try:
        yield seen
    finally:
        for module in holders:
            module.read_csv = original


def said(text):
    """Return the notes, and the error, among the lines on standard error."""
    lines = [line for line in text.replace("\r", "\n").splitlines() if line.startswith("purenet")]
    return [line.split(": ", 1)[1] for line in lines if ": " in line]


def examine(order):
    found = {"notes": [], "differences": []}
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.safetensors")
        train = ["train", order["path"], "--target", order["target"], "--save", model]
        with watched() as seen:
            status, out, err = run(train + (["--epochs", str(order["epochs"])] if order["epochs"] else []))
        found["notes"] = said(err)
        if status:
            lines = err.strip().splitlines()
            found["error"] = "\n".join(found["notes"][-1:] or lines[-1:]) or f"exit status {status}"
            found["notes"] = found["notes"][:-1]
        else:
            found["summary"] = out.splitlines()[0]
            status, out, err = run(["predict", model, order["path"]])
            found["predict_notes"] = said(err)
            if status:
                found["error"] = "predict: " + "\n".join(said(err)[-1:] or [f"exit status {status}"])
            if order["reproduce"]:
                status, out, err = run(["inspect", model, "--reproduce", order["path"]])
                if status:
                    found["error"] = "reproduce: " + (err or out).strip().splitlines()[-1]
    try:
        found["differences"] = compared(order, seen, found["notes"])
    except Exception as error:  # pandas refuses some files that purenet reads
        found["pandas"] = repr(error)[:300]
    if order["scores"] and "error" not in found:
        from tools.compare.table_scores import scores

        found["scores"] = scores(order, (order["before"] or {}).get("scores") or {})
    return found


def compared(order, seen, notes):
    from tools.compare.table_reading import by_pandas, differences

    if not seen:
        return []
    names, series = by_pandas(order["path"], order["pandas"])
    rows, columns = seen[-1]
    return [one.as_list() for one in differences(rows, columns, names, series, notes, order["target"])]
