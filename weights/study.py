"""The table and the plot of the study, from what weights/study.sh kept.

Run:  python3 weights/study.py weights/study      (matplotlib for the plot, weights/study/study.svg; without it the table alone)
"""
import csv
import json
import pathlib
import sys

# In the order of the ladder; a run's folder is the name and its seed.
METHODS = {"ce": "CE", "control": "CE on four views", "kd": "KD", "d-kd": "D-KD", "ssd-kd": "SSD-KD", "remedy": "SSD-KD, remedied"}


def runs(folder):
    """(name, seed, folder) of every run of a student that was judged, in the order of the ladder; the teacher first."""
    found = [("ResNet-50, the teacher", "", folder / "teacher")]
    for method, name in METHODS.items():
        found += [(name, run.name.rpartition("-")[2], run) for run in sorted(folder.glob(f"{method}-[0-9]"))]
    return [row for row in found if (row[2] / "training.json").exists()]


def figures(run):
    """What is told of a run."""
    equal, training = (json.loads((run / f"{prior}.json").read_text()) for prior in ("equal", "training"))
    areas = [of["auc"] for of in equal["per_class"].values() if of["auc"] is not None]
    with open(run / "log.csv", newline="") as file:
        epochs = list(csv.DictReader(file))
    return {
        "balanced": equal["balanced_accuracy"],
        "between": equal["intervals"]["balanced_accuracy"],
        "accuracy": training["accuracy"],
        "accuracy_between": training["intervals"]["accuracy"],
        "ece": training["ece"],
        "loss": training["nll"],
        "auc": sum(areas) / len(areas),
        "recalls": {code: of["recall"] for code, of in equal["per_class"].items()},
        "epochs": len(epochs),
        "hours": sum(float(epoch["seconds"]) for epoch in epochs) / 3600,
        "sha256": equal["weights_sha256"][:12],
    }


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(found):
    """Two Markdown tables: the figures of every run, and its recalls under the equal prior."""
    print(row(["method", "seed", "balanced accuracy, equal", "accuracy, training mix", "ECE", "validation loss", "macro AUC", "epochs", "hours", "weights"]))
    print(row(["---"] * 10))
    for name, seed, of in found:
        low, high = of["between"]
        accuracy = f"{of['accuracy']:.3f} ({of['accuracy_between'][0]:.3f} to {of['accuracy_between'][1]:.3f})"
        balanced = f"{of['balanced']:.3f} ({low:.3f} to {high:.3f})"
        cells = [balanced, accuracy, f"{of['ece']:.3f}", f"{of['loss']:.4f}", f"{of['auc']:.3f}", of["epochs"], f"{of['hours']:.1f}", f"`{of['sha256']}`"]
        print(row([name, seed, *cells]))
    print()
    codes = list(found[0][2]["recalls"])
    print(row(["recall, equal", "seed", *codes]))
    print(row(["---"] * (2 + len(codes))))
    for name, seed, of in found:
        print(row([name, seed, *("–" if recall is None else f"{recall:.3f}" for recall in of["recalls"].values())]))


def pairs(folder):
    """Whether the differences may be chance."""
    for path in sorted(folder.glob("*.json")):
        of = json.loads(path.read_text())["judged"]["balanced_accuracy"]
        low, high = of["difference"]
        print(f"\n{path.stem}: {of['second'] - of['first']:+.3f} ({low:+.3f} to {high:+.3f}) balanced accuracy, second less first")


def plot(found, path):
    """A point and its interval for every run."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print("\nno plot: python3 has no matplotlib", file=sys.stderr)
        return
    # The same bytes for the same figures.
    pyplot.rcParams["svg.hashsalt"] = "study"
    drawn, axes = pyplot.subplots(figsize=(7, 0.4 * len(found) + 1.2), layout="constrained")
    for at, (_, _, of) in enumerate(found):
        low, high = of["between"]
        axes.errorbar(of["balanced"], -at, xerr=[[of["balanced"] - low], [high - of["balanced"]]], fmt="o", color="#0b5fa5", capsize=3)
    axes.set_yticks([-at for at in range(len(found))], [f"{name} {seed}".strip() for name, seed, _ in found])
    axes.set_xlabel("balanced accuracy, equal prior, 95 % interval over lesions")
    drawn.savefig(path, metadata={"Date": None})


def main():
    folder = pathlib.Path(sys.argv[1])
    found = [(name, seed, figures(run)) for name, seed, run in runs(folder)]
    if not found:
        sys.exit(f"{folder} holds no run that was judged; weights/study.sh makes them")
    table(found)
    pairs(folder)
    plot(found, folder / "study.svg")


if __name__ == "__main__":
    main()
