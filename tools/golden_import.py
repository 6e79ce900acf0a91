#!/usr/bin/env python3
"""Golden files of `./kintsugi import`: models of other programs, and the scores of their own code.

  python tools/golden_import.py --anomalib1 DIR --anomalib2 DIR --patchcore DIR --timm DIR --kornia DIR \
      --weights resnet18.safetensors --images DIR --out DIR

The first five are checkouts: anomalib v1.2.0 and v2.3.0, amazon-science/patchcore-inspection, timm and kornia.
--images has PNGs or JPEGs; the first half, by name, is fitted to, the other half is scored.

What runs here is the owners' code: anomalib's torch modules of PaDiM and PatchCore, its pre- and post-processors and
its export module; timm's networks; kornia's kernel; torchvision's transforms; patchcore-inspection's PatchCore. What
stands in for packages that need not be installed: Lightning (a module that keeps its arguments, and the dictionary that
its checkpoints are), torchmetrics (the figures are computed from the scores here), FAISS (exact search in numpy, and its
file of a flat index), SciPy's Gaussian filter. A memory bank is every n-th patch, which is as good for scoring as a
coreset. torch 2.4 or later; --onnx exports ONNX graphs too, which ONNX Runtime runs.
"""
import argparse
import importlib.util
import json
import math
import random
import re
import struct
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import torch
from torch import nn


def torchvision_operators():
    """Declares torchvision's own operators where its library was built for another torch; none of them is used."""
    folder = Path(importlib.util.find_spec("torchvision").origin).parent
    names = set(re.findall(r'register_meta\("(\w+)"', (folder / "_meta_registrations.py").read_text()))
    library = torch.library.Library("torchvision", "DEF")
    for name in names | {"nms", "qnms"}:
        try:
            library.define(name + "(Tensor x) -> Tensor")
        except RuntimeError:
            pass
    return library


try:
    import torchvision
except (RuntimeError, OSError):
    for name in [name for name in sys.modules if name.startswith("torchvision")]:
        del sys.modules[name]
    LIBRARY = torchvision_operators()
    import torchvision
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision.transforms.v2 import CenterCrop, Compose, Normalize, Resize
from torchvision.transforms.v2.functional import to_dtype, to_image

IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])


class Nothing(nn.Module):
    """Stands for a class of which no value is used."""

    def __init__(self, *args, **kwargs):
        super().__init__()


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    return module


def package(name, folder):
    """A package without its __init__, which would import everything."""
    module = stub(name)
    module.__path__ = [str(folder)]
    return module


def networks(args):
    sys.path[:0] = [args.timm, args.kornia]
    hub = package("huggingface_hub", "")
    for name in "HfApi hf_hub_download model_info ModelCard ModelCardData snapshot_download".split():
        setattr(hub, name, Nothing)
    stub("huggingface_hub.utils", EntryNotFoundError=Exception, RepositoryNotFoundError=Exception,
         disable_progress_bars=lambda: None)
    for name in ["yaml", "tqdm", "faiss"]:
        stub(name)
    stub("kornia_rs", ImageDecoder=Nothing)


class Module(nn.Module):
    """Lightning's module, as far as it keeps the arguments of its classes."""

    def save_hyperparameters(self):
        self.kept = {}
        frame = sys._getframe(1)
        while frame and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is self:
            names = frame.f_code.co_varnames[1 : frame.f_code.co_argcount]
            self.kept.update({n: frame.f_locals[n] for n in names if n in frame.f_locals})
            frame = frame.f_back

    @property
    def device(self):
        return torch.device("cpu")


def lightning():
    class Callback:
        pass

    pl = package("lightning", "")
    pl.LightningModule, pl.Callback, pl.Trainer = Module, Callback, Nothing
    stub("lightning.pytorch", LightningModule=Module, Callback=Callback, Trainer=Nothing).__path__ = []
    package("lightning.pytorch.utilities", "")
    stub("lightning.pytorch.utilities.types", STEP_OUTPUT=object)
    stub("lightning_utilities").__path__ = []
    stub("lightning_utilities.core").__path__ = []
    stub("lightning_utilities.core.imports", module_available=lambda n: False, package_available=lambda n: False)
    stub("torchmetrics", Metric=Nothing, MetricCollection=Nothing)


