#!/usr/bin/env python3
"""Golden files of `./kintsugi import`: models that other programs fitted, and their own scores.

  python tools/golden_import.py PART --weights resnet18.safetensors --out DIR [--normal DIR --anomalous DIR]

PART is `padim` or `patchcore` where anomalib is installed (1.2.0 and 2.3.0 were used, in environments of their own), or
`inspection` with the src of amazon-science/patchcore-inspection on PYTHONPATH, faiss-cpu and SciPy. All are run as their
users run them: anomalib's Engine fits, checkpoints, predicts and exports, its TorchInferencer runs the .pt, ONNX Runtime
the .onnx. The backbone's weights alone are put in. Also needed: safetensors, onnx and onnxruntime.

With folders of images (PNG or JPEG) the models have their usual sizes. Without them everything is small: images are
drawn (`drawn`, and ImportGoldens.java the same), the network's input has 32x48 pixels, a PaDiM 5 channels, a PatchCore
some 10 patches; golden_pack.py makes a file of each model then, which are those in src/test/resources/interop.
"""
import argparse
import json
import os
import random
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
FITTED, SCORED = range(8), range(8, 12)


def drawn(n):
    """Image n of 80x60, from whole numbers alone; of the images that are scored every second has a block."""
    state, rgb = n * 2654435761 + 1 & 0xFFFFFFFF, np.zeros((60, 80, 3), np.uint8)
    for y in range(60):
        for x in range(80):
            for c in range(3):
                state = state * 1664525 + 1013904223 & 0xFFFFFFFF
                value = 40 * c + abs((x * (5 + c) + y * (3 + 2 * c) + 37 * n) % 256 - 128) + (state >> 27)
                rgb[y, x, c] = 255 - value if block(n, x, y) else value
    return rgb


def block(n, x, y):
    return n >= SCORED.start and n % 2 == 1 and 30 <= x < 50 and 20 <= y < 35


