#!/usr/bin/env python3
"""One small file of each golden model that golden_import.py made: without the backbone's weights.

  python tools/golden_pack.py DIR --weights resnet18.safetensors --out src/test/resources/interop

Of DIR/NAME.golden.safetensors and its model NAME.zip is made with both. From a model's file every run of bytes is cut out
that is a tensor of the weights; cuts.txt has the digest of the whole file and a line for each: where the run begins in
the whole file, its length, the tensor's name. ImportGoldens.java puts them back, which gives the owner's file byte for
byte.
"""
import argparse
import hashlib
import zipfile
from pathlib import Path

from safetensors.numpy import load_file

SHORTEST = 200  # Bytes; what is shorter stays.


def cut(data, weights):
    """The file without the weights, and the list of what was cut out."""
    runs = []
    for name, tensor in weights.items():
        values, start = tensor.astype("<f4").tobytes(), 0
        while len(values) >= SHORTEST and (at := data.find(values, start)) >= 0:
            runs.append((at, len(values), name))
            start = at + len(values)
    kept, end, lines = [], 0, ["sha256 " + hashlib.sha256(data).hexdigest()]
    for at, length, name in sorted(runs):
        if at >= end:
            kept.append(data[end:at])
            end = at + length
            lines.append(f"{at} {length} {name}")
    return b"".join([*kept, data[end:]]), "\n".join(lines) + "\n"


def write(archive, name, data):
    entry = zipfile.ZipInfo(name)  # Of 1980, so that the same content is the same file.
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data, compresslevel=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    weights = load_file(args.weights)
    for golden in sorted(args.folder.glob("*.golden.safetensors")):
        name = golden.name.replace(".golden.safetensors", "")
        with zipfile.ZipFile(args.out / (name + ".zip"), "w") as archive:
            write(archive, "golden.safetensors", golden.read_bytes())
            model = args.folder / name
            if model.is_dir():
                for file in sorted(model.iterdir()):
                    write(archive, "model/" + file.name, file.read_bytes())
            else:
                stem, _, kind = name.rpartition("-")
                data, cuts = cut((args.folder / f"{stem}.{kind}").read_bytes(), weights)
                write(archive, "model." + kind, data)
                write(archive, "cuts.txt", cuts)
        print(name, (args.out / (name + ".zip")).stat().st_size, "bytes")


if __name__ == "__main__":
    main()
