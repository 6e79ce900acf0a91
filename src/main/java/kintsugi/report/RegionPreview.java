package kintsugi.report;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import kintsugi.OutputFolder;
import kintsugi.detector.Look;
import kintsugi.image.ColourScale;
import kintsugi.image.HeatMap;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
import kintsugi.tensor.Tensor;

/**
 * The preview of a fit's regions: {@code regions.html}, with a JPEG per image in which all that the
 * fit would not look at is darkened, or why it would refuse the image.
 */
public final class RegionPreview {
  private static final String PAGE = "regions.html";
  private static final String FOLDER = "regions/";
  private static final int SIDE = 420;

  private RegionPreview() {}

  /** The content of the page. */
  private record Contents(String command, int all, List<Item> items) {}

  /** An image of the page; texts that do not apply are null. */
  private record Item(String file, String image, String looked, String moved, String refusal) {}

  /**
   * {@return the folder of the page, open}
   *
   * @param folder where it goes
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder) {
    return OutputFolder.of(folder, "fit", List.of(PAGE, FOLDER));
  }

  /**
   * Writes the page.
   *
   * @param out where it goes
   * @param command the command line that makes it again
   * @param all how many images the fit would have
   * @param looks the images, drawn as they come
   * @return how many of them a fit would refuse
   * @throws kintsugi.InputException if it cannot be written
   */
  public static long write(OutputFolder out, String command, int all, Stream<Look> looks) {
    List<Item> items = new ArrayList<>();
    for (Iterator<Look> each = looks.iterator(); each.hasNext(); ) {
      Look look = each.next();
      String name = String.format(Locale.ROOT, "%s%05d.jpg", FOLDER, items.size());
      look.image()
          .ifPresent(
              image ->
                  out.write(
                      name, file -> Files.write(file, Encoded.bytes(drawn(look, image), "jpeg"))));
      items.add(item(look, look.image().map(image -> name).orElse(null)));
    }
    Contents contents = new Contents(command, all, items);
    out.write(PAGE, file -> Page.write(file, "regions", List.of("regions"), contents, ""));
    out.commit();
    return items.stream().filter(item -> item.refusal != null).count();
  }

  private static Item item(Look look, String image) {
    return new Item(
        look.source().name(),
        image,
        look.refusal().isPresent()
            ? null
            : look.region()
                .map(
                    region ->
                        String.format(Locale.ROOT, "%.0f %% looked at", 100 * region.fraction()))
                .orElse("all looked at"),
        look.placement().isExact() ? null : "moved by " + look.placement(),
        look.refusal().orElse(null));
  }

  /** The image, small, with all that is outside darkened. */
  private static BufferedImage drawn(Look look, Pixels image) {
    double scale = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
    BufferedImage whole =
        look.region()
            .map(
                region -> {
                  Tensor outside =
                      region.with(Tensor.zeros(region.height(), region.width()), Float.NaN);
                  return HeatMap.overlay(
                      image, outside, look.transform().orElseThrow(), ColourScale.of(0, 1, 1));
                })
            .orElseGet(image::toImage);
    return Resize.resize(
            Pixels.of(whole),
            Math.max(1, (int) Math.rint(whole.getWidth() * scale)),
            Math.max(1, (int) Math.rint(whole.getHeight() * scale)),
            Interpolation.BILINEAR)
        .toImage();
  }
}
