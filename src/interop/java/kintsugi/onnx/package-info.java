/**
 * ONNX graphs of models: the whole way from pixels to a verdict as one file, and its run by ONNX
 * Runtime.
 */
package kintsugi.onnx;
