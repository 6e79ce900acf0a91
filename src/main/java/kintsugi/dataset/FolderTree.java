package kintsugi.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kintsugi.InputException;

/**
 * The contents of folders however deep, told together: a tree of a thousand folders is left out in
 * one line, not in a thousand.
 */
final class FolderTree {
  private final Set<Path> seen = new HashSet<>();
  private final FolderContents all;
  private final List<Path> again = new ArrayList<>();
  private final List<String> unlisted = new ArrayList<>();

  private FolderTree(Path root) {
    all = FolderContents.empty(root);
  }

  /**
   * {@return what is in the folders of a folder}
   *
   * @param contents of the folder itself, which are not counted
   */
  static FolderTree below(FolderContents contents) {
    FolderTree tree = new FolderTree(contents.folder());
    tree.seen.add(ImageFolder.real(contents.folder()));
    contents.folders().forEach(tree::collect);
    return tree;
  }

  /**
   * {@return what is in a folder and in those below it}
   *
   * @param folder the folder; nothing is in one that cannot be listed
   */
  static FolderTree of(Path folder) {
    FolderTree tree = new FolderTree(folder);
    tree.collect(folder);
    return tree;
  }

  private void collect(Path folder) {
    // A folder that a link leads to again would be read twice, or for ever.
    if (!seen.add(ImageFolder.real(folder))) {
      again.add(folder);
      return;
    }
    FolderContents contents;
    try {
      contents = FolderContents.of(folder);
    } catch (InputException e) {
      unlisted.add(e.getMessage());
      return;
    }
    all.add(contents);
    contents.folders().forEach(this::collect);
  }

  /** {@return the images, sorted by path} */
  List<Path> images() {
    return all.images().stream().sorted().toList();
  }

  /**
   * {@return what was left out and why, each reason with its count and the first three names}
   *
   * @param role the part that the images play
   */
  List<String> leftOut(Role role) {
    List<String> lines = new ArrayList<>(all.leftOut(role));
    if (!again.isEmpty()) {
      lines.add(
          all.folder()
              + ": left out "
              + again.size()
              + (again.size() == 1 ? " link to a folder" : " links to folders")
              + " read already: "
              + all.within(again));
    }
    if (!unlisted.isEmpty()) {
      int more = unlisted.size() - 1;
      lines.add(
          "left out "
              + unlisted.getFirst()
              + (more == 0 ? "" : ", and " + more + " more that cannot be listed"));
    }
    return lines;
  }
}