def anomalib(source, release):
    from enum import Enum

    lightning()
    root = Path(source) / "src" / "anomalib"
    top = package("anomalib", root)
    top.LearningType = Enum("LearningType", {"ONE_CLASS": "one_class"}, module="anomalib")
    top.TaskType = Enum("TaskType", {"SEGMENTATION": "segmentation"}, module="anomalib")
    top.PrecisionType = Enum("PrecisionType", {"FLOAT32": "float32", "FLOAT16": "float16"}, module="anomalib")
    for name in ["models", "models.image", "models.image.padim", "models.image.patchcore", "deploy", "data",
                 "data.transforms", "utils", "models.components", "models.components.base", "pre_processing",
                 "pre_processing.utils", "post_processing", "models.components.sampling"]:
        package("anomalib." + name, root / name.replace(".", "/"))
    stub("anomalib.metrics", AnomalibMetricCollection=Nothing, AUROC=Nothing, F1Score=Nothing, MinMax=Nothing,
         F1AdaptiveThreshold=Nothing).__path__ = []
    stub("anomalib.metrics.evaluator", Evaluator=Nothing)
    sys.modules["anomalib.metrics"].Evaluator = Nothing
    stub("anomalib.visualization", Visualizer=Nothing, ImageVisualizer=Nothing)
    data = sys.modules["anomalib.data"]
    data.Batch = data.ImageBatch = data.AnomalibDataModule = Nothing
    if release == 2:
        # Its class, from its file's text: the file imports the whole data package.
        from typing import NamedTuple
        text = (root / "data/dataclasses/torch/base.py").read_text()
        start = text.index("class InferenceBatch")
        space = dict(NamedTuple=NamedTuple, torch=torch)
        exec(text[start : text.index("\n\n\n", start)], space)
        data.InferenceBatch = space["InferenceBatch"]
        data.InferenceBatch.__module__ = "anomalib.data.dataclasses.torch.base"
        sys.modules["anomalib.utils"].deprecate = lambda *a, **k: (a[0] if a and callable(a[0]) else lambda f: f)
    from anomalib.data.transforms.center_crop import ExportableCenterCrop
    sys.modules["anomalib.data.transforms"].ExportableCenterCrop = ExportableCenterCrop
    if "transform" not in vars(ExportableCenterCrop):  # The name that torchvision had when it was written.
        ExportableCenterCrop.transform = ExportableCenterCrop._transform
    base, components = sys.modules["anomalib.models.components.base"], sys.modules["anomalib.models.components"]
    from anomalib.models.components.base.dynamic_buffer import DynamicBufferMixin
    from anomalib.models.components.base.memory_bank_module import MemoryBankMixin
    base.DynamicBufferMixin = components.DynamicBufferMixin = DynamicBufferMixin
    components.MemoryBankMixin, components.KCenterGreedy = MemoryBankMixin, Nothing
    from anomalib.models.components.filters.blur import GaussianBlur2d
    components.GaussianBlur2d = GaussianBlur2d
    from anomalib.models.components.stats.multi_variate_gaussian import MultiVariateGaussian
    components.MultiVariateGaussian = MultiVariateGaussian
    from anomalib.models.components.feature_extractors.timm import TimmFeatureExtractor
    components.TimmFeatureExtractor = TimmFeatureExtractor
    if release == 2:
        transform = importlib.import_module("anomalib.pre_processing.utils.transform")
        sys.modules["anomalib.pre_processing.utils"].transform = transform
        pre = importlib.import_module("anomalib.pre_processing.pre_processor")
        sys.modules["anomalib.pre_processing"].PreProcessor = pre.PreProcessor
        post = importlib.import_module("anomalib.post_processing.post_processor")
        sys.modules["anomalib.post_processing"].PostProcessor = post.PostProcessor
        export = importlib.import_module("anomalib.deploy.export")
        sys.modules["anomalib.deploy"].__dict__.update(CompressionType=export.CompressionType,
                                                      ExportType=export.ExportType)
        components.AnomalibModule = importlib.import_module(
            "anomalib.models.components.base.anomalib_module").AnomalibModule


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
    return to_dtype(to_image(Image.open(path).convert("RGB")), torch.float32, scale=True).unsqueeze(0)


def usual(size=256, crop=None, antialias=True):
    steps = [Resize((size, size), antialias=antialias)] + ([CenterCrop((crop, crop))] if crop else [])
    return Compose(steps + [Normalize(**IMAGENET)])


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


