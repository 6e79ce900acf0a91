package kintsugi.lesson;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.tensor.Tensor;

/**
 * PatchCore's patch embeddings of some images: before a memory bank is chosen, so that each is
 * known by its image and its place.
 *
 * @param rows {@code [images·P, D]}, image by image, each row by row of the patch grid
 * @param height rows of the patch grid
 * @param width columns of the patch grid
 * @param inputs what the network saw of each image
 */
record PatchCorePatches(Tensor rows, int height, int width, List<Pixels> inputs) {
  /** Its input has one size, whatever the images'. */
  static final PatchCoreRecipe RECIPE = PatchCoreRecipe.ANOMALIB;

  static PatchCorePatches of(Kintsugi kintsugi, List<ImageSource> images) {
    Session session = kintsugi.session();
    Preprocessing preprocessing = RECIPE.preprocessing();
    LocalEmbedding embedding = new LocalEmbedding(RECIPE.taps(), RECIPE.neighbourhood());
    List<Pixels> inputs = new ArrayList<>();
    List<Tensor> patches = new ArrayList<>();
    for (ImageSource image : images) {
      Pixels pixels = image.read();
      Tensor input = preprocessing.apply(pixels);
      inputs.add(preprocessing.crop(pixels));
      Map<String, Tensor> features =
          session.exclusively(() -> session.backbone(RECIPE.taps()).run(input));
      patches.add(embedding.embed(features, session.parallel()));
    }
    Tensor first = patches.getFirst();
    int perImage = first.size();
    Tensor rows = Tensor.zeros(patches.size() * perImage / first.dim(3), first.dim(3));
    for (int i = 0; i < patches.size(); i++) {
      System.arraycopy(patches.get(i).data(), 0, rows.data(), i * perImage, perImage);
    }
    return new PatchCorePatches(rows, first.dim(1), first.dim(2), inputs);
  }

  /** Patches of one image, {@code P}. */
  int perImage() {
    return height * width;
  }
}
