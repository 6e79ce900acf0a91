package kintsugi.audit;

import static kintsugi.audit.DoctorModels.SIDE;
import static kintsugi.audit.DoctorModels.padim;
import static kintsugi.audit.DoctorModels.place;
import static kintsugi.audit.DoctorModels.subject;
import static kintsugi.audit.DoctorModels.with;

import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/** Differences that are put into the way from pixels to the network's input. */
final class PlantedInputs {
  private PlantedInputs() {}

  static Planted input(
      String name, String cause, Function<Pixels, double[][]> planes, int width, int height) {
    return new Planted(
        name,
        "input",
        cause,
        () ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return imageNet(crop(planes.apply(pixels), width, height));
              }
            });
  }

  static double[][] imageNetLines(double scale, int power) {
    double[] mean = {0.485, 0.456, 0.406};
    double[] std = {0.229, 0.224, 0.225};
    double[][] lines = new double[3][];
    for (int c = 0; c < 3; c++) {
      double factor = 1 / (scale * std[c]);
      double offset = -mean[c] / std[c];
      lines[c] =
          power == 1
              ? new double[] {factor, offset}
              : new double[] {factor / std[c], (offset - mean[c]) / std[c]};
    }
    return lines;
  }

  static Tensor imageNet(double[][] planes) {
    return normalised(planes, imageNetLines(255, 1));
  }

  static Tensor normalised(double[][] planes, double[][] lines) {
    Tensor input = Tensor.zeros(1, SIDE, SIDE, 3);
    for (int i = 0; i < input.size(); i++) {
      input.data()[i] = (float) (lines[i % 3][0] * planes[i % 3][i / 3] + lines[i % 3][1]);
    }
    return input;
  }

  static double[][] crop(double[][] planes, int width, int height) {
    int left = (int) Math.rint((width - SIDE) / 2.0);
    int top = (int) Math.rint((height - SIDE) / 2.0);
    double[][] cropped = new double[3][SIDE * SIDE];
    for (int i = 0; i < 3 * SIDE * SIDE; i++) {
      int at = i % (SIDE * SIDE);
      cropped[i / (SIDE * SIDE)][at] =
          planes[i / (SIDE * SIDE)][(top + at / SIDE) * width + left + at % SIDE];
    }
    return cropped;
  }

  /** Plain sampling between two pixels, or at one. */
  static double[][] sampled(
      Pixels pixels, int width, int height, boolean aligned, boolean nearest) {
    double[][] planes = new double[3][width * height];
    for (int i = 0; i < width * height; i++) {
      double y = place(i / width, pixels.height(), height, aligned);
      double x = place(i % width, pixels.width(), width, aligned);
      if (nearest) {
        y = i / width * pixels.height() / height;
        x = i % width * pixels.width() / width;
      }
      for (int c = 0; c < 3; c++) {
        planes[c][i] = between(pixels, x, y, c);
      }
    }
    return planes;
  }

  static double between(Pixels pixels, double x, double y, int c) {
    int left = (int) x;
    int top = (int) y;
    int right = Math.min(left + 1, pixels.width() - 1);
    int bottom = Math.min(top + 1, pixels.height() - 1);
    double upper = (1 - x + left) * pixels.at(left, top, c) + (x - left) * pixels.at(right, top, c);
    double lower =
        (1 - x + left) * pixels.at(left, bottom, c) + (x - left) * pixels.at(right, bottom, c);
    return (1 - y + top) * upper + (y - top) * lower;
  }

  static double[][] levels(Pixels pixels) {
    double[][] planes = new double[3][pixels.width() * pixels.height()];
    for (int i = 0; i < pixels.rgb().length; i++) {
      planes[i % 3][i / 3] = pixels.rgb()[i] & 0xff;
    }
    return planes;
  }

  /** Another treatment of the cropped pixels. */
  static Planted pixels(String name, String cause, Function<double[][], Tensor> change) {
    return new Planted(
        name,
        "input",
        cause,
        () ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return change.apply(levels(cropped(pixels)));
              }
            });
  }

  static Pixels exchanged(Pixels in) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) in.at(i / 3 / in.height(), i / 3 % in.height(), i % 3);
    }
    return new Pixels(in.height(), in.width(), rgb);
  }

  static Pixels mirrored(Pixels in) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) in.at(in.width() - 1 - i / 3 % in.width(), i / 3 / in.width(), i % 3);
    }
    return new Pixels(in.width(), in.height(), rgb);
  }

  static Planted turned(String name, String cause, Function<Pixels, Pixels> turn) {
    return new Planted(
        name,
        "input",
        cause,
        () ->
            new Chain(padim) {
              @Override
              Tensor input(Pixels pixels) {
                return super.input(turn.apply(pixels));
              }
            });
  }

  /** Another decoder, whose pixels all that follows comes from. */
  static Planted decoded(String name, String cause, Function<Pixels, Pixels> change) {
    return new Planted(
        name,
        "pixels",
        cause,
        () ->
            new Chain(padim) {
              @Override
              public Dump values(ImageSource image) {
                Pixels other = change.apply(image.read());
                return new ModelSubject("other", padim).values(ImageSource.of(image.name(), other));
              }
            });
  }

  static Pixels bytes(Pixels in, IntUnaryOperator value) {
    byte[] rgb = new byte[in.rgb().length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) value.applyAsInt(i);
    }
    return new Pixels(in.width(), in.height(), rgb);
  }

  static Stream<Planted> decoders() {
    return Stream.of(
        decoded(
            "off by one",
            "another decoder",
            in -> bytes(in, i -> Math.clamp((in.rgb()[i] & 0xff) + i % 3 - 1, 0, 255))),
        decoded(
            "BGR pixels",
            "B's values are A's with the channels in reverse order",
            in -> bytes(in, i -> in.rgb()[i - i % 3 + 2 - i % 3])),
        decoded("mirrored pixels", "B's values are A's mirrored", PlantedInputs::mirrored));
  }

  static Stream<Planted> inputs() {
    double[][] ones = {{1, 0}, {1, 0}, {1, 0}};
    double[][] unit = {{1 / 255.0, 0}, {1 / 255.0, 0}, {1 / 255.0, 0}};
    double[][] half = {{2 / 255.0, -1}, {2 / 255.0, -1}, {2 / 255.0, -1}};
    return Stream.of(
        input(
            "resize without antialias",
            "resize: A's is bilinear with antialias, B's is bilinear without antialias",
            pixels -> sampled(pixels, 73, 73, false, false),
            73,
            73),
        input(
            "resize with aligned corners",
            "B's is bilinear without antialias, corners aligned",
            pixels -> sampled(pixels, 73, 73, true, false),
            73,
            73),
        input(
            "nearest resize",
            "resize: A's is bilinear with antialias, B's is nearest",
            pixels -> sampled(pixels, 73, 73, false, true),
            73,
            73),
        pixels(
            "BGR",
            "channel order: A's is RGB, B's is BGR",
            p -> imageNet(new double[][] {p[2], p[1], p[0]})),
        pixels(
            "0 to 1, not normalised",
            "B's is nothing, values from 0 to 1",
            p -> normalised(p, unit)),
        pixels("0 to 255", "B's is nothing, values from 0 to 255", p -> normalised(p, ones)),
        pixels("half and half", "B's is mean 0.5 and deviation 0.5", p -> normalised(p, half)),
        pixels(
            "normalised twice",
            "B's is ImageNet's mean and deviation, twice",
            p -> normalised(p, imageNetLines(255, 2))),
        pixels(
            "constants of 0 to 1 on 0 to 255",
            "B's is ImageNet's constants on values from 0 to 255",
            p -> normalised(p, imageNetLines(1, 1))),
        turned("rows and columns exchanged", "B's is rows and columns", PlantedInputs::exchanged),
        turned(
            "mirrored",
            "orientation: A's is the image's, B's is mirrored",
            PlantedInputs::mirrored),
        new Planted(
            "no crop",
            "input",
            "size and crop: A's is resized to 73x73, centre crop 64x64, B's is resized to 64x64",
            () -> subject(with(padim, Map.of("resize", "64x64", "crop", "same")))),
        new Planted(
            "shorter side",
            "input",
            "size and crop: A's is resized to 73x73, centre crop 64x64, B's is resized to 97x73",
            () -> subject(with(padim, Map.of("resize", "shorter:73")))),
        new Planted(
            "bicubic resize",
            "input",
            "resize: A's is bilinear with antialias, B's is bicubic with antialias",
            () -> subject(with(padim, Map.of("interpolation", "bicubic")))));
  }
}