def keep(out, name, names, scores, maps, **more):
    tensors = dict(scores=scores, maps=maps[:4].contiguous(), **more)
    save_file({k: v.contiguous() for k, v in tensors.items()}, str(out / (name + ".golden.safetensors")),
              metadata=dict(images=json.dumps(names)))
    print(name, "scores", [round(float(s), 4) for s in scores[:4]])


def lightning_checkpoint(state, parameters, file, **more):
    torch.save({"epoch": 0, "global_step": 1, "pytorch-lightning_version": "2.4.0", "state_dict": state,
                "loops": {}, "callbacks": {}, "optimizer_states": [], "lr_schedulers": [],
                "hparams_name": "kwargs", "hyper_parameters": parameters, **more}, file)


def fitted(method, model, network, train, arguments):
    plain_norms(model.feature_extractor.feature_extractor, network)
    model.train()
    model.feature_extractor.eval()
    embeddings = []
    with torch.no_grad():
        for image in train:
            embeddings.append(model(image))
    for held in ["memory_bank", "embedding_store"]:
        if isinstance(getattr(model, held, None), list):
            setattr(model, held, [])
    embeddings = torch.vstack(embeddings)
    if method == "padim":
        model.gaussian.fit(embeddings)
    else:
        model.memory_bank = embeddings[:: arguments.every].contiguous()
    return model.eval()


def release1(args, method, network, train, test, names):
    anomalib(args.anomalib1, 1)
    torch_model = importlib.import_module(f"anomalib.models.image.{method}.torch_model")
    export = importlib.import_module("anomalib.deploy.export")
    layers = ["layer1", "layer2", "layer3"] if method == "padim" else ["layer2", "layer3"]
    kind = torch_model.PadimModel if method == "padim" else torch_model.PatchcoreModel
    transform = usual(256, 224 if method == "padim" else None)
    model = fitted(method, kind(backbone="resnet18", layers=layers, pre_trained=False), network,
                   [transform(i) for i in train], args)
    scores, maps = owners(model, [transform(i) for i in test])
    image, pixel = float(scores.median()), float(maps.max()) * 0.7
    state = {"model." + k: v for k, v in model.state_dict().items()}
    state["image_threshold_class"] = "anomalib.metrics.threshold.f1_adaptive_threshold.F1AdaptiveThreshold"
    figures = {"pred_scores.min": scores.min().float(), "pred_scores.max": scores.max().float(),
               "anomaly_maps.min": maps.min(), "anomaly_maps.max": maps.max()}
    state.update({"normalization_metrics." + k: v for k, v in figures.items()})
    state.update({"image_threshold.value": torch.tensor(image), "pixel_threshold.value": torch.tensor(pixel)})
    name = "anomalib1-" + method
    lightning_checkpoint(state, {"backbone": "resnet18", "layers": layers, "pre_trained": False},
                         args.out / (name + ".ckpt"), transform=transform)
    from anomalib.utils.normalization.min_max import normalize
    normalised = normalize(scores.float(), image, scores.min().float(), scores.max().float()).double()
    keep(args.out, name + "-ckpt", names, scores, maps, normalised=normalised, anomalous=(scores.float() >= image).int())
    inference = export.InferenceModel(model=model, transform=transform)
    metadata = {"task": "segmentation", "image_threshold": image, "pixel_threshold": pixel,
                **{k: float(v) for k, v in figures.items()}}
    torch.save({"model": inference, "metadata": metadata}, args.out / (name + ".pt"))
    scores, maps = owners(inference, test)
    keep(args.out, name + "-pt", names, scores, maps,
         normalised=normalize(scores.float(), image, figures["pred_scores.min"], figures["pred_scores.max"]).double(),
         anomalous=(scores.float() >= image).int())
    if args.onnx:
        inference = export.InferenceModel(model=model, transform=transform, disable_antialias=True)
        image = lambda values: (min(values, key=torch.numel).reshape(-1).max() if len(values) > 1 else values[0].max(),
                                max(values, key=torch.numel))
        scores, maps = onnx(args, inference, test, name, ["output"], image)
        keep(args.out, name + "-onnx", names, scores, maps)


