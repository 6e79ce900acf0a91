package kintsugi.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import kintsugi.dataset.FileList;
import kintsugi.dataset.Role;

/** The reader of lists of images, whose form is told by its content. */
final class Lists {
  private Lists() {}

  /** As all of its images, as those of each role, and as a labelled data set. */
  static void read(byte[] data) throws IOException {
    Path list = Scratch.file("fuzz.lst", data);
    FileList.isList(list);
    Fuzz.refusable(() -> FileList.files(list));
    for (Role role : Role.values()) {
      Consumer<String> notices = Fuzz::requireLine;
      Fuzz.refusable(() -> FileList.samples(list, role, notices));
    }
    FileList.read(list);
  }
}
