package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import kintsugi.dataset.Split.Amount;
import kintsugi.image.Mask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of images: told by their content, in any form that other programs write. */
class ListTest {
  private static final String CASE = "src/test/resources/cases/11-csv-blank-line-and-upper-case";

  @TempDir Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"blank_end.csv", "semicolon.csv", "case.csv"})
  void theListsOfTheReportNameTwoImages(String name) {
    Path list = Path.of(CASE, name);
    assertThat(ImageFolder.list(list))
        .containsExactly(list.resolveSibling("1.jpg"), list.resolveSibling("2.jpg"))
        .allMatch(Files::isRegularFile);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          LIST.CSV        | file,label;1.png,good;2.png,Crack
          list.CsV        | FILE,LABEL;1.png,good;;2.png,Crack;;
          tabs.tsv        | file~label;1.png~good;2.png~Crack
          tabs.csv        | Label~File Name;good~1.png;Crack~2.png
          excel.csv       | sep=~;Path~Class;1.png~OK;2.png~Crack
          columns.txt     | image_path,anomaly-class,remark;1.png, Normal ,x;2.png,Crack,y
          quoted.list     | filename,class,note;"1.png",GOOD,"a, b";" 2.png ",Crack,
          lines.jsonl     | {"file": "1.png", "label": "normal"};;{"file": " 2.png", "label": "Crack"}
          LINES.NDJSON    | {"Image": "1.png", "Label": 0};{"Image": "2.png", "Label": "Crack"}
          array.json      | [{"path": "1.png", "label": false}, {"path": "2.png", "label": "Crack"}]
          csv-in.json     | file,label;1.png,good;2.png,Crack
          json-in.csv     | {"file": "1.png", "label": "ok"};{"file": "2.png", "label": "Crack"}
          noextension     | file,label;1.png,good;2.png,Crack
          windows.csv     | #TYPE Selected.System.IO.FileInfo;"FullName","Label";"1.png","ok";"2.png","Crack"
          quoted-sep.csv  | "sep=~";file~label;1.png~OK;2.png~Crack
          number.csv      | #,file,label;1,1.png,OK;2,2.png,Crack
          """)
  void contentTellsWhatAListIs(String name, String content) throws IOException {
    assertNamesAGoodOneAndACrack(write(name, content.replace(";", "\n").replace("~", "\t")));
  }

  @Test
  void valuesMayBeSeparatedBySemicolons() throws IOException {
    assertNamesAGoodOneAndACrack(
        write("l.csv", "file ; label\n1.png;good\n\"2.png\"; Crack \n ; \n"));
    assertNamesAGoodOneAndACrack(write("sep.csv", "sep=;\nfile;label\n1.png;good\n2.png;Crack"));
  }

  private void assertNamesAGoodOneAndACrack(Path list) {
    assertThat(FileList.isList(list)).isTrue();
    assertThat(FileList.read(list).open())
        .containsExactly(
            Sample.normal(folder.resolve("1.png")),
            new Sample(folder.resolve("2.png"), true, "Crack", null));
  }

  @Test
  void aByteOrderMarkAndAnyEncodingAreRead() throws IOException {
    String text = "file,label\r\nPrüfung.png,good\r\n";
    byte[][] encoded = {
      text.getBytes(StandardCharsets.UTF_8),
      ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8),
      ("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE),
      ("\uFEFF" + text).getBytes(StandardCharsets.UTF_16BE),
      text.getBytes(StandardCharsets.UTF_16LE),
      text.getBytes(Charset.forName("windows-1252"))
    };
    for (byte[] bytes : encoded) {
      Path list = Files.write(folder.resolve("any"), bytes);
      assertThat(FileList.isList(list)).isTrue();
      assertThat(FileList.read(list).open())
          .containsExactly(Sample.normal(folder.resolve("Prüfung.png")));
    }
    Path lines = write("lines.jsonl", "\uFEFF{\"file\": \"x.png\", \"label\": \"good\"}");
    assertThat(FileList.read(lines).open()).containsExactly(Sample.normal(folder.resolve("x.png")));
  }

  @Test
  void plainPathsOnePerLine() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    Files.createFile(folder.resolve("sub/3.JPG"));
    Path list = write("images.txt", "1.png\n\n  /data/2,b.tif \n\"a b.bmp\"\nsub\\3.JPG\n");
    assertThat(ImageFolder.list(list))
        .containsExactly(
            folder.resolve("1.png"),
            Path.of("/data/2,b.tif"),
            folder.resolve("a b.bmp"),
            folder.resolve("sub/3.JPG"));
  }

  @Test
  void imagesAndBinaryFilesAreNotLists() throws IOException {
    assertThat(FileList.isList(write("text.jpg", "file\n1.png\n"))).isFalse();
    Path binary = Files.write(folder.resolve("frame.raw"), new byte[] {1, 2, 0, 4, 5, 6, 7, 8});
    assertThat(FileList.isList(binary)).isFalse();
    assertThat(FileList.isList(folder)).isFalse();
    assertThat(FileList.isList(folder.resolve("missing.csv"))).isFalse();
    Path named = Files.write(folder.resolve("binary.csv"), new byte[] {1, 2, 0, 4, 5, 6, 7, 8});
    assertThatThrownBy(() -> FileList.files(named))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(named + ": is not a list of images (it is not text)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "normal",
        "Good",
        "OK",
        " ok ",
        "0",
        "no",
        "FALSE",
        "negative",
        "none",
        "pass",
        "i.O.",
        "no_defect",
        "defect-free",
        "0.0"
      })
  void wordsForNormal(String word) throws IOException {
    Path list = write("l.csv", "file,label\nx.png,\"" + word + "\"\n");
    assertThat(FileList.read(list).open()).containsExactly(Sample.normal(folder.resolve("x.png")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "anomalous",
        "Bad",
        "NOK",
        " N.I.O. ",
        "1",
        "1.0",
        "TRUE",
        "ko",
        "not-ok",
        "Defect"
      })
  void wordsForAnomalousAreOneClass(String word) throws IOException {
    Path list = write("l.csv", "file,label\nx.png,\"" + word + "\"\ny.png,anomaly\n");
    assertThat(FileList.read(list).open())
        .containsExactly(
            new Sample(folder.resolve("x.png"), true, "anomalous", null),
            new Sample(folder.resolve("y.png"), true, "anomalous", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown", "?", "-", "N/A", "nan", "Unlabeled", "-1"})
  void wordsForNotKnowingAreNotLabels(String word) throws IOException {
    Path list = write("l.csv", "file,label\nx.png," + word + "\ny.png,ok\nz.png,crack\n");
    assertThatThrownBy(() -> FileList.read(list))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(list + ": line 2: has no label, or one that does not say");
    // What may be anomalous is not learnt from, and is said to be left out.
    List<String> told = new ArrayList<>();
    assertThat(FileList.samples(list, Role.TRAIN, told::add))
        .containsExactly(Sample.normal(folder.resolve("y.png")));
    assertThat(told)
        .singleElement()
        .asString()
        .contains("took 1 of 3 rows", "2 with another label or none, such as line 2 (x.png)");
    assertThat(FileList.files(list)).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crack", "good?", "noise", "2", "bad weld"})
  void anyOtherWordIsAClassOfDefects(String word) throws IOException {
    Path list = write("l.csv", "file,label\nx.png," + word + "\n");
    assertThat(FileList.read(list).open())
        .containsExactly(new Sample(folder.resolve("x.png"), true, word, null));
  }

  @Test
  void aClassInAnotherCaseIsTheSame() throws IOException {
    Path list = write("l.csv", "file,label\n1.png,Crack\n2.png,crack\n3.png, CRACK\n");
    assertThat(FileList.read(list).open()).extracting(Sample::label).containsOnly("Crack");
  }

  @Test
  void theColumnOfFilesIsTheFirstOfItsNames() throws IOException {
    Path list = write("l.csv", "image,file,path,label\na.png,b.png,c.png,good\n");
    assertThat(FileList.files(list)).containsExactly(folder.resolve("b.png"));
  }

  @Test
  void aListLabelsItsImages() throws IOException {
    Path csv =
        write(
            "list.csv",
            """
            label,file,mask,group,remark
            good,a/1.png,,g1,ignored
            scratch,a/2.png,m/2.png,,
            """);
    assertThat(FileList.read(csv).open())
        .containsExactly(
            Sample.normal(folder.resolve("a/1.png")).in("g1"),
            new Sample(folder.resolve("a/2.png"), true, "scratch", folder.resolve("m/2.png")));
    Path lines =
        write(
            "list.jsonl",
            """
            {"file": "1.png", "label": "normal", "split": "train"}
            {"file": "2.png", "label": "normal", "split": "Validation"}
            {"file": "3.png", "label": "hole", "split": "calibrate"}
            {"file": "/4.png", "label": "normal", "split": "test"}
            {"file": "5.png", "label": "dent", "split": " TEST "}
            """);
    Split split = Split.of(FileList.read(lines), Amount.ALL, Amount.ALL, Amount.ALL, 1);
    assertThat(split.train()).containsExactly(Sample.normal(folder.resolve("1.png")));
    assertThat(split.calibrate()).hasSize(2);
    assertThat(split.test()).extracting(Sample::label).containsExactly("normal", "dent");
    assertThat(split.test().getFirst().file()).isEqualTo(Path.of("/4.png"));
  }

  @Test
  void rowsThatContradictTheirRoleAreLeftOutAndTold() throws IOException {
    Path list = write("l.csv", "file,label\n1.png,good\n2.png,crack\n3.png,ok\n");
    List<String> told = new ArrayList<>();
    assertThat(ImageFolder.samples(list, Role.TRAIN, told::add))
        .extracting(Sample::file)
        .containsExactly(folder.resolve("1.png"), folder.resolve("3.png"));
    assertThat(told).hasSize(1);
    assertThat(told.getFirst())
        .contains("took 2 of 3 rows", "1 with another label", "line 3 (2.png)");
    assertThat(ImageFolder.samples(list, Role.TEST_ANOMALOUS, told::add))
        .containsExactly(new Sample(folder.resolve("2.png"), true, "crack", null));
    assertThat(ImageFolder.list(list, told::add)).hasSize(3);
    Path bad = write("bad.csv", "file,label\n1.png,bad\n");
    assertThatThrownBy(() -> ImageFolder.list(bad, Role.TRAIN, told::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(bad + ": has no rows for training (1 anomalous)");
    Path plain = write("broken.txt", "1.png\n2.png\n");
    assertThat(ImageFolder.samples(plain, Role.TEST_ANOMALOUS, told::add))
        .extracting(Sample::label)
        .containsOnly("broken.txt");
  }

  @Test
  void aRoleTakesItsOwnSubset() throws IOException {
    Path list =
        write("l.csv", "file,label,split\n1.png,good,train\n2.png,good,test\n3.png,bad,test\n");
    List<String> told = new ArrayList<>();
    assertThat(ImageFolder.list(list, Role.TRAIN, told::add))
        .containsExactly(folder.resolve("1.png"));
    assertThat(told.getFirst()).contains("took 1 of 3 rows", "2 of another subset");
    // It has no subset for calibration: what is not learnt from may serve.
    assertThat(ImageFolder.list(list, Role.CALIBRATE_NORMAL, told::add))
        .containsExactly(folder.resolve("2.png"));
    assertThat(ImageFolder.list(list, Role.TEST_ANOMALOUS, told::add))
        .containsExactly(folder.resolve("3.png"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          file,label;                       | is empty
          foto,label;x.png,normal           | line 1 should name the columns, one of them file
          foto,label;x.png,normal           | it has [foto, label]
          x.png,normal;y.png,bad            | it has [x.png, normal]
          file,label;;;a.png,ok;,normal     | line 5: has no file; name one in the column file
          file,label;;x.png,                | line 3: has no label
          file,label,split;x.png,crack,train | is in the training subset but has the label crack
          file,label,split;x.png,good,learn | line 2: has the split learn
          file,label,split;x.png,good,train;y.png,good, | 1 of the lines have no split
          file,label;a,b.png,good           | line 2 has 3 values, the header 2
          file,label;a.png,good;a.png,bad   | line 3: names
          file,label;a.png,good;./a.png,bad | with another label or split than line 2
          {"file": "a.png"};{"file": }      | line 2:
          {"name": "a.png"}                 | line 1: has no file
          """)
  void aListThatCannotBeUsedIsNamed(String content, String message) throws IOException {
    Path list = write("l.csv", content.replace(";", "\n"));
    assertThatThrownBy(() -> FileList.read(list))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(list + ": ")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000b.png", "a\\nb.png", "http://x/y.png", "/", "file:\\u0000"})
  void anEntryThatCannotBeAPathIsOneLine(String path) throws IOException {
    Path list = write("l.jsonl", "\n{\"file\": \"" + path + "\", \"label\": \"good\"}\n");
    assertThatThrownBy(() -> FileList.read(list))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(list + ": line 2: ")
        .message()
        .doesNotContain("\n", "\0");
  }

  private static final String MANIFEST =
      """
      {"source-ref":"s3://bucket/set/good/1.jpg","anomaly-label":1,\
      "anomaly-label-metadata":{"class-name":"normal","type":"groundtruth/image-classification"}}
      {"source-ref":"s3://bucket/set/bad/2.jpg","anomaly-label":0,\
      "anomaly-label-metadata":{"class-name":"anomaly"},\
      "anomaly-mask-ref":"s3://bucket/set/masks/2.png",\
      "anomaly-mask-ref-metadata":{"internal-color-map":{"0":{"class-name":"BACKGROUND"}}}}
      {"source-ref":"s3://bucket/set/bad/3.jpg","anomaly-label":1}
      """;

  @Test
  void amazonsManifestsAreLists() throws IOException {
    for (String file : List.of("1.jpg", "set/bad/2.jpg", "bad/3.jpg", "3.jpg", "masks/2.png")) {
      Files.createDirectories(folder.resolve(file).getParent());
      Files.createFile(folder.resolve(file));
    }
    Path manifest = write("train.manifest", MANIFEST);
    // The class is the metadata's, the number by itself only where there is none.
    assertThat(FileList.read(manifest).open())
        .containsExactly(
            Sample.normal(folder.resolve("1.jpg")),
            new Sample(folder.resolve("set/bad/2.jpg"), true, "anomalous", null)
                .withMask(folder.resolve("masks/2.png"), 0xffffff),
            new Sample(folder.resolve("bad/3.jpg"), true, "anomalous", null));
    Files.delete(folder.resolve("masks/2.png"));
    assertThat(FileList.files(manifest)).hasSize(3);
    assertThatThrownBy(() -> FileList.read(manifest))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(manifest + ": line 2: s3://bucket/set/masks/2.png has no copy here");
  }

  /** A line as Amazon documents it, with the background and its colour in the map. */
  private Sample masked(String colours) throws IOException {
    Files.createFile(folder.resolve("x.jpg"));
    Path manifest =
        write(
            "l.manifest",
            "{\"source-ref\":\"s3://b/x.jpg\",\"anomaly-label\":1,\"anomaly-label-metadata\":"
                + "{\"class-name\":\"anomaly\",\"type\":\"groundtruth/image-classification\","
                + "\"confidence\":1},\"anomaly-mask-ref\":\"s3://b/m.png\""
                + colours
                + "}");
    return FileList.read(manifest).open().getFirst();
  }

  private static final String SCRATCH =
      "\"1\":{\"class-name\":\"scratch\",\"hex-color\":\"#2ca02c\",\"confidence\":0.0}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "null",
      textBlock =
          """
          "0":{"class-name":"BACKGROUND","hex-color":"#ffffff","confidence":0.0}, | ffffff
          "7":{"class-name":"background","hex-color":"#10FF07"},                  | 10ff07
          "0":{"class-name":"BACKGROUND"},                                        | ffffff
          null                                                                    | ffffff
          """)
  void theMasksOfManifestsHaveABackground(String background, String colour) throws IOException {
    int normal = Integer.parseInt(colour, 16);
    BufferedImage image = filled(normal);
    image.setRGB(1, 2, 0x2ca02c);
    image.setRGB(3, 0, normal ^ 1);
    ImageIO.write(image, "png", folder.resolve("m.png").toFile());
    String map = (background == null ? "" : background) + SCRATCH;
    Sample sample =
        masked(
            ",\"anomaly-mask-ref-metadata\":{\"internal-color-map\":{"
                + map
                + "},\"type\":\"groundtruth/semantic-segmentation\"}");
    assertThat(sample.background()).isEqualTo(normal);
    Mask mask = sample.readMask(1000);
    assertThat(mask.count()).isEqualTo(2);
    assertThat(mask.at(1, 2)).isTrue();
    assertThat(mask.at(3, 0)).isTrue();
  }

  private static BufferedImage filled(int colour) {
    BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 12; i++) {
      image.setRGB(i % 4, i / 4, colour);
    }
    return image;
  }

  @Test
  void theMasksOfManifestsWithoutColoursAreAsOthers() throws IOException {
    BufferedImage image = filled(0);
    image.setRGB(1, 2, 0xffffff);
    ImageIO.write(image, "png", folder.resolve("m.png").toFile());
    Mask mask = masked("").readMask(1000);
    assertThat(mask.count()).isEqualTo(1);
    assertThat(mask.at(1, 2)).isTrue();
  }

  @Test
  void remarksAmongPathsAreNotFiles() throws IOException {
    Path list = write("l.txt", "# my images\n\n#1.png\n# more\n2.png\n");
    assertThat(ImageFolder.list(list))
        .containsExactly(folder.resolve("#1.png"), folder.resolve("2.png"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"name\": \"crack\"}", "[\"crack\"]"})
  void aLabelThatIsNotTextIsNotPassedOver(String label) throws IOException {
    Path list = write("l.jsonl", "{\"file\": \"1.png\", \"label\": " + label + "}\n");
    assertThatThrownBy(() -> ImageFolder.list(list, Role.TRAIN, line -> {}))
        .isInstanceOf(InputException.class)
        .hasMessage(list + ": line 1: has an object or an array for label; write text or a number");
  }

  @Test
  void oneObjectOnSeveralLinesIsNotALine() throws IOException {
    Path list = write("l.json", "{\n  \"images\": [{\"file\": \"1.png\"}]\n}\n");
    assertThatThrownBy(() -> FileList.files(list))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("line 1: it is one JSON value on several lines");
  }

  @Test
  void aFolderInAListIsNotAnImage() throws IOException {
    Files.createDirectory(folder.resolve("good"));
    Path list = write("l.csv", "file\ngood\n");
    assertThatThrownBy(() -> FileList.files(list))
        .isInstanceOf(InputException.class)
        .hasMessage(
            list + ": line 2: " + folder.resolve("good") + " is a folder; name the images in it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file://DIR/a%20b.png", "file:DIR/a b.png", "FILE://localhostDIR/a b.png"})
  void addressesOfFiles(String address) throws IOException {
    Path file = Files.createFile(folder.resolve("a b.png"));
    Path list = write("l.txt", address.replace("DIR", folder.toString()) + "\n");
    assertThat(FileList.files(list)).containsExactly(file);
  }
}
