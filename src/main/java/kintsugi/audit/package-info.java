/**
 * Proof that the numbers are right.
 *
 * <p>{@link kintsugi.audit.Audit} holds every kernel and recipe against references that share
 * nothing with them, within bounds that follow from the number of operations; {@link
 * kintsugi.audit.Against} holds another implementation's numbers against ours, stage by stage.
 */
package kintsugi.audit;
