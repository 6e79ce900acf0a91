/**
 * The commands; no arithmetic.
 *
 * <p>The status is 0 when the work is done, 1 when it failed and 2 when the command line is wrong.
 */
package kintsugi.cli;
