package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.image.Mask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layouts of published data sets, recognised and read. */
class LayoutsTest {
  private static final Path CASE = Path.of("src/test/resources/cases/09-hidden-folder-is-a-defect");

  @TempDir Path folder;

  private final List<String> told = new ArrayList<>();

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.createFile(file);
    }
  }

  private Layouts.Found read(Path data, String object) {
    return Layouts.read(
        data,
        Optional.empty(),
        object.isEmpty() ? Optional.empty() : Optional.of(object),
        told::add);
  }

  private Sample bad(String image, String label, String mask) {
    return new Sample(
        folder.resolve(image), true, label, mask == null ? null : folder.resolve(mask));
  }

  private Sample good(String image) {
    return Sample.normal(folder.resolve(image));
  }

  @Test
  void mvtecsLayoutHasItsMasksInAFolderOfTheSameName() throws IOException {
    for (String file :
        List.of(
            "cup/train/good/000.png",
            "cup/train/good/001.png",
            "cup/test/good/000.png",
            "cup/test/crack/000.png",
            "cup/test/stain/000.png",
            "cup/ground_truth/crack/000_mask.png")) {
      Path place = folder.resolve(file);
      Files.createDirectories(place.getParent());
      Files.createFile(place);
    }
    DataSet lists = ObjectFolders.MVTEC.read(folder, "cup", line -> {});
    assertThat(lists.train()).hasSize(2).noneMatch(Sample::anomalous);
    Path cup = folder.resolve("cup");
    assertThat(lists.test())
        .containsExactly(
            new Sample(
                cup.resolve("test/crack/000.png"),
                true,
                "crack",
                cup.resolve("ground_truth/crack/000_mask.png")),
            Sample.normal(cup.resolve("test/good/000.png")),
            new Sample(cup.resolve("test/stain/000.png"), true, "stain", null));
    assertThat(lists.test().get(2).hasPixelTruth()).isFalse();
    Files.createFile(cup.resolve("test/crack/001.png"));
    assertThatThrownBy(() -> ObjectFolders.MVTEC.read(folder, "cup", line -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("001.png: has no mask");
    assertThatThrownBy(() -> ObjectFolders.MVTEC.read(folder, "saucer", line -> {}))
        .hasMessageContaining("saucer/train/good: there is no such folder");
  }

  @Test
  void hiddenFoldersAreNotClasses() throws IOException {
    Layouts.Found found = read(CASE, "bottle");
    assertThat(found.samples().test())
        .hasSize(7)
        .filteredOn(Sample::anomalous)
        .hasSize(3)
        .allMatch(sample -> sample.label().equals("crack"));
    assertThat(told)
        .contains(
            CASE.resolve("bottle/test") + ": left out 1 hidden file or folder: .ipynb_checkpoints");
    files("cup/train/good/1.png", "cup/test/good/1.png", "cup/test/crack/1.png");
    files("cup/test/@eaDir/1.png", "cup/test/notes/readme.txt");
    Files.createDirectories(folder.resolve("cup/test/empty"));
    assertThat(read(folder, "cup").samples().test())
        .containsExactly(bad("cup/test/crack/1.png", "crack", null), good("cup/test/good/1.png"));
    assertThat(told)
        .contains(
            folder.resolve("cup/test/empty") + ": left out, since it holds no images",
            folder.resolve("cup/test/notes") + ": left out, since it holds no images");
  }

  @Test
  void mvtecAd2HasAValidationSubset() throws IOException {
    files(
        "can/train/good/000_regular.png",
        "can/validation/good/000_regular.png",
        "can/test_public/good/000_regular.png",
        "can/test_public/bad/000_shift_1.png",
        "can/test_public/ground_truth/bad/000_shift_1_mask.png",
        "can/test_private/000_mixed.png");
    Layouts.Found found = read(folder, "");
    assertThat(found.layout()).isEqualTo("mvtec2");
    assertThat(found.object()).isEqualTo("can");
    assertThat(found.samples().calibrate())
        .containsExactly(good("can/validation/good/000_regular.png"));
    assertThat(found.samples().test())
        .containsExactly(
            bad(
                "can/test_public/bad/000_shift_1.png",
                "bad",
                "can/test_public/ground_truth/bad/000_shift_1_mask.png"),
            good("can/test_public/good/000_regular.png"));
  }

  @Test
  void locoHasAFolderOfMasksPerImage() throws IOException {
    files(
        "box/train/good/000.png",
        "box/validation/good/000.png",
        "box/test/good/000.png",
        "box/test/logical_anomalies/000.png",
        "box/test/structural_anomalies/000.png",
        "box/ground_truth/logical_anomalies/000/000.png",
        "box/ground_truth/logical_anomalies/000/001.png",
        "box/ground_truth/structural_anomalies/000/000.png");
    Layouts.Found found = read(folder.resolve("box"), "");
    assertThat(found.layout()).isEqualTo("loco");
    assertThat(found.samples().calibrate()).containsExactly(good("box/validation/good/000.png"));
    assertThat(found.samples().test())
        .containsExactly(
            good("box/test/good/000.png"),
            bad(
                "box/test/logical_anomalies/000.png",
                "logical_anomalies",
                "box/ground_truth/logical_anomalies/000"),
            bad(
                "box/test/structural_anomalies/000.png",
                "structural_anomalies",
                "box/ground_truth/structural_anomalies/000"));
  }

  @Test
  void btadCallsThemOkAndKo() throws IOException {
    files(
        "01/train/ok/0.bmp",
        "01/test/ok/1.bmp",
        "01/test/ko/2.bmp",
        "01/ground_truth/ko/2.png",
        "02/train/ok/0.png",
        "02/test/ok/1.png",
        "02/test/ko/2.png",
        "02/ground_truth/ko/2.png");
    assertThatThrownBy(() -> read(folder, ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder + ": holds the objects 01, 02; name one (object)");
    assertThatThrownBy(() -> read(folder, "03"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder + ": has no object 03; name one of 01, 02 (object)");
    Layouts.Found found = read(folder, "01");
    assertThat(found.layout()).isEqualTo("btad");
    assertThat(found.samples().train()).containsExactly(good("01/train/ok/0.bmp"));
    assertThat(found.samples().test())
        .containsExactly(
            bad("01/test/ko/2.bmp", "ko", "01/ground_truth/ko/2.png"), good("01/test/ok/1.bmp"));
  }

  private void mask(String name, int value) throws IOException {
    BufferedImage image = new BufferedImage(6, 4, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(2, 1, 0, value);
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, name.substring(name.length() - 3), file.toFile());
  }

  @Test
  void kolektorsMasksTellWhatIsNormal() throws IOException {
    files("kos01/Part0.jpg", "kos01/Part1.jpg", "kos02/Part0.jpg", "kos02/Part5.jpg");
    mask("kos01/Part0_label.bmp", 0);
    mask("kos01/Part1_label.bmp", 255);
    mask("kos02/Part0_label.bmp", 0);
    Layouts.Found found = read(folder, "");
    assertThat(found.layout()).isEqualTo("kolektor");
    assertThat(found.samples().open())
        .containsExactly(
            good("kos01/Part0.jpg").in("kos01"),
            bad("kos01/Part1.jpg", "defect", "kos01/Part1_label.bmp").in("kos01"),
            good("kos02/Part0.jpg").in("kos02"));
    assertThat(told)
        .anyMatch(line -> line.startsWith(folder.resolve("kos02/Part5.jpg") + ": left"));
  }

  @Test
  void masksOfOneImageAreOne() throws IOException {
    mask("m/0.png", 255);
    BufferedImage other = new BufferedImage(6, 4, BufferedImage.TYPE_BYTE_GRAY);
    other.getRaster().setSample(5, 3, 0, 7);
    ImageIO.write(other, "png", folder.resolve("m/1.png").toFile());
    Mask both = Mask.read(folder.resolve("m"));
    assertThat(both.count()).isEqualTo(2);
    assertThat(both.at(2, 1) && both.at(5, 3)).isTrue();
  }

  @Test
  void kolektor2HasItsOwnSplit() throws IOException {
    files("train/1.png", "train/2.png", "test/3.png", "test/4.png");
    mask("train/1_GT.png", 0);
    mask("train/2_GT.png", 255);
    mask("test/3_GT.png", 0);
    mask("test/4_GT.png", 1);
    DataSet samples = read(folder, "").samples();
    assertThat(samples.train()).containsExactly(good("train/1.png"));
    assertThat(samples.test())
        .containsExactly(good("test/3.png"), bad("test/4.png", "defect", "test/4_GT.png"));
    assertThat(told).anyMatch(line -> line.contains("left out 1 anomalous image"));
  }

  @Test
  void realIadHasAListPerObject() throws IOException {
    files(
        "realiad_1024/usb/OK/S1/a.jpg",
        "realiad_1024/usb/OK/S2/b.jpg",
        "realiad_1024/usb/NG/BX/S3/c.jpg",
        "realiad_1024/usb/NG/BX/S3/c.png");
    Path lists = Files.createDirectories(folder.resolve("realiad_jsons/realiad_jsons"));
    String list =
        """
        {"meta": {"pre_transform": false, "normal_class": "OK", "prefix": "usb/"},
         "train": [{"category": "usb", "anomaly_class": "OK",
           "image_path": "OK/S1/a.jpg", "mask_path": null}],
         "test": [{"category": "usb", "anomaly_class": "OK",
           "image_path": "OK/S2/b.jpg", "mask_path": null},
          {"category": "usb", "anomaly_class": "BX",
           "image_path": "NG/BX/S3/c.jpg", "mask_path": "NG/BX/S3/c.png"}]}
        """;
    Path usb = Files.writeString(lists.resolve("usb.json"), list);
    for (Path data : List.of(folder, usb)) {
      Layouts.Found found = read(data, "");
      assertThat(found.layout()).isEqualTo("real-iad");
      Path root = folder.toAbsolutePath().resolve("realiad_1024/usb");
      assertThat(found.samples().train())
          .containsExactly(Sample.normal(root.resolve("OK/S1/a.jpg")));
      assertThat(found.samples().test())
          .containsExactly(
              Sample.normal(root.resolve("OK/S2/b.jpg")),
              new Sample(
                  root.resolve("NG/BX/S3/c.jpg"), true, "BX", root.resolve("NG/BX/S3/c.png")));
    }
    Files.writeString(usb, "{\"meta\": {\"normal_class\": \"OK\"}, \"train\": [{}]}");
    assertThatThrownBy(() -> read(folder, ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(usb + ": is not a list of Real-IAD");
  }

  @Test
  void aListHasNoObjects() throws IOException {
    Path list = Files.writeString(folder.resolve("l.csv"), "file,label\na.png,good\n");
    assertThat(read(list, "").layout()).isEqualTo("list");
    assertThatThrownBy(() -> read(list, "cup"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has layout list and no objects; leave out cup (object)");
  }

  @Test
  void whatIsNotRecognisedNamesItsFolders() throws IOException {
    files("fine/a.png", "broken/b.png");
    assertThatThrownBy(() -> read(folder, ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "it holds the folders broken, fine: name that of normal images (normal)");
    files("cup/train/good/1.png", "cup/test/good/1.png", "cup/test/crack/1.png");
    assertThat(read(folder.resolve("cup"), "cup").samples().train()).hasSize(1);
    assertThat(read(folder.resolve("cup"), "") + "")
        .isEqualTo("layout mvtec: 2 normal and 1 anomalous images");
  }

  @Test
  void foldersThatBelongToNoSubsetAreTold() throws IOException {
    files("can/train/good/1.png", "can/train/bad/1.png", "can/validation/good/1.png");
    files("can/test_public/good/1.png", "can/test_public/bad/1.png");
    files("can/test_private/1.png", "can/notes/readme.txt");
    assertThat(read(folder, "").samples().all()).hasSize(4);
    assertThat(told)
        .containsExactly(
            folder.resolve("can")
                + ": left out the images of test_private, train/bad, which are in no subset of the"
                + " layout mvtec2");
  }
}
