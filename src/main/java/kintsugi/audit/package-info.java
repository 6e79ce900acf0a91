/**
 * Proof that the results are right.
 *
 * <p>{@link kintsugi.audit.Audit} compares every kernel and recipe with references that share
 * nothing with them, within bounds that follow from the number of operations; a method takes part
 * in full with a {@code RecipeReference}, and for bits only without one. {@link
 * kintsugi.audit.Against} compares another implementation's intermediate results with this one's,
 * stage by stage, and {@link kintsugi.audit.Doctor} any two of them.
 */
package kintsugi.audit;
