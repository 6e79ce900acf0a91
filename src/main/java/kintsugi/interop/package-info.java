/**
 * Other programs and this library's models: the contract of the jar that writes and runs ONNX
 * graphs, found by {@link java.util.ServiceLoader}.
 */
package kintsugi.interop;
