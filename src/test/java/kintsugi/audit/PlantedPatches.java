package kintsugi.audit;

import static kintsugi.audit.DoctorModels.PARALLEL;
import static kintsugi.audit.DoctorModels.each;
import static kintsugi.audit.DoctorModels.fitted;
import static kintsugi.audit.DoctorModels.padim;
import static kintsugi.audit.DoctorModels.patchCore;
import static kintsugi.audit.DoctorModels.session;
import static kintsugi.audit.DoctorModels.subject;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Model;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.padim.PatchEmbedding;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.tensor.Tensor;

/** Differences that are put into the feature layers and into the patch embeddings. */
final class PlantedPatches {
  private PlantedPatches() {}

  /** Another treatment of a network's layers. */
  static Planted layers(
      String name, String cause, Function<Map<String, Tensor>, Map<String, Tensor>> change) {
    return new Planted(
        name,
        "features",
        cause,
        () ->
            new Chain(padim) {
              @Override
              Map<String, Tensor> features(Tensor input) {
                return change.apply(super.features(input));
              }
            });
  }

  static Tensor reversedChannels(Tensor layer) {
    int c = layer.dim(3);
    Tensor reversed = Tensor.zeros(layer.shape());
    for (int i = 0; i < reversed.size(); i++) {
      reversed.data()[i] = layer.data()[i - i % c + c - 1 - i % c];
    }
    return reversed;
  }

