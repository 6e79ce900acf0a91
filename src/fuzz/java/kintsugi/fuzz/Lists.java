package kintsugi.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import kintsugi.InputException;
import kintsugi.dataset.FileList;

/** The reader of lists of images. */
final class Lists {
  private Lists() {}

  static void csv(byte[] data) throws IOException {
    read(Scratch.file("fuzz.csv", data));
  }

  static void jsonLines(byte[] data) throws IOException {
    read(Scratch.file("fuzz.jsonl", data));
  }

  private static void read(Path list) {
    try {
      FileList.files(list);
    } catch (InputException e) {
      // A list without labels can be refused as one with them, and the other way round.
    }
    FileList.read(list);
  }
}
