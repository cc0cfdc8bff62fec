"""The table and the plot of the study, from what weights/study.sh kept.

Run:  python3 weights/study.py weights/study      (matplotlib for the plot, weights/study/study.svg; without it the table alone)
"""
import csv
import json
import pathlib
import sys

# In the order of the ladder; a run's folder is the name and its seed.
METHODS = {
    "ce": "CE",
    "control": "CE on four views",
    "kd": "KD",
    "d-kd": "D-KD",
    "ssd-kd": "SSD-KD",
    "remedy": "SSD-KD, remedied",
    "views": "KD on four views, committee",
}


def runs(folder):
    """(name, seed, folder) of every run of a student that was judged, in the order of the ladder; the teacher first."""
    found = [("ResNet-50, the teacher", "", folder / "teacher")]
    for method, name in METHODS.items():
        found += [(name, run.name.rpartition("-")[2], run) for run in sorted(folder.glob(f"{method}-[0-9]"))]
    return [row for row in found if (row[2] / "training.json").exists()]


def figures(run):
    """What is told of a run."""
    equal, training = (json.loads((run / f"{prior}.json").read_text()) for prior in ("equal", "training"))
    with open(run / "log.csv", newline="") as file:
        epochs = list(csv.DictReader(file))
    # Probabilities are calibrated for the training mix; balanced accuracy and recalls are told under the equal prior. The prior hardly moves an AUC.
    between = {"equal": equal["intervals"], "training": training["intervals"]}
    return {
        "balanced": (equal["balanced_accuracy"], between["equal"]["balanced_accuracy"]),
        "accuracy": (training["accuracy"], between["training"]["accuracy"]),
        "ece": (training["ece"], between["training"]["ece"]),
        "loss": (training["nll"], between["training"]["nll"]),
        "auc": (equal["macro_auc"], between["equal"]["macro_auc"]),
        "recalls": {code: (of["recall"], between["equal"]["recall"][code]) for code, of in equal["per_class"].items()},
        "epochs": len(epochs),
        "hours": sum(float(epoch["seconds"]) for epoch in epochs) / 3600,
        "sha256": equal["weights_sha256"][:12],
    }


def row(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def told(figure, digits=3):
    """A figure and its interval."""
    value, between = figure
    if value is None:
        return "–"
    return f"{value:.{digits}f} ({between[0]:.{digits}f} to {between[1]:.{digits}f})"


def table(found):
    """Two Markdown tables: the figures of every run, and its recalls under the equal prior."""
    print(row(["method", "seed", "balanced accuracy, equal", "accuracy, training mix", "ECE", "validation loss", "macro AUC", "epochs", "hours", "weights"]))
    print(row(["---"] * 10))
    for name, seed, of in found:
        cells = [told(of[figure]) for figure in ("balanced", "accuracy", "ece", "loss", "auc")]
        print(row([name, seed, *cells, of["epochs"], f"{of['hours']:.1f}", f"`{of['sha256']}`"]))
    print()
    codes = list(found[0][2]["recalls"])
    print(row(["recall, equal", "seed", *codes]))
    print(row(["---"] * (2 + len(codes))))
    for name, seed, of in found:
        print(row([name, seed, *(told(recall, 2) for recall in of["recalls"].values())]))


def pairs(folder):
    """Whether the differences may be chance."""
    print()
    print(row(["second less first, the same lesions", "balanced accuracy, equal", "validation loss, training mix"]))
    print(row(["---"] * 3))
    for path in sorted(folder.glob("*-equal.json")):
        pair = path.stem.removesuffix("-equal")
        cells = []
        for prior, figure in (("equal", "balanced_accuracy"), ("training", "nll")):
            of = json.loads((folder / f"{pair}-{prior}.json").read_text())["judged"][figure]
            low, high = of["difference"]
            cells.append(f"{of['second'] - of['first']:+.3f} ({low:+.3f} to {high:+.3f})")
        print(row([pair, *cells]))


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
        balanced, (low, high) = of["balanced"]
        axes.errorbar(balanced, -at, xerr=[[balanced - low], [high - balanced]], fmt="o", color="#0b5fa5", capsize=3)
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
