"""Makes tests/hostile/weights/*: weight files with one broken promise each, and manifest.csv with the error each must give.

Every file is small, because what is in a file is judged before what is missing from it: one tensor is enough to show its fault.
`names`, the rest of a line, is a part of the message. Run from the repository's root: python tests/hostile/weights.py (standard library only).
The outputs are committed, so that the native tests and the browser read the same bytes.
"""

import copy
import json
import struct
from pathlib import Path

OUT = Path(__file__).parent / "weights"
CLASSES = ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
CARD = {
    "architecture": "mobilenet_v2", "classes": CLASSES, "class_names": [c.lower() for c in CLASSES], "input_side": 224,
    "framing": "centre_square", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "temperature": 1.0,
    "class_mix": [0.125] * 8, "training_data": "none", "split": "none", "seed": 1, "metrics": {}, "licence": "none",
    "attribution": "none", "log_sha256": "", "version": "0", "changelog": "none", "intended_use": "tests", "not_intended_use": "all else",
}
BIAS = "classifier.1.bias"
entries = []


def put(name, code, names, data):
    (OUT / f"{name}.safetensors").write_bytes(data)
    entries.append(f"{name}.safetensors,weights-{code},{names}")


def container(header, data=b"", pad=True):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8 if pad else 0)
    return struct.pack("<Q", len(text)) + text + data


def with_card(card, tensors=()):
    """`tensors`: (name, dtype, shape, bytes)."""
    header, data = {}, b""
    if card is not None:
        header["__metadata__"] = {"card": card if isinstance(card, str) else json.dumps(card)}
    for name, dtype, shape, values in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    return container(header, data)


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def containers():
    good = with_card(CARD, [(BIAS, "F32", [8], f32(*[0] * 8))])
    put("empty", "format", "0 bytes", b"")
    put("five_bytes", "format", "5 bytes", b"12345")
    put("truncated_header", "format", "follow", good[:200])
    put("truncated_data", "format", "safetensors", good[:-5])
    put("trailing_bytes", "format", "safetensors", good + b"more")
    put("huge_header_claimed", "format", str(2**63), struct.pack("<Q", 2**63) + b"{}")
    put("header_over_the_limit", "too-large", "1048576", container(b"{}" + b" " * (1 << 20)))
    put("header_not_json", "format", "safetensors", container(b"{tensors: none}"))
    put("header_not_utf8", "format", "safetensors", container(b'{"\xff\xfe": 1}'))
    put("header_is_an_array", "format", "safetensors", container(b"[]"))
    put("header_deeply_nested", "format", "safetensors", container(b'{"__metadata__":' + b"[" * 50_000))
    put("a_jpeg", "format", "follow", bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9"))
    put("a_pickle", "format", "follow", b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl\x80\x02}q\x00.")

    hole = b'{"\\u001b[2J":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}'
    put("hole_with_control_characters", "format", "safetensors", container(hole, b"\0" * 24))

    def tensor(shape, start, end, dtype="F32"):
        return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}

    put("overlap", "format", "safetensors", container({"a": tensor([4], 0, 16), "b": tensor([4], 8, 24)}, b"\0" * 24))
    put("hole", "format", "safetensors", container({"a": tensor([4], 0, 16), "b": tensor([4], 20, 36)}, b"\0" * 36))
    put("range_backwards", "format", "safetensors", container({"a": tensor([4], 16, 0)}, b"\0" * 16))
    put("length_disagrees", "format", "safetensors", container({"a": tensor([5], 0, 16)}, b"\0" * 16))
    put("shape_overflows", "format", "safetensors", container({"a": tensor([2**63, 2**63], 0, 16)}, b"\0" * 16))
    put("shape_negative", "format", "safetensors", container({"a": tensor([-4], 0, 16)}, b"\0" * 16))
    put("unknown_type", "format", "safetensors", container({"a": tensor([4], 0, 16, "F33")}, b"\0" * 16))
    twice = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}'
    put("name_twice", "format", "safetensors", container(twice, b"\0" * 32))


