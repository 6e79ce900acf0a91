package kintsugi.dataset;

import java.util.List;

/**
 * What a published data set gives to learn from and to test with.
 *
 * @param train normal samples
 * @param test normal and anomalous samples
 */
public record TrainTest(List<Sample> train, List<Sample> test) {}
