package kintsugi.audit;

import static kintsugi.audit.DoctorModels.each;
import static kintsugi.audit.DoctorModels.fitted;
import static kintsugi.audit.DoctorModels.padim;
import static kintsugi.audit.DoctorModels.patchCore;
import static kintsugi.audit.DoctorModels.session;
import static kintsugi.audit.DoctorModels.subject;
import static kintsugi.audit.DoctorModels.with;

import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kintsugi.detector.Model;
import kintsugi.detector.TileRange;
import kintsugi.tensor.Tensor;

/** Differences that are put into what was fitted, and into the distances to it. */
final class PlantedFits {
  private PlantedFits() {}

  /** Covariances of 14 images with another regularisation than 0.01. */
  private static void dividedByN(Tensor covariance, double epsilon) {
    int d = covariance.dim(1);
    for (int i = 0; i < covariance.size(); i++) {
      boolean diagonal = i % (d * d) % (d + 1) == 0;
      double own = covariance.data()[i] - (diagonal ? 0.01 : 0);
      covariance.data()[i] = (float) (own * 13 / 14 + (diagonal ? epsilon : 0));
    }
  }

  static Stream<Planted> fits() {
    return Stream.of(
        new Planted(
            "regularised twice",
            "covariance",
            "another regularisation: B's covariances have 0.01·I more",
            () -> subject(fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.02)))),
        new Planted(
            "regularised once more where it is inverted",
            "covariance",
            "another regularisation: B's covariances have 0.00001·I more",
            () -> subject(fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.01001)))),
        new Planted(
            "divided by N",
            "covariance",
            "the covariance is divided by N (14 images) in B, by N − 1 in A",
            () ->
                new Chain(padim) {
                  @Override
                  void fitted(Map<String, Tensor> values, Dump fit) {
                    super.fitted(values, fit);
                    dividedByN(values.get("covariance"), 0.01);
                  }
                }),
        new Planted(
            "half of the bank",
            "bank",
            "a memory bank of another size: 40 patches in A, 20 in B",
            () -> subject(fitted("patchcore/anomalib", Map.of("bank_size", 20, "reweighting", 3)))),
        new Planted(
            "another coreset",
            "bank",
            "other patches in the memory bank",
            () -> subject(fitted(session, patchCore.recipe(), 5))));
  }

  static Planted distances(String name, Model model, String cause, Supplier<Subject> b) {
    return new Planted(name, "distances", cause, b);
  }

  static Stream<Planted> distances() {
    return Stream.of(
        distances(
            "PaDiM: squared",
            padim,
            "B: Mahalanobis, squared",
            () ->
                new Chain(padim) {
                  @Override
                  Tensor distances(Tensor embedding) {
                    return each(super.distances(embedding), v -> v * v);
                  }
                }),
        distances(
            "PaDiM: regularised once more, with A's covariances in the dump",
            padim,
            "B: Mahalanobis, the covariance with 0.01·I more",
            () -> {
              Model twice = fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.02));
              return new Chain(padim) {
                @Override
                Tensor distances(Tensor embedding) {
                  return twice.detector().inspector().distances(embedding, new TileRange(0, 1, 1));
                }
              };
            }),
        distances(
            "PatchCore: squared",
            patchCore,
            "B: to the nearest, squared",
            () -> subject(with(patchCore, Map.of("squared", true)))),
        distances(
            "PatchCore: k = 3",
            patchCore,
            "B: mean to the 3 nearest, not squared",
            () -> subject(with(patchCore, Map.of("k", 3)))));
  }
}
