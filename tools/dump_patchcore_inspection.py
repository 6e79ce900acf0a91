#!/usr/bin/env python3
"""Every stage's values of a model of patchcore-inspection, for `./kintsugi doctor` and `audit --against`.

  python dump_patchcore_inspection.py FOLDER IMAGE... --out DIR

Runs where patchcore-inspection does (its src on PYTHONPATH). FOLDER holds patchcore_params.pkl and the FAISS index as
save_to_path wrote them; of an ensemble name one member with --prepend. DIR gets a folder for each image with values.npz
in it; docs/audit.md lists the names and shapes.
"""
import argparse
from pathlib import Path

import numpy as np
import patchcore.common
import patchcore.patchcore
import torch
from PIL import Image
from torchvision import transforms

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def before(resize, crop):
    """What its MVTec data set does with an image."""
    return transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop), transforms.ToTensor(),
                               transforms.Normalize(mean=MEAN, std=STD)])


def note(values, model):
    """Notes the values within a run of the model."""
    embed, segment = model._embed, model.anomaly_segmentor.convert_to_segmentation

    def embedded(*arguments, **named):
        result = embed(*arguments, **named)
        values["embedding"] = np.asarray(result[0] if named.get("provide_patch_shapes") else result)
        return result

    def mapped(scores):
        values["distances"] = np.asarray(scores)[0]
        return segment(scores)

    model._embed = embedded
    model.anomaly_segmentor.convert_to_segmentation = mapped
    model.forward_modules["feature_aggregator"].register_forward_hook(
        lambda _, inputs, layers: values.update({name: layer[0] for name, layer in layers.items()}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--prepend", default="", help="the member of an ensemble, such as Ensemble-1-3_")
    parser.add_argument("--resize", type=int, default=256, help="of the shorter side (default: 256)")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    stems = [file.stem for file in arguments.images]
    for file in arguments.images:
        if stems.count(file.stem) > 1 or (arguments.out / file.name).exists():
            parser.error(f"{file}: another image has this name, or {arguments.out} holds its values already")
    model = patchcore.patchcore.PatchCore(torch.device("cpu"))
    model.load_from_path(arguments.model, torch.device("cpu"), patchcore.common.FaissNN(False, 4), arguments.prepend)
    index = model.anomaly_scorer.nn_method.search_index
    transform = before(arguments.resize, model.input_shape[-1])
    values = {}
    note(values, model)
    for file in arguments.images:
        image = Image.open(file).convert("RGB")
        data = transform(image)
        scores, maps = model._predict(data[None])
        values |= {"pixels": np.array(image), "input": data, "bank": index.reconstruct_n(0, index.ntotal),
                   "map": np.asarray(maps[0]), "score": np.asarray(scores[0]).reshape(1)}
        written = arguments.out / file.name / "values.npz"
        written.parent.mkdir(parents=True, exist_ok=True)
        np.savez(written, **{name: np.ascontiguousarray(value) for name, value in values.items()})
        print(written, *values)


if __name__ == "__main__":
    main()
