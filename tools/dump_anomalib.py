#!/usr/bin/env python3
"""Every stage's values of a PaDiM or PatchCore of anomalib, for `./kintsugi doctor` and `audit --against`.

  python dump_anomalib.py MODEL IMAGE... --out DIR

Runs where anomalib does (1.x and 2.x). MODEL is an exported .pt, or a .ckpt with --class Padim or --class Patchcore.
DIR gets a folder for each image with values.npz in it; docs/audit.md lists the names and shapes.
"""
import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

POSITIONS = 9  # Covariances are written of so many patches, those that `doctor` samples.


def load(file, kind):
    """Pre-processing, torch module, and the post-processor of 2.x or the metadata of 1.x; None for what is not there."""
    if kind:
        import anomalib.models

        whole = getattr(anomalib.models, kind).load_from_checkpoint(file, map_location="cpu").eval()
        # As when it was tested; an export resizes otherwise.
        return whole.pre_processor.transform, whole.model, whole.post_processor
    stored = torch.load(file, map_location="cpu", weights_only=False)
    whole = stored["model"].eval()
    before = whole.pre_processor if hasattr(whole, "pre_processor") else whole.transform
    return before, whole.model, getattr(whole, "post_processor", stored.get("metadata"))


def note(values, module):
    """Notes the values within a run of the torch module."""
    embed = module.generate_embedding

    def embedded(layers):
        values["embedding"] = embed(layers)[0].flatten(1).T
        return embed(layers)

    def mapped(generator, arguments, named):
        if "embedding" in named:
            stats = [named["mean"], named["inv_covariance"]]
            values["distances"] = generator.compute_distance(named["embedding"], stats).squeeze()
        else:
            values["distances"] = (arguments[0] if arguments else named["patch_scores"]).squeeze()

    module.generate_embedding = embedded
    module.feature_extractor.register_forward_hook(
        lambda _, inputs, layers: values.update({name: layer[0] for name, layer in layers.items()}))
    module.anomaly_map_generator.register_forward_pre_hook(mapped, with_kwargs=True)


def fitted(module):
    if not hasattr(module, "gaussian"):
        return {"bank": module.memory_bank}
    mean, inverse = module.gaussian.mean, module.gaussian.inv_covariance
    positions = [(2 * i + 1) * mean.shape[1] // (2 * POSITIONS) for i in range(POSITIONS)]
    return {"channels": module.idx.int(), "mean": mean.T, "positions": torch.tensor(positions, dtype=torch.int32),
            "covariance": torch.linalg.inv(inverse[positions].double()).float()}


def judged(after, score):
    """Normalised score, threshold and verdict: half above the threshold, over the range of the validation images."""
    if isinstance(after, dict):
        threshold, low, high = (after[n] for n in ("image_threshold", "pred_scores.min", "pred_scores.max"))
    elif after is not None:
        threshold, low, high = after._image_threshold, after.image_min, after.image_max
    if after is None or np.isnan(float(low)):
        return {}
    score, threshold, width = float(score), float(threshold), float(high) - float(low)
    return {"normalised": [np.clip((score - threshold) / width + 0.5, 0, 1)], "threshold": [0.5],
            "range": [threshold - width / 2, threshold + width / 2], "verdict": [float(score >= threshold)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--class", dest="kind", help="the model's class in anomalib.models, for a .ckpt")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    before, module, after = load(arguments.model, arguments.kind)
    note(values := {}, module := module if hasattr(module, "feature_extractor") else module.model)
    for file in arguments.images:
        pixels = np.array(Image.open(file).convert("RGB"))
        image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            out = module(image := before(image) if before else image)
        # 1.x returns PaDiM's map alone, and a dictionary of PatchCore's two.
        out = {"anomaly_map": out, "pred_score": out.max()} if isinstance(out, torch.Tensor) else out
        out = out if isinstance(out, dict) else out._asdict()
        values |= {"pixels": pixels, "input": image[0], "map": out["anomaly_map"].squeeze(), **fitted(module)}
        values |= {"score": out["pred_score"].reshape(1), **judged(after, out["pred_score"])}
        (written := arguments.out / file.name / "values.npz").parent.mkdir(parents=True, exist_ok=True)
        np.savez(written, **{name: np.ascontiguousarray(np.asarray(value)) for name, value in values.items()})
        print(written, *values)


if __name__ == "__main__":
    main()
