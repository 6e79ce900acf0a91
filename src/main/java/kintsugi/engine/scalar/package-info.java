/**
 * The specification: plain loops over plain arrays that define each result.
 *
 * <p>Every kernel is the formula of the contract, with one accumulator per result and no layout of
 * its own; the fast engines are tested against it, to the bit where they add in the same order.
 */
package kintsugi.engine.scalar;
