/**
 * From patch distances to a score map of the input's size, and to one image score.
 *
 * <p>Upsampling and Gaussian blur ({@link kintsugi.scoremap.ScoreMaps}), the image score of a map
 * ({@link kintsugi.scoremap.ImageScore}), and its regions above a threshold ({@link
 * kintsugi.scoremap.Regions}).
 */
package kintsugi.scoremap;
