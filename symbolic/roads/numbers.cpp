#include "symbolic/roads/numbers.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace chalktape::roads {

std::string number_text(double value) {
  return fmt::format("{:.5g}", value == 0 ? 0.0 : value);  // no negative zero
}

std::string entry_text(const engine::Shape& shape, std::int64_t flat) {
  std::string text;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    text = fmt::format("{}{}{}", flat % shape[axis] + 1, text.empty() ? "" : ",", text);
    flat /= shape[axis];
  }
  return text.empty() ? "" : "[" + text + "]";
}

std::string matrix_text(const engine::Tensor& tensor, const std::string& indent, const std::vector<std::string>& axes) {
  std::vector<std::string> cells;
  std::size_t width = 0;
  for (const double value : tensor.to_vector()) {
    cells.push_back(number_text(value));
    width = std::max(width, cells.back().size());
  }
  const engine::Shape& shape = tensor.shape();
  const std::size_t columns = shape.empty() ? 1 : static_cast<std::size_t>(shape.back());
  const std::size_t rows = shape.size() < 2 ? 1 : static_cast<std::size_t>(shape[shape.size() - 2]);
  std::string text;
  for (std::size_t begin = 0; begin < cells.size(); begin += columns) {
    if (shape.size() > 2 && begin % (rows * columns) == 0) {
      std::string place;
      auto matrix = static_cast<std::int64_t>(begin / (rows * columns));
      for (std::size_t axis = shape.size() - 2; axis-- > 0;) {
        const std::string name = axis < axes.size() ? axes[axis] + "=" : "";
        place = fmt::format("{}{}{}{}", name, matrix % shape[axis] + 1, place.empty() ? "" : ", ", place);
        matrix /= shape[axis];
      }
      text += fmt::format("{}[{}]\n", indent, place);
    }
    text += indent;
    for (std::size_t c = 0; c < columns; ++c)
      text += fmt::format("{}{:>{}}", c == 0 ? "" : "  ", cells[begin + c], width);
    text += "\n";
  }
  return text;
}

}  // namespace chalktape::roads
