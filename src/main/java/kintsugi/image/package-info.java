/**
 * From a picture file to the network's input, and from a map back to the picture.
 *
 * <p>{@link kintsugi.image.PictureReader} gives upright RGB pixels, {@link kintsugi.image.Resize}
 * resizes as Pillow does to the bit, {@link kintsugi.image.Preprocessing} crops, normalises and
 * knows the one matrix that leads back.
 */
package kintsugi.image;
