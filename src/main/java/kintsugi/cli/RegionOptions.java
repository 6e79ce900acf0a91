package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.dataset.RegionFile;
import kintsugi.dataset.RegionFolder;
import kintsugi.detector.Scope;
import kintsugi.image.Alignment;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * The options that choose which part of an image is looked at: of fits, for all images or for
 * single ones, and of what uses a model, for single ones alone.
 */
final class RegionOptions {
  private static final String HEADING = "%nRegions:%n";
  private static final int ORDER = 30;

  private RegionOptions() {}

  /** For commands that fit. */
  static final class Fitting {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final Group group = new Group();

    private static final class Group {
      @Option(
          names = "--roi",
          paramLabel = "FILE|DIR",
          description =
              "Region of interest: a mask whose pixels above 0 are learnt from and scored, or polygons"
                  + " in JSON; or a folder with one per image, named like it.")
      private Path roi;

      @Option(
          names = "--ignore",
          paramLabel = "FILE|DIR",
          description = "What is not looked at, in the same forms.")
      private Path ignore;

      @Option(
          names = "--foreground",
          description = "Look only at the part before a plain background, found in each image.")
      private boolean foreground;

      @Option(
          names = "--align",
          paramLabel = "PIXELS[,DEGREES]",
          description =
              "Shift each image, and turn it, onto the first training image by name; one that is"
                  + " farther off is refused as misplaced.")
      private Alignment.Limit align;
    }

    /** Whether these options choose what a model keeps, not only regions of single images. */
    boolean areOfTheModel() {
      return file(group.roi).or(() -> file(group.ignore)).isPresent()
          || group.foreground
          || group.align != null;
    }

    Scope scope(long maxPixels) {
      List<Region> regions = new ArrayList<>();
      file(group.roi).map(f -> RegionFile.interest(f, maxPixels)).ifPresent(regions::add);
      file(group.ignore).map(f -> RegionFile.notIgnored(f, maxPixels)).ifPresent(regions::add);
      return new Scope(
          regions,
          group.foreground,
          Optional.ofNullable(group.align),
          own(folder(group.roi), folder(group.ignore), maxPixels));
    }

    private static Optional<Path> file(Path named) {
      return Optional.ofNullable(named).filter(path -> !Files.isDirectory(path));
    }

    private static Path folder(Path named) {
      return named != null && Files.isDirectory(named) ? named : null;
    }
  }

  /** For commands that use a model, which has a region of its own. */
  static final class OfImages {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final Group group = new Group();

    private static final class Group {
      @Option(
          names = "--roi",
          paramLabel = "DIR",
          description =
              "Regions of interest of single images, in addition to the model's: masks or polygons in"
                  + " JSON, named like the images.")
      private Path roi;

      @Option(
          names = "--ignore",
          paramLabel = "DIR",
          description = "What is not looked at in single images, in the same forms.")
      private Path ignore;
    }

    /** Whether single images have regions. */
    boolean areChosen() {
      return group.roi != null || group.ignore != null;
    }

    Scope scope(long maxPixels) {
      Stream.of(Optional.ofNullable(group.roi), Optional.ofNullable(group.ignore))
          .flatMap(Optional::stream)
          .filter(path -> !Files.isDirectory(path))
          .findFirst()
          .ifPresent(
              path -> {
                throw new InputException(
                    path
                        + ": is not a folder of regions named like the images; a region of all"
                        + " images is chosen when fitting (roi) (ignore)");
              });
      return new Scope(List.of(), false, Optional.empty(), own(group.roi, group.ignore, maxPixels));
    }
  }

  private static Function<ImageSource, List<Region>> own(Path roi, Path ignore, long maxPixels) {
    Optional<RegionFolder> interests = folder(roi, maxPixels);
    Optional<RegionFolder> ignored = folder(ignore, maxPixels);
    return image -> {
      List<Region> regions = new ArrayList<>();
      image
          .file()
          .ifPresent(
              file -> {
                interests.ifPresent(folder -> regions.add(folder.interest(file)));
                ignored.flatMap(folder -> folder.notIgnored(file)).ifPresent(regions::add);
              });
      return regions;
    };
  }

  private static Optional<RegionFolder> folder(Path folder, long maxPixels) {
    return Optional.ofNullable(folder).map(path -> new RegionFolder(path, maxPixels));
  }
}