  static Stream<Planted> features() {
    return Stream.of(
        new Planted(
            "before the residual is added",
            "features",
            "A: after the residual and the ReLU; B: before the residual is added",
            () ->
                new Chain(padim) {
                  @Override
                  Map<String, Tensor> features(Tensor input) {
                    List<String> taps = List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2");
                    Map<String, Tensor> layers = new LinkedHashMap<>();
                    session
                        .backbone(taps)
                        .run(input)
                        .forEach((tap, layer) -> layers.put(tap.substring(0, 6), layer));
                    return layers;
                  }
                }),
        layers(
            "before the ReLU",
            "B's values are those before the ReLU",
            layers -> each(layers, v -> v == 0 ? -0.1 : v)),
        layers(
            "channels in another order",
            "B's values are A's with the channels in reverse order",
            layers -> Layers.mapped(layers, PlantedPatches::reversedChannels)),
        layers(
            "half precision",
            "B's values are A's in half precision",
            layers -> each(layers, v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))),
        layers(
            "a scale",
            "layer1: B's values are 0.50000 times A's",
            layers -> each(layers, v -> v / 2)),
        new Planted(
            "other weights",
            "features",
            "other weights",
            () ->
                new Chain(padim) {
                  @Override
                  Map<String, Tensor> features(Tensor input) {
                    List<String> taps = padim.recipe().taps();
                    return session
                        .engine()
                        .prepare(ResNet.network(ResNet.randomWeights(2), taps))
                        .run(input);
                  }
                }));
  }

  static Planted embedding(
      String name, Model model, String cause, Function<Map<String, Tensor>, Tensor> embedding) {
    return new Planted(
        name,
        "embedding",
        cause,
        () ->
            new Chain(model) {
              @Override
              Tensor embedding(Map<String, Tensor> features) {
                return embedding.apply(features);
              }
            });
  }

  /** The grid of the finest layer, by torch's rules. */
  static Map<String, Tensor> enlarged(Map<String, Tensor> layers, String finest, Upsampling how) {
    int h = layers.get(finest).dim(1);
    int w = layers.get(finest).dim(2);
    return Layers.mapped(
        layers,
        layer -> {
          Tensor planes = Chain.planes(layer);
          Tensor large = new ScalarEngine(PARALLEL).upsample(planes, h, w, how);
          Tensor back = Tensor.zeros(1, h, w, planes.dim(0));
          for (int i = 0; i < back.size(); i++) {
            int c = planes.dim(0);
            back.data()[i] = large.data()[i % c * h * w + i / c];
          }
          return back;
        });
  }

  static int[] channels() {
    return padim.detector().tensors().get("channels").ints();
  }

  static Tensor local(Map<String, Tensor> layers, int side, List<String> taps) {
    PatchCoreRecipe.Neighbourhood neighbourhood =
        new PatchCoreRecipe.Neighbourhood(side, OptionalInt.empty());
    return new LocalEmbedding(taps, neighbourhood).embed(layers, PARALLEL);
  }

  /** Means that divide by the number of patches inside. */
  static Tensor inside(Tensor layer) {
    Tensor ones = each(layer, v -> 1);
    List<String> one = List.of("one");
    Tensor sum = local(Map.of("one", layer), 3, one);
    Tensor count = local(Map.of("one", ones), 3, one);
    for (int i = 0; i < sum.size(); i++) {
      sum.data()[i] /= count.data()[i];
    }
    return sum;
  }

  static Stream<Planted> embeddings() {
    List<String> taps = List.of("layer1", "layer2", "layer3");
    List<String> two = List.of("layer2", "layer3");
    return Stream.of(
        embedding(
            "PaDiM: bilinear",
            padim,
            "B: bilinear where nearest is published",
            layers ->
                new PatchEmbedding(taps, channels())
                    .embed(enlarged(layers, "layer1", Upsampling.BILINEAR), PARALLEL)),
        embedding(
            "PaDiM: channels in another order",
            padim,
            "B's values are A's with the channels in reverse order",
            layers -> {
              int[] channels = channels();
              int[] turned = new int[channels.length];
              Arrays.setAll(turned, i -> channels[channels.length - 1 - i]);
              return new PatchEmbedding(taps, turned).embed(layers, PARALLEL);
            }),
        embedding(
            "PaDiM: layers in reverse order",
            padim,
            "B: layers in reverse order",
            layers ->
                new PatchEmbedding(taps.reversed(), channels())
                    .embed(enlarged(layers, "layer1", Upsampling.NEAREST), PARALLEL)),
        new Planted(
            "PaDiM: other channels",
            "channels",
            "other channels drawn",
            () -> subject(fitted(session, padim.recipe(), 2))),
        embedding(
            "PatchCore: padding does not count",
            patchCore,
            "B: 3x3 means in which padding does not count",
            layers -> local(Layers.mapped(layers, PlantedPatches::inside), 1, two)),
        embedding(
            "PatchCore: no neighbourhood",
            patchCore,
            "B: bilinear without a neighbourhood",
            layers -> local(layers, 1, two)),
        embedding("PatchCore: 5x5", patchCore, "B: 5x5 means", layers -> local(layers, 5, two)),
        embedding(
            "PatchCore: nearest",
            patchCore,
            "B: 3x3 means, nearest",
            layers ->
                local(
                    enlarged(
                        Layers.mapped(
                            layers, layer -> local(Map.of("one", layer), 3, List.of("one"))),
                        "layer2",
                        Upsampling.NEAREST),
                    1,
                    two)),
        embedding(
            "PatchCore: layers in reverse order",
            patchCore,
            "B: layers in reverse order",
            layers ->
                local(
                    enlarged(
                        Layers.mapped(
                            layers, layer -> local(Map.of("one", layer), 3, List.of("one"))),
                        "layer2",
                        Upsampling.BILINEAR),
                    1,
                    two.reversed())),
        embedding(
            "PatchCore: unit length",
            patchCore,
            "B's values are A's with every row scaled to the length 1",
            layers -> {
              Tensor patches = local(layers, 3, two);
              int d = patches.dim(3);
              for (int row = 0; row < patches.size() / d; row++) {
                double sum = 0;
                for (int i = 0; i < d; i++) {
                  sum += Math.pow(patches.data()[row * d + i], 2);
                }
                for (int i = 0; i < d; i++) {
                  patches.data()[row * d + i] /= (float) Math.sqrt(sum);
                }
              }
              return patches;
            }));
  }
}
