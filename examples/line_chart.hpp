// A line chart as an SVG file, for the examples.
#pragma once

#include <string>
#include <vector>

struct Line {
  std::string name;
  std::vector<double> values;  ///< positive; the first is drawn at 1 on the horizontal axis
};

/// The lines over 1, 2, …, on a logarithmic vertical axis. Names are escaped. Needs a line with two values at least.
[[nodiscard]] std::string line_chart(const std::string& title, const std::string& horizontal,
                                     const std::string& vertical, const std::vector<Line>& lines);
