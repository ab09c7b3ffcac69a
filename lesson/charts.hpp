// Pictures of numbers, as SVG inside the page. Colours come from its style sheet.
#pragma once

#include <string>
#include <vector>

#include "lesson/html.hpp"

namespace chalktape::lesson {

struct Bar {
  std::string label;
  double value = 0;
  int series = 0;  ///< which of the page's colours
};

/// Bars beside each other, the longest over the whole width, each with its value. `title` is read out.
[[nodiscard]] Html bar_chart(const std::string& title, const std::vector<Bar>& bars);

struct Line {
  std::string label;
  std::vector<double> values;  ///< by place; what is not positive or not finite is left out
  int series = 0;
};

/// Lines over places of equal distance, the vertical axis logarithmic, each line named at its end.
[[nodiscard]] Html line_chart(const std::string& title, const std::string& horizontal,
                              const std::vector<std::string>& places, const std::vector<Line>& lines);

}  // namespace chalktape::lesson
