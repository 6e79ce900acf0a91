/**
 * Other programs and this library's models: models of anomalib and of patchcore-inspection are read
 * into models of ours that return the same scores ({@link kintsugi.interop.ForeignModel}); and the
 * contract of the jar that writes and runs ONNX graphs, found by {@link java.util.ServiceLoader}.
 */
package kintsugi.interop;
