#!/usr/bin/env python3
"""Every stage's values of a PaDiM or PatchCore of anomalib, for `./kintsugi doctor` and `audit --against`.

  python dump_anomalib.py MODEL IMAGE... --out DIR

Runs where anomalib does (1.x and 2.x). MODEL is an exported .pt, or a .ckpt with --class Padim or --class Patchcore.
DIR gets a folder for each image with values.npz in it; docs/audit.md lists the names and shapes.
"""
import argparse
from os import environ
from pathlib import Path

import numpy as np
import torch
from PIL import Image

POSITIONS = 9  # The number of patches whose covariances are written: those that `doctor` samples.


def load(file, kind):
    """Pre-processing, torch module, and the post-processor of 2.x or the metadata of 1.x; None for what is not there."""
    if kind:
        import anomalib.models
        environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"  # The file holds objects: load those that you trust alone.
        whole = getattr(anomalib.models, kind).load_from_checkpoint(file, map_location="cpu").eval().requires_grad_(False)
        before = getattr(getattr(whole, "pre_processor", whole), "transform", None)  # As tested; exports resize otherwise.
        return before, whole.model, getattr(whole, "post_processor", None)
    whole = (stored := torch.load(file, map_location="cpu", weights_only=False))["model"].eval().requires_grad_(False)
    before = getattr(whole, "pre_processor", getattr(whole, "transform", None))
    return before, whole.model, getattr(whole, "post_processor", stored.get("metadata"))


def note(values, module):
    """Notes the values within a run of the torch module."""
    embed = module.generate_embedding

    def embedded(layers):
        values["embedding"] = embed(layers)[0].flatten(1).T
        return embed(layers)

    def mapped(generator, arguments, named):
        scores = (generator.compute_distance(named["embedding"], [named["mean"], named["inv_covariance"]])
                  if "embedding" in named else arguments[0] if arguments else named["patch_scores"])
        values["distances"] = scores.squeeze()

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
    find = after.get if (first := isinstance(after, dict)) else lambda *name: getattr(after, *name)
    names = ("pred_scores.min", "pred_scores.max") if first else ("image_min", "image_max")
    middle, low, high = (float(find(name, np.nan)) for name in ("image_threshold", *names))
    middle = (low + high) / 2 if np.isnan(middle) else middle
    if np.isnan(half := (high - low) / 2):
        return {}
    line = float(find("normalized_image_threshold", 0.5))  # 1 − sensitivity in 2.x.
    normalised = np.clip((float(score) - middle) / (2 * half) + 0.5, 0, 1)
    verdict = float(float(score) >= middle if first else normalised > line)
    return {"normalised": [normalised], "threshold": [line], "verdict": [verdict], "range": [middle - half, middle + half]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--class", dest="kind", help="the model's class in anomalib.models, for a .ckpt")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    stems = [file.stem for file in arguments.images]
    if taken := [f for f in arguments.images if stems.count(f.stem) > 1 or (arguments.out / f.name).exists()]:
        parser.error(f"{taken[0]}: another image has this name, or {arguments.out} holds its values already")
    before, module, after = load(arguments.model, arguments.kind)
    note(values := {}, module := module if hasattr(module, "feature_extractor") else module.model)
    for file in arguments.images:
        image = torch.from_numpy(pixels := np.array(Image.open(file).convert("RGB"))).permute(2, 0, 1)[None].float() / 255
        out = module(image := before(image) if before else image)
        if not isinstance(out, dict):  # 1.x returns PaDiM's map alone, and a dictionary of PatchCore's two.
            out = out._asdict() if hasattr(out, "_asdict") else {"anomaly_map": out, "pred_score": out.max()}
        values |= {"pixels": pixels, "input": image[0], "map": out["anomaly_map"].squeeze(), **fitted(module)}
        values |= {"score": out["pred_score"].reshape(1), **judged(after, out["pred_score"])}
        (written := arguments.out / file.name / "values.npz").parent.mkdir(parents=True, exist_ok=True)
        np.savez(written, **{name: np.ascontiguousarray(np.asarray(value)) for name, value in values.items()})
        print(written, *values)


if __name__ == "__main__":
    main()
