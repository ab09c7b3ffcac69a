#include "docs/pages/measurements.hpp"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/error.hpp"
#include "engine/io/file_bytes.hpp"

namespace chalktape::docs {

namespace {

using nlohmann::json;

json parsed(const std::filesystem::path& file) {
  try {
    return json::parse(engine::read_file(file));
  } catch (const json::exception& error) {
    throw engine::Error(fmt::format("'{}' is not what ./run bench writes: {}", file.string(), error.what()));
  }
}

/// Times are not known to more digits than four.
void round_numbers(json& value) {
  if (value.is_number_float()) value = std::strtod(fmt::format("{:.4g}", value.get<double>()).c_str(), nullptr);
  if (value.is_structured())
    for (json& part : value) round_numbers(part);
}

}  // namespace

std::string kept_measurements(const std::filesystem::path& folder) {
  json machine = parsed(folder / "machine.json");
  std::string text = "{\n\"machine\": " + machine.dump();
  for (const char* const name : {"kernels", "emit", "numpy", "accuracy"}) {
    const std::filesystem::path file = folder / fmt::format("{}.json", name);
    if (!std::filesystem::exists(file)) continue;
    json entries = parsed(file);
    if (!entries.is_array())
      throw engine::Error(fmt::format("'{}' is not what ./run bench writes: it is no list", file.string()));
    std::vector<std::string> lines;
    for (json& entry : entries) {
      entry.erase("spread");
      round_numbers(entry);
      lines.push_back(entry.dump());
    }
    text += fmt::format(",\n\"{}\": [\n{}\n]", name, fmt::join(lines, ",\n"));
  }
  return text + "\n}\n";
}

json read_measurements(const std::filesystem::path& file) {
  json measured = parsed(file);
  if (!measured.is_object() || !measured.contains("machine"))
    throw engine::Error(fmt::format("'{}' does not say on what machine it was measured", file.string()));
  return measured;
}

}  // namespace chalktape::docs