def release2(args, method, network, train, test, names):
    anomalib(args.anomalib2, 2)
    lightning_model = importlib.import_module(f"anomalib.models.image.{method}.lightning_model")
    if method == "padim":
        module = lightning_model.Padim(backbone="resnet18", pre_trained=False, evaluator=False, visualizer=False)
    else:
        processor = lightning_model.Patchcore.configure_pre_processor((256, 256), (224, 224))
        module = lightning_model.Patchcore(backbone="resnet18", pre_trained=False, num_neighbors=5,
                                           pre_processor=processor, evaluator=False, visualizer=False)
    transform = module.pre_processor.transform
    fitted(method, module.model, network, [transform(i) for i in train], args)
    module.eval()
    raw, rawmaps = owners(module.model, [transform(i) for i in test])
    post = module.post_processor
    post._image_threshold.copy_(raw.median())
    post._pixel_threshold.copy_(rawmaps.max() * 0.7)
    for kind, values in [("image", raw), ("pixel", rawmaps)]:
        getattr(post, kind + "_min").copy_(values.min())
        getattr(post, kind + "_max").copy_(values.max())
    name = "anomalib2-" + method
    lightning_checkpoint(module.state_dict(), module.kept, args.out / (name + ".ckpt"))
    batch = sys.modules["anomalib.data"].InferenceBatch
    shown = post(batch(pred_score=raw.float(), anomaly_map=rawmaps[:, None]))
    keep(args.out, name + "-ckpt", names, raw, rawmaps, normalised=shown.pred_score.double(),
         anomalous=shown.pred_label.int())
    torch.save({"model": module}, args.out / (name + ".pt"))
    # The export's own path: its transform without antialiasing, and its post-processor.
    exported = [module.pre_processor(i) for i in test]
    raw, rawmaps = owners(module.model, exported)
    with torch.no_grad():
        out = [module(i) for i in test]
    keep(args.out, name + "-pt", names, raw, rawmaps, normalised=torch.tensor([float(o.pred_score) for o in out]).double(),
         anomalous=torch.tensor([int(o.pred_label) for o in out], dtype=torch.int32))
    if args.onnx:
        release2_onnx(args, module, test, name, raw, rawmaps, names)


def release2_onnx(args, module, test, name, raw, rawmaps, names):
    """Ranges that cut nothing: what the graph returns is normalised, and is brought back to scores."""
    post = module.post_processor
    for kind, values in [("image", raw), ("pixel", rawmaps)]:
        low, high = 0.9 * float(values.min()), 1.1 * float(values.max())
        getattr(post, kind + "_min").fill_(low)
        getattr(post, kind + "_max").fill_(high)
        getattr(post, f"_{kind}_threshold").fill_(low + 0.5 * (high - low))
    outputs = [k for k, v in module(torch.zeros(1, 3, 256, 256))._asdict().items() if v is not None]
    shown, labels = [], []

    def back(kind, values):
        length = getattr(post, kind + "_max") - getattr(post, kind + "_min")
        return (values - 0.5) * length + getattr(post, f"_{kind}_threshold")

    def unnormalised(values):
        found = dict(zip(outputs, values))
        shown.append(float(found["pred_score"].reshape(-1)[0]))
        labels.append(int(found["pred_label"].reshape(-1)[0]))
        return back("image", found["pred_score"].double()).reshape(-1)[0], back("pixel", found["anomaly_map"])

    scores, maps = onnx(args, module, test, name, outputs, unnormalised)
    keep(args.out, name + "-onnx", names, scores, maps, normalised=torch.tensor(shown).double(),
         anomalous=torch.tensor(labels, dtype=torch.int32))


def onnx(args, module, test, name, outputs, raw):
    """An ONNX graph as anomalib exports it, and ONNX Runtime's own scores; raw turns its outputs into scores."""
    import onnxruntime

    if importlib.util.find_spec("onnx") is None:  # The exporter asks it for functions of the graph, which has none.
        graph = types.SimpleNamespace(graph=types.SimpleNamespace(node=[]), functions=[])
        stub("onnx", load_model_from_string=lambda data: graph)
    file = str(args.out / (name + ".onnx"))
    torch.onnx.export(model=module, args=(torch.zeros(1, 3, 1, 1),), f=file, opset_version=14,
                      dynamic_axes={"input": {0: "batch_size", 2: "height", 3: "width"}, "output": {0: "batch_size"}},
                      input_names=["input"], output_names=outputs, dynamo=False)
    run = onnxruntime.InferenceSession(file)
    found = [raw([torch.from_numpy(o) for o in run.run(None, {"input": i.numpy()})]) for i in test]
    scores, maps = zip(*found)
    return torch.tensor([float(s) for s in scores]).double(), torch.stack([m.squeeze() for m in maps])


