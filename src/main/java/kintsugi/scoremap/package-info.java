/**
 * From patch distances to a score map of the input's size, and to one score.
 *
 * <p>Upsampling and Gaussian blur ({@link kintsugi.scoremap.ScoreMaps}), the number that is made of
 * a map ({@link kintsugi.scoremap.ImageScore}), and where a map is high ({@link
 * kintsugi.scoremap.Regions}).
 */
package kintsugi.scoremap;