def images(args):
    """Folders train, good, bad and mask as anomalib's Folder takes them, and scored with all of good and bad."""
    root = args.out / "images"
    for name in ["train", "good", "bad", "mask", "scored"]:
        (root / name).mkdir(parents=True, exist_ok=True)
    if not args.normal:
        for n in [*FITTED, *SCORED]:
            kind = "train" if n in FITTED else "bad" if n % 2 else "good"
            for folder in [kind] if kind == "train" else [kind, "scored"]:
                Image.fromarray(drawn(n)).save(root / folder / f"{n:02}.png")
            mask = np.array([[255 * block(n, x, y) for x in range(80)] for y in range(60)], np.uint8)
            if kind == "bad":
                Image.fromarray(mask).save(root / "mask" / f"{n:02}.png")
        return root
    normal, anomalous = (files(folder, count) for folder, count in [(args.normal, args.count), (args.anomalous, args.count // 2)])
    for i, file in enumerate(normal):
        for folder in ["train"] if i < len(normal) // 2 else ["good", "scored"]:
            link(root / folder / f"normal-{file.name}", file)
    for file in anomalous:
        link(root / "bad" / f"anomalous-{file.name}", file)
        link(root / "scored" / f"anomalous-{file.name}", file)
    return root


def files(folder, count):
    found = sorted(f for f in Path(folder).iterdir() if f.suffix.lower() in {".png", ".jpg", ".jpeg"})
    return found[:: max(1, len(found) // count)][:count]


def link(name, file):
    if not name.exists():
        name.symlink_to(file.resolve())


def plain_norms(network, weights):
    """Weights whose batch norms are folded, for a network that has them: norms that change nothing but the bias."""
    state = network.state_dict()
    for name in state:
        norm = re.sub(r"downsample\.1$", "downsample.0", re.sub(r"bn(\d)$", r"conv\1", name.rpartition(".")[0]))
        kind = name.rpartition(".")[2]
        if norm == name.rpartition(".")[0]:
            state[name] = weights.get(name, state[name]).float()
        elif norm + ".bias" in weights:
            state[name] = {"bias": weights[norm + ".bias"].float(), "weight": torch.ones_like(state[name]),
                           "running_mean": torch.zeros_like(state[name]),
                           "running_var": torch.full_like(state[name], 1 - 1e-5)}.get(kind, state[name])
    network.load_state_dict(state)
    return network.eval()


def read(path):
    """As anomalib reads an image."""
    return torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1)[None].float() / 255


def owners(model, inputs):
    """The scores and maps of a torch module of anomalib."""
    scores, maps = [], []
    with torch.no_grad():
        for image in inputs:
            out = model(image)
            if isinstance(out, torch.Tensor):
                score, map_ = out.reshape(-1).max(), out
            elif isinstance(out, dict):
                score, map_ = out["pred_score"], out["anomaly_map"]
            else:
                score, map_ = out.pred_score, out.anomaly_map
            scores.append(float(score))
            maps.append(map_.squeeze())
    return torch.tensor(scores, dtype=torch.float64), torch.stack(maps)


def keep(args, name, scores, maps, shown=None, labels=None):
    """The scores of all images, the maps of some, and what the program shows of the scores."""
    tensors = {"scores": scores, "maps": maps[: 4 if args.normal else 1].contiguous()}
    if shown is not None:
        tensors["normalised"] = torch.tensor([float(s) for s in shown], dtype=torch.float64)
        tensors["anomalous"] = torch.tensor([int(label) for label in labels], dtype=torch.int32)
    names = [f.name for f in args.scored]
    save_file(tensors, str(args.out / (name + ".golden.safetensors")), metadata={"images": json.dumps(names)})
    print(name, "scores", [round(float(s), 4) for s in scores], "shown", tensors.get("normalised"))


def anomalib(args):
    import anomalib
    from anomalib.data import Folder
    from anomalib.deploy import ExportType
    from anomalib.engine import Engine
    from anomalib.models import Padim, Patchcore

    first = anomalib.__version__.startswith("1.")
    method = {"padim": Padim, "patchcore": Patchcore}[args.part]
    options = dict(backbone="resnet18", pre_trained=False)
    if args.part == "padim":
        options |= {} if args.normal else dict(n_features=5)
    else:
        options |= dict(coreset_sampling_ratio=0.1 if args.normal else 12 / 768 if first else 8 / 192,
                        num_neighbors=9 if first else 5, layers=["layer1", "layer2"] if first else ["layer2", "layer3"])
    data = dict(name="golden", root=args.root, normal_dir="train", abnormal_dir="bad", normal_test_dir="good",
                mask_dir=None if args.normal else "mask", train_batch_size=4, eval_batch_size=4, num_workers=0,
                val_split_mode="same_as_test")
    engine = dict(accelerator="cpu", devices=1, logger=False, default_root_dir=args.out / "work")
    crop = (args.part == "padim") == first  # One of the two in each release.
    if first:
        data |= dict(transform=transform(args, crop), task="classification" if args.normal else "segmentation")
        engine |= dict(task=data["task"])
    else:
        from anomalib.pre_processing import PreProcessor
        options |= dict(evaluator=False, visualizer=False, pre_processor=PreProcessor(transform=transform(args, crop)))
    model = method(**options)
    plain_norms(model.model.feature_extractor.feature_extractor, args.network)
    engine = Engine(**engine)
    engine.fit(model=model, datamodule=Folder(**data))
    name = f"anomalib{1 if first else 2}-{args.part}"
    engine.trainer.save_checkpoint(args.out / (name + ".ckpt"))
    model.eval()
    (release1 if first else release2)(args, model, engine, name, ExportType)


def transform(args, crop):
    from torchvision.transforms.v2 import CenterCrop, Compose, Normalize, Resize

    size, inner = ((256, 256), (224, 224)) if args.normal else ((40, 56), (32, 48))
    if crop:
        return Compose([Resize(size, antialias=True), CenterCrop(inner), Normalize(**IMAGENET)])
    return Compose([Resize(size if args.normal else inner, antialias=True), Normalize(**IMAGENET)])


def newer_packages():
    """What anomalib 1.2.0 takes for granted in packages that have changed since."""
    from anomalib.data.transforms.center_crop import ExportableCenterCrop

    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"
    torch.onnx.export.__kwdefaults__["dynamo"] = False
    ExportableCenterCrop.transform = ExportableCenterCrop._transform


def release1(args, model, engine, name, types):
    from anomalib.data import PredictDataset
    from anomalib.deploy import TorchInferencer

    newer_packages()
    images = [read(f) for f in args.scored]
    scores, maps = owners(model.model, [model.transform(i) for i in images])
    data = PredictDataset(args.root / "scored", transform=model.transform)
    shown = engine.predict(model=model, dataloaders=torch.utils.data.DataLoader(data))
    keep(args, name + "-ckpt", scores, maps, [p["pred_scores"] for p in shown], [p["pred_labels"] for p in shown])
    file = engine.export(model, types.TORCH, export_root=args.out / "work").rename(args.out / (name + ".pt"))
    inferencer = TorchInferencer(path=file, device="cpu")
    scores, maps = owners(inferencer.model, images)
    shown = [inferencer.predict(f) for f in args.scored]
    keep(args, name + "-pt", scores, maps, [p.pred_score for p in shown], [p.pred_label for p in shown])
    file = engine.export(model, types.ONNX, export_root=args.out / "work").rename(args.out / (name + ".onnx"))
    largest = lambda values: (min(values, key=np.size).max(), max(values, key=np.size))
    keep(args, name + "-onnx", *onnx(file, images, largest))


def release2(args, model, engine, name, types):
    from anomalib.data import PredictDataset
    from anomalib.deploy import TorchInferencer

    os.environ["TRUST_REMOTE_CODE"] = "1"
    images = [read(f) for f in args.scored]
    scores, maps = owners(model.model, [model.pre_processor.transform(i) for i in images])
    shown = engine.predict(model=model, dataset=PredictDataset(path=args.root / "scored"))
    shown = {Path(path).name: found for p in shown for path, *found in zip(p.image_path, p.pred_score, p.pred_label)}
    keep(args, name + "-ckpt", scores, maps, *zip(*[shown[f.name] for f in args.scored]))
    file = engine.export(model, types.TORCH, export_root=args.out / "work").rename(args.out / (name + ".pt"))
    inferencer = TorchInferencer(path=file, device="cpu")
    scores, maps = owners(inferencer.model.model, [inferencer.model.pre_processor(i) for i in images])
    shown = [inferencer.predict(f) for f in args.scored]
    keep(args, name + "-pt", scores, maps, [p.pred_score for p in shown], [p.pred_label for p in shown])
    # What the graph returns is normalised and cut: ranges that cut nothing, and back to scores.
    post = model.post_processor
    for kind, values in [("image", scores), ("pixel", maps)]:
        low, high = 0.9 * float(values.min()), 1.1 * float(values.max())
        getattr(post, kind + "_min").fill_(low)
        getattr(post, kind + "_max").fill_(high)
        getattr(post, f"_{kind}_threshold").fill_(low + 0.5 * (high - low))
    file = engine.export(model, types.ONNX, export_root=args.out / "work").rename(args.out / (name + ".onnx"))
    names = [k for k, v in model.eval()(torch.zeros(1, 3, 64, 64))._asdict().items() if v is not None]
    shown, labels = [], []

    def back(kind, values):
        length = float(getattr(post, kind + "_max") - getattr(post, kind + "_min"))
        return (values.astype(np.float64) - 0.5) * length + float(getattr(post, f"_{kind}_threshold"))

    def raw(values):
        found = dict(zip(names, values))
        shown.append(found["pred_score"].reshape(-1)[0])
        labels.append(found["pred_label"].reshape(-1)[0])
        return back("image", shown[-1]), back("pixel", found["anomaly_map"])

    keep(args, name + "-onnx", *onnx(file, images, raw), shown, labels)


def onnx(file, images, raw):
    """ONNX Runtime's own scores and maps; raw finds both among the graph's outputs."""
    import onnxruntime

    run = onnxruntime.InferenceSession(str(file))
    scores, maps = zip(*[raw(run.run(None, {"input": i.numpy()})) for i in images])
    return (torch.tensor([float(s) for s in scores], dtype=torch.float64),
            torch.stack([torch.from_numpy(np.asarray(m, np.float32).squeeze()) for m in maps]))


def inspection(args):
    """PatchCore of patchcore-inspection, images read and resized as its MVTec data set does."""
    import patchcore.common
    import patchcore.patchcore
    import patchcore.sampler
    import torchvision
    from torchvision import transforms

    resize, crop, width = (256, 224, 256) if args.normal else (40, 32, 64)
    before = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop), transforms.ToTensor(),
                                 transforms.Normalize(**IMAGENET)])
    data = lambda folder: [before(Image.open(f).convert("RGB"))[None] for f in sorted((args.root / folder).iterdir())]
    backbone = plain_norms(torchvision.models.resnet18(weights=None), args.network)
    backbone.name = "resnet18"
    cpu, patches = torch.device("cpu"), len(list((args.root / "train").iterdir())) * (crop // 8) ** 2
    for k in [1, 3]:
        model = patchcore.patchcore.PatchCore(cpu)
        sampler = patchcore.sampler.GreedyCoresetSampler(0.1 if args.normal else 20 / patches, cpu)
        model.load(backbone=backbone, layers_to_extract_from=["layer2", "layer3"], device=cpu, input_shape=(3, crop, crop),
                   pretrain_embed_dimension=width, target_embed_dimension=width, patchsize=3, anomaly_score_num_nn=k,
                   featuresampler=sampler, nn_method=patchcore.common.FaissNN(False, 2))
        model.fit(data("train"))
        target = args.out / f"inspection-{k}"
        target.mkdir(exist_ok=True)
        model.save_to_path(str(target))
        scores, maps = zip(*[model._predict(i) for i in data("scored")])
        keep(args, f"inspection-{k}", torch.tensor([float(s[0]) for s in scores], dtype=torch.float64),
             torch.stack([torch.from_numpy(np.asarray(m[0])) for m in maps]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["padim", "patchcore", "inspection"])
    parser.add_argument("--weights", required=True, help="a ResNet-18 with folded batch norms (kintsugi weights convert)")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--normal", help="a folder of normal images, half of which are fitted to")
    parser.add_argument("--anomalous", help="a folder of anomalous images")
    parser.add_argument("--count", type=int, default=20, help="normal images; half as many are anomalous")
    args = parser.parse_args()
    if bool(args.normal) != bool(args.anomalous):
        parser.error("--normal and --anomalous go together")
    random.seed(1)
    torch.manual_seed(1)
    np.random.seed(1)
    args.root = images(args)
    args.scored = sorted((args.root / "scored").iterdir())
    args.network = load_file(args.weights)
    inspection(args) if args.part == "inspection" else anomalib(args)


if __name__ == "__main__":
    main()
