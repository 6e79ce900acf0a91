package kintsugi.audit;

import static kintsugi.audit.DoctorModels.SIDE;
import static kintsugi.audit.DoctorModels.each;
import static kintsugi.audit.DoctorModels.padim;
import static kintsugi.audit.DoctorModels.patchCore;
import static kintsugi.audit.DoctorModels.place;
import static kintsugi.audit.DoctorModels.session;
import static kintsugi.audit.DoctorModels.subject;
import static kintsugi.audit.DoctorModels.with;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import kintsugi.engine.Border;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/** Differences that are put into the score map, the image score and the verdict. */
final class PlantedScores {
  private PlantedScores() {}

  static Planted map(String name, String cause, Function<Tensor, Tensor> map) {
    return new Planted(
        name,
        "map",
        cause,
        () ->
            new Chain(padim) {
              @Override
              Tensor map(Tensor distances) {
                return map == null ? super.map(distances) : map.apply(distances);
              }
            });
  }

  static Tensor large(Tensor distances, boolean aligned) {
    int h = distances.dim(1);
    Tensor map = Tensor.zeros(1, SIDE, SIDE);
    for (int i = 0; i < map.size(); i++) {
      double y = place(i / SIDE, h, SIDE, aligned);
      double x = place(i % SIDE, h, SIDE, aligned);
      int top = (int) y;
      int left = (int) x;
      int bottom = Math.min(top + 1, h - 1);
      int right = Math.min(left + 1, h - 1);
      float[] d = distances.data();
      map.data()[i] =
          (float)
              ((1 - y + top)
                      * ((1 - x + left) * d[top * h + left] + (x - left) * d[top * h + right])
                  + (y - top)
                      * ((1 - x + left) * d[bottom * h + left]
                          + (x - left) * d[bottom * h + right]));
    }
    return map;
  }

  /** A blur with a kernel of a reach, zeros beyond the edge if asked for. */
  static Tensor blurred(Tensor map, int reach, boolean zeros) {
    Tensor out = Tensor.zeros(SIDE, SIDE);
    double sum = 0;
    for (int k = -reach; k <= reach; k++) {
      sum += Math.exp(-k * k / 32.0);
    }
    for (int i = 0; i < out.size(); i++) {
      double value = 0;
      for (int dy = -reach; dy <= reach; dy++) {
        for (int dx = -reach; dx <= reach; dx++) {
          int y = i / SIDE + dy;
          int x = i % SIDE + dx;
          boolean beyond = y < 0 || x < 0 || y >= SIDE || x >= SIDE;
          if (!(beyond && zeros)) {
            int at = Border.REFLECT.inside(y, SIDE) * SIDE + Border.REFLECT.inside(x, SIDE);
            value += Math.exp(-(dy * dy + dx * dx) / 32.0) * map.data()[at];
          }
        }
      }
      out.data()[i] = (float) (value / sum / sum);
    }
    return out;
  }

  static Tensor own(Tensor distances) {
    return padim
        .recipe()
        .map()
        .compute(session.engine(), distances, TileGrid.whole(SIDE, SIDE))
        .part(0);
  }

  static Tensor byRange(Tensor map) {
    double low = ScoreMaps.min(map);
    double high = ScoreMaps.max(map);
    return each(map, v -> (v - low) / (high - low));
  }

  static Stream<Planted> maps() {
    return Stream.of(
        new Planted(
            "nearest map",
            "map",
            "A: bilinear, σ=4, reflect; B: nearest, σ=4, reflect",
            () -> subject(with(padim, Map.of("map_interpolation", "nearest")))),
        new Planted(
            "bicubic map",
            "map",
            "B: bicubic, σ=4, reflect",
            () -> subject(with(padim, Map.of("map_interpolation", "bicubic")))),
        new Planted(
            "replicated border",
            "map",
            "A: bilinear, σ=4, reflect; B: bilinear, σ=4, replicate",
            () -> subject(with(padim, Map.of("border", "replicate")))),
        new Planted(
            "sigma 3",
            "map",
            "B: bilinear, σ=3, reflect",
            () -> subject(with(padim, Map.of("blur_sigma", 3)))),
        new Planted(
            "no blur",
            "map",
            "B: bilinear, no blur",
            () -> subject(with(padim, Map.of("blur_sigma", 0)))),
        map(
            "aligned corners",
            "B: bilinear with aligned corners (align_corners), σ=4, reflect",
            distances -> blurred(large(distances, true), 16, false)),
        map(
            "a shorter kernel",
            "B: bilinear, σ=4, kernel of 25, reflect",
            distances -> blurred(large(distances, false), 12, false)),
        map(
            "zeros beyond the edge",
            "B: bilinear, σ=4, zeros beyond the edge",
            distances -> blurred(large(distances, false), 16, true)),
        map(
            "scaled by its own range",
            "B's values are A's by their own minimum and maximum",
            distances -> byRange(own(distances))),
        map(
            "rows and columns of the map exchanged",
            "B's values are A's with rows and columns exchanged",
            distances -> {
              Tensor map = own(distances);
              Tensor turned = Tensor.zeros(SIDE, SIDE);
              for (int i = 0; i < map.size(); i++) {
                turned.data()[i] = map.data()[i % SIDE * SIDE + i / SIDE];
              }
              return turned;
            }));
  }

  static Stream<Planted> scores() {
    return Stream.of(
        new Planted(
            "mean of the map",
            "score",
            "A: maximum of the map; B: mean of the map",
            () -> subject(with(padim, Map.of("score", "mean")))),
        new Planted(
            "maximum distance",
            "score",
            "A: maximum of the map; B: maximum distance",
            () ->
                new Chain(padim) {
                  @Override
                  double score(Tensor embedding, Tensor distances, Tensor map) {
                    return ImageScore.MAX.of(distances.part(0));
                  }
                }),
        new Planted(
            "no re-weighting",
            "score",
            "A: maximum distance, re-weighted by 3 neighbours; B: maximum distance",
            () -> subject(with(patchCore, Map.of("reweighting", "none")))),
        new Planted(
            "re-weighted by 2",
            "score",
            "B: maximum distance, re-weighted by 2 neighbours",
            () -> subject(with(patchCore, Map.of("reweighting", 2)))),
        new Planted(
            "not normalised",
            "normalised",
            "A: (score − low)/(high − low); B: not normalised, the score itself",
            () ->
                new Chain(padim) {
                  @Override
                  double normalised(double score) {
                    return score;
                  }
                }),
        new Planted(
            "normalised as anomalib",
            "normalised",
            "B: (score − threshold)/(high − low) + 0.5",
            () ->
                new Chain(padim) {
                  @Override
                  double normalised(double score) {
                    return super.normalised(score) - super.threshold() + 0.5;
                  }

                  @Override
                  double threshold() {
                    return 0.5;
                  }
                }),
        new Planted(
            "threshold on the scale of raw scores",
            "threshold",
            "is on the scale of scores that are not normalised",
            () ->
                new Chain(padim) {
                  @Override
                  double threshold() {
                    return calibration().denormalise(super.threshold());
                  }
                }),
        new Planted(
            "the verdict the other way round",
            "verdict",
            "B: normalised < threshold",
            () ->
                new Chain(padim) {
                  @Override
                  boolean isAnomalous(double normalised) {
                    return !super.isAnomalous(normalised);
                  }
                }));
  }
}
