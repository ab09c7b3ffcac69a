// libFuzzer target: any bytes are read as a CSV file, or refused; what was read comes back from its own numbers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/io/io.hpp"

namespace {

using namespace chalktape::engine;

std::string to_csv(const Tensor& table) {
  const std::vector<double> values = table.to_vector();
  const auto width = static_cast<std::size_t>(table.shape()[1]);
  std::string text;
  for (std::size_t k = 0; k < values.size(); ++k)
    text += fmt::format("{}{}", values[k], (k + 1) % width == 0 ? '\n' : ',');
  return text;
}

void round_trip(std::string_view bytes, const std::vector<ColumnRange>& columns) {
  try {
    const Tensor table = parse_csv(bytes, "fuzzed.csv", columns);
    if (table.rank() != 2 || parse_csv(to_csv(table), "again.csv").to_vector() != table.to_vector()) std::abort();
  } catch (const Error& error) {
    if (!std::string_view(error.what()).starts_with("fuzzed.csv:")) std::abort();
  }
}

/// The text before the first line end is a selection of columns, or it is not.
void select(std::string_view bytes) {
  try {
    const std::size_t end = bytes.find('\n');
    if (end != std::string_view::npos) round_trip(bytes.substr(end + 1), {parse_column_range(bytes.substr(0, end))});
  } catch (const Error& error) {
    if (!std::string_view(error.what()).starts_with("columns '")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  round_trip(bytes, {});
  select(bytes);
  return 0;
}
