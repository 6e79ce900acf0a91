/**
 * Learning on one's own images: which method, input size and score suit them, judged by
 * cross-validation within a budget of time.
 *
 * <p>A {@link kintsugi.learn.Survey} says what the images look like, {@link
 * kintsugi.learn.Candidates} proposes recipes in the order of their promise, a {@link
 * kintsugi.learn.Trial} scores one by models that never saw the scored images, {@link
 * kintsugi.learn.Choosing} is the rule, and {@link kintsugi.learn.Learn} leads through all of it.
 */
package kintsugi.learn;
