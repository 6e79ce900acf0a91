package kintsugi.fuzz;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The readers that are fuzzed, each with seeds made here; more lie in {@code src/fuzz/corpus}. */
enum Target {
  JPEG(
      Images::read,
      () -> Images.seeds("jpg", BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY),
      ".*\\.jpe?g"),
  PNG(
      Images::read,
      () ->
          Images.seeds(
              "png",
              BufferedImage.TYPE_4BYTE_ABGR,
              BufferedImage.TYPE_USHORT_GRAY,
              BufferedImage.TYPE_BYTE_INDEXED),
      ".*\\.png"),
  TIFF(
      Images::read,
      () -> Images.seeds("tif", BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_BINARY),
      ".*\\.tiff?"),
  WEBP(Images::read, List::of, ".*\\.webp"),
  IMAGE(
      Images::read,
      () -> {
        List<byte[]> seeds = new ArrayList<>();
        seeds.addAll(Images.seeds("gif", BufferedImage.TYPE_BYTE_INDEXED));
        seeds.addAll(
            Images.seeds("bmp", BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_BINARY));
        return seeds;
      },
      ".*\\.(gif|bmp|p[bgpn]m)"),
  MASK(
      Images::readMask,
      () ->
          Images.seeds(
              "png",
              BufferedImage.TYPE_4BYTE_ABGR,
              BufferedImage.TYPE_USHORT_GRAY,
              BufferedImage.TYPE_BYTE_INDEXED,
              BufferedImage.TYPE_BYTE_BINARY),
      ".*\\.(png|bmp|tiff?|gif|jpe?g)"),
  CHECKPOINT(
      Checkpoints::read,
      () -> List.of(Checkpoints.zip(Map.of("a.npy", Checkpoints.npy().getFirst()))),
      ".*\\.(pth|pt|npz|ckpt)"),
  SAFETENSORS(Checkpoints::read, Checkpoints::safetensors, ".*\\.safetensors"),
  PICKLE(Checkpoints::readPickle, List::of, ".*\\.pkl"),
  MODULE(Foreign::module, List::of, ".*\\.pkl"),
  PARAMETERS(Foreign::parameters, List::of, ".*\\.pkl"),
  FAISS(Foreign::index, Foreign::indices, ".*\\.faiss"),
  NPY(Checkpoints::read, Checkpoints::npy, ".*\\.npy"),
  NPZ(Checkpoints::readNpz, Checkpoints::npy, ".*\\.npy"),
  ONNX(Checkpoints::read, List::of, ".*\\.onnx"),
  GRAPH(Foreign::graph, List::of, ".*\\.onnx"),
  JSON(
      Texts::json,
      () -> Texts.of("{\"a\":[1,-2.5e3,true,false,null,\"\\u00e9\\n\"]}"),
      ".*\\.json"),
  THRESHOLD(Texts::threshold, () -> Texts.of("max-fpr:0.01", "youden", "margin:1e-3"), "-"),
  RECEIPT(Texts::receipt, Texts::receipts, "-"),
  CHOICES(Texts::choices, Texts::choices, "-"),
  CSV(
      Lists::read,
      () ->
          Texts.of(
              "file,label,split,mask,group\na.png,good,train,,g\n\"b,.png\",crack,test,m.png,\n",
              "\ufeffImage;Class\r\n a.png ; OK \r\n\r\nb.png;scratch\r\n"),
      ".*\\.(csv|tsv|txt)"),
  JSONL(
      Lists::read,
      () ->
          Texts.of(
              "{\"file\":\"a.png\",\"label\":\"good\"}\n{\"file\":\"b.png\",\"label\":\"x\"}\n",
              "{\"source-ref\":\"a.png\",\"anomaly-label\":1,\"anomaly-label-metadata\":"
                  + "{\"class-name\":\"anomaly\"},\"anomaly-mask-ref\":\"m.png\"}\n"),
      ".*\\.(jsonl|manifest)"),
  MODEL(Models::read, Models::seeds, ".*\\.safetensors"),
  METADATA(Models::readFramed, Models::framed, "-"),
  DUMP(Models::dump, Models::dumps, ".*\\.(npz|safetensors)");

  /** Makes seeds. */
  private interface Maker {
    List<byte[]> make() throws IOException;
  }

  private final Reader reader;
  private final Maker maker;
  private final String files;

  Target(Reader reader, Maker maker, String files) {
    this.reader = reader;
    this.maker = maker;
    this.files = files;
  }

  /** {@return its name in paths and on the command line} */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return the target of an id} */
  static Target named(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }

  Reader reader() {
    return reader;
  }

  /** {@return inputs that the reader accepts} */
  List<byte[]> seeds() throws IOException {
    return maker.make();
  }

  /** {@return whether a test case's file is an input of this target, judged by its name} */
  boolean takes(String file) {
    return file.toLowerCase(Locale.ROOT).matches(files);
  }
}
