"""Makes tests/golden/trust.json: metrics by scikit-learn and two temperatures by scipy, for tests/trust/golden.rs.

Synthetic rows from a fixed seed: probabilities rounded to two decimals (so that scores tie), over eight classes and, for the
ISIC 2018 case, over the seven with AK and SCC added. scikit-learn knows no ECE; that one is written out below.

Run from the repository's root: python tests/golden/trust.py      (scikit-learn 1.9.1, numpy 2.4.6, scipy 1.17.1)
It is not part of CI: its output is committed.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn import metrics

CLASSES = ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
MERGED = ["AKIEC"] + [c for c in CLASSES if c not in ("AK", "SCC")]
MIX = np.array([0.03, 0.05, 0.15, 0.02, 0.15, 0.5, 0.05, 0.05])


def rows(rng, n):
    """Probabilities with ties, and labels that they say something about. DF never occurs."""
    truth = rng.choice(8, size=n, p=MIX)
    truth[truth == 3] = 5
    logits = rng.normal(size=(n, 8)) + 1.5 * np.eye(8)[truth] + np.log(MIX)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    p = np.floor(p * 100) / 100 + 0.001
    return p / p.sum(1, keepdims=True), truth


def ece(p, truth, bins=15):
    top, hit = p.max(1), p.argmax(1) == truth
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (top > low) & (top <= high)
        if inside.any():
            total += inside.mean() * abs(hit[inside].mean() - top[inside].mean())
    return total


def report(p, truth, names):
    predicted = p.argmax(1)
    labels = np.arange(len(names))
    per_class = {}
    for c, name in enumerate(names):
        is_c = truth == c
        given = predicted == c
        per_class[name] = {
            "n": int(is_c.sum()),
            "recall": float(metrics.recall_score(is_c, given)) if is_c.any() else None,
            "precision": float(metrics.precision_score(is_c, given)) if given.any() else None,
            "auc": float(metrics.roc_auc_score(is_c, p[:, c])) if 0 < is_c.sum() < len(truth) else None,
        }
    return {
        "n": len(truth),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "ece": ece(p, truth),
        "nll": metrics.log_loss(truth, p, labels=labels),
        "abstained": 0,
        "classes": names,
        "per_class": per_class,
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "weights_sha256": "",
    }


def merge(p, truth):
    """AK 0 and SCC 6 become AKIEC 0."""
    q = np.delete(p, 6, axis=1)
    q[:, 0] += p[:, 6]
    t = np.where(truth == 6, 0, truth)
    return q, np.where(t > 6, t - 1, t)


def temperature(logits, truth, weights):
    def nll(log_t):
        z = logits / np.exp(log_t)
        return (weights * (logsumexp(z, axis=1) - z[np.arange(len(z)), truth])).sum()

    return float(np.exp(minimize_scalar(nll, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-12}).x))


if __name__ == "__main__":
    rng = np.random.default_rng(2021)
    p, truth = rows(rng, 120)
    logits = np.float32(rng.normal(size=(150, 8)) * 3).astype(float)
    labels = np.array([rng.choice(8, p=np.exp(z / 2.5) / np.exp(z / 2.5).sum()) for z in logits])
    weights = rng.integers(1, 5, size=len(labels)).astype(float)
    out = {
        "probabilities": p.tolist(),
        "truth": truth.tolist(),
        "eight": report(p, truth, CLASSES),
        "seven": report(*merge(p, truth), MERGED),
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "temperature": temperature(logits, labels, np.ones(len(labels))),
        "temperature_weighted": temperature(logits, labels, weights),
    }
    path = Path(__file__).parent / "trust.json"
    path.write_text(json.dumps(out) + "\n")
    print(path, out["eight"]["balanced_accuracy"], out["temperature"], out["temperature_weighted"])