def cards():
    put("card_missing", "card", "no card", with_card(None))
    put("card_not_json", "card", "not readable", with_card("temperature = 1"))
    put("card_an_array", "card", "not readable", with_card([]))
    put("card_deeply_nested", "card", "not readable", with_card('{"metrics":' + "[" * 5000))

    def changed(name, names, field, value):
        card = copy.deepcopy(CARD)
        card[field] = value
        put(name, "card", names, with_card(card))

    for field in CARD:
        card = {key: value for key, value in CARD.items() if key != field}
        put(f"card_without_{field}", "card", f"`{field}`", with_card(card))
    changed("classes_shuffled", "MEL BCC BKL DF AK NV SCC VASC", "classes", ["MEL", "BCC", "BKL", "DF", "AK", "NV", "SCC", "VASC"])
    changed("classes_official_order", "MEL NV BCC AK", "classes", ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC"])
    changed("classes_seven", "exactly AK BCC", "classes", CLASSES[:7])
    changed("classes_none", "exactly AK BCC", "classes", [])
    changed("class_names_seven", "class_names", "class_names", CLASSES[:7])
    changed("architecture_unknown", "vgg16", "architecture", "vgg16")
    changed("side_not_a_multiple", "225", "input_side", 225)
    changed("side_zero", "input_side", "input_side", 0)
    changed("side_too_large", "544", "input_side", 544)
    changed("side_negative", "not readable", "input_side", -224)
    changed("framing_unknown", "not readable", "framing", "letterbox")
    changed("framing_with_control_characters", "not readable", "framing", "\x1b[2J")
    changed("classes_with_control_characters", "exactly AK BCC", "classes", ["\x1b[2J"] * 8)
    changed("mean_two_numbers", "not readable", "mean", [0.5, 0.5])
    changed("mean_beyond_f32", "not readable", "mean", [1e39, 0.4, 0.4])
    changed("std_zero", "std", "std", [0.229, 0.0, 0.225])
    changed("std_negative", "std", "std", [0.229, -0.224, 0.225])
    changed("temperature_zero", "temperature is 0", "temperature", 0)
    changed("temperature_negative", "temperature is -1", "temperature", -1.0)
    changed("temperature_null", "not readable", "temperature", None)
    put("temperature_beyond_f64", "card", "not readable", with_card(json.dumps(CARD).replace('"temperature": 1.0', '"temperature": 1e999')))
    changed("mix_adds_up_to_two", "sum of class_mix is 2", "class_mix", [0.25] * 8)
    changed("mix_with_a_zero", "class_mix is 0", "class_mix", [0.0] + [1 / 7] * 7)
    changed("mix_negative", "class_mix is -0.1", "class_mix", [-0.1] + [1.1 / 7] * 7)
    changed("mix_seven", "class_mix is 7", "class_mix", [1 / 7] * 7)
    changed("text_too_long", "licence", "licence", "x" * 40_000)
    changed("version_too_long", "version", "version", "x" * 201)
    changed("metrics_too_long", "metrics", "metrics", {"note": "x" * 40_000})
    changed("metrics_an_array", "not readable", "metrics", [1])
    changed("log_hash_malformed", "log_sha256", "log_sha256", "E3B0" * 16)
    changed("abstain_above_one", "abstain.probability is 1.5", "abstain", {"probability": 1.5, "chosen": ""})
    quality = {"relative_sharpness": 0, "brightness": [0.9, 0.1], "relative_contrast": 0, "clipped_dark": 1, "clipped_bright": 1}
    changed("abstain_brightness_swapped", "abstain.quality.brightness", "abstain", {"probability": 0, "quality": quality, "chosen": ""})
    unlike = {"probability": 0, "quality": None, "chosen": "", "familiarity": {"block": "features.6", "distance": 8}}
    changed("abstain_distance_zero", "abstain.familiarity.distance is 0", "abstain", {**unlike, "familiarity": {"block": "features.6", "distance": 0}})
    changed("abstain_block_unknown", "features.60", "abstain", {**unlike, "familiarity": {"block": "features.60", "distance": 8}})
    changed("abstain_block_without_pixels", "classifier", "abstain", {**unlike, "familiarity": {"block": "classifier", "distance": 8}})
    changed("abstain_block_of_control_characters", r"\u{1b}", "abstain", {**unlike, "familiarity": {"block": "\x1b[2J" * 99, "distance": 8}})
    changed("set_coverage_one", "prediction_set.coverage", "prediction_set", {"coverage": 1.0, "threshold": 0.5, "n": 10})
    changed("set_threshold_negative", "prediction_set.threshold", "prediction_set", {"coverage": 0.9, "threshold": -0.5, "n": 10})


def tensors():
    def one(name, code, names, *tensor):
        put(name, code, names, with_card(CARD, [tensor]))

    put("tensors_none", "missing", "and 261 more", with_card(CARD))
    one("tensors_one", "missing", "and 260 more", BIAS, "F32", [8], f32(*[0] * 8))
    one("tensor_extra", "extra", "features.19.0.weight", "features.19.0.weight", "F32", [1], f32(0))
    one("tensor_extra_with_a_long_name", "extra", "…", "x" * 50_000, "F32", [1], f32(0))
    one("tensor_extra_with_control_characters", "extra", r"\u{1b}[2J", "\x1b[2J", "F32", [1], f32(0))
    one("tensor_of_a_distance_without_a_limit", "extra", "familiarity.means", "familiarity.means", "F32", [8, 64], f32(*[0] * 512))
    limit = {"probability": 0, "chosen": "", "familiarity": {"block": "features.6", "distance": 8}}
    unlike = {**CARD, "abstain": limit}
    put("familiarity_shape", "shape", "[8, 64]", with_card(unlike, [("familiarity.means", "F32", [8, 63], f32(*[0] * 504))]))
    put("familiarity_not_finite", "not-finite", "familiarity.means", with_card(unlike, [("familiarity.means", "F32", [8, 64], f32(*[0] * 511, float("nan")))]))
    put("familiarity_missing", "missing", "and 263 more", with_card(unlike))
    one("type_bf16", "type", "BF16", BIAS, "BF16", [8], b"\0" * 16)
    one("type_f64", "type", "F64", BIAS, "F64", [8], b"\0" * 64)
    one("type_i64", "type", "I64", BIAS, "I64", [8], b"\0" * 64)
    one("shape_of_seven_classes", "shape", "[7]", BIAS, "F32", [7], f32(*[0] * 7))
    one("shape_transposed", "shape", "[1280, 8]", "classifier.1.weight", "F16", [1280, 8], b"\0" * (2 * 8 * 1280))
    one("shape_of_a_number", "shape", "[]", BIAS, "F32", [], f32(0))
    one("shape_without_numbers", "shape", "[0]", BIAS, "F32", [0], b"")
    one("shape_of_many_axes", "shape", "…", BIAS, "F32", [1] * 1000, f32(0))
    one("value_nan", "not-finite", "position 3", BIAS, "F32", [8], f32(0, 0, 0, float("nan"), 0, 0, 0, 0))
    one("value_infinite", "not-finite", "-inf at position 7", BIAS, "F32", [8], f32(0, 0, 0, 0, 0, 0, 0, float("-inf")))
    one("value_infinite_f16", "not-finite", "inf at position 0", BIAS, "F16", [8], b"\x00\x7c" + b"\0" * 14)
    variance = "features.0.1.running_var"
    one("variance_negative", "variance", "-0.25 at position 1", variance, "F32", [32], f32(1, -0.25, *[1] * 30))


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    containers()
    cards()
    tensors()
    (OUT / "manifest.csv").write_text("\n".join(["file,code,names", *entries]) + "\n", encoding="utf-8")
    print(len(entries), "files")
