/**
 * The marker of the exercises: what a student wrote next to the specification.
 *
 * <p>A solution is the specification itself: a class of {@code engine.scalar}, {@code padim},
 * {@code patchcore}, {@code scoremap} or {@code metric}, called on small inputs. A catalogue of
 * mistakes says what each would have returned, mostly by the same specification on changed inputs.
 */
package kintsugi.mark;
