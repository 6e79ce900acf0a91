/**
 * Reports: JSON, CSV, and pages that open from disk with no network. They draw the results they are
 * passed and compute nothing; the pages to play with compute in the browser, from the numbers that
 * {@code lesson} took.
 *
 * <p>Files are written next to their place and moved there, so that half of them is never seen.
 */
package kintsugi.report;
