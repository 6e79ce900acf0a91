/**
 * JSON, CSV, overlays, and pages that open from disk with no network.
 *
 * <p>Everything is written beside its place and moved there, so that nobody sees half of it.
 */
package kintsugi.report;
