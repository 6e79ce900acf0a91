package kintsugi.experiment;

import java.util.Optional;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.image.Mask;

/**
 * A tested image while its score map is at hand.
 *
 * @param model which scored it
 * @param outcome truth and prediction
 * @param scored the image and its scores
 * @param mask where it is anomalous; empty where that is unknown, or it is normal
 */
public record Judged(Model model, Outcome outcome, Scored scored, Optional<Mask> mask) {}
