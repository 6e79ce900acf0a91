/**
 * From an image to the network's input, and from a score map back to the image.
 *
 * <p>{@link kintsugi.image.ImageSource} is an image in a file or in memory, {@link
 * kintsugi.image.ImageDecoder} decodes it into upright RGB pixels, {@link kintsugi.image.Resize}
 * resizes as Pillow does to the bit, or as tensors are resized, {@link
 * kintsugi.image.Preprocessing} crops and normalises, and {@link kintsugi.image.MapTransform} is
 * the way back.
 */
package kintsugi.image;