class Flat:
    """FAISS's IndexFlatL2: exact search, and its file (index_write.cpp, "IxF2")."""

    def __init__(self, d):
        self.d, self.rows = d, np.zeros((0, d), np.float32)

    def add(self, rows):
        self.rows = np.concatenate([self.rows, np.ascontiguousarray(rows, np.float32)])

    def search(self, queries, k):
        a, b = torch.from_numpy(queries.astype(np.float64)), torch.from_numpy(self.rows.astype(np.float64))
        squared = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist") ** 2
        found = squared.topk(k, largest=False)
        return found.values.numpy().astype(np.float32), found.indices.numpy()

    def write(self, file):
        with open(file, "wb") as out:
            out.write(b"IxF2" + struct.pack("<iqqq?i", self.d, len(self.rows), 1 << 20, 1 << 20, True, 1))
            out.write(struct.pack("<Q", self.rows.size) + self.rows.tobytes())


def inspection(args, network, names):
    """PatchCore of patchcore-inspection, images read and resized as its MVTec data set does."""
    from torchvision import transforms

    stub("faiss", IndexFlatL2=Flat, write_index=lambda index, file: index.write(file), omp_set_num_threads=lambda n: 0)
    stub("tqdm", tqdm=lambda data, **k: __import__("contextlib").nullcontext(data))
    ndimage = stub("scipy.ndimage", gaussian_filter=gaussian)
    stub("scipy", ndimage=ndimage)
    folder = Path(args.patchcore) / "src" / "patchcore"
    package("patchcore", folder)
    stub("patchcore.backbones")
    import patchcore.common
    import patchcore.sampler
    import patchcore.patchcore

    transform = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
                                    transforms.Normalize(**IMAGENET)])
    images = [transform(Image.open(f).convert("RGB"))[None] for f in args.files]
    backbone = plain_norms(torchvision.models.resnet18(weights=None), network)
    backbone.name = "resnet18"
    for k in [1, 3]:
        class Every(patchcore.sampler.IdentitySampler):
            def run(self, features):
                return features[:: args.every]

        model = patchcore.patchcore.PatchCore(torch.device("cpu"))
        model.load(backbone=backbone, layers_to_extract_from=["layer2", "layer3"], device=torch.device("cpu"),
                   input_shape=(3, 224, 224), pretrain_embed_dimension=256, target_embed_dimension=256, patchsize=3,
                   anomaly_score_num_nn=k, featuresampler=Every(), nn_method=patchcore.common.FaissNN(False, 2))
        half = len(images) // 2
        model.fit(images[:half])
        target = args.out / f"inspection-{k}"
        target.mkdir(exist_ok=True)
        model.save_to_path(str(target))
        scores, maps = zip(*[model._predict(i) for i in images[half:]])
        keep(args.out, f"inspection-{k}", names, torch.tensor([float(s[0]) for s in scores]).double(),
             torch.stack([torch.from_numpy(np.asarray(m[0])) for m in maps]))


def gaussian(map_, sigma):
    """scipy.ndimage.gaussian_filter: up to 4 sigma, the edge mirrored with its own value."""
    reach = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(map_.astype(np.float64), [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], "symmetric")
        map_ = np.apply_along_axis(lambda line: np.convolve(line, kernel, "valid"), axis, padded)
    return map_.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in "anomalib1 anomalib2 patchcore timm kornia weights images".split():
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--count", type=int, default=20, help="images, half of them fitted to")
    parser.add_argument("--every", type=int, default=10, help="every n-th patch is in a memory bank")
    parser.add_argument("--onnx", action="store_true")
    parser.add_argument("--part", help="one of the parts alone, each of which is a process of its own")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    parts = ["1-padim", "1-patchcore", "2-padim", "2-patchcore", "inspection"]
    if not args.part:
        for part in parts:
            subprocess.run([sys.executable, *sys.argv, "--part", part], check=True)
        return
    torch.manual_seed(1)
    random.seed(1)
    networks(args)
    files = sorted(f for f in Path(args.images).iterdir() if f.suffix.lower() in {".png", ".jpg", ".jpeg"})
    args.files = files[:: max(1, len(files) // args.count)][: args.count]
    names = [str(f.relative_to(args.images)) for f in args.files[len(args.files) // 2 :]]
    network = load_file(args.weights)
    if args.part == "inspection":
        return inspection(args, network, names)
    images = [read(f) for f in args.files]
    half = len(images) // 2
    release, method = args.part.split("-")
    run = release1 if release == "1" else release2
    run(args, method, network, images[:half], images[half:], names)


if __name__ == "__main__":
    main()
