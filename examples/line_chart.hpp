// A line chart as an SVG file, for the examples and for docs/benchmarks.md.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

struct Line {
  std::string name;
  std::vector<double> values;  ///< by place, from the left; what is not positive is left out
};

/// The lines over places of equal distance, each with its label ("" for none), on a logarithmic vertical axis; names
/// beside it. Labels and names are escaped. Throws std::invalid_argument unless there are two places and a positive
/// value.
[[nodiscard]] std::string line_chart(const std::string& title, const std::string& horizontal,
                                     const std::string& vertical, const std::vector<std::string>& places,
                                     const std::vector<Line>& lines);

/// 1, 2, … as labels for so many places: about six of them, the others empty.
[[nodiscard]] std::vector<std::string> numbered_places(std::size_t count);
