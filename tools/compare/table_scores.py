"""Score purenet on a quarter of a table's rows beside scikit-learn, as someone who knows the field would use it.

Both get the same rows. purenet gets the cells as they stand in the file; scikit-learn gets pandas' columns: numbers
filled with the median and scaled, texts one-hot encoded, names of rows left out. Accuracy, or R2 for a regression.
"""
import os
import random
import tempfile
import warnings

TEST = 0.25  # the part of the rows for the scores
LEAST = 40  # rows; fewer give no score worth comparing
WIDEST = 300  # columns


def scores(order, before):
    """Return {"task", "purenet", "mlp", "trees", "guessing"}, or None for a table too small or too wide.

    ``before``: what this returned earlier; scikit-learn's scores are taken from there if the task is the same.
    """
    import pandas

    options = dict(order["pandas"])
    raw = pandas.read_csv(order["path"], dtype=str, keep_default_na=False, **options)
    typed = pandas.read_csv(order["path"], **options)
    headless = "header" in options
    names = [str(k + 1) if headless else str(name).strip() for k, name in enumerate(raw.columns)]
    raw.columns = typed.columns = ["" if name.startswith("Unnamed: ") else name for name in names]
    place = names.index(order["target"])
    kept = typed.index[typed.iloc[:, place].notna()].tolist()
    random.Random(0).shuffle(kept)
    kept = kept[:order["rows"]]
    cut = round(len(kept) * TEST)
    if len(kept) < LEAST or len(names) > WIDEST:
        return None
    chosen, tested = sorted(kept[cut:]), sorted(kept[:cut])
    task, found = ours(raw.loc[chosen], raw.loc[tested], order["target"], not headless)
    if task is None:
        return {"error": found}
    truth = typed.iloc[:, place]
    if task == "classification":
        truth = raw.iloc[:, place].str.strip()
    elif truth.dtype.kind not in "iuf":  # thousands, words among numbers
        truth = pandas.to_numeric(truth.astype(str).str.replace(",", ""), errors="coerce")
        answers = dict(zip(tested, found))
        chosen, tested = ([i for i in rows if truth[i] == truth[i]] for rows in (chosen, tested))
        found = [answers[i] for i in tested]
        if not tested:
            return {"error": "the target is no number"}
    result = {"task": task, "purenet": score(task, truth.loc[tested].tolist(), found)}
    if before.get("task") == task:
        return {**before, "purenet": round(result["purenet"], 4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        others = typed.iloc[:, [j for j in range(len(names)) if j != place]]
        for name, answers in theirs(task, others, truth, chosen, tested):
            result[name] = score(task, truth.loc[tested].tolist(), answers)
    return {key: value if isinstance(value, str) else round(value, 4) for key, value in result.items()}


def score(task, truth, found):
    """Return the accuracy or R2; a missing answer counts as wrong, or as 0."""
    if task == "classification":
        return sum(same(a, b) for a, b in zip(truth, found)) / len(truth)
    mean = sum(truth) / len(truth)
    total = sum((a - mean) ** 2 for a in truth)
    return 1 - sum((a - float(b or 0)) ** 2 for a, b in zip(truth, found)) / total if total else 0.0


def same(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return str(a).strip() == str(b).strip()


def ours(training, testing, target, header):
    """Return the task that purenet chose and its answers, or None and the error."""
    import csv
    import io

    from tools.compare.table_worker import run, said

    with tempfile.TemporaryDirectory() as folder:
        train, test, model = (os.path.join(folder, name) for name in ("train.csv", "test.csv", "model.safetensors"))
        training.to_csv(train, index=False, header=header)
        testing.to_csv(test, index=False, header=header)
        status, out, err = run(["train", train, "--target", target, "--save", model])
        if status:
            return None, "\n".join(said(err)[-1:])
        task = "regression" if "; regression of " in out.splitlines()[0] else "classification"
        status, out, err = run(["predict", model, test])
        if status:
            return None, "\n".join(said(err)[-1:])
        return task, [row[0] if row else "" for row in csv.reader(io.StringIO(out))][1:]


def theirs(task, frame, truth, chosen, tested):
    """Yield the names and answers of scikit-learn's models."""
    from sklearn.compose import make_column_transformer
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    classes = task == "classification"
    frame = frame.copy()
    frame.columns = [f"x{j}" for j in range(frame.shape[1])]
    frame = frame[[name for name in frame.columns if frame[name].notna().any() and not names_rows(frame[name])]]
    numbers = [name for name in frame.columns if frame[name].dtype.kind in "iuf"]
    texts = [name for name in frame.columns if name not in numbers]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), "missing").astype(str)

    def prepared():
        return make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts))

    mlp = MLPClassifier if classes else MLPRegressor
    trees = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    x, y = frame.loc[chosen], truth.loc[chosen]
    mean, scale = (0, 1) if classes else (y.mean(), y.std() or 1)
    models = [("mlp", mlp(random_state=0, max_iter=500)), ("trees", trees(random_state=0))]
    models.append(("guessing", DummyClassifier() if classes else DummyRegressor()))
    for name, model in models:
        pipeline = make_pipeline(prepared(), model)
        try:
            answers = pipeline.fit(x, y if classes else (y - mean) / scale).predict(frame.loc[tested])
        except ValueError:
            continue
        yield name, [a if classes else a * scale + mean for a in answers.tolist()]


def names_rows(column):
    """Return whether a column of texts, or one without a name that counts, names its rows."""
    distinct = column.nunique()
    if column.dtype.kind in "iuf":
        return column.dtype.kind in "iu" and distinct == len(column) and abs(column.diff().iloc[1:]).eq(1).all()
    return distinct > 0.5 * len(column) and distinct > 20
