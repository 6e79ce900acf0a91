package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import kintsugi.InputException;
import kintsugi.image.Mask;

/**
 * The layouts of KolektorSDD ({@code kos01/Part0.jpg}, {@code kos01/Part0_label.bmp}, a folder per
 * item, no split) and KolektorSDD2 ({@code train} and {@code test} with {@code 20000.png} and
 * {@code 20000_GT.png}). An image is anomalous if its mask has any pixel above 0.
 */
final class Kolektor implements Layout {
  private static final Pattern ITEM = Pattern.compile("kos\\d+");
  private static final String DEFECT = "defect";

  @Override
  public String name() {
    return "kolektor";
  }

  @Override
  public boolean recognises(Path data) {
    return Files.isDirectory(data) && (!items(data).isEmpty() || isSecond(data));
  }

  private static List<Path> items(Path data) {
    return FolderContents.of(data).folders().stream()
        .filter(folder -> ITEM.matcher(folder.getFileName().toString()).matches())
        .toList();
  }

  private static boolean isSecond(Path data) {
    Path train = data.resolve("train");
    return Files.isDirectory(train)
        && Files.isDirectory(data.resolve("test"))
        && FolderContents.of(train).masks().stream()
            .anyMatch(mask -> mask.getFileName().toString().contains("_GT."));
  }

  @Override
  public List<String> objects(Path data) {
    return List.of();
  }

  @Override
  public DataSet read(Path data, String object, Consumer<String> notices) {
    if (!recognises(data)) {
      throw new InputException(
          data
              + ": holds neither kos01, kos02, … nor train and test with NNNNN_GT.png; name the folder"
              + " that does (data)");
    }
    if (!isSecond(data)) {
      List<Sample> samples = new ArrayList<>();
      for (Path item : items(data)) {
        String group = item.getFileName().toString();
        samples(item, notices).forEach(sample -> samples.add(sample.in(group)));
      }
      return DataSet.open(samples);
    }
    List<Sample> all = samples(data.resolve("train"), notices);
    List<Sample> train = all.stream().filter(sample -> !sample.anomalous()).toList();
    if (train.size() < all.size()) {
      notices.accept(
          data.resolve("train")
              + ": left out "
              + (all.size() - train.size())
              + " anomalous images, since only normal ones are learnt from");
    }
    return DataSet.given(train, samples(data.resolve("test"), notices));
  }

  private static List<Sample> samples(Path folder, Consumer<String> notices) {
    FolderContents contents = FolderContents.of(folder);
    Map<Path, Path> masks = MaskNames.nextTo(contents.images(), contents.masks());
    List<Sample> samples = new ArrayList<>();
    for (Path image : contents.images()) {
      Path mask = masks.get(image);
      if (mask == null) {
        notices.accept(image + ": left out, since it has no mask that tells whether it is normal");
      } else {
        samples.add(
            Mask.read(mask).isEmpty()
                ? Sample.normal(image)
                : new Sample(image, true, DEFECT, mask));
      }
    }
    return samples;
  }
}
