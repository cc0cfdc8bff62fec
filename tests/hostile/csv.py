"""Writes the hostile tables in tests/hostile/csv and their manifest: the code each must give and words its message must hold.

Run from the repository root: python3 tests/hostile/csv.py
The folder the tests give has the images a.png … f.png, each 16 x 16.
"""
import json
import pathlib

ROOT = pathlib.Path(__file__).parent / "csv"
ONE_HOT = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
ISIC_2018 = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"
GOOD = b"image,dx\na,NV\n"

LABELS = [
    ("empty.csv", b"", "table-empty", ["empty"]),
    ("blank_lines.csv", b"\n\n\n", "table-empty", []),
    ("header_only.csv", b"image,dx\n", "table-empty", ["no labelled image"]),
    ("all_unknown.csv", ONE_HOT + "a,0,0,0,0,0,0,0,0,1\nb,0,0,0,0,0,0,0,0,1\n", "table-empty", ["2 unknown"]),
    ("no_image_column.csv", "picture,dx\na,NV\n", "table-column", ["picture,dx", "image,dx[,group_id]"]),
    ("no_label_column.csv", "image,age\na,55\n", "table-column", ["image,age"]),
    ("one_hot_without_scc.csv", "image,MEL,NV,BCC,AK,BKL,DF,VASC\na,0,1,0,0,0,0,0\n", "table-column", ["SCC"]),
    ("two_label_columns.csv", "image,dx,dx\na,NV,MEL\n", "table-column", ["'dx'"]),
    ("tabs.csv", "image\tdx\na\tNV\n", "table-column", []),
    ("unknown_label.csv", "image,dx\na,NV\nb,XYZ\n", "table-label", ["line 3", "XYZ", "VASC"]),
    ("empty_label.csv", "image,dx\na,\n", "table-label", ["line 2"]),
    ("empty_name.csv", "image,dx\n,NV\n", "table-label", ["line 2", "no name"]),
    ("merged_class.csv", "image,dx\na,NV\nb,akiec\n", "table-label", ["line 3", "AKIEC", "AK and SCC"]),
    ("isic_2018.csv", ISIC_2018 + "a,0,1,0,0,0,0,0\nb,0,0,0,1,0,0,0\n", "table-label", ["line 3", "AKIEC"]),
    ("one_hot_two_classes.csv", ONE_HOT + "a,1,1,0,0,0,0,0,0,0\n", "table-label", ["line 2", "2 classes"]),
    ("one_hot_no_class.csv", ONE_HOT + "a,0,1,0,0,0,0,0,0,0\nb,0,0,0,0,0,0,0,0,0\n", "table-label", ["line 3", "0 classes"]),
    ("one_hot_half.csv", ONE_HOT + "a,0.5,0.5,0,0,0,0,0,0,0\n", "table-label", ["line 2", "'0.5'", "MEL"]),
    ("one_hot_nan.csv", ONE_HOT + "a,NaN,0,0,0,0,0,0,0,0\n", "table-label", ["line 2", "NaN"]),
    ("short_row.csv", "image,dx,age\na,NV,55\nb,NV\n", "table-label", ["line 3", "2 cells", "has 3"]),
    ("long_row.csv", "image,dx\na,NV,55\n", "table-label", ["line 2", "3 cells"]),
    ("open_quote.csv", 'image,dx\n"a,NV\nb,NV\n', "table-label", ["line 2"]),
    ("not_utf8.csv", GOOD + b"b\xff\xfe,NV\n", "table-label", ["line 3", "UTF-8"]),
    ("header_not_utf8.csv", b"image,dx,\xe4ge\na,NV,5\n", "table-label", ["line 1", "UTF-8"]),
    ("utf16.csv", GOOD.decode().encode("utf-16"), "table-label", ["line 1", "UTF-8"]),
    ("a_png.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10", "table-label", ["UTF-8"]),
    ("twice_same.csv", "image,dx\na,NV\nb,NV\na,NV\n", "table-duplicate", ["line 4", "line 2", "NV both times"]),
    ("twice_other.csv", "image,dx\na,NV\na,MEL\n", "table-duplicate", ["line 3", "line 2", "NV there, MEL here"]),
    ("twice_extension.csv", "image,dx\na,NV\na.png,NV\n", "table-duplicate", ["line 3"]),
    ("twice_unknown.csv", "image,dx\na,UNK\na,NV\n", "table-duplicate", ["line 3"]),
    ("missing_images.csv", "image,dx\na,NV\n" + "".join(f"m{i},NV\n" for i in range(7)), "table-image",
     ["7 of 8", "m0 (line 3)", "m4 (line 7), …"]),
    ("missing_one.csv", "image,dx\na,NV\nm,NV\n", "table-image", ["1 of 2", "m (line 3)"]),
    ("climbs_out.csv", "image,dx\n../secret/x,NV\n", "table-image", ["../secret/x"]),
    ("absolute.csv", "image,dx\n/etc/hostname,NV\n", "table-image", ["/etc/hostname"]),
    ("a_folder.csv", "image,dx\n.,NV\n", "table-image", []),
    ("nul.csv", b"image,dx\na\x00b,NV\n", "table-image", []),
    ("long_name.csv", "image,dx\n" + "x" * 5000 + ",NV\n", "table-image", []),
    ("spreadsheet_formula.csv", 'image,dx\n"=HYPERLINK(""x"")",NV\n', "table-image", ["=HYPERLINK"]),
]
SPLITS = [
    ("split_empty.csv", b"", "table-empty", []),
    ("split_no_column.csv", "group_id,part\na,train\n", "table-column", ["group_id,part", "needed: split"]),
    ("split_word.csv", "group_id,split\na,train\nb,test\n", "table-label", ["line 3", "'test'", "train and val"]),
    ("split_twice.csv", "group_id,split\na,train\na,val\n", "table-duplicate", ["line 3", "line 2"]),
    ("split_strangers.csv", "group_id,split\nx,train\ny,val\n", "table-empty", ["2 images"]),
    ("split_only_val.csv", "group_id,split\na,val\nb,val\n", "table-empty", []),
]

ROOT.mkdir(exist_ok=True)
manifest = []
for kind, files in (("labels", LABELS), ("split", SPLITS)):
    for name, content, code, says in files:
        (ROOT / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        manifest.append({"file": name, "kind": kind, "code": code, "says": says})
lines = ",\n".join(" " + json.dumps(entry, ensure_ascii=False) for entry in manifest)
(ROOT / "manifest.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
