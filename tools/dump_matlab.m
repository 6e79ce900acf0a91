function dump_matlab(values, folder)
% DUMP_MATLAB  Writes values of one image for `./kintsugi doctor` and `audit --against`.
%
%   dump_matlab(values, folder) writes each field of the struct `values` as folder/FIELD.npy, in the order of rows that
%   NumPy and torch have. Give values MATLAB's usual shapes: images and layers H x W x C, maps H x W, matrices with a
%   row for each patch, counted row by row of the grid. docs/audit.md lists the names.
%
% A patchCoreAnomalyDetector has a map and a score; the network's values come from the layers that it was made with:
%
%   image = imresize(imread("new.png"), 0.4);
%   values.pixels = imread("new.png");
%   values.map = anomalyMap(detector, image);
%   values.score = predict(detector, image);
%   values.threshold = detector.Threshold;          % of the score, which is not normalised
%   values.normalised = values.score;
%   values.verdict = classify(detector, image);
%   dump_matlab(values, "dump/new.png")
%
% The published PaDiM example holds all of its values in variables. With X the activations of one image's layers, Xp the
% embedding [positions x channels] of that image, and means and covars of the positions, here [positions x channels] and
% [positions x channels x channels]:
%
%   values = struct("input", in, "layer1", X{1}, "layer2", X{2}, "layer3", X{3}, "channels", idx - 1, ...
%       "embedding", Xp, "mean", means, "covariance", covars, "distances", distances, "map", map, "score", mean(map(:)));
%   dump_matlab(values, "dump/new.png")
%
% In positions counted column by column, as X(:) counts them, reorder first: grid = reshape(1:h*w, h, w)'; order = grid(:).

  if ~exist(folder, "dir")
    mkdir(folder);
  end
  names = fieldnames(values);
  for i = 1:numel(names)
    value = values.(names{i});
    switch names{i}
      case {"input", "layer1", "layer2", "layer3", "layer4"}
        % H x W x C to C x H x W.
        value = permute(value, [3, 1, 2]);
    end
    scalar = any(strcmp(names{i}, {"score", "normalised", "threshold", "verdict", "range", "channels", "positions"}));
    write_npy(fullfile(folder, [names{i}, '.npy']), value, scalar);
  end
end

function write_npy(file, value, vector)
% One array in NumPy's format 1.0, last index fastest.
  if islogical(value)
    value = uint8(value);
  end
  switch class(value)
    case "uint8"
      type = "|u1"; precision = "uint8";
    case "single"
      type = "<f4"; precision = "single";
    case "int32"
      type = "<i4"; precision = "int32";
    otherwise
      value = double(value); type = "<f8"; precision = "double";
  end
  if vector
    shape = numel(value);
  else
    shape = size(value);
  end
  extents = sprintf("%d, ", shape);
  header = sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, strtrim(extents));
  header = [header, repmat(' ', 1, mod(-(numel(header) + 11), 64)), char(10)];
  out = fopen(file, "w", "ieee-le");
  if out < 0
    error("%s cannot be written", file);
  end
  fwrite(out, [147, double('NUMPY'), 1, 0], "uint8");
  fwrite(out, numel(header), "uint16");
  fwrite(out, header, "char");
  fwrite(out, permute(value, ndims(value):-1:1), precision);
  fclose(out);
end
